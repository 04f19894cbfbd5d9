//! What can be a member of a fleet.

use std::fmt;

use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::paging::Identity;
use crate::stream::{Checkpoint, Progress, RecordStream, SortKey};
#[cfg(feature = "client")]
use crate::sub_tasks::{SubTask, SubTaskCheckpoint, SubTaskStream};

/// A stream that can be a member of a fleet: a [`RecordStream`], or the
/// [sub-tasks of many tasks](crate::sub_tasks).
pub trait MemberStream: Stream<Item = Result<Self::Record, Error>> + Unpin + sealed::Sealed {
    /// What it brings.
    type Record;
    /// Where a later stream of the same query continues.
    type Checkpoint: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned;

    #[doc(hidden)]
    fn position(&self) -> Self::Checkpoint;

    /// The position before `latest`, the record that came last.
    #[doc(hidden)]
    fn position_before(&self, latest: &Self::Record) -> Self::Checkpoint;

    #[doc(hidden)]
    fn numbers(&self) -> Progress;

    /// What was read of the lists that are read first.
    #[doc(hidden)]
    fn list_numbers(&self) -> Progress {
        self.numbers()
    }

    #[doc(hidden)]
    fn sort_key(record: &Self::Record) -> OpaqueKey;
}

/// How new a record is.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpaqueKey(SortKey);

mod sealed {
    pub trait Sealed {}
}

impl<T> sealed::Sealed for RecordStream<T> {}

impl<T: Identity + Send + 'static> MemberStream for RecordStream<T> {
    type Record = T;
    type Checkpoint = Checkpoint;

    fn position(&self) -> Checkpoint {
        self.checkpoint()
    }

    fn position_before(&self, latest: &T) -> Checkpoint {
        self.checkpoint_before(latest)
    }

    fn numbers(&self) -> Progress {
        self.progress()
    }

    fn sort_key(record: &T) -> OpaqueKey {
        OpaqueKey(SortKey::of(record.identity()))
    }
}

#[cfg(feature = "client")]
impl sealed::Sealed for SubTaskStream {}

#[cfg(feature = "client")]
impl MemberStream for SubTaskStream {
    type Record = SubTask;
    type Checkpoint = SubTaskCheckpoint;

    fn position(&self) -> SubTaskCheckpoint {
        self.checkpoint()
    }

    fn position_before(&self, _latest: &SubTask) -> SubTaskCheckpoint {
        self.checkpoint_before_latest()
    }

    fn numbers(&self) -> Progress {
        self.progress()
    }

    fn list_numbers(&self) -> Progress {
        self.task_progress()
    }

    /// That of the task: sub-tasks have no id.
    fn sort_key(record: &SubTask) -> OpaqueKey {
        OpaqueKey(SortKey::of(record.task.identity()))
    }
}
