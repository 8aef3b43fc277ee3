//! The operations on a grove; knows no text.

use super::super::DecodeError;
use super::grove::{Grove, Label, NodeId, ROOT};
use super::{Path, Segment};

/// A node that a pattern matches, and how it was reached.
#[derive(Clone, Copy)]
struct Visit {
    node: NodeId,
    /// Index of the visit of its parent; its own for the root.
    up: usize,
    /// Which edge of the parent leads here.
    edge: usize,
}

/// All visits of a walk, level by level; the last level is what the whole pattern matches.
struct Walk {
    visits: Vec<Visit>,
    last: usize,
}

impl Walk {
    fn matches(&self) -> std::ops::Range<usize> {
        self.last..self.visits.len()
    }

    /// The visits from below the root to `at`, one for each place in `chain`.
    fn chain(&self, at: usize, chain: &mut [Visit]) {
        let mut visit = self.visits[at];
        for place in chain.iter_mut().rev() {
            *place = visit;
            visit = self.visits[visit.up];
        }
    }
}

impl Grove {
    /// Every node that `pattern` leads to.
    fn walk(&mut self, pattern: &[Segment]) -> Result<Walk, DecodeError> {
        let mut walk = Walk { visits: vec![Visit { node: ROOT, up: 0, edge: 0 }], last: 0 };
        for segment in pattern {
            let level = walk.matches();
            walk.last = level.end;
            let mut hint = 0;
            for up in level {
                let node = walk.visits[up].node;
                if segment.wildcard {
                    let edges = self.open(node).edges.len();
                    self.spend(edges)?;
                    let children = self.open(node).edges.iter().enumerate();
                    walk.visits.extend(children.map(|(edge, to)| Visit { node: to.node, up, edge }));
                } else if let Some(edge) = self.find(node, &segment.label, hint)? {
                    hint = edge;
                    let node = self.open(node).edges[edge].node;
                    walk.visits.push(Visit { node, up, edge });
                }
            }
            if walk.matches().is_empty() {
                break;
            }
        }
        Ok(walk)
    }

    /// Removes what `path` leads to.
    pub(super) fn del(&mut self, path: &Path) -> Result<(), DecodeError> {
        let (pattern, last) = path.parts();
        let walk = self.walk(pattern)?;
        for i in walk.matches() {
            let node = walk.visits[i].node;
            if last.wildcard {
                self.open(node).edges.clear();
            } else {
                self.take(node, &last.label)?;
            }
        }
        Ok(())
    }

    /// Cuts off the first member with this label.
    fn take(&mut self, node: NodeId, label: &Label) -> Result<Option<NodeId>, DecodeError> {
        let Some(edge) = self.find(node, label, 0)? else { return Ok(None) };
        let behind = self.open(node).edges.len() - edge;
        // Moving what is behind costs far less than comparing it.
        self.spend(behind / 16)?;
        Ok(Some(self.cut(node, edge)))
    }

    /// `move`: a new last name at the same depth, else a new place. The last name of `from` is
    /// never a wildcard, and in `to` a wildcard stands for what was met at that depth.
    pub(super) fn relocate(&mut self, from: &Path, to: &Path) -> Result<(), DecodeError> {
        let (pattern, last) = from.parts();
        let walk = self.walk(pattern)?;
        let (label, name) = (&last.label, &to.parts().1.label);
        if from.0.len() == to.0.len() {
            for i in walk.matches() {
                let node = walk.visits[i].node;
                if let Some(edge) = self.find(node, label, 0)? {
                    self.relabel(node, edge, name.clone())?;
                }
            }
            return Ok(());
        }
        let mut taken = Vec::new();
        for i in walk.matches() {
            if let Some(node) = self.take(walk.visits[i].node, label)? {
                taken.push((i, node));
            }
        }
        if from.0.len() > to.0.len() {
            return self.promote(&walk, pattern.len(), taken, to);
        }
        let below = &to.0[pattern.len()..to.0.len() - 1];
        for (i, node) in taken {
            let parent = self.make(walk.visits[i].node, below)?;
            self.push(parent, name.clone(), node)?;
        }
        Ok(())
    }

    /// Puts members at a place nearer to the root. Where the way there ends they stay.
    fn promote(
        &mut self,
        walk: &Walk,
        depth: usize,
        taken: Vec<(usize, NodeId)>,
        to: &Path,
    ) -> Result<(), DecodeError> {
        let (way, name) = to.parts();
        let mut chain = vec![Visit { node: ROOT, up: 0, edge: 0 }; depth];
        // Where the way led last time, parent and edge: exact as long as only new edges come.
        let mut known = vec![None; way.len()];
        for (i, node) in taken {
            walk.chain(i, &mut chain);
            let (mut parent, mut above) = (ROOT, ROOT);
            for (at, segment) in way.iter().enumerate() {
                let met = chain[at];
                let found = if segment.wildcard {
                    let label = self.label(above, met.edge);
                    self.find(parent, &label, met.edge)?
                } else if let Some((_, edge)) = known[at].filter(|(last, _)| *last == parent) {
                    Some(edge)
                } else {
                    self.find(parent, &segment.label, 0)?
                };
                let Some(edge) = found else { break };
                known[at] = Some((parent, edge));
                parent = self.open(parent).edges[edge].node;
                above = met.node;
            }
            self.push(parent, name.label.clone(), node)?;
        }
        Ok(())
    }

