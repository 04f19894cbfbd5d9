//! Whatever answers a page request.
//!
//! Your own transport becomes a [`PageSource`] in one of these ways:
//!
//! | by | for |
//! |---|---|
//! | implementing [`PageSource`] | your own type whose requests run concurrently |
//! | [`from_fn`] | a closure that starts a request and returns its future; the client in it need not be `Sync` |
//! | [`on_own_thread`] | any async closure; neither the client in it nor its futures need be shared |
//! | [`tower`](crate::tower) (feature `tower`) | any `tower` service of HTTP requests |
//!
//! [`embedding`](crate::guide::embedding) walks through the first of them.

// Knows what a page is, not where it comes from.

mod from_fn;
mod own_thread;
mod page;

use std::future::Future;

pub use from_fn::{FromFn, from_fn};
pub use own_thread::{OnOwnThread, on_own_thread};
pub use page::{Fetched, Page};

use crate::error::SourceError;
use crate::paging::PageRequest;

/// Answers page requests: the transport under a stream.
///
/// Implement it to read through your own HTTP client, signer and retry policy; nothing else in this crate
/// needs to know them. Several requests are in flight at once, each in a separate task, and a task is aborted when its
/// answer is no longer needed.
///
/// One answer must be one consistent run of the list: the crate's promise rests on it.
pub trait PageSource<T>: Send + Sync + 'static {
    /// Fetches the page of `request`.
    ///
    /// # Errors
    /// Whatever kept the page from coming. The stream does not try again: retrying belongs in here.
    fn fetch(&self, request: PageRequest) -> impl Future<Output = Result<Page<T>, SourceError>> + Send;

    /// Fetches the page of `request`, and reports what that took: what a stream calls. A source that knows more of it than
    /// the page overrides this one.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    fn fetch_measured(&self, request: PageRequest) -> impl Future<Output = Result<Fetched<T>, SourceError>> + Send {
        let page = self.fetch(request);
        async move { page.await.map(Fetched::new) }
    }
}
