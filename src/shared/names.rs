//! Addresses of the host names that a configuration mentions, one slot each; resolves nothing.
//!
//! hot: a lookup by slot is two loads and no allocation.
//!
//! Writer: the control thread publishes into the slots. Readers: each shard through its own
//! `NameView`. The `used` mark goes the other way: a shard sets it (a store only when it is not
//! set, so the line stays shared), the control thread takes it once per time to live. `Relaxed` is
//! enough for it: a mark that is seen late costs one lookup, nothing else hangs on it.

#![allow(clippy::disallowed_types)] // shared/ is where locks and atomics live

use super::snapshot::{Seen, Snapshot};
use hashbrown::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// Every name known at start, each with a slot. Shared by all threads.
#[derive(Debug, Default)]
pub struct NameTable {
    index: HashMap<Arc<str>, usize>,
    slots: Vec<Arc<Slot>>,
}

/// One name.
#[derive(Debug)]
pub struct Slot {
    name: Arc<str>,
    used: AtomicBool,
    addresses: Snapshot<[IpAddr]>,
}

impl NameTable {
    /// A slot for each distinct name, in order of first mention.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = Arc<str>>) -> NameTable {
        let mut table = NameTable::default();
        for name in names {
            if table.index.contains_key(&name) {
                continue;
            }
            table.index.insert(Arc::clone(&name), table.slots.len());
            table.slots.push(Arc::new(Slot::new(name)));
        }
        table
    }

    /// Index of the slot of `name`, exactly as it was given to `new`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// All slots; the position is the index.
    #[must_use]
    pub fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }
}

impl Slot {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(name: Arc<str>) -> Slot {
        Slot { name, used: AtomicBool::new(false), addresses: Snapshot::default() }
    }

    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Makes these the name's addresses, in the order in which they are to be tried.
    pub fn publish(&self, addresses: Arc<[IpAddr]>) {
        self.addresses.publish(addresses);
    }

    /// Shards have to ask again.
    pub fn withdraw(&self) {
        self.addresses.withdraw();
    }

    /// What is published now.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<[IpAddr]>> {
        self.addresses.latest()
    }

    /// The addresses, for a shard that keeps `seen` for this slot; marks the name as used.
    #[inline]
    pub fn look<'s>(&self, seen: &'s mut Seen<[IpAddr]>) -> Option<&'s Arc<[IpAddr]>> {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        seen.get(&self.addresses)
    }

    /// Whether a shard looked since the last call.
    pub fn take_used(&self) -> bool {
        self.used.load(Ordering::Relaxed) && self.used.swap(false, Ordering::Relaxed)
    }
}

/// One shard's view of a `NameTable`.
#[derive(Debug)]
pub struct NameView {
    table: Arc<NameTable>,
    seen: Vec<Seen<[IpAddr]>>,
}

impl NameView {
    #[must_use]
    pub fn new(table: Arc<NameTable>) -> NameView {
        let seen = table.slots.iter().map(|_| Seen::default()).collect();
        NameView { table, seen }
    }

    /// Addresses of a slot, never empty. `None`: not known yet (or no such slot); ask the control
    /// thread for the name and use its answer.
    #[inline]
    pub fn addresses(&mut self, slot: usize) -> Option<&Arc<[IpAddr]>> {
        self.seen.get_mut(slot).and_then(|seen| self.table.slots.get(slot)?.look(seen))
    }

    /// The table behind the view, for the name of a slot.
    #[must_use]
    pub fn table(&self) -> &NameTable {
        &self.table
    }
}

#[cfg(test)]
mod tests;
