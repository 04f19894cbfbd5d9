//! A simulator, a client of it, and readings held against the truth.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use iotda_batch_tasks::{BatchTaskStream, Client, ClientBuilder, Error, Progress, TaskType};
use iotda_simulator::{SeenRequest, Simulator, SimulatorBuilder};

use crate::fixture::assert_exact_scan;

const TYPE: &str = "softwareUpgrade";

/// 20,000 tasks take about 410 requests.
pub(crate) fn tasks() -> SimulatorBuilder {
    Simulator::builder().tasks(20_000).only(TYPE).seed(3)
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
}

/// What a stream brought until it ended.
pub(crate) struct Reading {
    pub(crate) ids: Vec<String>,
    pub(crate) progress: Progress,
    pub(crate) took: Duration,
}

impl World {
    pub(crate) async fn start(builder: SimulatorBuilder) -> Self {
        Self { simulator: builder.record_history().start().await.unwrap() }
    }

    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder().endpoint(self.simulator.endpoint()).project_id("0a1b2c").token("any")
    }

    /// Reads everything with read-ahead 11.
    pub(crate) async fn read(&self, client: ClientBuilder) -> Reading {
        let started = Instant::now();
        let mut tasks = stream(client);
        let mut ids = Vec::new();
        assert!(take(&mut tasks, usize::MAX, &mut ids).await.is_ok_and(|ended| ended));
        Reading { ids, progress: tasks.progress(), took: started.elapsed() }
    }

    /// What arrived is an exact scan.
    #[track_caller]
    pub(crate) fn assert_exact(&self, ids: &[String]) {
        assert_exact_scan(&self.simulator, ids, "");
    }

    /// How many of the requests so far are of this kind.
    pub(crate) fn count(&self, is: impl Fn(&SeenRequest) -> bool) -> usize {
        self.simulator.requests().iter().filter(|request| is(request)).count()
    }
}

pub(crate) fn stream(client: ClientBuilder) -> BatchTaskStream {
    client.build().unwrap().batch_tasks(TaskType::SoftwareUpgrade).prefetch(11).stream().unwrap()
}

/// Reads at most this many further tasks, and returns whether the stream ended.
pub(crate) async fn take(tasks: &mut BatchTaskStream, most: usize, ids: &mut Vec<String>) -> Result<bool, Error> {
    for _ in 0..most {
        match tasks.try_next().await? {
            Some(task) => ids.push(task.task_id),
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// Whether the long forms of the tests are wanted: a minute more.
pub(crate) fn in_full() -> bool {
    std::env::var_os("FAULTS_IN_FULL").is_some()
}
