//! Waits until one task is done.

// Knows how often to look and what to draw; which statuses are final is the library's.

use std::io;
use std::time::Duration;

use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::{BatchTask, BatchTaskQuery, Error, TaskProgress, TaskStatus};
use jiff::Timestamp;

use super::line::{Form, Line};
use crate::advice;
use crate::arguments::{WatchArguments, WatchFormat};
use crate::console::{Console, Counted};
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::opening::Opened;
use crate::output::{stdout, write_line};
use crate::terminal::visible;

/// How long to wait before looking again for a task that was not found, or not as it should be: who waits for it may have
/// just created it.
const MOMENT: Duration = Duration::from_secs(2);

/// How the waiting ended.
enum End {
    /// The task is in a final status.
    Done(Box<WithRaw<BatchTask>>),
    /// It was never there.
    Missing,
    /// It was there.
    Vanished,
    /// It cannot be requested.
    Failed(Error),
    /// It takes longer than this.
    TooLong(Duration),
    /// A signal came.
    Interrupted(Signal),
}

pub(super) async fn run(
    task_id: &str,
    opened: &Opened,
    arguments: &WatchArguments,
    format: WatchFormat,
    console: &Console,
    mut interrupt: Interrupt,
) -> Exit {
    let mut waiting = Waiting {
        task_id,
        opened,
        arguments,
        console,
        form: Form::of(&io::stderr(), WatchFormat::Text, opened.zone.clone()),
        has_bar: console.start_progress(Counted::Devices, 0),
        last: None,
        is_retried: !arguments.after_retry,
        is_confirmation_reported: false,
    };
    console.progress(0, None, "looking for the task");
    let end = tokio::select! {
        biased;
        signal = interrupt.wait() => End::Interrupted(signal),
        end = waiting.until_final() => end,
        limit = passed(arguments.wait_at_most) => End::TooLong(limit),
    };
    console.end_progress();
    let is = match &waiting.last {
        Some(task) => format!("is {}", status(&task.record)),
        None => "was not found yet".to_owned(),
    };
    let task_id = visible(task_id);
    match end {
        End::Done(task) => {
            let form = Form::of(&io::stdout(), format, opened.zone.clone());
            if stdout::print(printed(&task, &form), console) == Exit::Failed {
                return Exit::Failed;
            }
            return judged(&task.record, console);
        }
        End::Missing => advice::no_task(console, &task_id),
        End::Vanished => console.error(format_args!("the task {task_id} was deleted; when last seen, it {is}")),
        End::Failed(error) => {
            advice::report(console, &error);
            console.line(format_args!("The task {task_id} {is}; the wait has ended."));
        }
        End::TooLong(limit) => {
            console.error(format_args!("the task {task_id} {is} after {limit:?} (--wait-at-most)"));
            return Exit::TimedOut;
        }
        End::Interrupted(signal) => {
            console.line(format_args!("interrupted: the task {task_id} {is}"));
            return Exit::Interrupted(signal);
        }
    }
    Exit::Failed
}

/// Returns the limit when it has passed.
pub(super) async fn passed(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
    limit.unwrap_or_default()
}

struct Waiting<'a> {
    task_id: &'a str,
    opened: &'a Opened,
    arguments: &'a WatchArguments,
    console: &'a Console,
    /// Of the lines where there is no bar.
    form: Form,
    has_bar: bool,
    /// The task when it was last seen.
    last: Option<WithRaw<BatchTask>>,
    /// Whether a final status ends the wait: not before the task has left the one that it failed in.
    is_retried: bool,
    is_confirmation_reported: bool,
}

