//! See `vbc_tests::fuzz::link`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vbc_tests::fuzz::link(data));
