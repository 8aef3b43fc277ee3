//! The top-level names of the answer that is being written, so that a later member replaces an
//! earlier one of the same name; knows no document.
//!
//! hot: warm, a note costs one hash and no allocation. A replaced member is only marked; what was
//! replaced is closed up in one pass at the end, so hostile bodies cannot make it quadratic.

use super::text::is_blank;
use crate::limits::BUFFER_KEPT_BYTES;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;
use std::mem::size_of;

/// Names noted so far. `at` of the noted members only grows.
#[derive(Default)]
pub(super) struct Keys {
    tracked: bool,
    count: usize,
    dead: usize,
    names: Vec<u8>,
    noted: Vec<Noted>,
    table: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

struct Noted {
    hash: u64,
    /// End of the name in `names`; it starts where the one before it ends.
    name_end: usize,
    /// Offset of the member's opening quote in the answer.
    at: usize,
    dead: bool,
}

impl Keys {
    /// Starts a new answer. Not tracked: members are counted only.
    pub(super) fn begin(&mut self, tracked: bool) {
        self.tracked = tracked;
        self.count = 0;
        self.dead = 0;
        if self.names.capacity() + self.noted.capacity() * size_of::<Noted>() > BUFFER_KEPT_BYTES {
            *self = Keys { tracked, ..Keys::default() };
        }
        self.names.clear();
        self.noted.clear();
        self.table.clear();
    }

    /// Members written and not replaced.
    pub(super) fn live(&self) -> usize {
        self.count - self.dead
    }

    /// Members written, replaced ones among them.
    pub(super) fn written(&self) -> usize {
        self.count
    }

    pub(super) fn tracked(&self) -> bool {
        self.tracked
    }

    /// Counts members that need no note because names are not tracked.
    pub(super) fn count(&mut self, members: usize) {
        self.count += members;
    }

    /// A member named `name` (unescaped) starts at `at`.
    #[inline]
    pub(super) fn note(&mut self, name: &str, at: usize) {
        self.count += 1;
        if self.tracked {
            self.track(name.as_bytes(), at);
        }
    }

    fn track(&mut self, name: &[u8], at: usize) {
        let Keys { names, noted, table, hasher, dead, .. } = self;
        let hash = hasher.hash_one(name);
        let id = noted.len();
        let same = |&other: &usize| noted[other].hash == hash && name_of(names, noted, other) == name;
        match table.find_mut(hash, same) {
            Some(slot) => {
                let old = std::mem::replace(slot, id);
                noted[old].dead = true;
                *dead += 1;
            }
            None => {
                table.insert_unique(hash, id, |&other| noted[other].hash);
            }
        }
        names.extend_from_slice(name);
        noted.push(Noted { hash, name_end: names.len(), at, dead: false });
    }

    /// Closes the gaps that replaced members left in `out`.
    pub(super) fn close_gaps(&self, out: &mut Vec<u8>) {
        if self.dead == 0 {
            return;
        }
        let Some(first) = self.noted.first() else { return };
        let start = first.at;
        let mut to = start;
        for (i, member) in self.noted.iter().enumerate() {
            if member.dead {
                continue;
            }
            let end = self.noted.get(i + 1).map_or(out.len(), |next| end_before(out, next.at));
            if to > start {
                // There is room: the comma that stood before this member is not yet overwritten.
                out[to] = b',';
                to += 1;
            }
            out.copy_within(member.at..end, to);
            to += end - member.at;
        }
        out.truncate(to);
    }
}

fn name_of<'a>(names: &'a [u8], noted: &[Noted], id: usize) -> &'a [u8] {
    let start = if id == 0 { 0 } else { noted[id - 1].name_end };
    &names[start..noted[id].name_end]
}

/// End of the member before the one at `next`: blanks and the comma go.
fn end_before(out: &[u8], next: usize) -> usize {
    let mut end = next;
    while end > 0 && (is_blank(out[end - 1]) || out[end - 1] == b',') {
        end -= 1;
    }
    end
}
