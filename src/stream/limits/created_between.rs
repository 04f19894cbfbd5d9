//! The records of a time of creation: exactly, by what they say, and faster where their ids say the same.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use jiff::{SignedDuration, Timestamp};
use pin_project::pin_project;
use tokio::task::JoinSet;

use crate::error::Error;
use crate::paging::{Cursor, Identity, Marker, MarkerSource, PageRequest, PageSize};
use crate::source::Page;
use crate::stream::Checkpoint;
use crate::stream::list_source::{Answer, stopped};
use crate::stream::scan::Scan;

/// Ids and times of creation may differ so much and count as the same.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Which time of creation is read; both bounds are exclusive.
pub(in crate::stream) struct CreationBounds<T> {
    pub(in crate::stream) created: fn(&T) -> Option<Timestamp>,
    pub(in crate::stream) after: Option<Timestamp>,
    pub(in crate::stream) before: Option<Timestamp>,
    /// Whether ids may tell the time, as far as answers show that they do.
    pub(in crate::stream) trust_id_time: bool,
}

impl<T> Clone for CreationBounds<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for CreationBounds<T> {}

impl<T: Identity> CreationBounds<T> {
    pub(in crate::stream) fn contain(&self, record: &T) -> bool {
        let Some(created) = (self.created)(record) else { return false };
        self.after.is_none_or(|after| created > after) && self.before.is_none_or(|before| created < before)
    }

    /// Whether the record's id agrees with its time of creation; `None` where one of them is missing.
    fn id_has_time(&self, record: &T) -> Option<bool> {
        let created = (self.created)(record)?;
        let seconds = record.identity()?.parse::<Marker>().ok()?.value()? >> 64;
        let by_id = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
        Some(created.duration_since(by_id).abs() <= TOLERANCE)
    }

    /// Whether a record shows that ids do not contain the time.
    fn is_refuted_by(&self, record: &T) -> bool {
        match self.id_has_time(record) {
            Some(agrees) => !agrees,
            None => (self.created)(record).is_some(),
        }
    }

    /// Whether a page of the newest record shows that ids are markers and contain the time.
    fn is_shown_by(&self, page: &Page<T>) -> bool {
        let mut records = page.records.iter().flatten();
        MarkerSource::of(page.records.last(), page.marker) == MarkerSource::RecordId
            && records.next().is_some_and(|newest| self.id_has_time(newest) == Some(true))
    }

    /// The markers between which the time lies, with a minute to spare.
    fn markers(&self) -> (Option<Marker>, Option<Marker>) {
        let marker = |time: Option<Timestamp>, spare| marker_of(time?.checked_add(spare).ok()?);
        (marker(self.before, TOLERANCE), marker(self.after, -TOLERANCE))
    }

    /// What may be skipped of a list: what lies above the time and what lies below it.
    fn skipped(&self) -> Vec<Cursor> {
        let (above, below) = self.markers();
        let head = above.map(|above| Cursor::part(None, Some(above)));
        head.into_iter().chain(below.map(|below| Cursor::part(Some(below), None))).collect()
    }

    /// Whether a part that another stream skipped lies outside these bounds too.
    pub(in crate::stream) fn exclude(&self, part: &Cursor) -> bool {
        let (above, below) = self.markers();
        part.until().zip(above).is_some_and(|(until, above)| until >= above)
            || part.resumes_after().zip(below).is_some_and(|(after, below)| after <= below)
    }
}

/// The marker of this time: below it lie the records created before.
fn marker_of(time: Timestamp) -> Option<Marker> {
    let seconds = u128::try_from(time.as_second()).ok().filter(|seconds| seconds >> 32 == 0)?;
    Marker::from_value(seconds << 64)
}