    /// The node at `way` below `node`; objects are made where there is nothing.
    fn make(&mut self, node: NodeId, way: &[Segment]) -> Result<NodeId, DecodeError> {
        let mut at = node;
        for segment in way {
            at = match self.find(at, &segment.label, 0)? {
                Some(edge) => self.open(at).edges[edge].node,
                None => {
                    self.spend(1)?;
                    self.add(at, segment.label.clone())
                }
            };
        }
        Ok(at)
    }

    /// Moves what `from` leads to, an array or the list that a wildcard makes, to the end of the
    /// array at `to`. Nothing happens when one of the two is not there.
    pub(super) fn append(&mut self, from: &Path, to: &Path) -> Result<(), DecodeError> {
        let stop = from.0.iter().position(|segment| segment.wildcard).unwrap_or(from.0.len());
        let (Some(source), Some(target)) = (self.follow(&from.0[..stop])?, self.follow(&to.0)?) else {
            return Ok(());
        };
        if !self.is_array(target) {
            return Ok(());
        }
        let elements = if stop < from.0.len() {
            if self.open(source).edges.is_empty() {
                return Ok(());
            }
            let list = self.gather(source, &from.0[stop..])?;
            std::mem::take(&mut self.open(list).edges)
        } else {
            if !self.is_array(source) {
                return Ok(());
            }
            self.del(from)?;
            std::mem::take(&mut self.open(source).edges)
        };
        let elements: Vec<NodeId> = elements.into_iter().map(|edge| edge.node).collect();
        let all = self.open(target).edges.len() + elements.len();
        self.spend(all)?;
        self.extend(target, elements);
        Ok(())
    }

    /// The node at a path without wildcards.
    fn follow(&mut self, path: &[Segment]) -> Result<Option<NodeId>, DecodeError> {
        let mut at = ROOT;
        for segment in path {
            let Some(edge) = self.find(at, &segment.label, 0)? else { return Ok(None) };
            at = self.open(at).edges[edge].node;
        }
        Ok(Some(at))
    }

    /// Cuts off what `path`, which starts with a wildcard, leads to: an array with one element for
    /// each member met, `null` where the path ends too early; arrays of arrays for more wildcards.
    fn gather(&mut self, node: NodeId, path: &[Segment]) -> Result<NodeId, DecodeError> {
        let mut stack = vec![Gather { rest: self.children(node)?, at: 0, found: Vec::new() }];
        if path.len() == 1 {
            self.open(node).edges.clear();
        }
        loop {
            let Some(top) = stack.last_mut() else { return Ok(self.null()) };
            let Some(child) = top.rest.pop() else {
                let Some(done) = stack.pop() else { continue };
                let list = self.array(done.found);
                match stack.last_mut() {
                    Some(up) => up.found.push(list),
                    None => return Ok(list),
                }
                continue;
            };
            let from = top.at + 1;
            match self.descend(child, path, from)? {
                Met::Value(node) => {
                    if let Some(top) = stack.last_mut() {
                        top.found.push(node);
                    }
                }
                Met::Wildcard(node, at) => {
                    let rest = self.children(node)?;
                    if at + 1 == path.len() {
                        self.open(node).edges.clear();
                    }
                    stack.push(Gather { rest, at, found: Vec::new() });
                }
            }
        }
    }

    /// Follows `path[from..]` up to its next wildcard; what its last name leads to is cut off.
    fn descend(&mut self, node: NodeId, path: &[Segment], from: usize) -> Result<Met, DecodeError> {
        let mut at = node;
        for (i, segment) in path.iter().enumerate().skip(from) {
            if segment.wildcard {
                let empty = self.open(at).edges.is_empty();
                return Ok(if empty { Met::Value(self.null()) } else { Met::Wildcard(at, i) });
            }
            let next = if i + 1 == path.len() {
                self.take(at, &segment.label)?
            } else {
                let found = self.find(at, &segment.label, 0)?;
                found.map(|edge| self.open(at).edges[edge].node)
            };
            match next {
                Some(next) => at = next,
                None => return Ok(Met::Value(self.null())),
            }
        }
        Ok(Met::Value(at))
    }

    /// The children of a node, in reverse.
    fn children(&mut self, node: NodeId) -> Result<Vec<NodeId>, DecodeError> {
        let edges = self.open(node).edges.len();
        self.spend(edges)?;
        Ok(self.open(node).edges.iter().rev().map(|edge| edge.node).collect())
    }
}

/// One wildcard of `gather` at work.
struct Gather {
    rest: Vec<NodeId>,
    /// The wildcard's place in the path.
    at: usize,
    found: Vec<NodeId>,
}

/// Where `descend` came to.
enum Met {
    Value(NodeId),
    Wildcard(NodeId, usize),
}
