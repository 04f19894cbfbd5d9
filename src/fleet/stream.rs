//! The streams of several members, merged.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::member::OpaqueKey;
use super::{FleetCheckpoint, MemberError, MemberStream};
use crate::error::{ArgumentError, Error};
use crate::stream::{Progress, RecordStream};

/// A record and the member of the fleet that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sourced<T> {
    /// The name of the member.
    pub origin: Arc<str>,
    /// The record.
    pub record: T,
}

/// In which order the records of a fleet come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FleetOrder {
    /// Newest first by id over all members, sub-tasks by the id of their task: each has to show its next record before any
    /// record comes, so the slowest member sets the pace. Records whose id is not 24 hexadecimal digits come first.
    #[default]
    NewestFirst,
    /// Each as it comes, a member's own in their order.
    AsTheyCome,
}

/// How far a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemberState {
    /// There may be more.
    Reading,
    /// It was read to its end.
    Complete,
    /// It ended by an error. A later stream continues from the [checkpoint](FleetStream::checkpoint).
    Failed,
}

/// What the stream has done of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberProgress {
    /// The name of the member.
    pub member: Arc<str>,
    /// How far it is.
    pub state: MemberState,
    /// Its numbers.
    pub progress: Progress,
    /// The numbers of its lists: of tasks, where the records are their sub-tasks; else the same.
    pub lists: Progress,
}

/// The records of all members of a fleet as one [`Stream`], each with its origin.
///
/// Every member is as exact as its own stream `S`, a [`RecordStream`] unless it is of
/// [sub-tasks](super#sub-tasks). A member that cannot be read any further is one `Err` that names it; the stream ends
/// (`None`) when every member has ended. Dropping the stream aborts the requests of all.
///
/// # Cancel safety
/// `next()` and the like are cancel-safe: a future of theirs that is dropped has taken nothing.
#[must_use = "streams do nothing unless polled"]
pub struct FleetStream<T, S = RecordStream<T>> {
    members: Vec<Member<T, S>>,
    order: FleetOrder,
    /// In order as they come, the member whose turn it is.
    turn: usize,
}

struct Member<T, S> {
    name: Arc<str>,
    records: S,
    /// The record that it shows, taken and not handed out.
    head: Option<(OpaqueKey, T)>,
    state: MemberState,
}

// The streams are `Unpin`, and records are moved out as they are handed out.
impl<T, S> Unpin for FleetStream<T, S> {}

impl<T, S: MemberStream<Record = T>> FleetStream<T, S> {
    /// Merges the streams of members, by their names. To resume, resume each from its part of the checkpoint:
    /// [`FleetCheckpoint::member`].
    ///
    /// # Errors
    /// When a name is empty or there twice.
    pub fn new<N: Into<Arc<str>>>(
        members: impl IntoIterator<Item = (N, S)>,
        order: FleetOrder,
    ) -> Result<Self, ArgumentError> {
        let member =
            |(name, records): (N, _)| Member { name: name.into(), records, head: None, state: MemberState::Reading };
        let members: Vec<_> = members.into_iter().map(member).collect();
        check_names(members.iter().map(|member| &*member.name))?;
        Ok(Self { members, order, turn: 0 })
    }
}

/// Refuses names that do not tell members apart.
pub(super) fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ArgumentError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if name.is_empty() || !seen.insert(name) {
            return Err(ArgumentError::new("member", name, "a name that no other member has, and not empty"));
        }
    }
    Ok(())
}

impl<T, S: MemberStream<Record = T>> FleetStream<T, S> {
    /// The position of the stream: a later stream of the same fleet continues each member from here.
    ///
    /// It may be taken at any time, after the error of a member too.
    #[must_use]
    pub fn checkpoint(&self) -> FleetCheckpoint<S::Checkpoint> {
        let position = |member: &Member<T, S>| {
            let checkpoint = match &member.head {
                Some((_, head)) => member.records.position_before(head),
                None => member.records.position(),
            };
            (member.name.to_string(), checkpoint)
        };
        FleetCheckpoint::new(self.members.iter().map(position))
    }

