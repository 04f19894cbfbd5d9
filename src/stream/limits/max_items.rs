//! The first items of a stream.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project::pin_project;

/// Ends after so many items, where a number is given.
#[pin_project]
#[must_use = "streams do nothing unless polled"]
pub(in crate::stream) struct MaxItems<S> {
    #[pin]
    stream: S,
    remaining: Option<u64>,
}

impl<S> MaxItems<S> {
    pub(in crate::stream) fn new(stream: S, max: Option<u64>) -> Self {
        Self { stream, remaining: max }
    }

    pub(in crate::stream) fn get_ref(&self) -> &S {
        &self.stream
    }

    pub(in crate::stream) fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut S> {
        self.project().stream
    }
}

impl<S: Stream> Stream for MaxItems<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(remaining) = this.remaining else { return this.stream.poll_next(cx) };
        if *remaining == 0 {
            return Poll::Ready(None);
        }
        let item = std::task::ready!(this.stream.poll_next(cx));
        if item.is_some() {
            *remaining -= 1;
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (lower, upper) = self.stream.size_hint();
        let Some(remaining) = self.remaining else { return (lower, upper) };
        let most = usize::try_from(remaining).unwrap_or(usize::MAX);
        (lower.min(most), Some(upper.map_or(most, |upper| upper.min(most))))
    }
}
