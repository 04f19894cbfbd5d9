//! One list for each shape that lists come in, on the simulator.

use std::time::Duration;

use futures::TryStreamExt;
use iotda_batch_tasks::decode::{ListShape, RawRecord};
use iotda_batch_tasks::lists::ListEndpoint;
use iotda_batch_tasks::{Client, ListQuery, RecordStream, RetryPolicy};
use iotda_simulator::{RowList, Simulator, SimulatorBuilder};

use crate::fixture::assert_exact_scan;

const CERTIFICATES: ListEndpoint = ListEndpoint::new(
    "certificates",
    ListShape::new("certificates").identified_by("certificate_id").with_opaque_markers(),
);

/// One list for each shape that lists come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Count and marker in a page object, markers in order, ids in no order.
    Devices,
    /// The same with a parameter in the path.
    DevicesInGroup,
    /// Count and marker beside the rows.
    Rules,
    /// Markers of a wider alphabet, without order.
    Certificates,
    /// Rows without an id.
    TaskDetails,
}

pub(crate) const SHAPES: [Shape; 5] =
    [Shape::Devices, Shape::DevicesInGroup, Shape::Rules, Shape::Certificates, Shape::TaskDetails];

impl Shape {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::DevicesInGroup => "device-group/g-1/devices",
            Self::Rules => "rules",
            Self::Certificates => "certificates",
            Self::TaskDetails => "batchtasks/5c8ba99030344005c02316ad",
        }
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Devices | Self::DevicesInGroup => "device_id",
            Self::Rules => "rule_id",
            Self::Certificates => "certificate_id",
            Self::TaskDetails => "target",
        }
    }

    pub(crate) fn list(self, rows: usize) -> RowList {
        match self {
            Self::Devices => RowList::devices(),
            Self::DevicesInGroup => RowList::devices_in_group("g-1"),
            Self::Rules => RowList::rules(),
            Self::Certificates => RowList::new("certificates", "certificates", "certificate_id").wide_markers(),
            Self::TaskDetails => RowList::task_details("5c8ba99030344005c02316ad"),
        }
        .rows(rows)
    }

    pub(crate) fn query(self, client: &Client) -> ListQuery<RawRecord> {
        match self {
            Self::Devices => client.list(ListEndpoint::DEVICES),
            Self::DevicesInGroup => client.list(ListEndpoint::DEVICES_IN_GROUP).path_parameter("group_id", "g-1"),
            Self::Rules => client.list(ListEndpoint::RULES),
            Self::Certificates => client.list(CERTIFICATES),
            Self::TaskDetails => {
                client.list(ListEndpoint::BATCH_TASK_DETAILS).path_parameter("task_id", "5c8ba99030344005c02316ad")
            }
        }
    }

    /// The row's id in the simulator, whether or not the list identifies rows by it.
    pub(crate) fn name(self, row: &RawRecord) -> String {
        let row: serde_json::Value = row.json.decode().unwrap();
        row[self.id()].as_str().unwrap().to_owned()
    }

    pub(crate) async fn read(self, rows: RecordStream<RawRecord>) -> Vec<String> {
        rows.map_ok(|row| self.name(&row)).try_collect().await.unwrap()
    }

    pub(crate) fn ids(self, simulator: &Simulator) -> Vec<String> {
        simulator.edit_rows(self.path(), |list| list.ids())
    }
}

pub(crate) async fn start(builder: SimulatorBuilder) -> Simulator {
    builder.seed(7).record_history().start().await.unwrap()
}

pub(crate) fn client(simulator: &Simulator) -> Client {
    let quick = RetryPolicy::default().initial_backoff(Duration::from_millis(1));
    Client::builder().endpoint(simulator.endpoint()).project_id("0a1b2c").token("any").retry(quick).build().unwrap()
}

/// Creates, deletes, hides and shows rows while they are read.
fn edited(builder: SimulatorBuilder, path: &str) -> SimulatorBuilder {
    let mut hidden = None::<String>;
    builder.before_each_of(path, move |number, list| {
        let any = list.any().unwrap();
        match number % 8 {
            1 => _ = list.create(),
            3 | 5 => _ = list.delete(&any),
            6 => {
                hidden.take().into_iter().for_each(|id| _ = list.set_shown(&id, true));
                list.set_shown(&any, false);
                hidden = Some(any);
            }
            _ => {}
        }
    })
}

/// The list of `shape` with so many rows, edited while it is read.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    shape: Shape,
}

impl World {
    pub(crate) async fn start(
        shape: Shape,
        rows: usize,
        more: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
    ) -> Self {
        let builder = edited(more(Simulator::builder().list(shape.list(rows))), shape.path());
        Self { simulator: start(builder).await, shape }
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.simulator)
    }

    /// What arrived is an exact scan of the list.
    #[track_caller]
    pub(crate) fn assert_exact(&self, arrived: &[String], case: &dyn std::fmt::Debug) {
        let verdict = assert_exact_scan(&self.simulator, arrived, (self.shape, case));
        assert!(verdict.for_a_while > 0, "{verdict}");
    }
}
