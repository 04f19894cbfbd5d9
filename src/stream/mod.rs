//! STAND-IN, to be dropped on merge: stores its arguments so that `client` compiles.
#![allow(missing_docs, dead_code)]

use std::marker::PhantomData;
use std::time::Duration;

use crate::task::BatchTask;
use crate::{Error, PageSize, PageSource};

pub type BatchTaskStream = RecordStream<BatchTask>;

#[derive(Clone, Debug)]
pub struct Checkpoint;

#[derive(Clone, Debug, Default)]
pub struct StreamOptions;

impl StreamOptions {
    pub fn new() -> Self {
        Self
    }
    #[must_use]
    pub fn page_size(self, _: PageSize) -> Self {
        self
    }
    #[must_use]
    pub fn prefetch(self, _: usize) -> Self {
        self
    }
    #[must_use]
    pub fn prefetch_bytes(self, _: usize) -> Self {
        self
    }
    #[must_use]
    pub fn max_items(self, _: u64) -> Self {
        self
    }
    #[must_use]
    pub fn resume(self, _: Checkpoint) -> Self {
        self
    }
    #[must_use]
    pub fn scan_timeout(self, _: Duration) -> Self {
        self
    }
}

pub struct NamedSource<T> {
    pub name: String,
    records: PhantomData<fn() -> T>,
}

impl<T> NamedSource<T> {
    pub fn new(name: impl Into<String>, _source: impl PageSource<T>) -> Self {
        Self { name: name.into(), records: PhantomData }
    }
}

#[derive(Debug)]
pub struct RecordStream<T> {
    pub lists: Vec<String>,
    records: PhantomData<fn() -> T>,
}

impl<T> RecordStream<T> {
    pub fn from_source(_source: impl PageSource<T>, _options: StreamOptions) -> Result<Self, Error> {
        Ok(Self { lists: vec![], records: PhantomData })
    }
    pub fn merged(lists: Vec<NamedSource<T>>, _options: StreamOptions) -> Result<Self, Error> {
        Ok(Self { lists: lists.into_iter().map(|list| list.name).collect(), records: PhantomData })
    }
}
