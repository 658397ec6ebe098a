//! What must hold is in `maitred::fuzzing::cursors`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| maitred::fuzzing::cursors(bytes));
