//! `batchtasks show`: one task and its sub-tasks.

// Knows in which order they are requested, nothing of forms.

mod failed_first;
mod form;
mod text;

use std::io;

use futures::StreamExt;
use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::lists::ListEndpoint;
use iotda_batch_tasks::{BatchTask, Error, ListQuery, RecordStream};

use crate::advice;
use crate::arguments::{Pace, ShowArguments};
use crate::console::{Console, Counted};
use crate::exit::{Exit, Signal};
use crate::interrupt::Interrupt;
use crate::opening::{self, Opened};
use crate::output::{Stdout, stdout};
use crate::terminal::visible;
use failed_first::{FAIL, FailedFirst, SubTask};
use form::Form;

/// How many sub-tasks are taken at once, if so many are there.
const CHUNK: usize = 64;

/// Why not everything is shown.
enum Stop {
    /// There is no such task.
    Missing,
    /// Something could not be read.
    Failed(Error),
    /// A signal came.
    Interrupted(Signal),
    /// Stdout takes no more.
    Unwritable(io::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unwritable(error)
    }
}

pub(crate) async fn run(arguments: ShowArguments, console: &Console, mut interrupt: Interrupt) -> Exit {
    let opened = match opening::open_one(&arguments.lists.read(), "show", &interrupt).await {
        Ok(opened) => opened,
        Err(refusal) => {
            return refusal.report(console);
        }
    };
    let mut showing = Showing {
        opened: &opened,
        pace: opened.pace(),
        form: form::of(arguments.format, opened.zone.clone()),
        stdout: Stdout::new(console.clone()),
        console,
        begun: false,
        unreadable: 0,
        failed_only: arguments.failed_only,
    };
    let mut shown = tokio::select! {
        biased;
        signal = interrupt.wait() => Err(Stop::Interrupted(signal)),
        shown = showing.show(&arguments.task_id) => shown,
    };
    if !matches!(shown, Err(Stop::Unwritable(_))) {
        shown = showing.end().map_err(Stop::from).and(shown);
    }
    console.end_progress();
    let unreadable = showing.unreadable;
    match shown {
        Ok(()) if unreadable == 0 => return Exit::Complete,
        Ok(()) => {
            console.error(format_args!("{unreadable} of the sub-tasks could not be read; all others were printed"));
        }
        Err(Stop::Missing) => advice::no_task(console, &visible(&arguments.task_id)),
        Err(Stop::Failed(error)) => advice::report(console, &error),
        Err(Stop::Interrupted(signal)) => {
            console.line("interrupted");
            return Exit::Interrupted(signal);
        }
        Err(Stop::Unwritable(error)) => return stdout::unwritable(&error, console),
    }
    Exit::Failed
}

struct Showing<'a> {
    opened: &'a Opened,
    pace: &'a Pace,
    form: Box<dyn Form>,
    stdout: Stdout,
    console: &'a Console,
    /// Whether those that did not fail are left out.
    failed_only: bool,
    /// Whether there is something to be ended.
    begun: bool,
    unreadable: u64,
}

impl Showing<'_> {
    async fn show(&mut self, task_id: &str) -> Result<(), Stop> {
        let query = self.opened.query();
        let task: WithRaw<BatchTask> = query.find_with_raw(task_id).await?.ok_or(Stop::Missing)?;
        self.begun = true;
        self.form.task(&task, &mut self.stdout.buffer);
        self.stdout.flush()?;
        self.console.start_progress(Counted::SubTasks, 0);
        let task_id = &task.record.task_id;
        let mut order = FailedFirst::default();
        let failed = self.sub_tasks(task_id).query("task_detail_status", FAIL).stream()?;
        match self.print(failed, |sub_task| order.first(sub_task)).await {
            // Nothing was printed then, and nothing is missing: all are read next.
            Err(Stop::Failed(error)) if error.is_bad_request() && self.failed_only => {
                let all = self.sub_tasks(task_id).stream()?;
                return self.print(all, |sub_task| Some(sub_task).filter(failed_first::has_failed)).await;
            }
            Err(Stop::Failed(error)) if error.is_bad_request() => {
                self.console.warning(format_args!("failed sub-tasks do not come first: {error}"));
            }
            printed => printed?,
        }
        if self.failed_only {
            return Ok(());
        }
        // One that cannot be read is met again below.
        self.unreadable = 0;
        let all = self.sub_tasks(task_id).stream()?;
        self.print(all, |sub_task| order.then(sub_task)).await?;
        for sub_task in order.rest() {
            self.form.sub_task(&sub_task, &mut self.stdout.buffer);
        }
        Ok(())
    }

    fn sub_tasks(&self, task_id: &str) -> ListQuery<SubTask> {
        let mut query = self.opened.client().list(ListEndpoint::BATCH_TASK_DETAILS).path_parameter("task_id", task_id);
        if let Some(sub_tasks) = self.pace.page_size {
            query = query.page_size(sub_tasks);
        }
        if let Some(pages) = self.pace.prefetch {
            query = query.prefetch(pages);
        }
        query
    }

    /// Prints what `choose` lets through, as it comes. Cancel safe: what is taken is on stdout before the next pause.
    async fn print(
        &mut self,
        stream: RecordStream<SubTask>,
        mut choose: impl FnMut(SubTask) -> Option<SubTask>,
    ) -> Result<(), Stop> {
        let mut chunks = stream.ready_chunks(CHUNK);
        while let Some(chunk) = chunks.next().await {
            for sub_task in chunk {
                match sub_task {
                    Ok(sub_task) => {
                        if let Some(sub_task) = choose(sub_task) {
                            self.form.sub_task(&sub_task, &mut self.stdout.buffer);
                        }
                    }
                    Err(error @ Error::Record(_)) => {
                        self.unreadable += 1;
                        self.console.warning(error);
                    }
                    Err(error) => {
                        self.stdout.flush()?;
                        return Err(error.into());
                    }
                }
            }
            self.stdout.flush()?;
            let progress = chunks.get_ref().progress();
            self.console.progress(progress.delivered, progress.count, "");
        }
        Ok(())
    }

    /// Makes what is printed whole, however much of it is missing.
    fn end(&mut self) -> io::Result<()> {
        if self.begun {
            self.form.end(&mut self.stdout.buffer);
        }
        self.stdout.flush()
    }
}
