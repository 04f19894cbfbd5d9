//! The README's comparison with alternatives, row by row: each reads the same list, in memory and on a paused clock.
//!
//! The official SDKs have no paginator, so their row is the marker loop; `crates/cli/tests/it/python_sdk.rs` holds one of them to it.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_async::future::pagination_stream::{PaginationStream, TryFlatMap, fn_stream::FnStream};
use futures::{Stream, StreamExt, TryStreamExt};
use iotda_batch_tasks::{
    BatchTask, BatchTaskStream, FailureKind, Page, PageRequest, PageSource, SourceError, StreamOptions,
};
use page_turner::prelude::*;
use tokio::time::{Instant, sleep};

const PAGE: usize = 50;
/// Offsets 0, 50, ... 500 are allowed.
const WINDOW: usize = 11;
const REQUEST: Duration = Duration::from_millis(20);

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// Page after page along the markers, as people write it by hand, with an official SDK too.
    MarkerLoop,
    /// As the vendor's Terraform data source: how many records there were so far is the next offset, without a marker.
    Terraform,
    /// `page-turner`: the pages of a window at once by their offsets, then the next window.
    Turner,
    /// The paginator of the AWS SDK's runtime.
    Aws,
    Ours,
}

use Reader::{Aws, MarkerLoop, Ours, Terraform, Turner};

/// What happens to the list before every other request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    Nothing,
    DeleteNewest,
    Create,
}

struct State {
    /// Newest first.
    list: Vec<u32>,
    edit: Edit,
    asked: usize,
    in_flight: usize,
    most_in_flight: usize,
}

/// A service that keeps the rules of the list.
#[derive(Clone)]
struct Service(Arc<Mutex<State>>);

/// A page of ids, and where the next one begins.
#[derive(Clone)]
struct Answer {
    ids: Vec<u32>,
    marker: Option<u32>,
}

#[derive(Clone, Debug, Default)]
struct Place {
    marker: Option<u32>,
    offset: usize,
}

impl Service {
    fn new(tasks: u32, edit: Edit) -> Self {
        let list = (1..=tasks).rev().collect();
        Self(Arc::new(Mutex::new(State { list, edit, asked: 0, in_flight: 0, most_in_flight: 0 })))
    }

    async fn page(&self, place: &Place) -> Result<Answer, String> {
        let answer = self.arrive(place)?;
        sleep(REQUEST).await;
        self.0.lock().unwrap().in_flight -= 1;
        Ok(answer)
    }

    fn arrive(&self, place: &Place) -> Result<Answer, String> {
        if place.offset > 500 {
            return Err(format!("offset {} is out of range", place.offset));
        }
        let mut state = self.0.lock().unwrap();
        state.asked += 1;
        match state.edit {
            _ if state.asked.is_multiple_of(2) => {}
            Edit::Nothing => {}
            Edit::DeleteNewest => drop(state.list.remove(0)),
            Edit::Create => {
                let next = state.list[0] + 1;
                state.list.insert(0, next);
            }
        }
        state.in_flight += 1;
        state.most_in_flight = state.most_in_flight.max(state.in_flight);
        let below = |id: &&u32| place.marker.is_none_or(|marker| **id < marker);
        let ids: Vec<u32> = state.list.iter().filter(below).skip(place.offset).take(PAGE).copied().collect();
        Ok(Answer { marker: ids.last().copied(), ids })
    }

    fn ids(&self) -> BTreeSet<u32> {
        self.0.lock().unwrap().list.iter().copied().collect()
    }
}

fn next(answer: &Answer) -> Option<Place> {
    answer.marker.map(|marker| Place { marker: Some(marker), offset: 0 })
}

impl Reader {
    /// Every task as it comes.
    fn read(self, service: &Service) -> Pin<Box<dyn Stream<Item = Result<u32, String>>>> {
        let service = service.clone();
        match self {
            MarkerLoop => Box::pin(async_stream::try_stream! {
                let mut place = Some(Place::default());
                while let Some(here) = place {
                    let answer = service.page(&here).await?;
                    place = next(&answer);
                    for id in answer.ids {
                        yield id;
                    }
                }
            }),
            Terraform => Box::pin(async_stream::try_stream! {
                let mut place = Place::default();
                loop {
                    let answer = service.page(&place).await?;
                    if answer.ids.is_empty() {
                        break;
                    }
                    place.offset += answer.ids.len();
                    for id in answer.ids {
                        yield id;
                    }
                }
            }),
            Turner => Box::pin(async_stream::try_stream! {
                let mut window = Some(Place::default());
                while let Some(place) = window.take() {
                    let mut pages = std::pin::pin!(service.pages_ahead(WINDOW, Limit::Pages(WINDOW), place));
                    while let Some(answer) = pages.try_next().await? {
                        window = next(&answer);
                        for id in answer.ids {
                            yield id;
                        }
                    }
                }
            }),
            Aws => {
                let pages = FnStream::new(|sender| {
                    Box::pin(async move {
                        let mut place = Some(Place::default());
                        while let Some(here) = place {
                            let answer = service.page(&here).await;
                            place = answer.as_ref().ok().and_then(next);
                            if sender.send(answer).await.is_err() {
                                return;
                            }
                        }
                    })
                });
                let mut ids = TryFlatMap::new(PaginationStream::new(pages)).flat_map(|answer: Answer| answer.ids);
                Box::pin(async_stream::stream! {
                    while let Some(id) = ids.next().await {
                        yield id;
                    }
                })
            }
            Ours => {
                let tasks = BatchTaskStream::from_source(service, StreamOptions::new().prefetch(WINDOW)).unwrap();
                Box::pin(tasks.map_ok(|task| number(&task)).map_err(|error| error.to_string()))
            }
        }
    }
}

