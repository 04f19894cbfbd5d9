//! On a paused clock, over lists in memory.

mod ends;
mod reading;

use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::stream::Parts;
use super::task_head::TaskHead;
use super::*;
use crate::decode::{self, ListShape};
use crate::stream::{Checkpoint, RecordStream, StreamOptions};
use crate::{Error, FailureKind, Page, PageRequest, PageSource, SourceError};

const LATENCY: Duration = Duration::from_millis(20);

/// The sub-tasks of all tasks, by the task and by their hidden ids.
#[derive(Default)]
struct Service {
    tasks: Vec<String>,
    rows: BTreeMap<String, BTreeMap<u64, (String, &'static str)>>,
    requests: usize,
    in_flight: usize,
    most_in_flight: usize,
    filters: bool,
    /// Takes away a row with each request.
    edits: bool,
    fails: Option<(usize, u16)>,
    /// Which tasks no request can be made for, and which cannot be read.
    unopenable: HashSet<String>,
    unreadable: HashSet<String>,
    /// The lists whose first answer says nothing, until it was given.
    silent: HashSet<String>,
    task_requests: usize,
}

type Shared = Arc<Mutex<Service>>;

fn service(rows: impl IntoIterator<Item = usize>) -> Shared {
    let mut service = Service { filters: true, ..Service::default() };
    for (task, rows) in rows.into_iter().enumerate() {
        let id = format!("{:024x}", 1_000_000 - task);
        let status = |row: usize| if row.is_multiple_of(3) { "Fail" } else { "Success" };
        let of_task = (0..rows).map(|row| ((rows - row) as u64 * 16, (format!("{task}-{row}"), status(row))));
        service.rows.insert(id.clone(), of_task.collect());
        service.tasks.push(id);
    }
    Arc::new(Mutex::new(service))
}

struct Rows {
    service: Shared,
    task: String,
    status: Option<String>,
}

struct Tasks(Shared);

struct UnderWay(Shared);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap().in_flight -= 1;
    }
}

impl PageSource<TaskDetail> for Rows {
    async fn fetch(&self, request: PageRequest) -> Result<Page<TaskDetail>, SourceError> {
        let _under_way = {
            let mut service = self.service.lock().unwrap();
            service.requests += 1;
            service.in_flight += 1;
            service.most_in_flight = service.most_in_flight.max(service.in_flight);
            if service.edits {
                let number = service.requests as u64;
                let rows = service.rows.get_mut(&self.task).unwrap();
                let gone = rows.keys().copied().nth(number as usize * 7 % rows.len().max(1));
                gone.map(|gone| rows.remove(&gone));
            }
            UnderWay(Arc::clone(&self.service))
        };
        tokio::time::sleep(LATENCY).await;
        let mut service = self.service.lock().unwrap();
        if service.silent.remove(&self.task) {
            return Ok(Page::new(Vec::new(), None, None));
        }
        let failed = |status| {
            let code = Some("IOTDA.000006".to_owned());
            SourceError::new(FailureKind::Status, "refused").with_status(status).with_service_error(code, None)
        };
        if let Some((from, status)) = service.fails
            && service.requests >= from
        {
            return Err(failed(status));
        }
        if self.status.is_some() && !service.filters {
            return Err(failed(400));
        }
        let Some(rows) = service.rows.get(&self.task) else { return Err(failed(404)) };
        let below = request.marker.map_or(u64::MAX, |marker| marker.value().unwrap() as u64);
        let has = |status: &str| self.status.as_ref().is_none_or(|wanted| wanted == status);
        let mut found = rows.range(..below).rev().filter(|(_, (_, status))| has(status));
        let page: Vec<_> = found.by_ref().skip(request.offset.get()).take(request.limit.get()).collect();
        let marker = page.last().map(|(id, _)| format!("{id:024x}").parse().unwrap());
        let row = |(_, (target, status)): (&u64, &(String, &str))| {
            Ok(TaskDetail { target: Some(target.clone()), status: Some((*status).to_owned()), ..TaskDetail::default() })
        };
        Ok(Page::new(page.into_iter().map(row).collect(), marker, None))
    }
}

