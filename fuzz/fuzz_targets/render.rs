//! Renders arbitrary JSON in every format; the XML must be readable again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice::encoding::fuzzing::render(data));
