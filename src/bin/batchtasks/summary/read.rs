//! Reads a list to its end and has every task counted. Knows streams and signals, not what is counted.

use futures::StreamExt;
use iotda_batch_tasks::{BatchTaskStream, Error};
use jiff::tz::TimeZone;

use super::tally::Summary;
use crate::console::{Console, Counted};
use crate::exit::Signal;
use crate::interrupt::Interrupt;
use crate::progress;

/// How many tasks are taken at once, if so many are there.
const CHUNK: usize = 64;

/// Why there is no summary.
pub(super) enum Stop {
    /// A page could not be had.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
}

pub(super) async fn read(
    stream: BatchTaskStream,
    zone: &TimeZone,
    most: Option<u64>,
    console: &Console,
    interrupt: &mut Interrupt,
) -> Result<Summary, Stop> {
    console.start_progress(Counted::Tasks);
    let summary = count(stream, zone, most, console, interrupt).await;
    console.end_progress();
    summary
}

async fn count(
    stream: BatchTaskStream,
    zone: &TimeZone,
    most: Option<u64>,
    console: &Console,
    interrupt: &mut Interrupt,
) -> Result<Summary, Stop> {
    let mut summary = Summary::default();
    let mut chunks = stream.ready_chunks(CHUNK);
    loop {
        let chunk = tokio::select! {
            biased;
            signal = interrupt.wait() => return Err(Stop::Interrupted(signal)),
            chunk = chunks.next() => chunk,
        };
        let Some(chunk) = chunk else { return Ok(summary) };
        for item in chunk {
            match item {
                Ok(task) => summary.add(&task, zone),
                Err(error @ Error::Record(_)) => {
                    summary.unreadable += 1;
                    console.warning(error);
                }
                Err(error) => return Err(Stop::Failed(error)),
            }
        }
        progress::show(console, &chunks.get_ref().progress(), most);
    }
}