impl PageSource<TaskHead> for Tasks {
    async fn fetch(&self, request: PageRequest) -> Result<Page<TaskHead>, SourceError> {
        tokio::time::sleep(LATENCY).await;
        let mut service = self.0.lock().unwrap();
        service.task_requests += 1;
        if service.silent.remove("tasks") {
            return Ok(Page::new(Vec::new(), None, None));
        }
        let below = |id: &&String| request.marker.is_none_or(|marker| ***id < *marker.as_str());
        let ids = service.tasks.iter().filter(below).skip(request.offset.get()).take(request.limit.get());
        let name = |id: &String| if service.unreadable.contains(id) { "7" } else { r#""n""# };
        let row = |id: &String| format!(r#"{{"task_id":"{id}","task_name":{},"targets":["x"]}}"#, name(id));
        let rows: Vec<String> = ids.map(row).collect();
        let marker = rows.last().map(|row| format!(r#""marker":"{}","#, &row[12..36])).unwrap_or_default();
        let count = service.tasks.len();
        let body = format!(r#"{{"batchtasks":[{}],"page":{{{marker}"count":{count}}}}}"#, rows.join(","));
        Ok(decode::page(body.as_bytes(), &ListShape::BATCH_TASKS).unwrap())
    }
}

struct How {
    status: Option<&'static str>,
    order: SubTaskOrder,
    prefetch: usize,
    bytes: usize,
}

const ALL: How = How { status: None, order: SubTaskOrder::OfTasks, prefetch: 11, bytes: 1 << 26 };
const ORDERS: [SubTaskOrder; 2] = [SubTaskOrder::OfTasks, SubTaskOrder::AsTheyCome];

fn stream(service: &Shared, how: &How, resume: Option<SubTaskCheckpoint>) -> SubTaskStream {
    let tasks = StreamOptions::new().list("tasks");
    let tasks = match &resume {
        Some(resume) => tasks.resume(resume.tasks.clone()),
        None => tasks,
    };
    let tasks = RecordStream::from_source(Tasks(Arc::clone(service)), tasks).unwrap();
    let status = how.status.map(str::to_owned);
    let (shared, wanted) = (Arc::clone(service), status.clone());
    let open = move |task: &str, is_filtered: bool, resume: Option<Checkpoint>| -> Result<_, Error> {
        if shared.lock().unwrap().unopenable.contains(task) {
            return Err(crate::ArgumentError::new("task_id", task, "one that a request can carry").into());
        }
        let status = wanted.clone().filter(|_| is_filtered);
        let mut options = StreamOptions::new().prefetch(0).list(format!("{task} {status:?}"));
        if let Some(checkpoint) = resume {
            options = options.resume(checkpoint);
        }
        RecordStream::from_source(Rows { service: Arc::clone(&shared), task: task.to_owned(), status }, options)
    };
    let How { order, prefetch, bytes: prefetch_bytes, .. } = *how;
    let parts = Parts { open: Box::new(open), selected: None, status, order, prefetch, prefetch_bytes };
    SubTaskStream::new(tasks, parts, resume).unwrap()
}

async fn next(stream: &mut SubTaskStream) -> Option<Result<String, Error>> {
    let item = std::future::poll_fn(|cx| futures_core::Stream::poll_next(Pin::new(&mut *stream), cx)).await?;
    Some(item.map(|row| row.detail.target.unwrap()))
}

async fn take(stream: &mut SubTaskStream, most: usize) -> Vec<String> {
    let mut rows = Vec::new();
    while rows.len() < most
        && let Some(row) = next(stream).await
    {
        rows.push(row.unwrap());
    }
    rows
}

/// The targets of all rows, in the order of tasks.
fn expected(service: &Shared, status: Option<&str>) -> Vec<String> {
    let service = service.lock().unwrap();
    let rows = service.tasks.iter().filter_map(|task| service.rows.get(task)).flat_map(|rows| rows.values().rev());
    rows.filter(|(_, found)| status.is_none_or(|status| status == *found)).map(|(target, _)| target.clone()).collect()
}

/// Rows of one task stay in their order.
fn by_task(rows: &[String]) -> BTreeMap<&str, Vec<&str>> {
    let mut tasks = BTreeMap::<&str, Vec<&str>>::new();
    rows.iter().for_each(|row| tasks.entry(row.split_once('-').unwrap().0).or_default().push(row));
    tasks
}

#[track_caller]
fn assert_exact(order: SubTaskOrder, found: &[String], expected: &[String], case: impl std::fmt::Debug) {
    let is_exact = match order {
        SubTaskOrder::OfTasks => found == expected,
        SubTaskOrder::AsTheyCome => by_task(found) == by_task(expected),
    };
    let wrong = found.iter().zip(expected).find(|(found, expected)| found != expected);
    assert!(is_exact, "{order:?}, {case:?}: {} of {}, first {wrong:?}", found.len(), expected.len());
}
