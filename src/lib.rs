//! Huawei Cloud IoTDA batch tasks as a stream.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
pub mod client;
pub mod decode;
mod error;
pub mod paging;
#[cfg(feature = "sim")]
#[cfg_attr(docsrs, doc(cfg(feature = "sim")))]
pub mod sim;
mod source;
mod stream;
pub mod task;

#[cfg(feature = "client")]
pub use client::{BatchTaskQuery, Client, ClientBuilder, Credentials};
pub use error::{ArgumentError, Error, FailureKind, PageError, RecordError, SourceError};
pub use paging::{Identity, Marker, Offset, Page, PageRequest, PageSize};
pub use source::PageSource;
pub use stream::{
    BatchTaskStream, Checkpoint, NamedSource, PageStream, Progress, RecordPage, RecordStream, StreamOptions,
};
pub use task::{BatchTask, TaskPolicy, TaskProgress, TaskStatus, TaskType};

/// The examples of the README are run as tests.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
