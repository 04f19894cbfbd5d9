//! The body of an answer.
#![no_main]
#![allow(dead_code)]

#[path = "../../tests/it/fuzz_smoke/entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|body: &[u8]| entries::page(body));
