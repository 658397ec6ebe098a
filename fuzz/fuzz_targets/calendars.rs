//! What must hold is in `maitred::fuzzing::calendars`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| maitred::fuzzing::calendars(bytes));
