//! A scan with the library: killed at any time, failed, and resumed with other options by another client.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{
    BatchTaskQuery, BatchTaskStream, Checkpoint, Client, Credentials, Error, RetryPolicy, SigningAlgorithm, TaskStatus,
};
use iotda_simulator::SignatureKind;
use tokio::task::JoinSet;

use crate::random::Random;
use crate::service::{Auth, KEY, MAX_ELAPSED, Pulse, Service, TYPES, USER};

/// What was delivered, and what a crash leaves of it.
#[derive(Debug, Default)]
struct Stored {
    delivered: Vec<String>,
    /// How much of it was stored together with the checkpoint of the part that is read.
    kept: usize,
    checkpoint: Option<Checkpoint>,
}

impl Stored {
    fn keep(&mut self, checkpoint: Checkpoint, pulse: &Pulse) {
        self.kept = self.delivered.len();
        if self.checkpoint.as_ref() != Some(&checkpoint) {
            pulse.beat();
        }
        self.checkpoint = Some(checkpoint);
    }
}

/// Which tasks are read.
#[derive(Clone, Debug)]
struct Selection {
    /// All types; else one.
    all: bool,
    status: Option<TaskStatus>,
    app_id: Option<&'static str>,
}

/// Reads everything. Returns the ids as they were delivered, and whether they came in order.
pub(crate) async fn scan(service: &Service, random: &mut Random) -> (Vec<String>, bool) {
    let selection = Selection {
        all: service.types > 1,
        status: random.one_in(5).then(|| random.pick(&[TaskStatus::Success, TaskStatus::Fail])),
        app_id: random.one_in(6).then_some("app_A-1"),
    };
    let mut stored = Stored::default();
    // The parts of the list that are still to be read; `None` is the whole list.
    let mut parts: Vec<Option<Checkpoint>> = vec![None];
    let mut in_order = true;
    while !parts.is_empty() {
        let part = random.below(parts.len());
        if parts.len() < 4 && random.one_in(8) {
            if let Ok(split) = query(service, random, &selection, parts[part].clone()).split(3).await {
                in_order = false;
                parts.splice(part..=part, split.into_iter().map(Some));
            }
            continue;
        }
        in_order &= parts.len() == 1;
        stored.checkpoint = parts[part].clone();
        let side_by_side = if random.one_in(5) { random.between(2, 4) } else { 1 };
        in_order &= side_by_side == 1;
        let query = query(service, random, &selection, parts[part].clone());
        let shared = Arc::new(Mutex::new(std::mem::take(&mut stored)));
        let mut reading = JoinSet::new();
        let every = random.pick(&[1, 7, 50, 333]);
        service.note(format!("{side_by_side} side by side, stored every {every}: {query:?}"));
        reading.spawn(read(query, side_by_side, every, Arc::clone(&shared), service.pulse.clone()));
        let ended = killed_at_times(reading, service, random).await;
        stored = std::mem::take(&mut shared.lock().unwrap());
        if ended {
            parts.remove(part);
            service.pulse.beat();
        } else {
            // What was not stored is lost with the process that read it.
            stored.delivered.truncate(stored.kept);
            parts[part] = stored.checkpoint.clone();
        }
    }
    (stored.delivered, in_order)
}

/// Waits for the end, or ends it early. Returns whether everything was read.
async fn killed_at_times(mut reading: JoinSet<Result<(), Error>>, service: &Service, random: &mut Random) -> bool {
    if !service.is_calm() && !random.one_in(3) {
        tokio::select! {
            biased;
            () = tokio::time::sleep(random.millis(1, 400)) => reading.abort_all(),
            Some(ended) = reading.join_next() => return ended.unwrap().is_ok(),
        }
    }
    match reading.join_next().await {
        Some(Ok(ended)) => ended.is_ok(),
        Some(Err(error)) if error.is_cancelled() => false,
        other => panic!("{other:?}"),
    }
}

/// Reads to the end, and stores what came after so many tasks each time.
async fn read(
    query: BatchTaskQuery,
    parts: usize,
    every: usize,
    stored: Arc<Mutex<Stored>>,
    pulse: Pulse,
) -> Result<(), Error> {
    let mut tasks = if parts > 1 { query.unordered(parts).await? } else { query.stream()? };
    if every == 333 && parts == 1 {
        return by_pages(tasks, &stored, &pulse).await;
    }
    let mut fresh = 0;
    loop {
        let next = tasks.try_next().await;
        let mut stored = stored.lock().unwrap();
        if let Ok(Some(task)) = &next {
            stored.delivered.push(task.task_id.clone());
            fresh += 1;
            if fresh < every {
                continue;
            }
        }
        fresh = 0;
        // As text, which is how it survives a process.
        stored.keep(tasks.checkpoint().to_string().parse().unwrap(), &pulse);
        if next?.is_none() {
            return Ok(());
        }
    }
}

async fn by_pages(tasks: BatchTaskStream, stored: &Mutex<Stored>, pulse: &Pulse) -> Result<(), Error> {
    let mut pages = tasks.pages();
    while let Some(page) = pages.next().await {
        let mut stored = stored.lock().unwrap();
        if let Ok(page) = &page {
            let ids = page.records.iter().map(|task| task.as_ref().unwrap().task_id.clone());
            stored.delivered.extend(ids);
        }
        stored.keep(pages.checkpoint(), pulse);
        page?;
    }
    Ok(())
}

fn query(service: &Service, random: &mut Random, selection: &Selection, resume: Option<Checkpoint>) -> BatchTaskQuery {
    let client = client(service, random);
    let mut query = if selection.all { client.all_batch_tasks() } else { client.batch_tasks(TYPES[0]) };
    if let Some(status) = &selection.status {
        query = query.status(status.clone());
    }
    if let Some(app_id) = selection.app_id {
        query = query.app_id(app_id);
    }
    if let Some(checkpoint) = resume {
        query = query.resume(checkpoint);
    }
    if random.one_in(2) {
        query = query.page_size(random.between(5, 50));
    }
    if random.one_in(2) {
        query = query.prefetch(random.between(0, 40));
    }
    if random.one_in(4) {
        query = query.prefetch_bytes(random.between(1, 200_000));
    }
    query
}

fn client(service: &Service, random: &mut Random) -> Client {
    let endpoint = service.simulator.endpoint();
    let credentials = match service.auth {
        Auth::AnyToken => Credentials::token("any"),
        Auth::Password => {
            let [account, user, password] = USER;
            Credentials::password(user, account, password).in_region("cn-north-4").iam_endpoint(&endpoint)
        }
        Auth::Signature(kind) => Credentials::aksk(KEY[0], KEY[1]).in_region("cn-north-4").algorithm(match kind {
            SignatureKind::Derived => SigningAlgorithm::Derived,
            _ => SigningAlgorithm::Basic,
        }),
    };
    let retry = RetryPolicy::default()
        .initial_backoff(random.millis(1, 10))
        .max_backoff(random.millis(10, 100))
        .max_attempts(random.between(1, 8) as u32)
        .max_elapsed(MAX_ELAPSED);
    let client = Client::builder().endpoint(endpoint).project_id("0a1b2c").credentials(credentials).retry(retry);
    let client = client.request_timeout(random.millis(400, 900));
    let client = if random.one_in(6) { client.rate_limit(random.between(50, 400) as f64) } else { client };
    client.ask_for_quota(random.one_in(2)).build().unwrap()
}
