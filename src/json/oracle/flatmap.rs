//! The operations of `flatmap_filter` on a tree that owns its parts: every label a text, every
//! lookup a scan from the front, recursion; for small documents only.

use crate::json::tree::{Array, Object, Value};
use std::mem::take;

#[derive(Debug, Default)]
struct Node {
    leaf: Value,
    array: bool,
    edges: Vec<(String, Node)>,
}

/// Runs the operations, each a type and its paths, on `value`.
#[must_use]
pub fn apply(ops: &[(String, Vec<String>)], value: Value) -> Value {
    let mut root = Node::from(value);
    for (kind, args) in ops {
        let paths: Vec<Vec<&str>> = args.iter().map(|arg| arg.split('.').collect()).collect();
        match (kind.as_str(), &paths[..]) {
            ("del", paths) => paths.iter().for_each(|path| root.del(path)),
            ("move", [from, to, ..]) => root.relocate(from, to),
            ("append", [from, to, ..]) if !to.contains(&"*") => root.append(from, to),
            _ => {}
        }
    }
    root.value()
}

impl From<Value> for Node {
    fn from(mut value: Value) -> Node {
        match &mut value {
            Value::Array(items) if !items.0.is_empty() => {
                let items = take(&mut items.0).into_iter().enumerate();
                let edges = items.map(|(i, item)| (i.to_string(), Node::from(item))).collect();
                Node { leaf: Value::Null, array: true, edges }
            }
            Value::Object(object) if !object.0.is_empty() => {
                let members = take(&mut object.0).into_iter();
                let edges = members.map(|(name, member)| (name, Node::from(member))).collect();
                Node { leaf: Value::Null, array: false, edges }
            }
            Value::Array(_) => Node { leaf: value, array: true, edges: Vec::new() },
            _ => Node { leaf: value, array: false, edges: Vec::new() },
        }
    }
}

impl Node {
    fn value(self) -> Value {
        if self.edges.is_empty() {
            return self.leaf;
        }
        let edges = self.edges.into_iter();
        if self.array {
            Value::Array(Array(edges.map(|(_, node)| node.value()).collect()))
        } else {
            Value::Object(Object(edges.map(|(name, node)| (name, node.value())).collect()))
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.edges.iter().position(|(label, _)| label == name)
    }

    fn at(&mut self, name: &str) -> Option<&mut Node> {
        self.place(name).map(|i| &mut self.edges[i].1)
    }

    fn cut(&mut self, name: &str) -> Option<Node> {
        self.place(name).map(|i| self.edges.remove(i).1)
    }

    fn is_array(&self) -> bool {
        self.array && (!self.edges.is_empty() || matches!(self.leaf, Value::Array(_)))
    }

    fn del(&mut self, path: &[&str]) {
        match path {
            ["*"] => self.edges.clear(),
            [name] => drop(self.cut(name)),
            ["*", rest @ ..] => self.edges.iter_mut().for_each(|(_, node)| node.del(rest)),
            [name, rest @ ..] => self.at(name).into_iter().for_each(|node| node.del(rest)),
            [] => {}
        }
    }

    /// Calls `act` on every node that `pattern` leads to, with the labels on the way.
    fn each(&mut self, pattern: &[&str], way: &[String], act: &mut dyn FnMut(&mut Node, &[String])) {
        let Some((step, rest)) = pattern.split_first() else { return act(self, way) };
        let mut one = true;
        for (label, node) in &mut self.edges {
            if *step == "*" || (one && label == step) {
                one = *step == "*";
                node.each(rest, &[way, std::slice::from_ref(label)].concat(), act);
            }
        }
    }

    fn relocate(&mut self, from: &[&str], to: &[&str]) {
        let (Some((last, pattern)), Some((name, way))) = (from.split_last(), to.split_last()) else { return };
        let name = (*name).to_owned();
        if from.len() == to.len() {
            return self.each(pattern, &[], &mut |node, _| {
                let Some(i) = node.place(last) else { return };
                if node.array {
                    node.edges[i].0 = name.clone();
                } else {
                    let (_, member) = node.edges.remove(i);
                    node.edges.push((name.clone(), member));
                }
            });
        }
        if from.len() < to.len() {
            return self.each(pattern, &[], &mut |node, _| {
                let Some(member) = node.cut(last) else { return };
                let mut at = node;
                for step in &way[pattern.len()..] {
                    let i = at.place(step).unwrap_or_else(|| {
                        at.edges.push(((*step).to_owned(), Node::default()));
                        at.edges.len() - 1
                    });
                    at = &mut at.edges[i].1;
                }
                at.edges.push((name.clone(), member));
            });
        }
        let mut taken = Vec::new();
        self.each(pattern, &[], &mut |node, met| {
            taken.extend(node.cut(last).map(|member| (member, met.to_vec())));
        });
        for (member, met) in taken {
            let mut at = &mut *self;
            for (step, met) in way.iter().zip(&met) {
                let step = if *step == "*" { met.as_str() } else { step };
                let Some(i) = at.place(step) else { break };
                at = &mut at.edges[i].1;
            }
            at.edges.push((name.clone(), member));
        }
    }

    fn append(&mut self, from: &[&str], to: &[&str]) {
        if !self.holds_array(to, false) || !self.holds_array(from, true) {
            return;
        }
        let added = self.gather(from).edges;
        // What was below `from` went with it.
        let Some(target) = to.iter().try_fold(self, |node, name| node.at(name)) else { return };
        let nodes: Vec<Node> = take(&mut target.edges).into_iter().chain(added).map(|(_, n)| n).collect();
        target.edges = nodes.into_iter().enumerate().map(|(i, node)| (i.to_string(), node)).collect();
    }

    fn holds_array(&mut self, path: &[&str], wildcards: bool) -> bool {
        match path {
            [] => self.is_array(),
            ["*", ..] if wildcards => !self.edges.is_empty(),
            [name, rest @ ..] => self.at(name).is_some_and(|node| node.holds_array(rest, wildcards)),
        }
    }

    fn gather(&mut self, path: &[&str]) -> Node {
        match path {
            ["*", ..] if self.edges.is_empty() => Node::default(),
            ["*", rest @ ..] => {
                let parts = if rest.is_empty() {
                    take(&mut self.edges)
                } else {
                    self.edges.iter_mut().map(|(_, node)| (String::new(), node.gather(rest))).collect()
                };
                Node { leaf: Value::Null, array: true, edges: parts }
            }
            [name] => self.cut(name).unwrap_or_default(),
            [name, rest @ ..] => self.at(name).map(|node| node.gather(rest)).unwrap_or_default(),
            [] => Node::default(),
        }
    }
}
