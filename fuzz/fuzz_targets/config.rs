//! Loads arbitrary bytes as a configuration file.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice::config::fuzzing::config(data));
