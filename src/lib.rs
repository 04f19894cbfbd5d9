//! Huawei Cloud IoTDA batch tasks as a stream.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
pub mod paging;
#[cfg(feature = "sim")]
#[cfg_attr(docsrs, doc(cfg(feature = "sim")))]
pub mod sim;
mod source;
pub mod task;

pub use error::{ArgumentError, Error, FailureKind, PageError, RecordError, SourceError};
pub use paging::{Marker, Offset, PageRequest, PageSize};
pub use source::{Identity, Page, PageSource};
