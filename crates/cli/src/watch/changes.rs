//! Prints changes until a signal ends it.

// Knows what counts as printed, nothing of forms.

use std::future::poll_fn;
use std::io::{self, IsTerminal};
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::stream::ReadyChunks;
use iotda_batch_tasks::{ArgumentError, Change, Error, WatchCheckpoint};
use jiff::Timestamp;

use super::exec;
use super::line::{Form, Line};
use super::metrics::{Metrics, Server};
use super::source::Changes;
use crate::advice;
use crate::arguments::{WatchArguments, WatchFormat};
use crate::checkpoints::Checkpoints;
use crate::connect;
use crate::console::Console;
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::opening::Opened;
use crate::output::{Stdout, stdout};
use crate::terminal::visible;

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
    /// The command of `--exec` cannot be started.
    NotStarted(io::Error),
}

pub(super) async fn run(
    opened: &Opened,
    arguments: &WatchArguments,
    format: WatchFormat,
    console: &Console,
    mut interrupt: Interrupt,
) -> Exit {
    let checkpoints = Checkpoints::new("watch", opened.identity().clone());
    let (changes, metrics) = match start(opened, arguments, &checkpoints) {
        Ok(started) => started,
        Err(message) => {
            console.error(message);
            return Exit::BadArguments;
        }
    };
    let _serving = match serve(arguments, metrics, console).await {
        Ok(server) => server,
        Err(message) => {
            console.error(message);
            return Exit::Failed;
        }
    };
    let mut watching = Watching {
        checkpoint: changes.checkpoint(),
        // The checkpoint is to hold the changes for which the command has ended, and no other.
        changes: changes.ready_chunks(if arguments.exec.is_some() { 1 } else { CHUNK }),
        exec: arguments.exec.as_deref(),
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
        Stop::NotStarted(error) => {
            console.error(format_args!("the shell cannot be started: {error} (--exec)"));
            Exit::Failed
        }
        Stop::Interrupted(signal) => {
            console.line("interrupted");
            Exit::Interrupted(signal)
        }
    };
    let done = match arguments.exec {
        Some(_) => "For all changes up to here the command of --exec has ended.",
        None => "All changes up to here were printed.",
    };
    checkpoints.leave(&checkpoint.to_string(), done, console);
    exit
}

fn start(
    opened: &Opened,
    arguments: &WatchArguments,
    checkpoints: &Checkpoints,
) -> Result<(Changes, Option<Metrics>), String> {
    let resume = arguments.resume.as_deref().map(|value| checkpoints.load(value, checkpoint)).transpose()?;
    let mut query = opened.query();
    if let Some(age) = arguments.retried_within {
        query = query.retried_within(age);
    }
    let described = |error| connect::describe(&error);
    if arguments.metrics.is_none() {
        return Ok((Changes::watched(query, arguments.interval, resume).map_err(described)?, None));
    }
    let (store, changes) = Changes::stored(query, arguments.interval).map_err(described)?;
    Ok((changes, Some(Metrics { store, client: opened.client().clone() })))
}

/// Serves the metrics, where they are wanted, for as long as the result is held.
async fn serve(
    arguments: &WatchArguments,
    metrics: Option<Metrics>,
    console: &Console,
) -> Result<Option<Server>, String> {
    let (Some(address), Some(metrics)) = (arguments.metrics, metrics) else { return Ok(None) };
    let server = Server::start(address, metrics).await;
    let server = server.map_err(|error| format!("{address} cannot be listened on: {error} (--metrics)"))?;
    console.line(format_args!("metrics at http://{}/metrics", server.address));
    Ok(Some(server))
}

fn checkpoint(text: &str) -> Result<WatchCheckpoint, String> {
    text.parse().map_err(|error: ArgumentError| {
        let rule = "it must be `last`, the last line that `watch` left on stderr, or @FILE";
        format!("--resume {text:?} is not allowed: {rule}; it is not {}", error.rule())
    })
}

struct Watching<'a> {
    changes: ReadyChunks<Changes>,
    /// Where to continue after the last line that is known to be on stdout, and for which the command has ended.
    checkpoint: WatchCheckpoint,
    /// What to run for each change.
    exec: Option<&'a str>,
    form: Form,
    stdout: Stdout,
    console: &'a Console,
}

impl Watching<'_> {
    /// Watches until it cannot continue. Dropping the future ends the command that runs; the checkpoint is before its
    /// change then.
    async fn watch(&mut self) -> Stop {
        while let Some(chunk) = poll_fn(|cx| self.poll(cx)).await {
            // The checkpoint knows of the whole chunk, so all of it is printed, errors within it included.
            let (changes, failed) = self.take(chunk);
            if let Err(error) = self.stdout.flush() {
                return Stop::Unwritable(error);
            }
            for (change, seen) in changes {
                if let Err(error) = self.run(&change, seen).await {
                    return Stop::NotStarted(error);
                }
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

    /// Writes the changes of a chunk. Returns them where a command is to be run, and a failure that cannot pass.
    fn take(&mut self, chunk: Vec<Result<Change, Error>>) -> (Vec<(Change, Timestamp)>, Option<Error>) {
        let (mut changes, mut failed) = (Vec::new(), None);
        for change in chunk {
            match change {
                Ok(change) => {
                    let seen = Timestamp::now();
                    if let Some(line) = Line::of(&change, seen) {
                        line.write(&self.form, &mut self.stdout.buffer);
                        changes.extend(self.exec.map(|_| (change, seen)));
                    }
                }
                Err(error) if error.is_retryable() => {
                    self.console.warning(format_args!("{error}; the next look will show what was missed"));
                }
                Err(error) => failed = Some(error),
            }
        }
        (changes, failed)
    }

    /// Runs the command for a change. One that fails is a warning.
    async fn run(&self, change: &Change, seen: Timestamp) -> io::Result<()> {
        let (Some(command), Some(line)) = (self.exec, Line::of(change, seen)) else { return Ok(()) };
        let json = line.json();
        let variables = [
            ("BATCHTASKS_CHANGE", line.change),
            ("BATCHTASKS_TASK_ID", line.task_id),
            ("BATCHTASKS_STATUS", line.status()),
        ];
        let ended = exec::run(command, exec::Input { line: &json, variables }).await?;
        if !ended.success() {
            let id = visible(line.task_id);
            self.console.warning(format_args!("the command failed for the task {id}: {ended} (--exec)"));
        }
        Ok(())
    }
}
