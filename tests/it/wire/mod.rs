//! The stream over HTTP, against the simulator.

mod diagnosis;
mod errors;
mod exact;
mod operations;

use futures::TryStreamExt;
use iotda_batch_tasks::{BatchTaskStream, Client};
use iotda_simulator::{Markers, Simulator, SimulatorBuilder, Spread, TaskIds};

const TYPE: &str = "softwareUpgrade";

async fn start(builder: SimulatorBuilder) -> Simulator {
    builder.record_history().start().await.unwrap()
}

fn client(simulator: &Simulator) -> Client {
    Client::builder().endpoint(simulator.endpoint()).project_id("0a1b2c").token("any").build().unwrap()
}

async fn ids(tasks: BatchTaskStream) -> Vec<String> {
    tasks.map_ok(|task| task.task_id).try_collect().await.unwrap()
}

/// How ids and markers may lie: the service's pages, captured answers and the vendor's sample each show another way.
#[derive(Clone, Copy, Debug)]
enum IdForm {
    MarkersAreIds,
    /// Markers two above the ids, several machines, many tasks a second.
    TwoAbove,
    FourDaysAbove,
    /// As [`TwoAbove`](Self::TwoAbove), where ids have no order within a second.
    UnorderedWithinSeconds,
    /// Nothing about a marker follows from an id.
    Unrelated,
}

const ID_FORMS: [IdForm; 5] =
    [IdForm::MarkersAreIds, IdForm::TwoAbove, IdForm::FourDaysAbove, IdForm::UnorderedWithinSeconds, IdForm::Unrelated];

impl IdForm {
    fn builder(self) -> SimulatorBuilder {
        let builder = Simulator::builder().only(TYPE);
        let busy = || Simulator::builder().only(TYPE).spread(Spread::Uneven).machines(3).markers(Markers::TwoAbove);
        match self {
            Self::MarkersAreIds => builder,
            Self::TwoAbove => busy(),
            Self::FourDaysAbove => builder.markers(Markers::FourDaysAbove),
            Self::UnorderedWithinSeconds => busy().task_ids(TaskIds::UnorderedWithinSeconds),
            Self::Unrelated => builder.task_ids(TaskIds::Unordered),
        }
    }
}
