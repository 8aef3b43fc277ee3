//! What a shard counts, and the sum over all shards; knows neither names nor labels of metrics.
//!
//! hot: counting is one plain addition in memory of the shard's own.

use crate::http::fault::Whose;
use crate::shared::meters::{Block, Writer};
use std::sync::Arc;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Counter {
    /// Requests whose head was read.
    Requests,
    /// Answers by class of status.
    Answers1xx,
    Answers2xx,
    Answers3xx,
    Answers4xx,
    Answers5xx,
    /// Faults by who is to blame.
    FaultsClient,
    FaultsUpstream,
    FaultsGateway,
    /// Client connections taken, and those that ended. The difference is what is open.
    Accepted,
    Closed,
    /// Connections made to backends, and calls that took a kept one.
    UpstreamConnects,
    UpstreamReuses,
    /// Panics that were caught and answered.
    Panics,
    /// Shadow calls made, and those dropped because too many were under way.
    Shadows,
    ShadowsLost,
    /// Log records that found their lane full.
    LogLost,
}

const COUNTERS: usize = Counter::LogLost as usize + 1;

/// One shard's numbers as others read them.
pub type Published = Block<COUNTERS>;

/// One shard's counters. The shard owns it; others read `published`.
#[derive(Debug, Default)]
pub struct Meters {
    writer: Writer<COUNTERS>,
}

impl Meters {
    /// Adds one.
    #[inline]
    pub fn count(&self, what: Counter) {
        self.writer.add(what as usize, 1);
    }

    /// Adds several.
    #[inline]
    pub fn add(&self, what: Counter, by: u64) {
        self.writer.add(what as usize, by);
    }

    /// An answer that was sent. A status outside 100 to 599 counts as 5xx.
    #[inline]
    pub fn answer(&self, status: u16) {
        self.count(match status {
            100..=199 => Counter::Answers1xx,
            200..=299 => Counter::Answers2xx,
            300..=399 => Counter::Answers3xx,
            400..=499 => Counter::Answers4xx,
            _ => Counter::Answers5xx,
        });
    }

    /// A fault, whatever became of it.
    #[inline]
    pub fn fault(&self, whose: Whose) {
        self.count(match whose {
            Whose::Client => Counter::FaultsClient,
            Whose::Upstream => Counter::FaultsUpstream,
            Whose::Gateway => Counter::FaultsGateway,
        });
    }

    /// For readers on other threads.
    #[must_use]
    pub fn published(&self) -> Arc<Published> {
        self.writer.block()
    }
}

/// Sums over shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals([u64; COUNTERS]);

impl Totals {
    #[must_use]
    pub fn get(&self, what: Counter) -> u64 {
        self.0[what as usize]
    }
}

/// Adds up what the shards counted so far; each number is exact, all of them are of nearly the
/// same moment.
#[must_use]
pub fn total(shards: &[Arc<Published>]) -> Totals {
    Totals(std::array::from_fn(|index| shards.iter().fold(0, |sum: u64, s| sum.wrapping_add(s.get(index)))))
}

#[cfg(test)]
mod tests;
