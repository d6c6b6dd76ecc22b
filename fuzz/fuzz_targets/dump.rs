//! See `vbc_tests::fuzz::dump`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vbc_tests::fuzz::dump(data));
