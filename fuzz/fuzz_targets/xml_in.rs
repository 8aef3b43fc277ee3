//! Reads arbitrary bytes as an XML body, and renders what they hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sluice::encoding::fuzzing::xml_in(data));
