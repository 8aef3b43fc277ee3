//! From SRV records to the targets that are called, and how often each (RFC 2782, as KrakenD reads
//! it); looks nothing up.
//!
//! Only the records of the lowest priority count. A target stands in the list as often as its weight
//! says, weights scaled down so that the list stays short. A weight of 0 means "not at all" beside
//! others; when all are 0 they are equal.

use crate::limits::SERVICE_TARGETS;

/// A usable SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub priority: u16,
    pub weight: u16,
    pub port: u16,
    /// Lower-case, without the dot at the end.
    pub target: String,
}

/// Targets of a service, distinct and in order, with the turns of each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub targets: Vec<(String, u16)>,
    /// Indexes into `targets`.
    pub turns: Vec<u16>,
    /// Targets beyond `SERVICE_TARGETS`.
    pub left_out: usize,
}

/// Sum of the weights up to which they are not scaled (KrakenD's own number).
const TURNS: u64 = 100;

/// The targets of these records.
pub(super) fn choose(records: Vec<Record>) -> Choice {
    let Some(priority) = records.iter().map(|record| record.priority).min() else {
        return Choice::default();
    };
    let mut lowest: Vec<Record> = records.into_iter().filter(|record| record.priority == priority).collect();
    // Servers answer in any order: the same records are to give the same list.
    lowest.sort_by(|a, b| (&a.target, a.port).cmp(&(&b.target, b.port)));
    let mut targets: Vec<(String, u16)> = Vec::new();
    let mut weights: Vec<u64> = Vec::new();
    for Record { weight, port, target, .. } in lowest {
        match (targets.last(), weights.last_mut()) {
            (Some((last, last_port)), Some(sum)) if *last == target && *last_port == port => {
                *sum += u64::from(weight);
            }
            _ => {
                targets.push((target, port));
                weights.push(u64::from(weight));
            }
        }
    }
    let copies = copies(&weights);
    let mut copies: Vec<u64> = copies.into_iter().filter(|n| *n > 0).collect();
    let used = weights.iter().any(|weight| *weight > 0);
    let mut weight = weights.iter();
    targets.retain(|_| weight.next().is_some_and(|weight| *weight > 0 || !used));
    let left_out = targets.len().saturating_sub(SERVICE_TARGETS);
    targets.truncate(SERVICE_TARGETS);
    copies.truncate(SERVICE_TARGETS);
    Choice { targets, turns: spread(&copies), left_out }
}

/// How often each stands in the list. Whoever has a weight stands there once at least.
fn copies(weights: &[u64]) -> Vec<u64> {
    let sum: u64 = weights.iter().sum();
    if sum == 0 {
        return vec![1; weights.len()];
    }
    let most = TURNS.max(weights.len() as u64);
    let scale = |weight: u64| if sum <= most { weight } else { (weight * most / sum).max(weight.min(1)) };
    let scaled: Vec<u64> = weights.iter().map(|weight| scale(*weight)).collect();
    let divisor = scaled.iter().copied().fold(0, gcd).max(1);
    scaled.iter().map(|weight| weight / divisor).collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        gcd(b, a % b)
    }
}

/// Indexes, each as often as `copies` says, spread evenly, so that going round never calls one host
/// many times in a row: the one that is furthest behind its share is next.
fn spread(copies: &[u64]) -> Vec<u16> {
    let sum: i64 = copies.iter().map(|n| *n as i64).sum();
    let mut behind = vec![0; copies.len()];
    let mut turns = Vec::new();
    for _ in 0..sum {
        for (share, copies) in behind.iter_mut().zip(copies) {
            *share += *copies as i64;
        }
        // The first of equals.
        let next = (0..behind.len()).rev().max_by_key(|index| behind[*index]);
        let Some(next) = next else { break };
        behind[next] -= sum;
        turns.push(next as u16); // at most SERVICE_TARGETS
    }
    turns
}

#[cfg(test)]
mod tests;
