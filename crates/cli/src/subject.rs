//! What a command reads: a kind of record, the query of it, and the words for it.

// Knows what printing and exporting need of a list, nothing of either.

use std::borrow::Cow;

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::{ArgumentError, BatchTask, BatchTaskQuery, Error};
use jiff::tz::TimeZone;

use crate::checkpoints::Identity;
use crate::console::Counted;
use crate::opening::Opened;
use crate::output::{Listed, Selectable, Shown};
use crate::queries::Queries;
use crate::records::{Position, Records};
use crate::selection::Selection;

/// A list that can be printed and exported, opened and not read yet.
pub(crate) trait Subject {
    /// What tables, csv and Parquet have.
    type Record: Shown + FromLine + Selectable + Send + 'static;
    /// What a line of JSON is made of.
    type Line: AsJson + Selectable + Holds<Self::Record> + Send + 'static;

    /// One of the records, and several.
    const WORDS: [&'static str; 2];
    /// Where the records are in an answer.
    const ROWS: &'static str;
    /// How the progress bar counts what is printed, and what is written.
    const COUNTED: [Counted; 2];

    /// The options that decide what is read, with their values.
    fn identity(&self) -> &Identity;
    fn selection(&self) -> &Selection;
    /// In which times are shown.
    fn zone(&self) -> &TimeZone;
    /// The names of the profiles, where several are read as one.
    fn profiles(&self) -> Vec<&str>;
    /// No more than so many records are needed, as far as the service can count them.
    fn at_most(&mut self, records: Option<u64>);
    /// Reads the text of a checkpoint.
    fn position(&self, text: &str) -> Result<Position, ArgumentError>;
    fn resume(&mut self, position: &Position) -> Result<(), Error>;
    /// Opens the list; nothing is sent yet.
    fn records(&self) -> Result<Box<dyn Records<Self::Record>>, Error>;
    /// Opens the list for lines of JSON; nothing is sent yet.
    fn lines(&self) -> Result<Box<dyn Records<Self::Line>>, Error>;
}

/// So many of the records, in words.
pub(crate) fn counted<S: Subject>(number: u64) -> String {
    format!("{number} {}", S::WORDS[usize::from(number != 1)])
}

/// A record as one JSON object.
pub(crate) trait AsJson {
    fn json(&self) -> Cow<'_, str>;
}

impl<T> AsJson for WithRaw<T> {
    fn json(&self) -> Cow<'_, str> {
        self.raw.get().into()
    }
}

/// What has a record in it, or is one.
pub(crate) trait Holds<R> {
    fn held(&self) -> &R;
}

impl<R> Holds<R> for R {
    fn held(&self) -> &R {
        self
    }
}

impl<R> Holds<R> for WithRaw<R> {
    fn held(&self) -> &R {
        &self.record
    }
}

/// A record that can be read back from its line of JSON.
#[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "Parquet alone is made of lines"))]
pub(crate) trait FromLine: Sized {
    fn from_line(line: &[u8]) -> Result<Self, serde_json::Error>;
}

impl FromLine for BatchTask {
    fn from_line(line: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(line)
    }
}

/// Batch tasks.
pub(crate) struct Tasks {
    opened: Opened,
    queries: Queries<BatchTaskQuery>,
}

impl Tasks {
    pub(crate) fn new(opened: Opened) -> Self {
        Self { queries: opened.queries(), opened }
    }

    pub(crate) fn into_opened(self) -> Opened {
        self.opened
    }
}

impl Subject for Tasks {
    type Record = BatchTask;
    type Line = WithRaw<BatchTask>;

    const WORDS: [&'static str; 2] = ["task", "tasks"];
    const ROWS: &'static str = "batchtasks";
    const COUNTED: [Counted; 2] = [Counted::Tasks, Counted::WrittenTasks];

    fn identity(&self) -> &Identity {
        self.opened.identity()
    }

    fn selection(&self) -> &Selection {
        &self.opened.selection
    }

    fn zone(&self) -> &TimeZone {
        &self.opened.zone
    }

    fn profiles(&self) -> Vec<&str> {
        self.queries.profiles()
    }

    fn at_most(&mut self, tasks: Option<u64>) {
        self.queries = self.opened.at_most(tasks);
    }

    fn position(&self, text: &str) -> Result<Position, ArgumentError> {
        Position::parse(text, self.queries.has_profiles())
    }

    fn resume(&mut self, position: &Position) -> Result<(), Error> {
        self.queries = self.queries.clone().resume(position)?;
        Ok(())
    }

    fn records(&self) -> Result<Box<dyn Records<BatchTask>>, Error> {
        self.queries.clone().open(BatchTask::stream)
    }

    fn lines(&self) -> Result<Box<dyn Records<WithRaw<BatchTask>>>, Error> {
        self.queries.clone().open(WithRaw::stream)
    }
}
