//! The text of a checkpoint.
#![no_main]
#![allow(dead_code)]

#[path = "../../tests/it/fuzz_smoke/entries.rs"]
mod entries;

libfuzzer_sys::fuzz_target!(|text: &str| entries::checkpoint(text));
