//! A value as nodes and labelled edges, opened only where an operation goes; knows no operation.
//!
//! Nodes are numbers into one list, so nothing recurses however deep a document is. All work is
//! counted: what is linear in the opened part of the document passes, more is an error.

use super::super::tree::{Array, Object, Value};
use super::super::DecodeError;
use crate::limits::FLATMAP_STEPS;
use std::collections::BTreeMap;
use std::mem::take;

/// A place in `Grove::nodes`.
pub(super) type NodeId = usize;

pub(super) const ROOT: NodeId = 0;

#[derive(Default)]
pub(super) struct Node {
    /// What the node is while it has no edge; the whole value while it is closed.
    leaf: Value,
    open: bool,
    /// Its edges are the elements of an array.
    pub(super) array: bool,
    /// Labels repeat: a place where a label is found may not be the first.
    repeats: bool,
    pub(super) edges: Vec<Edge>,
}

pub(super) struct Edge {
    label: Label,
    pub(super) node: NodeId,
}

/// The name of a member, or the number that an element has.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Label {
    Index(usize),
    Name(Box<str>),
}

impl Label {
    /// A text that is the number of an element is that number, also as a name.
    pub(super) fn new(text: &str) -> Label {
        let digits = text.len() < 10 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let plain = digits && (text == "0" || !text.starts_with('0'));
        match text.parse() {
            Ok(index) if plain => Label::Index(index),
            _ => Label::Name(text.into()),
        }
    }
}

pub(super) struct Grove {
    nodes: Vec<Node>,
    steps: usize,
    /// Steps that each opened value adds.
    allowance: usize,
}

impl Grove {
    pub(super) fn new(value: Value, allowance: usize) -> Grove {
        Grove { nodes: vec![Node { leaf: value, ..Node::default() }], steps: FLATMAP_STEPS, allowance }
    }

