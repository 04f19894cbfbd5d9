//! Records on their way from one place or several, and where to continue.

// Knows streams and profiles, not what becomes of the records.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use iotda_batch_tasks::fleet::{FleetCheckpoint, FleetStream, MemberState, MemberStream, Sourced};
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
    SubTasksOfFleet(FleetCheckpoint<SubTaskCheckpoint>),
}

impl Position {
    /// The profiles that it is of; none where it is of one place.
    pub(crate) fn profiles(&self) -> Vec<&str> {
        match self {
            Self::One(_) | Self::SubTasks(_) => Vec::new(),
            Self::Fleet(checkpoint) => checkpoint.names().collect(),
            Self::SubTasksOfFleet(checkpoint) => checkpoint.names().collect(),
        }
    }

    /// Reads the line of JSON of one place, or of several.
    pub(crate) fn parse(text: &str, of_several: bool) -> Result<Self, ArgumentError> {
        if of_several { text.parse().map(Self::Fleet) } else { text.parse().map(Self::One) }
    }

    /// Reads the line of JSON of the sub-tasks of one place, or of several.
    pub(crate) fn parse_sub_tasks(text: &str, of_several: bool) -> Result<Self, ArgumentError> {
        if of_several { text.parse().map(Self::SubTasksOfFleet) } else { text.parse().map(Self::SubTasks) }
    }

    /// The position in the sub-tasks of one place.
    pub(crate) fn of_sub_tasks(&self, profile: Option<&str>) -> Result<&SubTaskCheckpoint, ArgumentError> {
        let found = match (self, profile) {
            (Self::SubTasks(checkpoint), None) => Some(checkpoint),
            (Self::SubTasksOfFleet(checkpoint), Some(profile)) => checkpoint.member(profile),
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
            Self::SubTasksOfFleet(checkpoint) => checkpoint.fmt(f),
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

    /// What was read of the list of each place that was read to its end: of tasks, where the records are their sub-tasks.
    fn lists(&self) -> Vec<(Option<Arc<str>>, Progress)>;
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

    fn lists(&self) -> Vec<(Option<Arc<str>>, Progress)> {
        vec![(None, self.progress())]
    }
}

impl From<FleetCheckpoint> for Position {
    fn from(checkpoint: FleetCheckpoint) -> Self {
        Self::Fleet(checkpoint)
    }
}

impl From<FleetCheckpoint<SubTaskCheckpoint>> for Position {
    fn from(checkpoint: FleetCheckpoint<SubTaskCheckpoint>) -> Self {
        Self::SubTasksOfFleet(checkpoint)
    }
}

impl<T: Send, S> Records<T> for FleetStream<T, S>
where
    S: MemberStream<Record = T> + Send,
    FleetCheckpoint<S::Checkpoint>: Into<Position>,
{
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
        self.checkpoint().into()
    }

    fn progress(&self) -> Progress {
        self.progress()
    }

    fn lists(&self) -> Vec<(Option<Arc<str>>, Progress)> {
        let complete = self.members().filter(|member| member.state == MemberState::Complete);
        complete.map(|member| (Some(member.member), member.lists)).collect()
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

    fn lists(&self) -> Vec<(Option<Arc<str>>, Progress)> {
        vec![(None, self.task_progress())]
    }
}
