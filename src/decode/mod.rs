//! STAND-IN, to be dropped on merge: just enough of the decoder for `client` to compile.
#![allow(missing_docs)]

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{FailureKind, Identity, Page, SourceError};

#[derive(Clone, Debug)]
pub struct ListShape;

impl ListShape {
    pub const BATCH_TASKS: Self = Self;
}

pub fn page<T: DeserializeOwned + Identity>(body: &[u8], _shape: &ListShape) -> Result<Page<T>, SourceError> {
    #[derive(Deserialize)]
    #[serde(bound = "T: DeserializeOwned")]
    struct Body<T> {
        batchtasks: Vec<T>,
        page: Place,
    }
    #[derive(Deserialize)]
    struct Place {
        count: Option<u64>,
        marker: Option<crate::Marker>,
    }
    let body: Body<T> = serde_json::from_slice(body).map_err(|error| {
        SourceError::new(FailureKind::Decode, "the answer is no page").with_retryable(true).with_cause(error)
    })?;
    Ok(Page::new(body.batchtasks.into_iter().map(Ok).collect(), body.page.marker, body.page.count))
}
