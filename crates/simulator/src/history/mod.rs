//! What was in the lists at every answer, and whether a client delivered it exactly.

// Knows the lists' order and the filters of requests, and nothing of how a client pages.

mod check;
mod event;
mod list_name;
mod recorder;
#[cfg(test)]
mod tests;
mod verdict;

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead};

use self::event::{Event, VERSION};

pub use self::check::{CheckError, CheckOptions};
pub(crate) use self::event::{AnswerOutcome, Fields};
pub(crate) use self::recorder::Recorder;
pub use self::verdict::Verdict;

/// What was in each list at every answer of a simulator that [records](super::SimulatorBuilder::record_history) it.
///
/// [`check`](Self::check) compares it with the ids that a client delivered. The text of a history, by `Display`, is
/// NDJSON; [`read`](Self::read) reads it back.
///
/// ```
/// use iotda_simulator::{CheckOptions, Simulator};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::TcpStream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let simulator = Simulator::builder().tasks(3).record_history().start().await?;
/// let ids = simulator.edit(|list| list.ids("softwareUpgrade"));
///
/// // The client under test: here, one request for everything.
/// let mut stream = TcpStream::connect(simulator.address()).await?;
/// let target = "/v5/iot/0123456789abcdef/batchtasks?task_type=softwareUpgrade&limit=50";
/// stream.write_all(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).await?;
/// stream.read_to_string(&mut String::new()).await?;
///
/// let history = simulator.history();
/// assert!(history.check(&CheckOptions::new(), &ids)?.is_exact());
///
/// // One is missing, one comes twice.
/// let verdict = history.check(&CheckOptions::new(), [&ids[0], &ids[2], &ids[2]])?;
/// assert_eq!((&verdict.lost, &verdict.doubled), (&vec![ids[1].clone()], &vec![ids[2].clone()]));
/// println!("{verdict}");
/// # Ok(())
/// # }
/// ```
///
/// # Format
/// One JSON object a line, in the order of what happened:
///
/// ```text
/// {"event":"begin","version":1}
/// {"event":"put","list":"batchtasks","id":"5c8b…","key":"5c8b…","fields":{"app_id":"app_A-1","status":"Fail","task_type":"softwareUpgrade"}}
/// {"event":"answer","request":1,"ms":3,"list":"batchtasks","filter":{"task_type":"softwareUpgrade"},"limit":"50","outcome":"page"}
/// {"event":"gone","list":"batchtasks","id":"5c8b…"}
/// ```
///
/// | line | meaning |
/// |---|---|
/// | `begin` | the first line; `version` is that of the format |
/// | `put` | a record is in the list from now on, or has other fields. Lists descend by `key`, 24 hexadecimal digits, which need not be the id. A request with a filter is about the records whose `fields` have its values |
/// | `gone` | a record is no longer in the list |
/// | `answer` | the request with this number, counted from 1, was decided on, `ms` milliseconds after the start. Its `outcome` is a `page` of what the lines above have left in the list, a `fault` in its place, or `refused` |
///
/// The lists of the start are `put` lines too, before the first answer.
#[derive(Clone, Default)]
pub struct History {
    events: Vec<Event>,
}

impl History {
    /// Reads the text of a history.
    ///
    /// # Errors
    /// When `text` cannot be read, a line is not of the [format](Self#format), or its version is unknown.
    pub fn read(text: impl BufRead) -> Result<Self, HistoryError> {
        let mut events = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let wrong = |reason: String| HistoryError::Line { line: index + 1, reason };
            let event = serde_json::from_str(&line?).map_err(|error| wrong(error.to_string()))?;
            match (&event, index) {
                (Event::Begin { version: VERSION }, 0) => {}
                (Event::Begin { version }, 0) => {
                    return Err(wrong(format!("version {version} of the format is unknown, {VERSION} is known")));
                }
                (Event::Begin { .. }, _) | (_, 0) => {
                    return Err(wrong("the first line, and no other, must be the event `begin`".to_owned()));
                }
                _ => {}
            }
            events.push(event);
        }
        if events.is_empty() {
            return Err(HistoryError::Line { line: 1, reason: "there is no line".to_owned() });
        }
        Ok(Self { events })
    }
}

/// The text, one JSON object a line.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for event in &self.events {
            writeln!(f, "{}", serde_json::to_string(event).map_err(|_| fmt::Error)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("events", &self.events.len()).finish_non_exhaustive()
    }
}

/// A text is no history.
#[derive(Debug)]
#[non_exhaustive]
pub enum HistoryError {
    /// It cannot be read.
    Io(io::Error),
    /// A line is not of the format.
    Line {
        /// The number of the line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the history cannot be read: {error}"),
            Self::Line { line, reason } => write!(f, "line {line} of the history: {reason}"),
        }
    }
}

impl Error for HistoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Line { .. } => None,
        }
    }
}

impl From<io::Error> for HistoryError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
