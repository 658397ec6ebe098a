//! What must hold is in `maitred::fuzzing::imports`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| maitred::fuzzing::imports(bytes));
