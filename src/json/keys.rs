//! The top-level names of the answer that is being written: a later member replaces an earlier one
//! of the same name, and members leave in the order of their names, as KrakenD's do; knows no document.
//!
//! hot: warm, a note costs at most one hash and no allocation. A replaced member is only marked;
//! everything is put in its place in one pass at the end, so hostile bodies cannot make it quadratic.

use super::text::is_blank;
use crate::limits::BUFFER_KEPT_BYTES;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;
use std::mem::size_of;

/// Names noted so far. `at` of the noted members only grows.
#[derive(Default)]
pub(super) struct Keys {
    /// Names can meet: each is looked up.
    tracked: bool,
    dead: usize,
    names: Vec<u8>,
    noted: Vec<Noted>,
    table: HashTable<usize>,
    hasher: DefaultHashBuilder,
    order: Vec<usize>,
    moved: Vec<u8>,
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
    /// Starts a new answer. Not tracked: no two members have the same name.
    pub(super) fn begin(&mut self, tracked: bool) {
        self.tracked = tracked;
        self.dead = 0;
        let kept = self.names.capacity() + self.moved.capacity() + self.noted.capacity() * size_of::<Noted>();
        if kept > BUFFER_KEPT_BYTES {
            *self = Keys { tracked, ..Keys::default() };
        }
        self.names.clear();
        self.noted.clear();
        self.table.clear();
    }

    /// Members written and not replaced.
    pub(super) fn live(&self) -> usize {
        self.noted.len() - self.dead
    }

    /// Members written, replaced ones among them.
    pub(super) fn written(&self) -> usize {
        self.noted.len()
    }

    /// A member named `name` (unescaped) starts at `at`.
    #[inline]
    pub(super) fn note(&mut self, name: &str, at: usize) {
        let hash = if self.tracked { self.track(name.as_bytes()) } else { 0 };
        self.names.extend_from_slice(name.as_bytes());
        self.noted.push(Noted { hash, name_end: self.names.len(), at, dead: false });
    }

    /// Looks the name up and marks the member that the next one replaces.
    fn track(&mut self, name: &[u8]) -> u64 {
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
        hash
    }

    /// Takes replaced members out of `out` and puts the others in the order of their names.
    pub(super) fn arrange(&mut self, out: &mut Vec<u8>) {
        let Keys { names, noted, order, moved, .. } = self;
        let Some(first) = noted.first() else { return };
        let sorted = (1..noted.len()).all(|i| name_of(names, noted, i - 1) <= name_of(names, noted, i));
        if self.dead == 0 && sorted {
            return;
        }
        let start = first.at;
        order.clear();
        order.extend((0..noted.len()).filter(|i| !noted[*i].dead));
        // Stable: of equal names, which one document can repeat, the last stays the last.
        order.sort_by(|a, b| name_of(names, noted, *a).cmp(name_of(names, noted, *b)));
        moved.clear();
        for (n, i) in order.iter().enumerate() {
            let end = noted.get(i + 1).map_or(out.len(), |next| end_before(out, next.at));
            if n > 0 {
                moved.push(b',');
            }
            moved.extend_from_slice(&out[noted[*i].at..end]);
        }
        out.truncate(start);
        out.extend_from_slice(moved);
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