/// Hands out the records of a time alone.
///
/// Where ids may be trusted, each list is probed first. One whose newest record's id is its marker and contains its time is
/// read between two markers made from the bounds. Its first page is checked before anything is handed out, and so is each
/// record afterwards; once one refutes it, what was skipped of the list is read too, after everything else.
#[pin_project]
#[must_use = "streams do nothing unless polled"]
pub(in crate::stream) struct CreatedBetween<T> {
    #[pin]
    scan: Scan<T>,
    bounds: Option<CreationBounds<T>>,
    phase: Phase<T>,
}

/// ```text
/// Probing ──each list has answered──> FirstPages ──none refutes──> Reading
/// ```
enum Phase<T> {
    /// Each list is probed for whether its ids can be trusted.
    Probing(Probes<T>),
    /// Nothing was handed out yet. Of each lane, what is skipped.
    FirstPages(Vec<Vec<Cursor>>),
    /// Of each lane, what is skipped.
    Reading(Vec<Vec<Cursor>>),
}

impl<T: Identity + Send + 'static> CreatedBetween<T> {
    /// The records of `scan` within the bounds. `skipped` are the parts of each lane that a stream before it skipped;
    /// `None` where this one begins at the head of whole lists.
    pub(in crate::stream) fn new(
        scan: Scan<T>,
        bounds: Option<CreationBounds<T>>,
        skipped: Option<Vec<Vec<Cursor>>>,
    ) -> Self {
        let phase = match skipped {
            None if bounds.is_some_and(|bounds| bounds.trust_id_time) => Phase::Probing(Probes::default()),
            skipped => Phase::Reading(skipped.unwrap_or_default()),
        };
        Self { scan, bounds, phase }
    }

    pub(in crate::stream) fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut Scan<T>> {
        self.project().scan
    }
}

impl<T: Identity> CreatedBetween<T> {
    pub(in crate::stream) fn get_ref(&self) -> &Scan<T> {
        &self.scan
    }

    /// See [`Scan::checkpoint`].
    pub(in crate::stream) fn checkpoint(&self, again: Option<&T>) -> Checkpoint {
        let mut checkpoint = self.scan.checkpoint(again);
        if let Phase::FirstPages(skipped) | Phase::Reading(skipped) = &self.phase {
            for (lane, parts) in self.scan.lanes().iter().zip(skipped) {
                checkpoint.skip(lane.list().name(), parts);
            }
        }
        checkpoint
    }
}

impl<T: Identity + Send + 'static> Stream for CreatedBetween<T> {
    type Item = Result<T, Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.bounds {
            Some(bounds) => self.poll_bounded(bounds, cx),
            None => self.project().scan.poll_next(cx),
        }
    }

    /// What is at hand may be passed over.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let (lower, upper) = self.scan.size_hint();
        (if self.bounds.is_some() { 0 } else { lower }, upper)
    }
}

impl<T: Identity + Send + 'static> CreatedBetween<T> {
    /// The next record within the bounds.
    fn poll_bounded(
        self: Pin<&mut Self>,
        bounds: CreationBounds<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        let mut this = self.project();
        let bounds = &bounds;
        loop {
            match this.phase {
                Phase::Probing(probes) => {
                    let trusted = match ready!(probes.poll(this.scan.as_mut().get_mut(), bounds, cx)) {
                        Ok(trusted) => trusted,
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    };
                    *this.phase = Phase::FirstPages(narrow(&mut this.scan, bounds, &trusted));
                }
                Phase::FirstPages(skipped) => {
                    if let Some(Err(error)) = ready!(this.scan.poll_lane(cx)) {
                        return Poll::Ready(Some(Err(error)));
                    }
                    if !widen(&mut this.scan, bounds, skipped) {
                        *this.phase = Phase::Reading(std::mem::take(skipped));
                    }
                }
                Phase::Reading(skipped) => {
                    let item = ready!(this.scan.as_mut().poll_next(cx));
                    let Some(Ok(record)) = &item else { return Poll::Ready(item) };
                    read_skipped(&mut this.scan, bounds, skipped, record);
                    if bounds.contain(record) {
                        return Poll::Ready(item);
                    }
                }
            }
        }
    }
}

