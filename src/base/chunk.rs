//! Owned pieces of what was read: a buffer from a per-thread pool, given back when dropped.
//!
//! hot: a warm `Chunk` costs no allocation. Knows no socket; `net` fills it.

use crate::limits::{BUFFERS_KEPT, BUFFER_KEPT_BYTES, CLIENT_BUFFER_BYTES, READ_BUFFER_BYTES};
use std::cell::RefCell;
use std::ops::Deref;

thread_local! {

    static POOL: RefCell<Pool> =
        const { RefCell::new(Pool { large: Vec::new(), small: Vec::new() }) }; // alloc: none, both are empty
}

struct Pool {
    large: Vec<Vec<u8>>,
    small: Vec<Vec<u8>>,
}

/// An empty buffer of at least `READ_BUFFER_BYTES` capacity.
#[must_use]
pub fn take_buffer() -> Vec<u8> {
    let kept = POOL.with(|p| p.borrow_mut().large.pop());
    kept.unwrap_or_else(|| Vec::with_capacity(READ_BUFFER_BYTES)) // alloc: cold pool
}

/// An empty buffer of `CLIENT_BUFFER_BYTES`, for connections that wait.
#[must_use]
pub fn take_small_buffer() -> Vec<u8> {
    let kept = POOL.with(|p| p.borrow_mut().small.pop());
    kept.unwrap_or_else(|| Vec::with_capacity(CLIENT_BUFFER_BYTES)) // alloc: cold pool
}

/// Gives a buffer back for reuse; frees it when the pool is full or the buffer grew too large.
pub fn give_buffer(mut buffer: Vec<u8>) {
    let capacity = buffer.capacity();
    if !(CLIENT_BUFFER_BYTES..=BUFFER_KEPT_BYTES).contains(&capacity) {
        return;
    }
    buffer.clear();
    // At thread exit the pool may be gone already; then the buffer is simply freed.
    let _ = POOL.try_with(|p| {
        let mut pool = p.borrow_mut();
        let list = if capacity >= READ_BUFFER_BYTES { &mut pool.large } else { &mut pool.small };
        if list.len() < BUFFERS_KEPT {
            list.push(buffer);
        }
    });
}

/// Bytes that were read, with a window that shrinks from the front as they are used.
#[derive(Debug, Default)]
pub struct Chunk {
    buffer: Vec<u8>,
    start: usize,
}

impl Chunk {
    /// Takes over a filled buffer.
    #[must_use]
    pub fn new(buffer: Vec<u8>) -> Chunk {
        Chunk { buffer, start: 0 }
    }

    /// Drops `n` bytes from the front; at most all of them.
    pub fn advance(&mut self, n: usize) {
        self.start = (self.start + n).min(self.buffer.len());
    }

    /// Cuts the end off: keeps the first `n` bytes of the window.
    pub fn truncate(&mut self, n: usize) {
        self.buffer.truncate(self.start + n);
    }

    /// The buffer and where its unused bytes start; the caller gives it back.
    #[must_use]
    pub fn into_parts(mut self) -> (Vec<u8>, usize) {
        (std::mem::take(&mut self.buffer), self.start)
    }
}

impl Deref for Chunk {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        if self.buffer.capacity() != 0 {
            give_buffer(std::mem::take(&mut self.buffer));
        }
    }
}
