//! `batchtasks failures`: the failed sub-tasks of many tasks.

mod groups;
mod subject;

use iotda_batch_tasks::sub_tasks::{SubTask, SubTaskOrder};

use crate::arguments::{FailuresArguments, GroupBy};
use crate::chunks::{Chunks, Stop};
use crate::connect::Refusal;
use crate::console::{Console, Counted};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening::{self, Bounds};
use crate::subject::Subject;
use crate::{advice, export, list};
use groups::Groups;
use subject::Failures;

/// The status of a sub-task that failed.
pub(crate) const FAIL: &str = "Fail";

pub(crate) async fn run(arguments: FailuresArguments, console: &Console, interrupt: Interrupt) -> Exit {
    let order = if arguments.as_they_come { SubTaskOrder::AsTheyCome } else { SubTaskOrder::OfTasks };
    let read = &arguments.read;
    let open =
        async |bounds| opening::open_between(read, bounds, &interrupt).await.map(|opened| Failures::new(opened, order));
    let now = || Bounds::now(&read.filters);
    match (arguments.to_file(), arguments.group_by) {
        (Some(Ok(out)), _) => export::run_subject(&out, export::Way::Whole, now, open, console, &interrupt).await,
        (Some(Err(message)), _) => Refusal::Argument(message).report(console),
        (None, Some(_)) if arguments.print.has_csv_style_of_another_format() => {
            Refusal::Argument("--crlf and --bom are for csv".to_owned()).report(console)
        }
        (None, Some(group_by)) => match now() {
            Ok(bounds) => match open(bounds).await {
                Ok(failures) => count(&failures, group_by, &arguments, console, &interrupt).await,
                Err(refusal) => refusal.report(console),
            },
            Err(refusal) => refusal.report(console),
        },
        (None, None) => {
            let open = async || open(now()?).await;
            list::run_subject("failures", &arguments.print, open, console, &interrupt).await
        }
    }
}

/// Counts everything, and prints the counts then: those of a part could be taken for those of the whole.
async fn count(
    failures: &Failures,
    group_by: GroupBy,
    arguments: &FailuresArguments,
    console: &Console,
    interrupt: &Interrupt,
) -> Exit {
    let records = match failures.records() {
        Ok(records) => records,
        Err(error) => return Refusal::from(error).report(console),
    };
    let mut chunks =
        Chunks::<SubTask>::new::<Failures>(records, failures.selection(), None, Counted::SubTasks, console, interrupt);
    let mut groups = Groups::new(group_by);
    let read = loop {
        match chunks.next().await {
            Ok(Some(rows)) => rows.iter().for_each(|row| groups.add(&row.record)),
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    console.end_progress();
    match read {
        Ok(()) => {}
        Err(Stop::Failed(failures)) => {
            advice::report_all(console, &failures);
            console.line("Nothing was printed: the counts of a part could be taken for those of the whole.");
            return Exit::Failed;
        }
        Err(Stop::Interrupted(signal)) => {
            console.line("interrupted; nothing was printed");
            return Exit::Interrupted(signal);
        }
    }
    if let Some(reason) = chunks.unproven_end() {
        console.warning(reason);
    }
    let printed = groups.print(&arguments.print, console);
    match chunks.unreadable() {
        0 => printed,
        unreadable => {
            console.error(format_args!("{unreadable} records could not be read; all others were counted"));
            Exit::Failed
        }
    }
}