/// Restarts the trusted lists at the markers of the bounds; returns what is skipped of each.
fn narrow<T: Identity + Send + 'static>(
    scan: &mut Scan<T>,
    bounds: &CreationBounds<T>,
    trusted: &[bool],
) -> Vec<Vec<Cursor>> {
    let (above, below) = bounds.markers();
    let skip = |(lane, trusted): (usize, &bool)| {
        if !trusted {
            return Vec::new();
        }
        scan.restart(lane, Cursor::part(above, below));
        bounds.skipped()
    };
    trusted.iter().enumerate().map(skip).collect()
}

/// Restarts the lists whose first page refutes that ids tell the time, as whole lists; returns whether there were any.
fn widen<T: Identity + Send + 'static>(
    scan: &mut Scan<T>,
    bounds: &CreationBounds<T>,
    skipped: &mut [Vec<Cursor>],
) -> bool {
    let is_refuted = |lane: usize| {
        let lane = &scan.lanes()[lane];
        lane.marker_source() == MarkerSource::Opaque || lane.at_hand().any(|record| bounds.is_refuted_by(record))
    };
    let lanes = skipped.iter().enumerate().filter(|(_, parts)| !parts.is_empty()).map(|(lane, _)| lane);
    let refuted: Vec<_> = lanes.filter(|lane| is_refuted(*lane)).collect();
    for lane in &refuted {
        skipped[*lane].clear();
        scan.restart(*lane, Cursor::default());
    }
    !refuted.is_empty()
}

/// Has what was skipped of the record's list read too, where the record or its page refutes that ids tell the time.
fn read_skipped<T: Identity + Send + 'static>(
    scan: &mut Scan<T>,
    bounds: &CreationBounds<T>,
    skipped: &mut [Vec<Cursor>],
    record: &T,
) {
    let index = scan.last();
    let Some(parts) = skipped.get_mut(index).filter(|parts| !parts.is_empty()) else { return };
    let lane = &scan.lanes()[index];
    if bounds.is_refuted_by(record) || lane.marker_source() == MarkerSource::Opaque {
        tracing::warn!(list = %lane.list().name(), "ids do not tell the time of creation: the whole list is read");
        scan.read_later(parts.drain(..).map(|part| (index, part)));
    }
}

/// One small request a list, in separate tasks.
struct Probes<T> {
    tasks: JoinSet<(usize, Answer<T>)>,
    started: usize,
    trusted: Vec<bool>,
}

impl<T> Default for Probes<T> {
    fn default() -> Self {
        Self { tasks: JoinSet::new(), started: 0, trusted: Vec::new() }
    }
}

impl<T: Identity + Send + 'static> Probes<T> {
    /// Whether each list's ids are trusted, once all have answered.
    fn poll(
        &mut self,
        scan: &mut Scan<T>,
        bounds: &CreationBounds<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<bool>, Error>> {
        let request = PageRequest::after(None, PageSize::MIN);
        loop {
            while self.started < scan.lanes().len() && self.tasks.len() < scan.most_in_flight() {
                let lane = self.started;
                let answer = scan.lanes()[lane].list().fetch(request);
                self.tasks.spawn(async move { (lane, answer.await) });
                scan.count_request(lane);
                self.trusted.push(false);
                self.started += 1;
            }
            let (lane, answer) = match ready!(self.tasks.poll_join_next(cx)) {
                None => return Poll::Ready(Ok(std::mem::take(&mut self.trusted))),
                Some(Ok(answer)) => answer,
                Some(Err(error)) => (0, Err(stopped(error))),
            };
            let list = scan.lanes()[lane].list();
            match answer {
                Ok(fetched) => self.trusted[lane] = bounds.is_shown_by(&fetched.page),
                // The scan finds that out by itself.
                Err(failure) if list.is_left_out(&failure) => {}
                Err(failure) => return Poll::Ready(Err(list.error(request, failure))),
            }
        }
    }
}
