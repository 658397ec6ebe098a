//! What must hold is in `maitred::fuzzing::identities`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| maitred::fuzzing::identities(bytes));
