//! The model list as a `PageSource`, with a latency, edits and faults, and a log of what was asked.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use iotda_batch_tasks::{
    FailureKind, Fetched, Marker, NamedSource, Page, PageRequest, PageSource, SourceError, StreamOptions,
};

use super::{Edit, List, Random, Record};

type Fault = Box<dyn FnMut(usize, &PageRequest) -> Option<SourceError> + Send>;

pub(crate) struct World {
    pub(crate) list: List,
    pub(crate) asked: Vec<PageRequest>,
    pub(crate) in_flight: usize,
    pub(crate) most_in_flight: usize,
    /// One edit every so many requests; 0 for none.
    pub(crate) edit_every: usize,
    /// An edit with each request, until there are no more.
    pub(crate) edits: VecDeque<Edit>,
    pub(crate) page_bytes: usize,
    pub(crate) throttled: bool,
    /// The markers handed out, where the service refuses all others.
    pub(crate) knows: Option<HashSet<Marker>>,
    pub(crate) refused: usize,
    random: Random,
    fault: Fault,
}

/// A source over a list that tests can look at and edit while it is read.
#[derive(Clone)]
pub(crate) struct ModelSource {
    world: Arc<Mutex<World>>,
    latency: Duration,
}

impl ModelSource {
    pub(crate) fn new(list: List, latency: Duration) -> Self {
        let world = World {
            list,
            asked: Vec::new(),
            in_flight: 0,
            most_in_flight: 0,
            edit_every: 0,
            edits: VecDeque::new(),
            page_bytes: 0,
            throttled: false,
            knows: None,
            refused: 0,
            random: Random::new(7),
            fault: Box::new(|_, _| None),
        };
        Self { world: Arc::new(Mutex::new(world)), latency }
    }

    pub(crate) fn of_length(length: usize) -> Self {
        Self::new(List::new(length), Duration::from_millis(20))
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// `fault` gets the number of the request, from 1, and the request.
    pub(crate) fn with_fault(
        self,
        fault: impl FnMut(usize, &PageRequest) -> Option<SourceError> + Send + 'static,
    ) -> Self {
        self.world().fault = Box::new(fault);
        self
    }

    pub(crate) fn requests(&self) -> usize {
        self.world().asked.len()
    }
}

/// Lists called `type0`, `type1` and so on; the second is optional.
pub(crate) fn named<S>(sources: Vec<S>) -> Vec<NamedSource<S>> {
    let list = |(index, source)| NamedSource { name: format!("type{index}"), source, optional: index == 1 };
    sources.into_iter().enumerate().map(list).collect()
}

pub(crate) fn broken() -> SourceError {
    SourceError::new(FailureKind::Status, "status 500").with_status(500).with_retryable(true)
}

/// Counts a request as under way until it ends or is aborted.
struct UnderWay(Arc<Mutex<World>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap().in_flight -= 1;
    }
}

impl PageSource<Record> for ModelSource {
    async fn fetch(&self, request: PageRequest) -> Result<Page<Record>, SourceError> {
        self.fetch_measured(request).await.map(|fetched| fetched.page)
    }

    async fn fetch_measured(&self, request: PageRequest) -> Result<Fetched<Record>, SourceError> {
        let (_under_way, fault) = {
            let mut world = self.world();
            world.asked.push(request);
            world.in_flight += 1;
            world.most_in_flight = world.most_in_flight.max(world.in_flight);
            let number = world.asked.len();
            if world.edit_every > 0 && number.is_multiple_of(world.edit_every) {
                let World { list, random, .. } = &mut *world;
                list.edit(random);
            }
            if let Some(edit) = world.edits.pop_front() {
                world.list.apply(edit);
            }
            let fault = (world.fault)(number, &request);
            (UnderWay(Arc::clone(&self.world)), fault)
        };
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let mut world = self.world();
        if let Some(fault) = fault {
            return Err(fault);
        }
        let refused = || SourceError::new(FailureKind::Status, "marker out of range").with_status(400);
        if request.marker.is_some_and(|marker| !world.list.markers.accept(marker)) {
            return Err(refused());
        }
        let page = world.list.answer(&request);
        if let Some(known) = &mut world.knows {
            if request.marker.is_some_and(|marker| !known.contains(&marker)) {
                world.refused += 1;
                return Err(refused());
            }
            known.extend(page.marker);
        }
        Ok(Fetched::new(page).with_bytes(world.page_bytes).with_throttled(world.throttled))
    }
}

/// Sets a depth of the read-ahead, unless it adapts, and whether all of the list is said to be read.
pub(crate) fn with_read_ahead(options: StreamOptions, prefetch: Option<usize>, whole_list: bool) -> StreamOptions {
    let options = if let Some(pages) = prefetch { options.prefetch(pages) } else { options };
    if whole_list { options.whole_list() } else { options }
}
