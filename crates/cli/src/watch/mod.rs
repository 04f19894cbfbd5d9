//! `batchtasks watch`: what changes, or one task until it is done.

mod changes;
mod exec;
mod line;
mod metrics;
mod source;
mod until_all;
mod until_done;

use std::io::{self, IsTerminal};
use std::time::Duration;

use crate::arguments::{WatchArguments, WatchFormat};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening;

/// How long a deployment waits for a service that is away.
const MAX_ELAPSED: Duration = Duration::from_secs(600);

pub(crate) async fn run(mut arguments: WatchArguments, console: &Console, interrupt: Interrupt) -> Exit {
    let filters = &arguments.read.filters;
    let has_ids = arguments.until_done.as_ref().is_some_and(|ids| !ids.is_empty());
    let is_filtered = !filters.status.is_empty() || filters.name.is_some();
    if has_ids && (is_filtered || filters.created_after.is_some() || filters.created_before.is_some()) {
        console.error(
            "--status, --name, --created-after and --created-before cannot be used with the ids of --until-done: without ids, \
             it waits for all tasks that they select",
        );
        return Exit::BadArguments;
    }
    if is_filtered && arguments.until_done.is_none() {
        console.error(
            "--status and --name cannot be used with watch: it prints when tasks go from one status to another, so it \
             looks at all. Choose among the lines instead, such as by jq 'select(.after.status == \"Fail\")'",
        );
        return Exit::BadArguments;
    }
    if arguments.interval.is_zero() {
        console.error("--interval must be longer than nothing");
        return Exit::BadArguments;
    }
    if arguments.until_done.is_some() {
        outlast_an_outage(&mut arguments);
    }
    let opened = match opening::open_one(&arguments.read, "watch", &interrupt).await {
        Ok(opened) => opened,
        Err(refusal) => {
            return refusal.report(console);
        }
    };
    let format = arguments.format.unwrap_or_else(format_of_stdout);
    match arguments.until_done.as_deref() {
        Some([task_id]) => until_done::run(task_id, &opened, &arguments, format, console, interrupt).await,
        Some([]) => match until_all::selected(opened, console, &interrupt).await {
            Ok((opened, ids)) => until_all::run(ids, &opened, &arguments, format, console, interrupt).await,
            Err(exit) => exit,
        },
        Some(ids) => {
            let mut each = ids.to_vec();
            each.sort();
            each.dedup();
            until_all::run(each, &opened, &arguments, format, console, interrupt).await
        }
        None => changes::run(&opened, &arguments, format, console, interrupt).await,
    }
}

/// Lets a deployment wait for a service that is away, but no longer than the whole wait: its end must find out why
/// nothing was seen of the task, not that nothing was seen.
fn outlast_an_outage(arguments: &mut WatchArguments) {
    let most = arguments.wait_at_most.map_or(MAX_ELAPSED, |limit| MAX_ELAPSED.min(limit * 4 / 5));
    arguments.read.pace.default_max_elapsed(most);
}

fn format_of_stdout() -> WatchFormat {
    if io::stdout().is_terminal() { WatchFormat::Text } else { WatchFormat::Ndjson }
}
