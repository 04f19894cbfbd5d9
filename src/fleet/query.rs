//! Clients by their names, and a query for each of them.

use std::sync::Arc;

use super::stream::check_names;
use super::{FleetCheckpoint, FleetOrder, FleetStream, MemberStream};
use crate::client::{BatchTaskQuery, Client, ListQuery};
use crate::decode::{Row, WithRaw};
use crate::error::{ArgumentError, Error};
use crate::stream::{Checkpoint, RecordStream};
use crate::sub_tasks::{SubTask, SubTaskCheckpoint, SubTaskQuery, SubTaskStream};
use crate::task::BatchTask;

/// Several clients by their names, one a project, instance or region: see [the module](super).
///
/// A client measures its own quota, so members do not slow each other down.
#[derive(Clone, Debug)]
pub struct Fleet {
    members: Vec<(Arc<str>, Client)>,
}

impl Fleet {
    /// A fleet of these members.
    ///
    /// # Errors
    /// When a name is empty or there twice.
    pub fn new<N: Into<Arc<str>>>(members: impl IntoIterator<Item = (N, Client)>) -> Result<Self, ArgumentError> {
        let members: Vec<_> = members.into_iter().map(|(name, client)| (name.into(), client)).collect();
        check_names(members.iter().map(|(name, _)| &**name))?;
        Ok(Self { members })
    }

    /// The members, in the order in which they were given.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Client)> {
        self.members.iter().map(|(name, client)| (&**name, client))
    }

    /// A query of each member's client: of batch tasks, of any other list, or of the sub-tasks of many tasks. Nothing is
    /// sent before a stream is polled.
    pub fn query<Q: MemberQuery>(&self, query: impl Fn(&Client) -> Q) -> FleetQuery<Q> {
        let members = self.members.iter().map(|(name, client)| (Arc::clone(name), query(client))).collect();
        FleetQuery { members, order: FleetOrder::default(), resume: None }
    }
}

/// A query that a fleet can make of each member.
pub trait MemberQuery: Sized + sealed::Sealed {
    /// What it reads.
    type Record;
    /// What reads it.
    type Stream: MemberStream<Record = Self::Record>;

    #[doc(hidden)]
    fn open(self, resume: Option<CheckpointOf<Self>>) -> Result<Self::Stream, Error>;
}

/// The position of a member.
type CheckpointOf<Q> = <<Q as MemberQuery>::Stream as MemberStream>::Checkpoint;

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for BatchTaskQuery {}

impl MemberQuery for BatchTaskQuery {
    type Record = BatchTask;
    type Stream = RecordStream<BatchTask>;

    fn open(self, resume: Option<Checkpoint>) -> Result<RecordStream<BatchTask>, Error> {
        self.resume_from(resume).stream()
    }
}

impl<T> sealed::Sealed for ListQuery<T> {}

impl<T: Row + Send + 'static> MemberQuery for ListQuery<T> {
    type Record = T;
    type Stream = RecordStream<T>;

    fn open(self, resume: Option<Checkpoint>) -> Result<RecordStream<T>, Error> {
        self.resume_from(resume).stream()
    }
}

impl sealed::Sealed for SubTaskQuery {}

impl MemberQuery for SubTaskQuery {
    type Record = SubTask;
    type Stream = SubTaskStream;

    fn open(self, resume: Option<SubTaskCheckpoint>) -> Result<SubTaskStream, Error> {
        match resume {
            Some(checkpoint) => self.resume(checkpoint),
            None => self,
        }
        .stream()
    }
}

/// A query for each member of a fleet, made by [`Fleet::query`].
#[derive(Clone, Debug)]
#[must_use = "a query does nothing unless streamed"]
pub struct FleetQuery<Q: MemberQuery> {
    members: Vec<(Arc<str>, Q)>,
    order: FleetOrder,
    resume: Option<FleetCheckpoint<CheckpointOf<Q>>>,
}

impl<Q: MemberQuery> FleetQuery<Q> {
    /// In which order records come; [newest first](FleetOrder::NewestFirst) by default.
    pub fn order(mut self, order: FleetOrder) -> Self {
        self.order = order;
        self
    }

    /// Continues where an earlier stream of the same fleet and query stopped. Members that were complete send nothing.
    pub fn resume(mut self, checkpoint: FleetCheckpoint<CheckpointOf<Q>>) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// The stream of the records of all members.
    ///
    /// # Errors
    /// [`Error::Argument`] when an argument of a member's query breaks a rule, or the checkpoint to resume
    /// is of other members or other lists. Nothing was sent.
    pub fn stream(self) -> Result<FleetStream<Q::Record, Q::Stream>, Error> {
        self.open(Q::open)
    }

    fn open<S: MemberStream>(
        self,
        open: impl Fn(Q, Option<CheckpointOf<Q>>) -> Result<S, Error>,
    ) -> Result<FleetStream<S::Record, S>, Error> {
        let Self { members, order, resume } = self;
        if let Some(resume) = &resume {
            resume.check(members.iter().map(|(name, _)| &**name))?;
        }
        let stream = |(name, query): (Arc<str>, Q)| {
            let position = resume.as_ref().and_then(|resume| resume.member(&name)).cloned();
            Ok((name, open(query, position)?))
        };
        let streams = members.into_iter().map(stream).collect::<Result<Vec<_>, Error>>()?;
        Ok(FleetStream::new(streams, order)?)
    }
}

impl FleetQuery<BatchTaskQuery> {
    /// The same stream, each task with its JSON as the service sent it.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn stream_with_raw(self) -> Result<FleetStream<WithRaw<BatchTask>>, Error> {
        self.open(|query, resume| query.resume_from(resume).stream_with_raw())
    }
}
