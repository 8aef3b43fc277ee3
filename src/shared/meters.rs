//! Counters with one writing thread, readable by all; knows not what is counted.
//!
//! hot: an addition is a plain load, add and store; no locked instruction, no allocation.
//!
//! Writer: the one `Writer` of a block (it is neither cloned nor shared between threads). Readers:
//! anyone with the `Arc<Block>`. `Relaxed` everywhere: each cell is exact for itself, cells of one
//! block may be a moment apart. A block starts on cache lines of its own (two, as x86 fetches them
//! in pairs), so that shards do not slow each other down.

#![allow(clippy::disallowed_types)] // shared/ is where locks and atomics live

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// The cells, as readers see them.
#[derive(Debug)]
#[repr(align(128))]
pub struct Block<const N: usize> {
    cells: [AtomicU64; N],
}

impl<const N: usize> Block<N> {
    /// Value of a cell; 0 for an index that does not exist.
    #[must_use]
    pub fn get(&self, index: usize) -> u64 {
        self.cells.get(index).map_or(0, |cell| cell.load(Ordering::Relaxed))
    }
}

/// The only hand that writes to a block. May move to another thread, is never used by two.
#[derive(Debug)]
pub struct Writer<const N: usize> {
    block: Arc<Block<N>>,
    not_sync: PhantomData<Cell<()>>,
}

impl<const N: usize> Default for Writer<N> {
    fn default() -> Writer<N> {
        let block = Block { cells: std::array::from_fn(|_| AtomicU64::new(0)) };
        Writer { block: Arc::new(block), not_sync: PhantomData } // alloc: once per thread
    }
}

impl<const N: usize> Writer<N> {
    /// Adds to a cell, wrapping. An index that does not exist is ignored.
    #[inline]
    pub fn add(&self, index: usize, by: u64) {
        if let Some(cell) = self.block.cells.get(index) {
            cell.store(cell.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
        }
    }

    /// What readers hold.
    #[must_use]
    pub fn block(&self) -> Arc<Block<N>> {
        Arc::clone(&self.block)
    }
}

#[cfg(test)]
mod tests;
