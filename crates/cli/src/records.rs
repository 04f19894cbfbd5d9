//! Records on their way from one place or several, and where to continue.

// Knows streams and profiles, not what becomes of the records.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use iotda_batch_tasks::fleet::{FleetCheckpoint, FleetStream, Sourced};
use iotda_batch_tasks::sub_tasks::{SubTask, SubTaskCheckpoint, SubTaskStream};
use iotda_batch_tasks::{ArgumentError, Checkpoint, Error, Identity, Progress, RecordStream};
use serde::{Deserialize, Serialize};

/// A record, and the profile that it comes from where several are read as one.
pub(crate) struct Row<T> {
    pub(crate) profile: Option<Arc<str>>,
    pub(crate) record: T,
}

/// What went wrong, and with which of several profiles.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) profile: Option<Arc<str>>,
    pub(crate) error: Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(profile) = &self.profile {
            write!(f, "{profile}: ")?;
        }
        self.error.fmt(f)
    }
}

/// Where to continue. Its text is the line of JSON of the stream's own checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Position {
    One(Checkpoint),
    Fleet(FleetCheckpoint),
    SubTasks(SubTaskCheckpoint),
    SubTasksOfSeveral(Several),
}

/// The positions in the sub-tasks of several profiles.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Several {
    version: u64,
    sub_tasks: BTreeMap<String, SubTaskCheckpoint>,
}

impl Position {
    /// Reads the line of JSON of one place, or of several.
    pub(crate) fn parse(text: &str, of_several: bool) -> Result<Self, ArgumentError> {
        if of_several { text.parse().map(Self::Fleet) } else { text.parse().map(Self::One) }
    }

    /// Reads the line of JSON of the sub-tasks of one place, or of several.
    pub(crate) fn parse_sub_tasks(text: &str, of_several: bool) -> Result<Self, ArgumentError> {
        if !of_several {
            return text.parse().map(Self::SubTasks);
        }
        let several = serde_json::from_str::<Several>(text).ok().filter(|several| several.version == 1);
        let rule = "the line of JSON of a checkpoint of the sub-tasks of several profiles";
        several.map(Self::SubTasksOfSeveral).ok_or_else(|| ArgumentError::new("checkpoint", text, rule))
    }

    /// The position in the sub-tasks of one place.
    pub(crate) fn of_sub_tasks(&self, profile: Option<&str>) -> Result<&SubTaskCheckpoint, ArgumentError> {
        let found = match (self, profile) {
            (Self::SubTasks(checkpoint), None) => Some(checkpoint),
            (Self::SubTasksOfSeveral(several), Some(profile)) => several.sub_tasks.get(profile),
            _ => None,
        };
        let rule = || format!("of the sub-tasks of the same profiles: {}", profile.unwrap_or("none"));
        found.ok_or_else(|| ArgumentError::new("checkpoint", self, rule()))
    }

    /// The position in one place.
    pub(crate) fn of(&self, profile: Option<&str>) -> Result<&Checkpoint, ArgumentError> {
        let found = match (self, profile) {
            (Self::One(checkpoint), None) => Some(checkpoint),
            (Self::Fleet(checkpoint), Some(profile)) => checkpoint.member(profile),
            _ => None,
        };
        let rule = || format!("of the same profiles: {}", profile.unwrap_or("none"));
        found.ok_or_else(|| ArgumentError::new("checkpoint", self, rule()))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(checkpoint) => checkpoint.fmt(f),
            Self::Fleet(checkpoint) => checkpoint.fmt(f),
            Self::SubTasks(checkpoint) => checkpoint.fmt(f),
            Self::SubTasksOfSeveral(several) => f.write_str(&serde_json::to_string(several).map_err(|_| fmt::Error)?),
        }
    }
}

/// A stream of records that can be continued later.
pub(crate) trait Records<T>: Send {
    /// The next record; `None` at the end. After a failure that is not of a single record, those of other profiles follow.
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row<T>, Failure>>>;

    /// Where to continue after all records that were handed out.
    fn position(&self) -> Position;

    fn progress(&self) -> Progress;
}

impl<T: Identity + Send + 'static> Records<T> for RecordStream<T> {
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row<T>, Failure>>> {
        Pin::new(self).poll_next(cx).map(|item| {
            item.map(|item| match item {
                Ok(record) => Ok(Row { profile: None, record }),
                Err(error) => Err(Failure { profile: None, error }),
            })
        })
    }

    fn position(&self) -> Position {
        Position::One(self.checkpoint())
    }

    fn progress(&self) -> Progress {
        self.progress()
    }
}

impl<T: Identity + Send + 'static> Records<T> for FleetStream<T> {
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row<T>, Failure>>> {
        Pin::new(self).poll_next(cx).map(|item| {
            item.map(|item| match item {
                Ok(Sourced { origin, record, .. }) => Ok(Row { profile: Some(origin), record }),
                Err(error) => {
                    let profile = Some(error.member().into());
                    Err(Failure { profile, error: error.into_error() })
                }
            })
        })
    }

    fn position(&self) -> Position {
        Position::Fleet(self.checkpoint())
    }

    fn progress(&self) -> Progress {
        self.progress()
    }
}

impl Records<SubTask> for SubTaskStream {
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row<SubTask>, Failure>>> {
        Pin::new(self).poll_next(cx).map(|item| {
            item.map(|item| match item {
                Ok(record) => Ok(Row { profile: None, record }),
                Err(error) => Err(Failure { profile: None, error }),
            })
        })
    }

    fn position(&self) -> Position {
        Position::SubTasks(self.checkpoint())
    }

    fn progress(&self) -> Progress {
        self.progress()
    }
}

/// The sub-tasks of several profiles, each profile's in their order.
pub(crate) struct SubTasksOfSeveral {
    members: Vec<(Arc<str>, SubTaskStream)>,
    /// Whose turn it is.
    turn: usize,
}

impl SubTasksOfSeveral {
    pub(crate) fn new(members: Vec<(Arc<str>, SubTaskStream)>) -> Self {
        Self { members, turn: 0 }
    }
}

impl Records<SubTask> for SubTasksOfSeveral {
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row<SubTask>, Failure>>> {
        let number = self.members.len();
        let mut is_waiting = false;
        for index in (self.turn..number).chain(0..self.turn) {
            let (profile, stream) = &mut self.members[index];
            match stream.poll_row(cx) {
                Poll::Ready(Some(item)) => {
                    self.turn = index;
                    let profile = Some(Arc::clone(profile));
                    return Poll::Ready(Some(match item {
                        Ok(row) => Ok(Row { profile, ..row }),
                        Err(failure) => Err(Failure { profile, ..failure }),
                    }));
                }
                Poll::Ready(None) => {}
                Poll::Pending => is_waiting = true,
            }
        }
        if is_waiting { Poll::Pending } else { Poll::Ready(None) }
    }

    fn position(&self) -> Position {
        let positions = self.members.iter().map(|(profile, stream)| (profile.to_string(), stream.checkpoint()));
        Position::SubTasksOfSeveral(Several { version: 1, sub_tasks: positions.collect() })
    }

    fn progress(&self) -> Progress {
        let mut total = Progress::default();
        for (_, stream) in &self.members {
            let progress = stream.progress();
            total.delivered += progress.delivered;
            total.pages += progress.pages;
            total.requests += progress.requests;
            total.retries += progress.retries;
        }
        total
    }
}
