//! `batchtasks simulate`: the simulator alone.

// Knows its knobs, not how it keeps the service's rules.

mod check;
mod delivered;
mod history_file;
pub(crate) mod value_parsers;

use std::io::Write;
use std::path::Path;

use iotda_batch_tasks::TaskType;
use iotda_simulator::{Simulator, SimulatorBuilder, Spread};

use crate::arguments::{QuotaHeaders, SimulateArguments, SimulateCommand};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use history_file::HistoryFile;
use value_parsers::Spoilt;

pub(crate) async fn run(mut arguments: SimulateArguments, console: &Console, interrupt: Interrupt) -> Exit {
    match arguments.command.take() {
        Some(SimulateCommand::Check(arguments)) => check::run(arguments, console).await,
        None => serve(arguments, console, interrupt).await,
    }
}

async fn serve(arguments: SimulateArguments, console: &Console, mut interrupt: Interrupt) -> Exit {
    let history = match arguments.history.as_deref().map(HistoryFile::create).transpose() {
        Ok(history) => history,
        Err(error) => {
            let path = arguments.history.as_deref().unwrap_or(Path::new("")).display();
            console.error(format_args!("{path} cannot be written: {error} (--history)"));
            return Exit::BadArguments;
        }
    };
    let (port, tasks) = (arguments.port, arguments.tasks);
    let types = types(&arguments);
    let of = if let [only] = types.as_slice() { only.clone() } else { format!("{} types", types.len()) };
    let token = arguments.token.clone().unwrap_or_else(|| "any".to_owned());
    let instance = arguments.instance_id.as_ref().map(|id| format!(" --instance-id {id}")).unwrap_or_default();
    let simulator = match builder(arguments, types).start().await {
        Ok(simulator) => simulator,
        Err(error) => {
            console.error(format_args!("port {port} of 127.0.0.1 cannot be listened on: {error} (--port)"));
            return Exit::Failed;
        }
    };
    let endpoint = simulator.endpoint();
    let mut stdout = std::io::stdout();
    // The reader of the endpoint may go away then: the simulator runs for others.
    let _ = writeln!(stdout, "{endpoint}").and_then(|()| stdout.flush());
    console.line(format_args!(
        "serving {tasks} tasks of {of} until Ctrl-C:\n  batchtasks list --endpoint {endpoint} --project-id 0 --token \
         {token}{instance}"
    ));
    let ended = match history {
        Some(history) => history.follow(&simulator, &mut interrupt).await,
        None => {
            interrupt.wait().await;
            Ok(())
        }
    };
    if let Err(error) = ended {
        console.error(format_args!("the history cannot be written: {error} (--history)"));
        return Exit::Failed;
    }
    console.line(format_args!("{} requests were answered", simulator.request_count()));
    Exit::Complete
}

fn types(arguments: &SimulateArguments) -> Vec<String> {
    if !arguments.types.is_empty() {
        return arguments.types.clone();
    }
    TaskType::KNOWN.iter().map(|known| known.as_str().to_owned()).collect()
}

fn builder(arguments: SimulateArguments, types: Vec<String>) -> SimulatorBuilder {
    let mut builder = Simulator::builder()
        .port(arguments.port)
        .tasks(arguments.tasks)
        .mix(types)
        .app_ids(arguments.app_ids)
        .seed(arguments.seed)
        .latency(arguments.latency_ms)
        .jitter(arguments.jitter_ms)
        .create_every(arguments.create_every)
        .delete_every(arguments.delete_every)
        .set_status_every(arguments.status_every)
        .unknown_task_types(arguments.unknown_types)
        .token_lifetime(arguments.token_lifetime)
        .clock_ahead(arguments.clock_ahead);
    builder = match arguments.security_token {
        Some(token) => builder.temporary_key(arguments.access_key, arguments.secret_key, token),
        None => builder.key(arguments.access_key, arguments.secret_key),
    };
    for spoilt in arguments.faults {
        builder = match spoilt {
            Spoilt::ByChance(chance, fault) => builder.faults(chance, fault),
            Spoilt::At(number, fault) => builder.fault_at(number, fault),
        };
    }
    for beside in &arguments.lists {
        builder = builder.list(beside.list());
    }
    for (number, fault) in arguments.iam_faults {
        builder = builder.iam_fault_at(number, fault);
    }
    for user in arguments.iam_users {
        builder = builder.iam_user(user.account, user.name, user.password);
    }
    if arguments.history.is_some() {
        builder = builder.record_history();
    }
    if arguments.uneven {
        builder = builder.spread(Spread::Uneven);
    }
    if let Some(requests) = arguments.quota {
        builder = match arguments.quota_window {
            true => builder.quota_window(requests, arguments.quota_per),
            false => builder.quota(requests, arguments.quota_per),
        };
    }
    if arguments.quota_in_text {
        builder = builder.quota_in_text();
    }
    builder = match arguments.quota_in_headers {
        Some(QuotaHeaders::Always) => builder.quota_in_headers(),
        Some(QuotaHeaders::IfAsked) => builder.quota_in_headers_if_asked(),
        None => builder,
    };
    if arguments.quota_as_forbidden {
        builder = builder.quota_as_forbidden();
    }
    if arguments.refuse_foreign_markers {
        builder = builder.refuse_foreign_markers();
    }
    if arguments.ignore_foreign_markers {
        builder = builder.ignore_foreign_markers();
    }
    if arguments.no_task_details {
        builder = builder.without_task_details();
    }
    let builder = given(builder, arguments.markers, SimulatorBuilder::markers);
    let builder = given(builder, arguments.task_ids, SimulatorBuilder::task_ids);
    let builder = given(builder, arguments.machines, SimulatorBuilder::machines);
    let builder = given(builder, arguments.empty_page_body, SimulatorBuilder::empty_page_body);
    let builder = given(builder, arguments.page_cap_bytes, SimulatorBuilder::page_cap_bytes);
    let builder = given(builder, arguments.targets, SimulatorBuilder::targets_per_task);
    let builder = given(builder, arguments.page_cap, SimulatorBuilder::page_cap);
    let builder = given(builder, arguments.count, SimulatorBuilder::count);
    let builder = given(builder, arguments.last_page_marker, SimulatorBuilder::last_page_marker);
    let builder = given(builder, arguments.empty_page_marker, SimulatorBuilder::empty_page_marker);
    let builder = given(builder, arguments.marker_fault, SimulatorBuilder::marker_fault);
    let builder = given(builder, arguments.quota_retry_after, SimulatorBuilder::quota_retry_after);
    let builder = given(builder, arguments.instance_id, SimulatorBuilder::instance_id);
    let builder = given(builder, arguments.token, SimulatorBuilder::token);
    let builder = given(builder, arguments.require_signature, SimulatorBuilder::require_signature);
    given(builder, arguments.project_id, SimulatorBuilder::project_id)
}

/// Sets what is given, and leaves the default otherwise.
fn given<T>(
    builder: SimulatorBuilder,
    value: Option<T>,
    knob: impl FnOnce(SimulatorBuilder, T) -> SimulatorBuilder,
) -> SimulatorBuilder {
    match value {
        Some(value) => knob(builder, value),
        None => builder,
    }
}
