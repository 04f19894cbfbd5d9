//! Whatever answers a page request. Knows what a page is, not where it comes from.

use std::future::Future;

use crate::error::SourceError;
use crate::paging::{Page, PageRequest};

/// Answers page requests: the transport under a stream.
///
/// Implement it to read through an HTTP client, a signer and a retry policy of your own; nothing else in this crate
/// needs to know them. Several requests are under way at once, each in a task of its own, and a task is aborted when
/// nobody needs its answer any more.
///
/// One answer must be one consistent run of the list: the crate's promise rests on it.
pub trait PageSource<T>: Send + Sync + 'static {
    /// Brings the page that `request` asks for.
    ///
    /// # Errors
    /// Whatever kept the page from coming. The stream does not try again: retrying belongs in here.
    fn fetch(&self, request: PageRequest) -> impl Future<Output = Result<Page<T>, SourceError>> + Send;
}
