//! The log of requests and of their answers.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::HeaderMap;

use super::fault::Fault;
use super::query::Query;

/// Older requests are forgotten, so that a simulator may run for days.
const MOST_KEPT: usize = 200_000;

/// One request that the simulator saw.
#[derive(Clone)]
#[non_exhaustive]
pub struct SeenRequest {
    /// Its number among all requests of its service, IoTDA or IAM, counted from 1.
    pub number: u64,
    /// The method, such as `GET`.
    pub method: String,
    /// The path, as it came.
    pub path: String,
    /// Names and values of the query in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The status of the answer; `None` while there is none, and for ever where the connection was cut or the client
    /// went.
    pub status: Option<u16>,
    /// What went wrong on purpose.
    pub fault: Option<Fault>,
    /// How many bytes of the answer's body were handed to the connection.
    pub bytes: u64,
    /// When it arrived.
    pub started: Instant,
    /// When the last byte of the answer was handed to the connection, or when it was abandoned.
    pub ended: Option<Instant>,
    headers: HeaderMap,
}

impl SeenRequest {
    pub(super) fn new(number: u64, method: &str, path: &str, query: Query, headers: HeaderMap) -> Self {
        Self {
            number,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.0,
            status: None,
            fault: None,
            bytes: 0,
            started: Instant::now(),
            ended: None,
            headers,
        }
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header, if it is text. Secrets are shown as they came.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Without the headers, which may hold secrets.
impl fmt::Debug for SeenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenRequest")
            .field("number", &self.number)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("status", &self.status)
            .field("fault", &self.fault)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    kept: VecDeque<SeenRequest>,
    forgotten: u64,
    in_flight: usize,
    most_in_flight: usize,
}

impl Log {
    /// Enters a request, which is under way until the entry is dropped.
    pub(super) fn enter(self: &Arc<Self>, request: SeenRequest) -> Entry {
        let mut pages = self.pages();
        if pages.kept.len() == MOST_KEPT {
            pages.kept.pop_front();
            pages.forgotten += 1;
        }
        pages.in_flight += 1;
        pages.most_in_flight = pages.most_in_flight.max(pages.in_flight);
        let index = pages.forgotten + pages.kept.len() as u64;
        pages.kept.push_back(request);
        Entry { log: Arc::clone(self), index, bytes: 0 }
    }

    pub(super) fn requests(&self) -> Vec<SeenRequest> {
        self.pages().kept.iter().cloned().collect()
    }

    pub(super) fn count(&self) -> u64 {
        let pages = self.pages();
        pages.forgotten + pages.kept.len() as u64
    }

    pub(super) fn in_flight(&self) -> usize {
        self.pages().in_flight
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.pages().most_in_flight
    }

    pub(super) fn clear(&self) {
        let mut pages = self.pages();
        pages.forgotten += pages.kept.len() as u64;
        pages.kept.clear();
        pages.most_in_flight = pages.in_flight;
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log's entry of a request that is under way.
#[derive(Debug)]
pub(super) struct Entry {
    log: Arc<Log>,
    index: u64,
    bytes: u64,
}

impl Entry {
    pub(super) fn answered(&self, status: u16) {
        self.change(|request| request.status = Some(status));
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    fn change(&self, change: impl FnOnce(&mut SeenRequest)) {
        let mut pages = self.log.pages();
        let index = self.index.checked_sub(pages.forgotten);
        if let Some(request) = index.and_then(|index| pages.kept.get_mut(index as usize)) {
            change(request);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let bytes = self.bytes;
        self.change(|request| {
            request.bytes = bytes;
            request.ended = Some(Instant::now());
        });
        self.log.pages().in_flight -= 1;
    }
}
