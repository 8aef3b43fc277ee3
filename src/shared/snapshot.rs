//! A value that one thread publishes and many poll; knows nothing of what the value means.
//!
//! hot: a reader that is up to date pays one load; nothing is allocated by reading.
//!
//! Writer: one thread at a time (several would be safe, the last one wins). Readers: any number.
//! Ordering: the writer changes the value and then the generation, both under the lock, the
//! generation with `Release`; a reader loads the generation with `Acquire` and takes the lock only
//! when it differs from the one it has seen. Inside the lock value and generation always belong
//! together, so a reader never pairs a new generation with an old value. Contention: the lock is
//! taken once per reader and publication, never per request.

#![allow(clippy::disallowed_types)] // shared/ is where locks and atomics live

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The published side. Starts without a value.
#[derive(Debug)]
pub struct Snapshot<T: ?Sized> {
    generation: AtomicU64,
    value: Mutex<Option<Arc<T>>>,
}

impl<T: ?Sized> Default for Snapshot<T> {
    fn default() -> Snapshot<T> {
        Snapshot { generation: AtomicU64::new(0), value: Mutex::new(None) }
    }
}

impl<T: ?Sized> Snapshot<T> {
    /// Makes `value` what readers find from now on.
    pub fn publish(&self, value: Arc<T>) {
        self.replace(Some(value));
    }

    /// Takes the value away: readers find nothing until the next publication.
    pub fn withdraw(&self) {
        self.replace(None);
    }

    /// The value of this moment, for threads that keep no copy.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<T>> {
        self.lock().as_ref().map(Arc::clone)
    }

    fn replace(&self, value: Option<Arc<T>>) {
        let old = {
            let mut held = self.lock();
            let old = std::mem::replace(&mut *held, value);
            // Only writers store, and they hold the lock: a plain increment is enough.
            let next = self.generation.load(Ordering::Relaxed).wrapping_add(1);
            self.generation.store(next, Ordering::Release);
            old
        };
        drop(old); // may free a lot; not under the lock
    }

    /// A poisoned lock is taken all the same: no code that can panic runs under it.
    fn lock(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One reader's copy of a `Snapshot`. Belongs to one snapshot: give it the same one each time.
#[derive(Debug)]
pub struct Seen<T: ?Sized> {
    generation: u64,
    value: Option<Arc<T>>,
}

impl<T: ?Sized> Default for Seen<T> {
    fn default() -> Seen<T> {
        Seen { generation: 0, value: None }
    }
}

impl<T: ?Sized> Seen<T> {
    /// The newest value, `None` when nothing is published. One load while nothing changed.
    #[inline]
    pub fn get(&mut self, from: &Snapshot<T>) -> Option<&Arc<T>> {
        if from.generation.load(Ordering::Acquire) != self.generation {
            self.refresh(from);
        }
        self.value.as_ref()
    }

    #[cold]
    fn refresh(&mut self, from: &Snapshot<T>) {
        let held = from.lock();
        self.generation = from.generation.load(Ordering::Relaxed);
        let new = held.as_ref().map(Arc::clone);
        drop(held);
        self.value = new;
    }
}

#[cfg(test)]
mod tests;
