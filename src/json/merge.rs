//! Writes one JSON object out of the bodies of several backends; knows nothing of where they
//! come from.
//!
//! hot: one `Merger` per shard; warm, `begin`, `add`, `add_member` and `finish` allocate nothing
//! but what `out` needs.

use super::cut::{comma, Cut, Stacks};
use super::index::{Doc, Indexer, Object, Root};
use super::keys::Keys;
use super::shape::Shape;
use super::shaped;
use super::static_data::StaticData;
use super::text::write_json_string;
use super::DecodeError;

pub(super) const IS_ARRAY: DecodeError = DecodeError("JSON array where an object is expected");
pub(super) const IS_OBJECT: DecodeError = DecodeError("JSON object where an array is expected");
pub(super) const IS_SCALAR: DecodeError = DecodeError("JSON value is neither object nor array");

/// The writer of merged objects and its reused memory.
pub struct Merger {
    indexer: Indexer,
    stacks: Stacks,
    keys: Keys,
}

/// What a body came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// The body was JSON `null` and stays no data at all: it contributed no member, and alone the
    /// answer is `null`.
    pub null: bool,
    /// It contributed no member.
    pub empty: bool,
}

/// What the merged object came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Members of the object. A name that one document repeats may count more than once.
    pub members: usize,
}

impl Default for Merger {
    fn default() -> Merger {
        Merger::new()
    }
}

impl Merger {
    /// A merger that has allocated little yet.
    #[must_use]
    pub fn new() -> Merger {
        Merger { indexer: Indexer::new(), stacks: Stacks::default(), keys: Keys::default() }
    }

    /// Starts a merged object at the end of `out`. `keys_disjoint`: no two additions can give the
    /// same top-level key, so keys need no table.
    pub fn begin(&mut self, out: &mut Vec<u8>, keys_disjoint: bool) {
        self.keys.begin(!keys_disjoint);
        out.push(b'{');
    }

    /// Decodes `body` under `shape` and appends its members; a member replaces an earlier one of
    /// the same name. What follows the first JSON value is not looked at.
    ///
    /// # Errors
    /// No JSON value at the start of `body`, or one of the wrong kind: an object is needed, an
    /// array with `is_collection`; `null` is taken with both. A `flatmap_filter` that is too much
    /// work. `out` is then as before the call.
    pub fn add(&mut self, out: &mut Vec<u8>, body: &[u8], shape: &Shape) -> Result<Added, DecodeError> {
        let Merger { indexer, stacks, keys } = self;
        if let Some(flatmap) = &shape.flatmap {
            return shaped::append(out, keys, body, shape, flatmap);
        }
        let before = keys.written();
        let null = indexer.read(body, |doc| Append { doc, out, stacks, keys, shape }.run())??;
        Ok(Added { null, empty: self.keys.written() == before })
    }

    /// Appends one member; `key` is not escaped, `json` is valid JSON text. Replaces an earlier
    /// member of the same name.
    pub fn add_member(&mut self, out: &mut Vec<u8>, key: &str, json: &[u8]) {
        comma(out);
        self.keys.note(key, out.len());
        write_json_string(out, key.as_bytes());
        out.push(b':');
        out.extend_from_slice(json);
    }

    /// Appends the members of `proxy.static`; each replaces an earlier one of the same name. Names
    /// must be tracked (`begin`) unless `StaticData::keys` can meet no other.
    pub fn add_members(&mut self, out: &mut Vec<u8>, data: &StaticData) {
        for member in data.members() {
            comma(out);
            self.keys.note(&member.key, out.len());
            out.extend_from_slice(&member.json);
        }
    }

    /// Ends the object.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Finished {
        self.keys.arrange(out);
        out.push(b'}');
        Finished { members: self.keys.live() }
    }
}

/// One document on its way into the answer.
struct Append<'a, 'd> {
    doc: &'a Doc<'d>,
    out: &'a mut Vec<u8>,
    stacks: &'a mut Stacks,
    keys: &'a mut Keys,
    shape: &'a Shape,
}

impl Append<'_, '_> {
    /// True when the data is `null`.
    fn run(&mut self) -> Result<bool, DecodeError> {
        match (self.doc.root(), self.shape.is_collection) {
            (Root::Object(object), false) => self.object(object),
            (Root::Array | Root::Null, true) => self.collection(),
            (Root::Null, false) => return Ok(self.null()),
            (Root::Array, false) => return Err(IS_ARRAY),
            (Root::Object(_), true) => return Err(IS_OBJECT),
            (Root::Scalar, _) => return Err(IS_SCALAR),
        }
        Ok(false)
    }

    fn object(&mut self, root: Object) {
        let Append { doc, shape, .. } = *self;
        let target = if shape.target.is_empty() { Some((root, None)) } else { find_target(doc, root, shape) };
        let Some((object, key)) = target else { return self.nothing() };
        if shape.group.is_none() {
            let keys = Some(&mut *self.keys);
            Cut { doc, out: self.out, keys, stacks: self.stacks }.members(shape, object);
            return;
        }
        self.group_head();
        if shape.keeps_all() {
            let start = key.map_or_else(|| doc.root_start(), |key| doc.value_start(key));
            self.out.extend_from_slice(&doc.text[start..=object.close]);
        } else {
            self.out.push(b'{');
            Cut { doc, out: self.out, keys: None, stacks: self.stacks }.members(shape, object);
            self.out.push(b'}');
        }
    }

    /// The group's name and colon.
    fn group_head(&mut self) {
        if let Some(group) = &self.shape.group {
            comma(self.out);
            self.keys.note(&group.text, self.out.len());
            self.out.extend_from_slice(&group.head);
        }
    }

    /// An empty object, which only a group shows.
    fn nothing(&mut self) {
        if self.shape.group.is_some() {
            self.group_head();
            self.out.extend_from_slice(b"{}");
        }
    }

    /// `null` is no data. A target makes an empty object of it, a group wraps it.
    fn null(&mut self) -> bool {
        if !self.shape.target.is_empty() {
            self.nothing();
            return false;
        }
        if self.shape.group.is_some() {
            self.group_head();
            self.out.extend_from_slice(b"null");
            return false;
        }
        true
    }

    /// The whole value under one name. There is no object to be a target in it.
    fn collection(&mut self) {
        let shape = self.shape;
        let name = shape.collection.as_ref().filter(|_| shape.target.is_empty());
        let Some(name) = name else { return self.nothing() };
        self.group_head();
        if shape.group.is_some() {
            self.out.push(b'{');
        } else {
            comma(self.out);
            self.keys.note(&name.text, self.out.len());
        }
        self.out.extend_from_slice(&name.head);
        self.out.extend_from_slice(self.doc.root_span());
        if shape.group.is_some() {
            self.out.push(b'}');
        }
    }
}

/// Walks to the target: the object, and the key of the member that holds it. Of members with the
/// same name the last counts.
fn find_target(doc: &Doc<'_>, root: Object, shape: &Shape) -> Option<(Object, Option<usize>)> {
    let mut object = root;
    let mut holder = None;
    for part in &shape.target {
        let mut found = None;
        let mut key = object.first;
        while key < object.end {
            let next = doc.after(key);
            if doc.name(key) == &**part {
                found = Some((key, next));
            }
            key = next;
        }
        let (key, next) = found?;
        object = doc.object(key, next, &object)?;
        holder = Some(key);
    }
    Some((object, holder))
}
