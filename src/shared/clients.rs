//! One token bucket per client, for all shards: a striped table with a bound; knows clients only
//! by the bytes that name them.
//!
//! hot: taking from a known client's bucket allocates nothing; the lock of its stripe is held for
//! one look-up.
//!
//! Writers and readers: every shard, under the lock of one stripe of `limits::RATE_STRIPES`.
//! Contention is acceptable: two shards meet only when their clients share a stripe at the same
//! moment. Entries lie in order of use, so the stalest is at hand: idle ones are dropped as others
//! come by, and a full stripe gives up its stalest and never grows.

#![allow(clippy::disallowed_types)] // shared/ is where locks and atomics live

use super::bucket::{Rule, State};
use super::fingerprint::Seed;
use crate::base::clock::Time;
use crate::limits::{RATE_CLIENTS, RATE_STRIPES};
use lru::LruCache;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Idle entries dropped by one take.
const SWEEP: usize = 2;

/// Buckets keyed by client.
#[derive(Debug)]
pub struct Clients {
    stripes: Box<[Stripe]>,
    seed: Seed,
    rule: Rule,
    idle: Duration,
    /// Entries of one stripe.
    bound: usize,
}

#[derive(Debug)]
#[repr(align(128))]
struct Stripe(Mutex<LruCache<u64, Entry, BuildHasherDefault<Ready>>>);

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The other half of the fingerprint; the map's key is the first.
    check: u64,
    state: State,
    used: Time,
}

/// Hashes a fingerprint's half to itself: it is a keyed hash already.
#[derive(Clone, Copy, Debug, Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }
}

impl Clients {
    /// A table of at most `limits::RATE_CLIENTS` clients; a client not seen for longer than `idle`
    /// starts afresh.
    #[must_use]
    pub fn new(rule: Rule, idle: Duration) -> Clients {
        Clients::with_bound(rule, idle, RATE_STRIPES, RATE_CLIENTS)
    }

    fn with_bound(rule: Rule, idle: Duration, stripes: usize, clients: usize) -> Clients {
        let stripe = |_| Stripe(Mutex::new(LruCache::unbounded_with_hasher(BuildHasherDefault::default())));
        let bound = (clients / stripes).max(1);
        Clients { stripes: (0..stripes).map(stripe).collect(), seed: Seed::default(), rule, idle, bound }
    }

    /// Takes a token from the client's bucket. False: there is none.
    pub fn take(&self, client: &[u8], now: Time) -> bool {
        let print = self.seed.of(client);
        // Stripes by the low half: the high half places the entry inside its stripe.
        let stripe = &self.stripes[(print.low % self.stripes.len() as u64) as usize];
        // A panic under the lock cannot leave an entry half written: entries are replaced whole.
        let mut table = stripe.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = table.get_mut(&print.high) {
            let known = entry.check == print.low && now.since(entry.used) <= self.idle;
            let state = if known { entry.state } else { self.rule.full(now) };
            let next = self.rule.take(state, now);
            *entry = Entry { check: print.low, state: next.unwrap_or(state), used: now };
            return next.is_some();
        }
        for _ in 0..SWEEP {
            let stale = table.peek_lru().is_some_and(|(_, e)| now.since(e.used) > self.idle);
            if stale || table.len() >= self.bound {
                table.pop_lru();
            }
        }
        // A new bucket is full, and a full bucket has a token.
        let full = self.rule.full(now);
        let state = self.rule.take(full, now).unwrap_or(full);
        table.put(print.high, Entry { check: print.low, state, used: now }); // alloc: a new client
        true
    }

    /// Clients in the table; takes every lock, for tests and metrics.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stripes.iter().map(|s| s.0.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

const _: () = assert!(RATE_STRIPES > 0 && RATE_STRIPES <= RATE_CLIENTS);

#[cfg(test)]
mod tests;
