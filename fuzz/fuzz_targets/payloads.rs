//! What must hold is in `maitred::fuzzing::payloads`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| maitred::fuzzing::payloads(bytes));
