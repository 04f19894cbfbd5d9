//! A stream that has to end in time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use pin_project::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

/// Longer than any process runs; and what is shorter can be added to any instant.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The time is up.
#[derive(Debug)]
pub(in crate::stream) struct Elapsed(pub(in crate::stream) Duration);

/// Yields [`Elapsed`] once the time has passed since the first poll, whether or not items are ready then.
#[pin_project]
#[must_use = "streams do nothing unless polled"]
pub(in crate::stream) struct Deadline<S> {
    #[pin]
    stream: S,
    timeout: Option<Duration>,
    #[pin]
    timer: Option<Sleep>,
}

impl<S> Deadline<S> {
    pub(in crate::stream) fn new(stream: S, timeout: Option<Duration>) -> Self {
        Self { stream, timeout: timeout.filter(|timeout| *timeout < FOREVER), timer: None }
    }

    /// Whether there is a time to keep: where there is none, the stream inside may be polled directly.
    pub(in crate::stream) fn is_set(&self) -> bool {
        self.timeout.is_some()
    }

    pub(in crate::stream) fn get_ref(&self) -> &S {
        &self.stream
    }

    pub(in crate::stream) fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut S> {
        self.project().stream
    }
}

impl<S: Stream> Stream for Deadline<S> {
    type Item = Result<S::Item, Elapsed>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let Some(timeout) = *this.timeout else { return this.stream.poll_next(cx).map(|item| item.map(Ok)) };
        // The timer alone would never fire while the consumer finds items ready and the runtime's clock is not looked at.
        let now = Instant::now();
        if this.timer.is_none() {
            this.timer.set(Some(sleep_until(now + timeout)));
        }
        let timer = this.timer.as_pin_mut();
        if timer.as_ref().is_some_and(|timer| timer.deadline() <= now) {
            return Poll::Ready(Some(Err(Elapsed(timeout))));
        }
        match this.stream.poll_next(cx) {
            Poll::Ready(item) => Poll::Ready(item.map(Ok)),
            Poll::Pending => timer.map_or(Poll::Pending, |timer| timer.poll(cx).map(|()| Some(Err(Elapsed(timeout))))),
        }
    }

    /// Once the time is up, one error is all that comes.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let (lower, upper) = self.stream.size_hint();
        match self.timeout {
            None => (lower, upper),
            Some(_) => (lower.min(1), upper.and_then(|upper| upper.checked_add(1))),
        }
    }
}