fn number(task: &BatchTask) -> u32 {
    u32::from_str_radix(&task.task_id, 16).unwrap()
}

impl PageSource<BatchTask> for Service {
    async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
        let marker = request.marker.map(|marker| u32::from_str_radix(marker.as_str(), 16).unwrap_or(u32::MAX));
        let place = Place { marker, offset: request.offset.get() };
        let answer = self.page(&place).await.map_err(|error| SourceError::new(FailureKind::Status, error))?;
        let id = |number: u32| format!("{number:024x}");
        let marker = answer.marker.map(|marker| id(marker).parse().unwrap());
        let count = self.0.lock().unwrap().list.len() as u64;
        Ok(Page::new(
            answer.ids.into_iter().map(|number| Ok(BatchTask::new(id(number)))).collect(),
            marker,
            Some(count),
        ))
    }
}

impl RequestAhead for Place {
    fn next_request(&self) -> Self {
        Self { marker: self.marker, offset: self.offset + PAGE }
    }
}

impl PageTurner<Place> for Service {
    type PageItems = Answer;
    type PageError = String;

    async fn turn_page(&self, request: Place) -> TurnedPageResult<Self, Place> {
        let answer = self.page(&request).await?;
        let is_last = answer.ids.len() < PAGE;
        let further = request.next_request();
        Ok(if is_last { TurnedPage::last(answer) } else { TurnedPage::next(answer, further) })
    }
}

/// How many tasks that were there throughout did not come, and how many came again.
async fn lost_and_doubled(reader: Reader, edit: Edit) -> (usize, usize) {
    let service = Service::new(300, edit);
    let before = service.ids();
    let read: Vec<u32> = reader.read(&service).try_collect().await.unwrap();
    let seen: BTreeSet<u32> = read.iter().copied().collect();
    let stayed: BTreeSet<u32> = before.intersection(&service.ids()).copied().collect();
    (stayed.difference(&seen).count(), read.len() - seen.len())
}

#[tokio::test(start_paused = true)]
async fn row_by_row_past_the_largest_offset() {
    for (reader, reads_all) in [(MarkerLoop, true), (Terraform, false), (Turner, true), (Aws, true), (Ours, true)] {
        let read: Result<Vec<u32>, String> = reader.read(&Service::new(2000, Edit::Nothing)).try_collect().await;
        match read {
            Ok(ids) => assert!(reads_all && ids.into_iter().eq((1..=2000).rev()), "{reader:?}"),
            Err(error) => assert!(!reads_all && error.contains("offset 550 is out of range"), "{reader:?}: {error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn row_by_row_while_the_list_is_edited() {
    for (reader, is_exact) in [(MarkerLoop, true), (Terraform, false), (Turner, false), (Aws, true), (Ours, true)] {
        let (lost, doubled) = lost_and_doubled(reader, Edit::DeleteNewest).await;
        assert_eq!((lost == 0, doubled), (is_exact, 0), "{reader:?}: {lost} lost");
        let (lost, doubled) = lost_and_doubled(reader, Edit::Create).await;
        assert_eq!((lost, doubled == 0), (0, is_exact), "{reader:?}: {doubled} doubled");
    }
}

#[tokio::test(start_paused = true)]
async fn row_by_row_requests_at_once() {
    for (reader, at_once) in [(MarkerLoop, 1), (Turner, WINDOW), (Aws, 1), (Ours, WINDOW)] {
        let service = Service::new(2000, Edit::Nothing);
        let read: Vec<u32> = reader.read(&service).try_collect().await.unwrap();
        assert_eq!((read.len(), service.0.lock().unwrap().most_in_flight), (2000, at_once), "{reader:?}");
    }
}

/// A consumer that takes as long for a page as the service does, and does not poll meanwhile: the time of the whole,
/// in hundredths of the consumer's own.
async fn time_of_a_busy_consumer(reader: Reader) -> u128 {
    let service = Service::new(5000, Edit::Nothing);
    let mut tasks = reader.read(&service);
    let began = Instant::now();
    let mut taken = 0;
    while let Some(id) = tasks.next().await {
        id.unwrap();
        taken += 1;
        if taken % PAGE == 0 {
            sleep(REQUEST).await;
        }
    }
    let own = REQUEST * 100;
    began.elapsed().as_millis() * 100 / own.as_millis()
}

#[tokio::test(start_paused = true)]
async fn row_by_row_ahead_of_a_consumer_that_does_not_poll() {
    for (reader, hundredths) in [(MarkerLoop, 195..=205), (Turner, 105..=115), (Aws, 195..=205), (Ours, 100..=103)] {
        let time = time_of_a_busy_consumer(reader).await;
        assert!(hundredths.contains(&time), "{reader:?}: {time}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_by_row_stopped_at_the_73rd_task() {
    // A loop knows the markers that it was given: the one before the page, or the one after it.
    let service = Service::new(200, Edit::Nothing);
    let read: Vec<u32> = MarkerLoop.read(&service).take(73).try_collect().await.unwrap();
    let again = service.page(&Place { marker: Some(151), offset: 0 }).await.unwrap().ids;
    assert_eq!(read.iter().filter(|id| again.contains(id)).count(), 23);

    let mut tasks = BatchTaskStream::from_source(service.clone(), StreamOptions::new()).unwrap();
    let read: Vec<u32> = tasks.by_ref().take(73).map_ok(|task| number(&task)).try_collect().await.unwrap();
    let options = StreamOptions::new().resume(tasks.checkpoint());
    let rest = BatchTaskStream::from_source(service, options).unwrap();
    let rest: Vec<u32> = rest.map_ok(|task| number(&task)).try_collect().await.unwrap();
    assert_eq!((read.last(), rest.first(), rest.len()), (Some(&128), Some(&127), 127));
}
