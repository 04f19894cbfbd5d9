//! `batchtasks doctor`: whether the service can be read, and behaves as a scan needs.

// Knows how long to wait, and exit codes; the checks are the library's.

use std::time::Duration;

use crate::arguments::{DoctorArguments, DoctorFormat};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::opening;
use crate::output::stdout;

/// A person waits for the report; what fails for so long is reported as failing.
const MAX_ELAPSED: Duration = Duration::from_secs(20);

pub(crate) async fn run(arguments: DoctorArguments, console: &Console, mut interrupt: Interrupt) -> Exit {
    let mut read = arguments.lists.read();
    if read.pace.page_size.is_some() || read.pace.prefetch.is_some() || read.filters.scope.local {
        console.error(
            "--page-size, --prefetch and --local cannot be used with doctor: it pages as it checks, and shows no time",
        );
        return Exit::BadArguments;
    }
    read.pace.default_max_elapsed(MAX_ELAPSED);
    let (_connected, query) = match opening::unread(&read, &interrupt).await {
        Ok(unread) => unread,
        Err(refusal) => return refusal.report(console),
    };
    let diagnosis = tokio::select! {
        biased;
        signal = interrupt.wait() => {
            console.line("interrupted");
            return Exit::Interrupted(signal);
        }
        diagnosis = query.diagnose() => diagnosis,
    };
    let diagnosis = match diagnosis {
        Ok(diagnosis) => diagnosis,
        Err(error) => {
            console.error(crate::connect::describe(&error));
            return Exit::BadArguments;
        }
    };
    let text = match arguments.format {
        DoctorFormat::Text => Ok(diagnosis.to_string()),
        DoctorFormat::Json => serde_json::to_string_pretty(&diagnosis),
    };
    let printed = match text {
        Ok(text) => stdout::print(format!("{text}\n"), console),
        Err(error) => {
            console.error(error);
            Exit::Failed
        }
    };
    if printed == Exit::Complete && !diagnosis.is_exact() { Exit::Failed } else { printed }
}
