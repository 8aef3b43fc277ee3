//! Response heads: no panic, the same verdict for any pieces, the same table when written anew.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice::http::fuzzing::response_head(data));
