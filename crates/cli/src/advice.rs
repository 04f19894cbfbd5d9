//! What the user can do about a failed request.

// Knows codes and options; sends nothing.

use iotda_batch_tasks::{Error, FailureKind, SourceError};

use crate::console::Console;
use crate::records::Failure;

/// Reports why reading ended, and what the user can do about it.
pub(crate) fn report(console: &Console, error: &Error) {
    console.error(error);
    if let Some(advice) = error.failure().and_then(advice) {
        console.line(advice);
    }
}

/// Reports why reading ended early, for each of the profiles.
pub(crate) fn report_all(console: &Console, failures: &[Failure]) {
    for failure in failures {
        console.error(failure);
        if let Some(advice) = failure.error.failure().and_then(advice) {
            console.line(advice);
        }
    }
}

/// Reports that a requested task is not there.
pub(crate) fn no_task(console: &Console, task_id: &str) {
    console.error(format_args!(
        "there is no task {task_id} in the lists that were searched; check the id, the project, --type and --app-id"
    ));
}

fn advice(failure: &SourceError) -> Option<&'static str> {
    Some(match (failure.status(), failure.error_code()) {
        (_, Some("IOTDA.001005")) => "Several resource spaces exist: choose one with --app-id.",
        (_, Some("IOTDA.001000")) => "No such resource space: check --app-id.",
        (status, _) if failure.kind() == FailureKind::Project && status != Some(401) => {
            "The console shows the project's id under My Credentials: give it with --project-id."
        }
        (Some(403), None) => {
            "The answer has no error_code, so it is not the service's own: a gateway or a proxy in between refuses. Check \
             --endpoint and the proxy."
        }
        (Some(401), _) | (_, Some("IOTDA.000004")) => {
            "Check --token or HW_AUTH_TOKEN: a token lasts 24 hours, and is good for its own project only. With keys, check \
             --ak, --sk and --auth, and the clock of this machine."
        }
        (Some(403), _) if !failure.is_retryable() => {
            "The account is known, but may not do this: it needs the permission iotda:batchtasks:queryList, and the \
             project and the region must be its own."
        }
        (Some(400), Some("IOTDA.000006")) => "Check --type, --status, --app-id, --project-id and --instance-id.",
        _ if failure.kind() == FailureKind::Tls => {
            "What to trust: --ca-cert FILE. --insecure checks nothing, for tests alone."
        }
        _ if failure.kind() == FailureKind::Connect => "Check --endpoint or --region, and the network.",
        _ if failure.is_retryable() => "The same may succeed later.",
        _ => return None,
    })
}
