//! Short names for long texts that strangers choose: 128 bits, keyed with a secret seed; knows not
//! what the texts mean.
//!
//! hot: hashing allocates nothing. A table keyed by fingerprints has entries of one size, so a
//! bound on their number is a bound on memory. Nobody outside can aim for a collision: two
//! SipHashes with keys drawn at start would have to agree.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The fingerprint of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    pub high: u64,
    pub low: u64,
}

/// The secret seed; one per table, immutable.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    high: RandomState,
    low: RandomState,
}

impl Seed {
    #[inline]
    #[must_use]
    pub fn of(&self, text: &[u8]) -> Fingerprint {
        Fingerprint { high: half(&self.high, text), low: half(&self.low, text) }
    }
}

#[inline]
fn half(keys: &RandomState, text: &[u8]) -> u64 {
    let mut hasher = keys.build_hasher();
    hasher.write(text);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_agree_under_one_seed_only() {
        let (one, two) = (Seed::default(), Seed::default());
        assert_eq!(one.of(b"abc"), one.of(b"abc"));
        assert_eq!(one.of(b"abc"), one.clone().of(b"abc"));
        assert_ne!(one.of(b"abc"), one.of(b"abd"));
        assert_ne!(one.of(b""), one.of(b"\0"));
        assert_ne!(one.of(b"abc"), two.of(b"abc"));
    }
}