    /// What the stream has done of each member.
    pub fn members(&self) -> impl Iterator<Item = MemberProgress> {
        self.members.iter().map(|member| {
            let mut progress = member.records.numbers();
            progress.delivered = progress.delivered.saturating_sub(u64::from(member.head.is_some()));
            let lists = member.records.list_numbers();
            MemberProgress { member: Arc::clone(&member.name), state: member.state, progress, lists }
        })
    }

    /// What the stream has done so far, all members together. `count` is known once each of them has one.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let mut total = Progress { count: Some(0), ..Progress::default() };
        for MemberProgress { progress, .. } in self.members() {
            total.delivered = total.delivered.saturating_add(progress.delivered);
            total.count = total.count.zip(progress.count).map(|(total, count)| total.saturating_add(count));
            total.pages += progress.pages;
            total.requests += progress.requests;
            total.retries += progress.retries;
        }
        total
    }
}

impl<T, S: MemberStream<Record = T>> Member<T, S> {
    fn is_reading(&self) -> bool {
        self.state == MemberState::Reading
    }

    /// The next record, taken from the stream; `None` when there is no more.
    fn poll_record(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, MemberError>>> {
        let item = std::task::ready!(Pin::new(&mut self.records).poll_next(cx));
        match &item {
            Some(Ok(_) | Err(Error::Record(_))) => {}
            Some(Err(_)) => self.state = MemberState::Failed,
            None => self.state = MemberState::Complete,
        }
        Poll::Ready(item.map(|item| item.map_err(|error| MemberError::new(Arc::clone(&self.name), error))))
    }

    fn sourced(&self, record: T) -> Sourced<T> {
        Sourced { origin: Arc::clone(&self.name), record }
    }
}

impl<T, S: MemberStream<Record = T>> FleetStream<T, S> {
    fn poll_newest(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Sourced<T>, MemberError>>> {
        let mut is_complete = true;
        for member in &mut self.members {
            if member.head.is_some() || !member.is_reading() {
                continue;
            }
            match member.poll_record(cx) {
                Poll::Ready(Some(Ok(record))) => member.head = Some((S::sort_key(&record), record)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => {}
                Poll::Pending => is_complete = false,
            }
        }
        if !is_complete {
            return Poll::Pending;
        }
        // Of equally new records, the first member's comes first.
        let newest = self.members.iter_mut().rev().filter(|member| member.head.is_some());
        let newest = newest.max_by_key(|member| member.head.as_ref().map(|(key, _)| *key));
        let taken = newest.and_then(|member| member.head.take().map(|(_, record)| member.sourced(record)));
        Poll::Ready(taken.map(Ok))
    }

    fn poll_any(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Sourced<T>, MemberError>>> {
        let number = self.members.len();
        let mut is_waiting = false;
        for index in (self.turn..number).chain(0..self.turn) {
            let member = &mut self.members[index];
            if !member.is_reading() {
                continue;
            }
            match member.poll_record(cx) {
                Poll::Ready(Some(item)) => {
                    let item = item.map(|record| member.sourced(record));
                    self.turn = (index + 1) % number;
                    return Poll::Ready(Some(item));
                }
                Poll::Ready(None) => {}
                Poll::Pending => is_waiting = true,
            }
        }
        if is_waiting { Poll::Pending } else { Poll::Ready(None) }
    }
}

impl<T, S: MemberStream<Record = T>> Stream for FleetStream<T, S> {
    type Item = Result<Sourced<T>, MemberError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.order {
            FleetOrder::NewestFirst => self.poll_newest(cx),
            FleetOrder::AsTheyCome => self.poll_any(cx),
        }
    }

    /// At least what the members show.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let heads = self.members.iter().filter(|member| member.head.is_some()).count();
        if self.is_terminated() { (0, Some(0)) } else { (heads, None) }
    }
}

impl<T, S: MemberStream<Record = T>> FusedStream for FleetStream<T, S> {
    fn is_terminated(&self) -> bool {
        self.members.iter().all(|member| member.head.is_none() && !member.is_reading())
    }
}

impl<T, S: MemberStream<Record = T>> fmt::Debug for FleetStream<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetStream")
            .field("members", &self.members().collect::<Vec<_>>())
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
