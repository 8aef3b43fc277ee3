//! Reads arbitrary bytes as a feed, and renders what it holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice::encoding::fuzzing::rss_in(data));
