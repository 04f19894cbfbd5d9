//! Huawei Cloud IoTDA batch tasks as a stream.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "client")]
pub mod client;
pub mod decode;
mod error;
pub mod paging;
mod source;
pub mod stream;
pub mod task;

#[cfg(feature = "client")]
pub use client::credentials::{Credentials, CredentialsProvider, SigningAlgorithm, TemporaryCredentials};
#[cfg(feature = "client")]
pub use client::{BatchTaskQuery, Client, ClientBuilder, RetryPolicy};
pub use error::{ArgumentError, Error, FailureKind, PageError, RecordError, SourceError};
pub use paging::{Marker, Offset, PageRequest, PageSize};
pub use source::{Identity, Page, PageSource};
pub use task::{BatchTask, TaskStatus, TaskType};
