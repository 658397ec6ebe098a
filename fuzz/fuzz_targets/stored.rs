//! What must hold is in `maitred::fuzzing::stored`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| maitred::fuzzing::stored(bytes));
