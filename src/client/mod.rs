//! Brings pages from the service. Knows HTTP; knows no windows and no streams.
#![allow(dead_code)]

pub mod credentials;
