//! Prints changes until a signal ends it.

// Knows what counts as printed, nothing of forms.

use std::future::poll_fn;
use std::io::{self, IsTerminal};
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::stream::ReadyChunks;
use iotda_batch_tasks::{ArgumentError, Change, Error, WatchCheckpoint, WatchStream};
use jiff::Timestamp;

use super::line::{Form, Line};
use crate::advice;
use crate::arguments::{WatchArguments, WatchFormat};
use crate::checkpoints::Checkpoints;
use crate::connect;
use crate::console::Console;
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::opening::Opened;
use crate::output::{Stdout, stdout};

/// How many changes are taken at once, if so many are there.
const CHUNK: usize = 64;

/// Why no more is watched.
enum Stop {
    /// What cannot pass.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
    /// Stdout takes no more.
    Unwritable(io::Error),
}

pub(super) async fn run(
    opened: &Opened,
    arguments: &WatchArguments,
    format: WatchFormat,
    console: &Console,
    mut interrupt: Interrupt,
) -> Exit {
    let checkpoints = Checkpoints::new("watch", opened.identity().clone());
    let stream = match start(opened, arguments, &checkpoints) {
        Ok(stream) => stream,
        Err(message) => {
            console.error(message);
            return Exit::BadArguments;
        }
    };
    let mut watching = Watching {
        checkpoint: stream.checkpoint(),
        changes: stream.ready_chunks(CHUNK),
        form: Form::of(&io::stdout(), format, opened.zone.clone()),
        stdout: Stdout::new(console.clone()),
        console,
    };
    if io::stderr().is_terminal() {
        console.line(format_args!("looking every {:?}; Ctrl-C ends it", arguments.interval));
    }
    let stop = tokio::select! {
        biased;
        signal = interrupt.wait() => Stop::Interrupted(signal),
        stop = watching.watch() => stop,
    };
    let Watching { checkpoint, .. } = watching;
    let exit = match stop {
        Stop::Unwritable(error) => match stdout::unwritable(&error, console) {
            Exit::Complete => return Exit::Complete,
            exit => exit,
        },
        Stop::Failed(error) => {
            advice::report(console, &error);
            Exit::Failed
        }
        Stop::Interrupted(signal) => {
            console.line("interrupted");
            Exit::Interrupted(signal)
        }
    };
    checkpoints.leave(&checkpoint.to_string(), "All changes up to here were printed.", console);
    exit
}

fn start(opened: &Opened, arguments: &WatchArguments, checkpoints: &Checkpoints) -> Result<WatchStream, String> {
    let resume = arguments.resume.as_deref().map(|value| checkpoints.load(value, checkpoint)).transpose()?;
    let mut query = opened.query();
    if let Some(age) = arguments.retried_within {
        query = query.retried_within(age);
    }
    let stream = query.watch_from(arguments.interval, resume);
    stream.map_err(|error| connect::describe(&error))
}

fn checkpoint(text: &str) -> Result<WatchCheckpoint, String> {
    text.parse().map_err(|error: ArgumentError| {
        let rule = "it must be `last`, the last line that `watch` left on stderr, or @FILE";
        format!("--resume {text:?} is not allowed: {rule}; it is not {}", error.rule())
    })
}

struct Watching<'a> {
    changes: ReadyChunks<WatchStream>,
    /// Where to continue after the last line that is known to be on stdout.
    checkpoint: WatchCheckpoint,
    form: Form,
    stdout: Stdout,
    console: &'a Console,
}

impl Watching<'_> {
    /// Watches until it cannot continue. Cancel safe: a chunk is printed without a pause.
    async fn watch(&mut self) -> Stop {
        while let Some(chunk) = poll_fn(|cx| self.poll(cx)).await {
            // The checkpoint knows of the whole chunk, so all of it is printed, errors within it included.
            let failed = self.take(chunk);
            if let Err(error) = self.stdout.flush() {
                return Stop::Unwritable(error);
            }
            self.checkpoint = self.changes.get_ref().checkpoint();
            if let Some(error) = failed {
                return Stop::Failed(error);
            }
        }
        // A watch has no end.
        std::future::pending().await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Vec<Result<Change, Error>>>> {
        let chunk = self.changes.poll_next_unpin(cx);
        if chunk.is_pending() {
            // All that was handed out is on stdout, and a look that has nothing to tell moves the checkpoint as well.
            self.checkpoint = self.changes.get_ref().checkpoint();
        }
        chunk
    }

    /// Writes the changes of a chunk. Returns a failure that cannot pass.
    fn take(&mut self, chunk: Vec<Result<Change, Error>>) -> Option<Error> {
        let mut failed = None;
        for change in chunk {
            match change {
                Ok(change) => {
                    if let Some(line) = Line::of(&change, Timestamp::now()) {
                        line.write(&self.form, &mut self.stdout.buffer);
                    }
                }
                Err(error) if error.is_retryable() => {
                    self.console.warning(format_args!("{error}; the next look will show what was missed"));
                }
                Err(error) => failed = Some(error),
            }
        }
        failed
    }
}
