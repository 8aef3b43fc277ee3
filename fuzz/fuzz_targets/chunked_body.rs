//! Chunked bodies: no panic, and the same data for any pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice::http::fuzzing::chunked_body(data));
