//! Reads a list to its end and prints it. Knows what counts as printed, and what to say of an end before the end.

use std::io;
use std::time::Instant;

use futures::StreamExt;
use iotda_batch_tasks::{BatchTaskQuery, Error, Progress};

use super::report::Report;
use crate::connect;
use crate::console::Console;
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::output::{Output, Sink};

/// How many records are taken at once, if so many are there.
const CHUNK: usize = 64;

/// What to print, and how the user is spoken to meanwhile.
pub(super) struct Job {
    pub(super) query: BatchTaskQuery,
    pub(super) max_items: Option<u64>,
    pub(super) print_checkpoint: bool,
    pub(super) console: Console,
    pub(super) interrupt: Interrupt,
}

/// Why nothing more is read.
enum End {
    /// Nothing is left to read.
    Complete,
    /// A page could not be had.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
    /// Stdout takes no more.
    Unwritable(io::Error),
}

pub(super) async fn print<O: Output>(job: Job, output: O) -> Exit {
    let Job { query, max_items, print_checkpoint, console, mut interrupt } = job;
    let stream = match query.stream_as::<O::Record>() {
        Ok(stream) => stream,
        Err(error) => {
            console.error(connect::told(&error));
            return Exit::BadArguments;
        }
    };
    let started = Instant::now();
    let before = stream.progress().delivered;
    // Where the last bytes that are known to have arrived on stdout end.
    let mut checkpoint = stream.checkpoint();
    let mut unreadable = 0_u64;
    let mut sink = Sink::new(output, console.clone());
    let mut chunks = stream.ready_chunks(CHUNK);
    console.start_progress();
    let mut end = loop {
        let chunk = tokio::select! {
            biased;
            signal = interrupt.wait() => break End::Interrupted(signal),
            chunk = chunks.next() => chunk,
        };
        let Some(chunk) = chunk else { break End::Complete };
        // A chunk that is not full holds all there was: what follows has to be waited for.
        let is_dry = chunk.len() < CHUNK;
        let mut failure = None;
        let mut written = Ok(());
        for item in chunk {
            match item {
                Ok(record) => written = written.and_then(|()| sink.record(&record)),
                Err(error @ Error::Record(_)) => {
                    unreadable += 1;
                    console.warning(error);
                }
                Err(error) => failure = Some(error),
            }
        }
        if is_dry || sink.is_full() {
            written = written.and_then(|()| sink.flush());
            if written.is_ok() {
                checkpoint = chunks.get_ref().checkpoint();
            }
        }
        if let Err(error) = written {
            break End::Unwritable(error);
        }
        show(&console, &chunks.get_ref().progress(), max_items.map(|most| before.saturating_add(most)));
        if let Some(error) = failure {
            break End::Failed(error);
        }
    };
    if !matches!(end, End::Unwritable(_)) {
        match sink.end(matches!(end, End::Complete)) {
            Ok(()) => checkpoint = chunks.get_ref().checkpoint(),
            Err(error) => end = End::Unwritable(error),
        }
    }
    let progress = chunks.get_ref().progress();
    drop(chunks);
    let had_progress = console.end_progress();
    let report =
        Report { console: &console, checkpoint, printed: progress.delivered - before - unreadable, unreadable };
    match end {
        End::Complete => {
            if had_progress {
                let (tasks, requests) = (report.printed, progress.requests);
                console.line(format_args!("{tasks} tasks in {:.2?}, {requests} requests", started.elapsed()));
            }
            if print_checkpoint {
                console.line(&report.checkpoint);
            }
            report.complete()
        }
        End::Failed(error) => report.failed(&error),
        End::Interrupted(signal) => report.interrupted(signal),
        End::Unwritable(error) => report.unwritable(&error),
    }
}

fn show(console: &Console, progress: &Progress, most: Option<u64>) {
    let total = match (progress.count, most) {
        (Some(count), Some(most)) => Some(count.min(most)),
        (count, most) => count.or(most),
    };
    // The list may have grown since it was counted.
    let total = total.map(|total| total.max(progress.delivered));
    console.progress(progress.delivered, total, format_args!("({} requests)", progress.requests));
}
