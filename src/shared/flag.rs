//! A one-way switch between threads; knows not what it stands for.
//!
//! Writers: any, to set it, once and for all. Readers: any. Ordering: `Release` and `Acquire`, so
//! that what happened before it was set is seen by whoever sees it set.

#![allow(clippy::disallowed_types)] // shared/ is where locks and atomics live

use std::sync::atomic::{AtomicBool, Ordering};

/// Starts down; stays up once set.
#[derive(Debug, Default)]
pub struct Flag(AtomicBool);

impl Flag {
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
