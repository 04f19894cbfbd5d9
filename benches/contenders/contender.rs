//! The ways to read the list to its end. Each hands out every task, one by one, to a consumer that drops it.

use std::fmt;
use std::hint::black_box;
use std::pin::pin;

use aws_smithy_async::future::pagination_stream::{PaginationStream, TryFlatMap, fn_stream::FnStream};
use futures::{Stream, StreamExt, TryStreamExt};
use iotda_batch_tasks::{BatchTask, Marker, Page, TaskType};
use page_turner::prelude::*;

use crate::http::{Bare, Http, PAGE, Place};
use crate::plain::{Answer, Task};

/// Offsets 0, 50, ... 500 are allowed.
const WINDOW: usize = 11;

/// Who reads the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// Knows every marker beforehand, and keeps so many requests in flight in separate tasks. No client is faster with
    /// so many requests.
    Floor(usize),
    /// This crate as it is without any option.
    Default,
    /// This crate, which knows that the whole list is read.
    WholeList,
    /// This crate, so many pages ahead.
    Ours(usize),
    /// `page-turner`: the pages of a window at once by their offsets, then the next window.
    PageTurner,
    /// The paginator of the AWS SDK's runtime: marker by marker.
    Aws,
    /// A loop over markers in `try_stream!`.
    TryStream,
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Floor(ahead) => write!(f, "all markers known, {ahead} in flight"),
            Self::Default => f.write_str("iotda-batch-tasks, no options"),
            Self::WholeList => f.write_str("iotda-batch-tasks, whole_list()"),
            Self::Ours(ahead) => write!(f, "iotda-batch-tasks, prefetch {ahead}"),
            Self::PageTurner => write!(f, "page-turner, pages_ahead {WINDOW} a window"),
            Self::Aws => f.write_str("aws-smithy-async paginator"),
            Self::TryStream => f.write_str("try_stream! marker loop"),
        }
    }
}

impl Contender {
    /// Reads the list through `http`, of which the floor alone knows the `markers`; returns how many tasks there were.
    pub(crate) async fn read(self, http: Http, markers: &[Option<Marker>]) -> u64 {
        match self {
            Self::Floor(ahead) => count(floor(http.bare, markers.to_vec(), ahead)).await,
            Self::Default | Self::WholeList | Self::Ours(_) => {
                let query = http.ours.batch_tasks(TaskType::SoftwareUpgrade);
                let query = match self {
                    Self::WholeList => query.whole_list(),
                    Self::Ours(ahead) => query.prefetch(ahead),
                    _ => query,
                };
                count(query.stream().expect("all arguments keep the rules")).await
            }
            Self::PageTurner => page_turner(http.bare).await,
            Self::Aws => {
                let mut tasks = aws(http.bare);
                let mut read = 0;
                while let Some(task) = tasks.try_next().await.expect("a task") {
                    black_box(&task);
                    read += 1;
                }
                read
            }
            Self::TryStream => count(marker_loop(http.bare)).await,
        }
    }
}

async fn count<T, E: fmt::Debug>(tasks: impl Stream<Item = Result<T, E>>) -> u64 {
    let mut tasks = pin!(tasks);
    let mut read = 0;
    while let Some(task) = tasks.try_next().await.expect("a task") {
        black_box(&task);
        read += 1;
    }
    read
}

fn floor(
    bare: Bare,
    markers: Vec<Option<Marker>>,
    ahead: usize,
) -> impl Stream<Item = Result<BatchTask, impl fmt::Debug>> {
    let fetch = move |marker: Option<Marker>| {
        let bare = bare.clone();
        tokio::spawn(async move {
            let body = bare.body(&Place::after(marker.map(|marker| marker.to_string()))).await.expect("a body");
            Page::<BatchTask>::from_json(&body).expect("a page")
        })
    };
    let pages = futures::stream::iter(markers).map(fetch).buffered(ahead);
    pages.flat_map(|page| futures::stream::iter(page.expect("no panic").records))
}

async fn plain_page(bare: &Bare, place: &Place) -> Result<Answer, reqwest::Error> {
    let body = bare.body(place).await?;
    Ok(serde_json::from_slice(&body).expect("a page"))
}

/// What follows `answer`.
fn next(answer: &Answer) -> Option<Place> {
    (answer.batchtasks.len() == PAGE).then(|| Place::after(answer.page.marker.clone()))
}

fn marker_loop(bare: Bare) -> impl Stream<Item = Result<Task, reqwest::Error>> {
    async_stream::try_stream! {
        let mut place = Some(Place::default());
        while let Some(here) = place {
            let answer = plain_page(&bare, &here).await?;
            place = next(&answer);
            for task in answer.batchtasks {
                yield task;
            }
        }
    }
}

fn aws(bare: Bare) -> PaginationStream<Result<Task, reqwest::Error>> {
    let pages = FnStream::new(|sender| {
        Box::pin(async move {
            let mut place = Some(Place::default());
            while let Some(here) = place {
                let answer = plain_page(&bare, &here).await;
                place = answer.as_ref().ok().and_then(next);
                if sender.send(answer).await.is_err() {
                    return;
                }
            }
        })
    });
    TryFlatMap::new(PaginationStream::new(pages)).flat_map(|answer: Answer| answer.batchtasks)
}

impl RequestAhead for Place {
    fn next_request(&self) -> Self {
        Self { marker: self.marker.clone(), offset: self.offset + PAGE }
    }
}

impl PageTurner<Place> for Bare {
    type PageItems = Answer;
    type PageError = reqwest::Error;

    async fn turn_page(&self, place: Place) -> TurnedPageResult<Self, Place> {
        let answer = plain_page(self, &place).await?;
        Ok(match answer.batchtasks.len() {
            PAGE => TurnedPage::next(answer, place.next_request()),
            _ => TurnedPage::last(answer),
        })
    }
}

async fn page_turner(bare: Bare) -> u64 {
    let mut read = 0;
    let mut window = Some(Place::default());
    while let Some(place) = window.take() {
        let mut pages = pin!(bare.pages_ahead(WINDOW, Limit::Pages(WINDOW), place));
        while let Some(answer) = pages.try_next().await.expect("a page") {
            window = next(&answer);
            for task in answer.batchtasks {
                black_box(&task);
                read += 1;
            }
        }
    }
    read
}