impl Waiting<'_> {
    async fn until_final(&mut self) -> End {
        let mut query = self.opened.query();
        // One answer without the task, or one in which it cannot be read, may be an odd answer. The next one decides.
        let mut is_odd = false;
        loop {
            let found = find(&query, self.task_id).await;
            let was_odd = std::mem::replace(&mut is_odd, !matches!(found, Ok(Some(_))));
            match found {
                Err(error @ Error::Record(_)) if !was_odd => self.console.warning(error),
                Err(error) => return End::Failed(error),
                Ok(None) if !was_odd => {}
                Ok(None) if self.last.is_some() => return End::Vanished,
                Ok(None) => return End::Missing,
                Ok(Some(task)) => {
                    if let (None, Some(task_type)) = (&self.last, &task.record.task_type) {
                        // The other types need not be searched again.
                        query = self.opened.of_type(task_type.clone());
                    }
                    self.show(&task.record);
                    let is_final = task.record.status.as_ref().is_some_and(TaskStatus::is_final);
                    if is_final && self.is_retried {
                        return End::Done(Box::new(task));
                    }
                    self.is_retried |= !is_final;
                    self.last = Some(task);
                }
            }
            let interval = self.arguments.interval;
            tokio::time::sleep(if is_odd { interval.min(MOMENT) } else { interval }).await;
        }
    }

    fn show(&mut self, task: &BatchTask) {
        let waits = matches!(task.status, Some(TaskStatus::Waitting | TaskStatus::Initializing));
        if waits && task.need_confirm == Some(true) && !self.is_confirmation_reported {
            self.is_confirmation_reported = true;
            let id = visible(&task.task_id);
            self.console
                .line(format_args!("The task {id} waits until somebody confirms it: POST /batchtasks/{id}/confirm"));
        }
        if self.has_bar {
            let progress = task.task_progress.clone().unwrap_or_default();
            let total = progress.total.and_then(|total| u64::try_from(total).ok());
            let name = status(task);
            let painted = task.status.as_ref().map(|status| self.form.colours.paint(status, &name).to_string());
            let painted = painted.unwrap_or(name);
            let (success, fail) = (progress.success.unwrap_or(0), progress.fail.unwrap_or(0));
            let note = format_args!("{painted}: {success} succeeded, {fail} failed").to_string();
            self.console.progress(done(&progress), total, note);
            return;
        }
        let before = self.last.as_ref().map(|task| &task.record);
        if let Some(line) = Line::of_look(before, task, Timestamp::now()) {
            let mut text = Vec::new();
            line.write(&self.form, &mut text);
            self.console.line(String::from_utf8_lossy(&text).trim_end());
        }
    }
}

pub(super) async fn find(query: &BatchTaskQuery, task_id: &str) -> Result<Option<WithRaw<BatchTask>>, Error> {
    query.clone().lists_with_raw()?.find(task_id).await
}

fn status(task: &BatchTask) -> String {
    task.status.as_ref().map_or_else(|| "in no status".into(), |status| visible(status.as_str())).into_owned()
}

/// How many devices are done with, one way or another.
fn done(progress: &TaskProgress) -> u64 {
    let TaskProgress { success, fail, stopped, removed, .. } = progress;
    let parts = [success, fail, stopped, removed].into_iter().flatten();
    parts.filter_map(|number| u64::try_from(*number).ok()).fold(0, u64::saturating_add)
}

pub(super) fn printed(task: &WithRaw<BatchTask>, form: &Form) -> Vec<u8> {
    let mut text = Vec::new();
    match form.format {
        WatchFormat::Ndjson => write_line(task.raw.get(), &mut text),
        WatchFormat::Text => {
            if let Some(line) = Line::of_look(None, &task.record, Timestamp::now()) {
                line.write(form, &mut text);
            }
        }
    }
    text
}

/// Success is success, and nothing else is.
pub(super) fn judged(task: &BatchTask, console: &Console) -> Exit {
    if task.status == Some(TaskStatus::Success) {
        return Exit::Complete;
    }
    let (id, description) = (visible(&task.task_id), visible(task.status_desc.as_deref().unwrap_or_default()));
    console.error(format_args!("the task {id} ended as {}. {description}", status(task)).to_string().trim_end());
    console.line(format_args!("Which devices failed: batchtasks show {id}"));
    Exit::Failed
}
