//! What must hold is in `maitred::fuzzing::bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| maitred::fuzzing::bodies(bytes));
