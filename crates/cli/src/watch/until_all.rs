//! Waits until each of several tasks is done.

// Knows how often to look and how many at once; which statuses are final is the library's.

use std::io;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::{BatchTask, BatchTaskQuery, Error, TaskStatus};

use super::line::Form;
use super::until_done::{find, judged, passed, printed};
use crate::advice;
use crate::arguments::{WatchArguments, WatchFormat};
use crate::chunks::{Chunks, Stop};
use crate::console::{Console, Counted};
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::opening::Opened;
use crate::output::Stdout;
use crate::subject::{Subject, Tasks};
use crate::terminal::visible;

/// So many tasks are looked for at once.
const AT_ONCE: usize = 8;

/// Why the wait ended early.
enum End {
    Failed(Error),
    Unwritable(io::Error),
    TooLong(Duration),
    Interrupted(Signal),
}

/// A task that is waited for.
struct Waited {
    id: String,
    /// Whether a final status ends the wait: not before the task has left the one that it failed in.
    is_retried: bool,
    was_odd: bool,
}

/// The ids of the tasks that the filters select now, where no id is given.
pub(super) async fn selected(
    opened: Opened,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<(Opened, Vec<String>), Exit> {
    let tasks = Tasks::new(opened);
    let records = match tasks.records() {
        Ok(records) => records,
        Err(error) => {
            console.error(crate::connect::describe(&error));
            return Err(Exit::BadArguments);
        }
    };
    let mut chunks =
        Chunks::<BatchTask>::new::<Tasks>(records, tasks.selection(), None, Counted::Devices, console, interrupt);
    let mut ids = Vec::new();
    loop {
        match chunks.next().await {
            Ok(Some(rows)) => ids.extend(rows.into_iter().map(|row| row.record.task_id)),
            Ok(None) => break,
            Err(Stop::Failed(failures)) => {
                advice::report_all(console, &failures);
                return Err(Exit::Failed);
            }
            Err(Stop::Interrupted(signal)) => {
                console.line("interrupted");
                return Err(Exit::Interrupted(signal));
            }
        }
    }
    if chunks.unreadable() > 0 {
        console.error(format_args!("{} tasks could not be read: they are not waited for", chunks.unreadable()));
        return Err(Exit::Failed);
    }
    drop(chunks);
    Ok((tasks.into_opened(), ids))
}

pub(super) async fn run(
    ids: Vec<String>,
    opened: &Opened,
    arguments: &WatchArguments,
    format: WatchFormat,
    console: &Console,
    mut interrupt: Interrupt,
) -> Exit {
    let number = ids.len();
    if number == 0 {
        console.line("no task is selected: there is nothing to wait for");
        return Exit::Complete;
    }
    console.line(format_args!("waiting for {number} tasks"));
    let waited = |id| Waited { id, is_retried: !arguments.after_retry, was_odd: false };
    let mut waiting = Waiting {
        query: opened.query_of_all(),
        left: ids.into_iter().map(waited).collect(),
        interval: arguments.interval,
        form: Form::of(&io::stdout(), format, opened.zone.clone()),
        stdout: Stdout::new(console.clone()),
        console,
        has_failed: false,
    };
    let end = tokio::select! {
        biased;
        signal = interrupt.wait() => Err(End::Interrupted(signal)),
        end = waiting.until_all_are_done() => end,
        limit = passed(arguments.wait_at_most) => Err(End::TooLong(limit)),
    };
    let left: Vec<_> = waiting.left.iter().map(|task| visible(&task.id).into_owned()).collect();
    let left = format!("{} of {number} tasks are not done: {}", left.len(), left.join(", "));
    match end {
        Ok(()) if waiting.has_failed => Exit::Failed,
        Ok(()) => Exit::Complete,
        Err(End::Failed(error)) => {
            advice::report(console, &error);
            console.line(left);
            Exit::Failed
        }
        Err(End::Unwritable(error)) => crate::output::stdout::unwritable(&error, console),
        Err(End::TooLong(limit)) => {
            console.error(format_args!("{left} after {limit:?} (--wait-at-most)"));
            Exit::TimedOut
        }
        Err(End::Interrupted(signal)) => {
            console.line(format_args!("interrupted: {left}"));
            Exit::Interrupted(signal)
        }
    }
}

struct Waiting<'a> {
    query: BatchTaskQuery,
    left: Vec<Waited>,
    interval: Duration,
    form: Form,
    stdout: Stdout,
    console: &'a Console,
    /// Whether one has ended otherwise than by success.
    has_failed: bool,
}

impl Waiting<'_> {
    async fn until_all_are_done(&mut self) -> Result<(), End> {
        loop {
            let looks = self.left.iter().map(|task| find(&self.query, &task.id));
            let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
            let looked_for = std::mem::take(&mut self.left);
            for (mut task, found) in looked_for.into_iter().zip(found) {
                if !self.is_over(&mut task, found)? {
                    self.left.push(task);
                }
            }
            self.stdout.flush().map_err(End::Unwritable)?;
            if self.left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(self.interval).await;
        }
    }

    /// Takes what a look found. Returns whether the task is waited for no longer.
    fn is_over(&mut self, task: &mut Waited, found: Result<Option<WithRaw<BatchTask>>, Error>) -> Result<bool, End> {
        // One answer without the task, or one in which it cannot be read, may be an odd answer. The next one decides.
        let was_odd = std::mem::replace(&mut task.was_odd, !matches!(found, Ok(Some(_))));
        match found {
            Err(Error::Record(error)) if !was_odd => self.console.warning(error),
            Ok(None) if !was_odd => {}
            Err(error) => return Err(End::Failed(error)),
            Ok(None) => {
                advice::no_task(self.console, &visible(&task.id));
                self.has_failed = true;
                return Ok(true);
            }
            Ok(Some(found)) => {
                let is_final = found.record.status.as_ref().is_some_and(TaskStatus::is_final);
                if is_final && task.is_retried {
                    self.stdout.buffer.extend(printed(&found, &self.form));
                    self.has_failed |= judged(&found.record, self.console) != Exit::Complete;
                    return Ok(true);
                }
                task.is_retried |= !is_final;
            }
        }
        Ok(false)
    }
}
