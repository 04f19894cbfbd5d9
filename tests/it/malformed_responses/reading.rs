//! A reading that has to end, and what came of it.

use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{BatchTask, Client, ClientBuilder, Error, FailureKind, RecordStream, RetryPolicy, TaskType};
use iotda_simulator::Simulator;

/// The most bytes of an answer that these clients take.
pub(crate) const CAP: usize = 8 << 20;

pub(crate) async fn simulator() -> Simulator {
    Simulator::builder().tasks(2_000).only("softwareUpgrade").start().await.unwrap()
}

/// Tries twice, so that a failure that trying again may help costs no time here.
pub(crate) fn client(endpoint: &str) -> ClientBuilder {
    let twice = RetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1));
    Client::builder().endpoint(endpoint).project_id("0a").token("geheim").max_body_bytes(CAP).retry(twice)
}

/// What a stream handed out until it ended.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) tasks: Vec<BatchTask>,
    pub(crate) unreadable: Vec<String>,
    pub(crate) failure: Option<Error>,
    pub(crate) count: Option<u64>,
}

impl Outcome {
    pub(crate) fn kind(&self) -> Option<FailureKind> {
        Some(self.failure.as_ref()?.failure()?.kind())
    }

    pub(crate) fn message(&self) -> String {
        self.failure.as_ref().map(Error::to_string).unwrap_or_default()
    }
}

/// Reads to the end, which has to come within 10 seconds.
pub(crate) async fn read(client: ClientBuilder, prefetch: usize) -> Outcome {
    let query = client.build().unwrap().batch_tasks(TaskType::SoftwareUpgrade).prefetch(prefetch);
    read_on(&mut query.stream().unwrap()).await
}

pub(crate) async fn read_on(tasks: &mut RecordStream<BatchTask>) -> Outcome {
    let mut outcome = Outcome::default();
    let reading = async {
        while let Some(item) = tasks.next().await {
            match item {
                Ok(task) => outcome.tasks.push(task),
                Err(Error::Record(error)) => outcome.unreadable.push(error.to_string()),
                Err(error) => assert!(outcome.failure.replace(error).is_none(), "a second failure"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the reading does not end");
    outcome.count = tasks.progress().count;
    outcome
}
