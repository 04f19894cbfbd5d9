//! Huawei Cloud IoTDA batch tasks as a stream.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod decode;
mod error;
pub mod paging;
mod source;
pub mod task;

pub use error::{ArgumentError, Error, FailureKind, PageError, RecordError, SourceError};
pub use paging::{Marker, Offset, PageRequest, PageSize};
pub use source::{Identity, Page, PageSource};
pub use task::{BatchTask, TaskStatus, TaskType};