    /// Counts work that is to be done now.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), DecodeError> {
        self.steps = self.steps.checked_sub(steps).ok_or(DecodeError("flatmap_filter: too much work"))?;
        Ok(())
    }

    /// The node, opened.
    pub(super) fn open(&mut self, id: NodeId) -> &mut Node {
        if !self.nodes[id].open {
            self.open_now(id);
        }
        &mut self.nodes[id]
    }

    fn open_now(&mut self, id: NodeId) {
        let first = self.nodes.len();
        let mut array = false;
        let mut edges = Vec::new();
        let mut add = |nodes: &mut Vec<Node>, label: Label, leaf: Value| {
            edges.push(Edge { label, node: nodes.len() });
            nodes.push(Node { leaf, ..Node::default() });
        };
        let leaf = match take(&mut self.nodes[id].leaf) {
            Value::Array(mut items) if !items.0.is_empty() => {
                array = true;
                for (index, item) in take(&mut items.0).into_iter().enumerate() {
                    add(&mut self.nodes, Label::Index(index), item);
                }
                Value::Null
            }
            Value::Object(mut object) if !object.0.is_empty() => {
                for (name, member) in take(&mut object.0) {
                    add(&mut self.nodes, Label::new(&name), member);
                }
                Value::Null
            }
            other => {
                array = matches!(other, Value::Array(_));
                other
            }
        };
        self.steps = self.steps.saturating_add((self.nodes.len() - first).saturating_mul(self.allowance));
        self.nodes[id] = Node { leaf, open: true, array, repeats: false, edges };
    }

    /// Adds an edge behind the others.
    pub(super) fn push(&mut self, parent: NodeId, label: Label, node: NodeId) -> Result<(), DecodeError> {
        self.note_repeat(parent, &label)?;
        self.open(parent).edges.push(Edge { label, node });
        Ok(())
    }

    /// Adds a new object under a label that is not there.
    pub(super) fn add(&mut self, parent: NodeId, label: Label) -> NodeId {
        let node = self.null();
        self.open(parent).edges.push(Edge { label, node });
        node
    }

    /// Before a label is given once more.
    fn note_repeat(&mut self, id: NodeId, label: &Label) -> Result<(), DecodeError> {
        if !self.open(id).repeats && self.find(id, label, 0)?.is_some() {
            self.nodes[id].repeats = true;
        }
        Ok(())
    }

    /// A new array of nodes.
    pub(super) fn array(&mut self, elements: Vec<NodeId>) -> NodeId {
        let edges = number(elements).collect();
        self.nodes.push(Node { leaf: Value::Null, open: true, array: true, repeats: false, edges });
        self.nodes.len() - 1
    }

    /// A new `null`, or an object once it has members.
    pub(super) fn null(&mut self) -> NodeId {
        self.nodes.push(Node { open: true, ..Node::default() });
        self.nodes.len() - 1
    }

    /// Is the node an array? One that was emptied is none.
    pub(super) fn is_array(&mut self, id: NodeId) -> bool {
        let node = self.open(id);
        node.array && (!node.edges.is_empty() || matches!(node.leaf, Value::Array(_)))
    }

    /// Elements behind those of an array; all are numbered anew.
    pub(super) fn extend(&mut self, id: NodeId, elements: Vec<NodeId>) {
        let node = self.open(id);
        let old = take(&mut node.edges).into_iter().map(|edge| edge.node);
        node.edges = number(old.chain(elements)).collect();
        node.repeats = false;
    }

    /// The first edge with this label. `hint`: where it may be.
    pub(super) fn find(
        &mut self,
        id: NodeId,
        label: &Label,
        hint: usize,
    ) -> Result<Option<usize>, DecodeError> {
        let node = self.open(id);
        if !node.repeats {
            let own = if let Label::Index(index) = label { *index } else { hint };
            let there = |at: &usize| node.edges.get(*at).is_some_and(|edge| edge.label == *label);
            if let Some(at) = [hint, own].into_iter().find(there) {
                return Ok(Some(at));
            }
        }
        let found = node.edges.iter().position(|edge| edge.label == *label);
        let looked = found.map_or(node.edges.len(), |at| at + 1);
        self.spend(looked)?;
        Ok(found)
    }

    /// The label of an edge, copied.
    pub(super) fn label(&self, id: NodeId, edge: usize) -> Label {
        self.nodes[id].edges[edge].label.clone()
    }

    /// Takes an edge away; what is behind it keeps its order.
    pub(super) fn cut(&mut self, id: NodeId, edge: usize) -> NodeId {
        self.open(id).edges.remove(edge).node
    }

    /// Gives an edge another label. The member then counts as the last of its name.
    pub(super) fn relabel(&mut self, id: NodeId, edge: usize, label: Label) -> Result<(), DecodeError> {
        self.note_repeat(id, &label)?;
        let node = self.open(id);
        if node.array {
            node.edges[edge].label = label;
            return Ok(());
        }
        let member = node.edges.remove(edge).node;
        node.edges.push(Edge { label, node: member });
        Ok(())
    }

    /// The value that the nodes make.
    pub(super) fn close(mut self) -> Value {
        let mut stack: Vec<Building> = Vec::new();
        let mut id = ROOT;
        loop {
            let node = take(&mut self.nodes[id]);
            let mut value = node.leaf;
            if !node.edges.is_empty() {
                stack.push(Building::new(node.array, node.edges));
                value = Value::Null;
            }
            loop {
                let Some(top) = stack.last_mut() else { return value };
                match top.next(take(&mut value)) {
                    Some(next) => {
                        id = next;
                        break;
                    }
                    None => value = stack.pop().map_or(Value::Null, Building::done),
                }
            }
        }
    }
}

/// A container whose parts are being closed.
struct Building {
    array: bool,
    /// In reverse.
    edges: Vec<Edge>,
    /// The label of the part that comes next; none before the first.
    label: Option<Label>,
    items: Vec<Value>,
    members: BTreeMap<String, Value>,
}

impl Building {
    fn new(array: bool, mut edges: Vec<Edge>) -> Building {
        edges.reverse();
        Building { array, edges, label: None, items: Vec::new(), members: BTreeMap::new() }
    }

    /// Takes the part that was asked for last and gives the node of the next.
    fn next(&mut self, part: Value) -> Option<NodeId> {
        match self.label.take() {
            None => {}
            Some(_) if self.array => self.items.push(part),
            Some(Label::Name(name)) => drop(self.members.insert(name.into(), part)),
            Some(Label::Index(index)) => drop(self.members.insert(index.to_string(), part)),
        }
        let edge = self.edges.pop()?;
        self.label = Some(edge.label);
        Some(edge.node)
    }

    fn done(self) -> Value {
        if self.array {
            Value::Array(Array(self.items))
        } else {
            Value::Object(Object(self.members))
        }
    }
}

fn number(nodes: impl IntoIterator<Item = NodeId>) -> impl Iterator<Item = Edge> {
    nodes.into_iter().enumerate().map(|(index, node)| Edge { label: Label::Index(index), node })
}
