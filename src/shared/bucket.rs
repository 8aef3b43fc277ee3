//! The token bucket of every rate limit: a pure state machine, and one for all shards to share;
//! knows nothing of requests.
//!
//! hot: a take is one load and at most one compare-and-swap; a refusal writes nothing.
//!
//! The rules are KrakenD's, quirks included (traffic-security.md 1.1): nothing is refilled while
//! tokens remain, a refill counts from the last refill, and a refill of more than the capacity
//! fills the bucket without charging the request that asked.

use crate::base::clock::Time;
use portable_atomic::{AtomicU128, Ordering};

const SECOND_NS: f64 = 1e9;
/// The slowest rate, tokens per second.
const SLOWEST: f64 = 1e-9;

/// What a bucket allows: capacity, and the time in which one token comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    capacity: u64,
    /// Nanoseconds, at least one.
    interval: u64,
}

/// What is in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    tokens: u64,
    last_refill: u64,
}

impl Rule {
    /// `rate` in tokens per second, at least 1e-9; a capacity of 0 is 1. Rates above 1e9 are held
    /// at one token a nanosecond (KrakenD divides by zero there).
    #[must_use]
    pub fn new(rate: f64, capacity: u64) -> Rule {
        let rate = if rate > SLOWEST { rate } else { SLOWEST };
        // In range: at most 1e18; the cast truncates, as the rule wants.
        let interval = (SECOND_NS / rate) as u64;
        Rule { capacity: capacity.max(1), interval: interval.max(1) }
    }

    #[must_use]
    pub const fn capacity(&self) -> u64 {
        self.capacity
    }

    /// A full bucket.
    #[inline]
    #[must_use]
    pub const fn full(&self, now: Time) -> State {
        State { tokens: self.capacity, last_refill: now.0 }
    }

    /// The state after a token was taken; `None` = there is none, and the state stays.
    #[inline]
    #[must_use]
    pub const fn take(&self, state: State, now: Time) -> Option<State> {
        if state.tokens > 0 {
            return Some(State { tokens: state.tokens - 1, last_refill: state.last_refill });
        }
        // Another shard's clock reading may be later than ours; then no time has passed.
        let periods = now.0.saturating_sub(state.last_refill) / self.interval;
        if periods == 0 {
            return None;
        }
        let last_refill = state.last_refill + periods * self.interval;
        let tokens = if periods > self.capacity { self.capacity } else { periods - 1 };
        Some(State { tokens, last_refill })
    }
}

impl State {
    const fn pack(self) -> u128 {
        ((self.tokens as u128) << 64) | self.last_refill as u128
    }

    const fn unpack(word: u128) -> State {
        State { tokens: (word >> 64) as u64, last_refill: word as u64 } // the two halves
    }
}

/// One bucket for the whole process: exact, whoever takes and wherever.
///
/// Writers and readers: every shard. The whole state is one 128-bit word, so a compare-and-swap
/// moves it from one valid state to the next; `Relaxed`, for nothing else hangs on it. It has two
/// cache lines to itself (the prefetcher fetches pairs).
#[derive(Debug)]
#[repr(align(128))]
pub struct Bucket {
    state: AtomicU128,
    rule: Rule,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub const fn new(rule: Rule, now: Time) -> Bucket {
        Bucket { state: AtomicU128::new(rule.full(now).pack()), rule }
    }

    /// Takes a token. False: there is none.
    #[inline]
    pub fn take(&self, now: Time) -> bool {
        let mut seen = self.state.load(Ordering::Relaxed);
        loop {
            let Some(next) = self.rule.take(State::unpack(seen), now) else {
                return false;
            };
            let swap =
                self.state.compare_exchange_weak(seen, next.pack(), Ordering::Relaxed, Ordering::Relaxed);
            match swap {
                Ok(_) => return true,
                Err(other) => seen = other,
            }
        }
    }
}

#[cfg(test)]
mod tests;
