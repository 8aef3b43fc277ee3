//! Dotted paths of an allow or deny list as a tree of names; knows no document.
//!
//! hot: `find` runs for every member of every object that a filter opens. The tree is flat (no
//! pointers to follow, nothing that recurses however long a configured path is).

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

/// Up to here a scan beats a binary search.
const SCAN: usize = 8;

/// Where a walk through the tree stands; `Trie::ROOT` at the top-level object.
pub(super) type NodeId = usize;

/// The compiled list.
#[derive(Clone, Debug, Default)]
pub(super) struct Trie {
    nodes: Box<[Range<usize>]>,
    entries: Box<[Entry]>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Box<str>,
    child: Option<NodeId>,
}

type Builder = Vec<BTreeMap<String, Option<NodeId>>>;

impl Trie {
    pub(super) const ROOT: NodeId = 0;

    /// An allow list. A path given later replaces what it meets, by the peer's way of building
    /// its tree: `a`, `a.b` keeps only `b`; `a.b`, `a` keeps all of `a`.
    pub(super) fn allow(paths: &[String]) -> Trie {
        let mut nodes: Builder = vec![BTreeMap::new()]; // alloc: compiling
        for path in paths {
            let (dirs, last) = split_last(path);
            let mut at = Self::ROOT;
            for name in dirs {
                at = match nodes[at].get(name) {
                    Some(Some(child)) => *child,
                    _ => add_child(&mut nodes, at, name),
                };
            }
            nodes[at].insert(last.to_owned(), None);
        }
        Trie::flatten(nodes)
    }

    /// A deny list: each path is removed, so the shorter of two wins whatever their order.
    pub(super) fn deny(paths: &[String]) -> Trie {
        let mut nodes: Builder = vec![BTreeMap::new()]; // alloc: compiling
        'paths: for path in paths {
            let (dirs, last) = split_last(path);
            let mut at = Self::ROOT;
            for name in dirs {
                at = match nodes[at].get(name) {
                    Some(Some(child)) => *child,
                    Some(None) => continue 'paths,
                    None => add_child(&mut nodes, at, name),
                };
            }
            nodes[at].insert(last.to_owned(), None);
        }
        Trie::flatten(nodes)
    }

    fn flatten(builder: Builder) -> Trie {
        let mut nodes = Vec::with_capacity(builder.len()); // alloc: compiling
        let mut entries: Vec<Entry> = Vec::new(); // alloc: compiling
        for names in builder {
            let start = entries.len();
            entries.extend(names.into_iter().map(|(key, child)| Entry { key: key.into(), child }));
            entries[start..].sort_by(|a, b| order(&a.key, &b.key));
            nodes.push(start..entries.len());
        }
        Trie { nodes: nodes.into(), entries: entries.into() }
    }

    /// The entries of `node`: ids that `find` gives and `child` takes.
    #[inline]
    pub(super) fn entries(&self, node: NodeId) -> Range<usize> {
        self.nodes[node].clone() // alloc: none, two words
    }

    /// The names at `node`.
    pub(super) fn names(&self, node: NodeId) -> impl Iterator<Item = &str> {
        self.entries[self.entries(node)].iter().map(|entry| &*entry.key)
    }

    /// The entry of `node` with this name.
    #[inline]
    pub(super) fn find(&self, node: NodeId, key: &str) -> Option<usize> {
        let range = self.entries(node);
        let entries = &self.entries[range.start..range.end];
        let found = if entries.len() <= SCAN {
            entries.iter().position(|entry| *entry.key == *key)
        } else {
            entries.binary_search_by(|entry| order(&entry.key, key)).ok()
        };
        found.map(|i| range.start + i)
    }

    /// Where the paths go on below this entry; none when a path ends here.
    #[inline]
    pub(super) fn child(&self, entry: usize) -> Option<NodeId> {
        self.entries[entry].child
    }
}

/// Lengths first: most names differ in it.
fn order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn split_last(path: &str) -> (impl Iterator<Item = &str>, &str) {
    let (dirs, last) = path.rsplit_once('.').map_or((None, path), |(dirs, last)| (Some(dirs), last));
    (dirs.into_iter().flat_map(|dirs| dirs.split('.')), last)
}

fn add_child(nodes: &mut Builder, at: NodeId, name: &str) -> NodeId {
    let id = nodes.len();
    nodes.push(BTreeMap::new());
    nodes[at].insert(name.to_owned(), Some(id));
    id
}
