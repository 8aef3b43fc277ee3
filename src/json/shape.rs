//! What becomes of one backend's data (target, allow, deny, mapping, flatmap_filter, group,
//! is_collection), compiled; knows no document.

use super::flatmap::Flatmap;
use super::text::write_json_string;
use super::trie::Trie;
use std::collections::HashSet;

/// Name of the member that an array stands under when `is_collection` is set.
pub(super) const COLLECTION: &str = "collection";

/// What becomes of one backend's data, as configured; compiled into a `Shape`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShapeSpec<'a> {
    /// Dotted path of the object to work on, KrakenD key `target`; empty = the root.
    pub target: &'a str,
    /// Dotted paths to keep; not empty = `deny` is not looked at.
    pub allow: &'a [String],
    /// Dotted paths to remove.
    pub deny: &'a [String],
    /// Top-level members to rename, old and new name.
    pub mapping: &'a [(String, String)],
    /// Name of the member that wraps the data; empty = none.
    pub group: &'a str,
    /// The body is an array.
    pub is_collection: bool,
    /// `flatmap_filter` of the backend; takes the place of `allow`, `deny` and `mapping`.
    pub flatmap: Option<&'a Flatmap>,
}

/// `ShapeSpec`, compiled: immutable, shared by all shards.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pub(super) is_collection: bool,
    pub(super) target: Box<[Box<str>]>,
    pub(super) filter: Filter,
    pub(super) mapping: Box<[Rename]>,
    pub(super) group: Option<Name>,
    /// What the filter and the mapping leave of the member `collection`: its name.
    pub(super) collection: Option<Name>,
    /// Members are values, not spans (`shaped`); filter and mapping are then empty.
    pub(super) flatmap: Option<Flatmap>,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Filter {
    #[default]
    Keep,
    Allow(Trie),
    Deny(Trie),
}

/// One `mapping`. All renames of a shape happen at once; a renamed member replaces one that had
/// its new name before, and of two that get the same name the later in the list stays.
#[derive(Clone, Debug)]
pub(super) struct Rename {
    pub(super) from: Box<str>,
    pub(super) to: Name,
}

impl Rename {
    /// A member renamed to its own name is gone (KrakenD sets the new name, then removes the old).
    pub(super) fn removes(&self) -> bool {
        self.from == self.to.text
    }
}

/// A name that goes out, ready to be copied.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) text: Box<str>,
    /// The name as a JSON string and the colon.
    pub(super) head: Box<[u8]>,
}

impl Name {
    fn new(text: &str) -> Name {
        let mut head = Vec::with_capacity(text.len() + 3);
        write_json_string(&mut head, text.as_bytes());
        head.push(b':');
        Name { text: text.into(), head: head.into() }
    }
}

impl Shape {
    /// Compiles; every spec has a meaning, so nothing can fail.
    #[must_use]
    pub fn compile(spec: &ShapeSpec<'_>) -> Shape {
        let flatmap = spec.flatmap.cloned();
        let filter = if flatmap.is_some() {
            Filter::Keep
        } else if !spec.allow.is_empty() {
            Filter::Allow(Trie::allow(spec.allow))
        } else if !spec.deny.is_empty() {
            Filter::Deny(Trie::deny(spec.deny))
        } else {
            Filter::Keep
        };
        let target = if spec.target.is_empty() {
            Box::default()
        } else {
            spec.target.split('.').map(Box::from).collect()
        };
        let mapping = if flatmap.is_some() { &[] } else { spec.mapping };
        let mapping: Box<[Rename]> = mapping.iter().map(|(from, to)| rename(from, to)).collect();
        let collection = collection_name(&filter, &mapping);
        let group = (!spec.group.is_empty()).then(|| Name::new(spec.group));
        Shape { is_collection: spec.is_collection, target, filter, mapping, group, collection, flatmap }
    }

    /// The top-level names that this shape can give, when they are known from it alone.
    #[must_use]
    pub fn top_keys(&self) -> Option<Vec<&str>> {
        if let Some(group) = &self.group {
            return Some(vec![&group.text]);
        }
        if self.flatmap.is_some() {
            return None;
        }
        if self.is_collection {
            return Some(self.collection.iter().map(|name| &*name.text).collect());
        }
        let Filter::Allow(trie) = &self.filter else { return None };
        let kept = trie.names(Trie::ROOT);
        Some(kept.map(|name| self.renamed(name)).collect())
    }

    fn renamed<'a>(&'a self, name: &'a str) -> &'a str {
        self.mapping.iter().rev().find(|rename| &*rename.from == name).map_or(name, |rename| &rename.to.text)
    }

    /// Members go out as they came in.
    pub(super) fn keeps_all(&self) -> bool {
        matches!(self.filter, Filter::Keep) && self.mapping.is_empty()
    }
}

/// Can no two of these shapes give the same top-level name? For `Merger::begin`.
#[must_use]
pub fn keys_disjoint<'a>(shapes: impl IntoIterator<Item = &'a Shape>) -> bool {
    let mut shapes = shapes.into_iter().peekable();
    let mut seen = HashSet::new();
    while let Some(shape) = shapes.next() {
        let Some(mut keys) = shape.top_keys() else {
            // Any name can come: fine for one alone.
            return seen.is_empty() && shapes.peek().is_none();
        };
        // Two renames may give one shape the same name; it is written once.
        keys.sort_unstable();
        keys.dedup();
        if !keys.into_iter().all(|key| seen.insert(key)) {
            return false;
        }
    }
    true
}

/// The new name ends at its first dot, as in KrakenD.
fn rename(from: &str, to: &str) -> Rename {
    let to = to.split_once('.').map_or(to, |(head, _)| head);
    Rename { from: from.into(), to: Name::new(to) }
}

/// The same rules for the one member `collection`, whose value is never an object.
fn collection_name(filter: &Filter, mapping: &[Rename]) -> Option<Name> {
    let ends_here = |trie: &Trie| trie.find(Trie::ROOT, COLLECTION).is_some_and(|e| trie.child(e).is_none());
    let kept = match filter {
        Filter::Keep => true,
        Filter::Allow(trie) => ends_here(trie),
        Filter::Deny(trie) => !ends_here(trie),
    };
    if !kept {
        return None;
    }
    match mapping.iter().rev().find(|rename| &*rename.from == COLLECTION) {
        Some(rename) if rename.removes() => None,
        Some(rename) => Some(rename.to.clone()),
        None => Some(Name::new(COLLECTION)),
    }
}
