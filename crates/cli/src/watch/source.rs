//! Where changes come from: a watch, or one that keeps a table of all tasks as well.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use iotda_batch_tasks::{BatchTaskQuery, Change, Error, StoreStream, TaskStore, WatchCheckpoint, WatchStream};

/// A stream of changes that can be continued later.
#[derive(Debug)]
pub(super) enum Changes {
    Watched(Box<WatchStream>),
    Stored(Box<StoreStream>),
}

impl Changes {
    pub(super) fn watched(
        query: BatchTaskQuery,
        interval: Duration,
        resume: Option<WatchCheckpoint>,
    ) -> Result<Self, Error> {
        query.watch_from(interval, resume).map(Box::new).map(Self::Watched)
    }

    /// With a table of all tasks, which begins with a look at all of them.
    pub(super) fn stored(query: BatchTaskQuery, interval: Duration) -> Result<(TaskStore, Self), Error> {
        let (store, changes) = query.store(interval)?;
        Ok((store, Self::Stored(Box::new(changes))))
    }

    /// Where to continue after the changes that were handed out.
    pub(super) fn checkpoint(&self) -> WatchCheckpoint {
        match self {
            Self::Watched(changes) => changes.checkpoint(),
            Self::Stored(changes) => changes.checkpoint(),
        }
    }
}

impl Stream for Changes {
    type Item = Result<Change, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut *self {
            Self::Watched(changes) => Pin::new(changes.as_mut()).poll_next(cx),
            Self::Stored(changes) => Pin::new(changes.as_mut()).poll_next(cx),
        }
    }
}
