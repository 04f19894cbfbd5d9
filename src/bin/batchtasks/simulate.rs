//! `batchtasks simulate`: the simulator alone. Knows its knobs, not how it keeps the service's rules.

use std::io::Write;
use std::time::Duration;

use iotda_batch_tasks::TaskType;
use iotda_batch_tasks::sim::{CountForm, Fault, Simulator, SimulatorBuilder, Spread};

use crate::arguments::SimulateArguments;
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;

const MINUTE: Duration = Duration::from_secs(60);

pub(crate) async fn run(arguments: SimulateArguments, console: &Console, mut interrupt: Interrupt) -> Exit {
    let (port, tasks) = (arguments.port, arguments.tasks);
    let types = types(&arguments);
    let told = if let [only] = types.as_slice() { only.clone() } else { format!("{} types", types.len()) };
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
    // Whoever reads the endpoint may go away then: the simulator runs for others.
    let _ = writeln!(stdout, "{endpoint}").and_then(|()| stdout.flush());
    console.line(format_args!(
        "serving {tasks} tasks of {told} until Ctrl-C:\n  batchtasks list --endpoint {endpoint} --project-id 0 --token \
         {token}{instance}"
    ));
    interrupt.wait().await;
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
        .seed(arguments.seed)
        .latency(arguments.latency_ms)
        .jitter(arguments.jitter_ms)
        .create_every(arguments.create_every)
        .delete_every(arguments.delete_every)
        .set_status_every(arguments.status_every)
        .faults(arguments.error_rate, Fault::Internal)
        .faults(arguments.cut_rate, Fault::HalfBody)
        .unknown_task_types(arguments.unknown_types)
        .key(arguments.access_key, arguments.secret_key);
    if let Some(targets) = arguments.targets {
        builder = builder.targets_per_task(targets);
    }
    if arguments.uneven {
        builder = builder.spread(Spread::Uneven);
    }
    if let Some(records) = arguments.page_cap {
        builder = builder.page_cap(records);
    }
    if let Some(requests) = arguments.quota {
        builder = builder.quota(requests, MINUTE);
    }
    if arguments.no_count {
        builder = builder.count(CountForm::Absent);
    }
    if arguments.opaque_markers {
        builder = builder.opaque_markers();
    }
    if arguments.refuse_foreign_markers {
        builder = builder.refuse_foreign_markers();
    }
    if let Some(id) = arguments.instance_id {
        builder = builder.instance_id(id);
    }
    if let Some(token) = arguments.token {
        builder = builder.token(token);
    }
    builder
}
