//! Where the part of a list that is read ends within a page.

use std::collections::VecDeque;

use crate::cursor::has_reached;
use crate::end_probe::HeldPage;
use crate::layout::{Layout, MarkerSource};
use crate::overlap::RunEnd;
use crate::question::Question;
use crate::{Identity, Marker, Page, PageRequest, PageSize, Ticket};

/// How many records of a page belong to the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clip {
    /// All, and more may follow.
    All,
    /// All, and the part ends with them.
    Last,
    /// The first of them; the part ends within the page.
    Within(usize),
    /// Some, and smaller pages show which.
    Refine,
    /// It has one record, which may lie below the end of the part.
    Probe,
}

/// Clips the records of a page, which ends at `end`, at the end of the part.
///
/// A returned marker shows on which side of the boundary a page ends. Within a page ids show it, where answers have
/// shown that ids are markers; elsewhere smaller pages do, whose ends are markers.
pub(crate) fn clip<R: Identity>(records: &VecDeque<R>, end: &RunEnd, until: Option<Marker>, layout: &Layout) -> Clip {
    let Some(until) = until else { return Clip::All };
    match end.marker() {
        Some(marker) if marker == until => return Clip::Last,
        Some(marker) if !has_reached(marker, until) => return Clip::All,
        _ => {}
    }
    let id = |record: &R| record.identity().and_then(|id| id.parse::<Marker>().ok());
    let are_markers = layout.marker_source() == MarkerSource::RecordId;
    let ids = records.iter().map(id).collect::<Option<Vec<_>>>().filter(|_| are_markers);
    match (ids, end.marker()) {
        (Some(ids), marker) => match ids.iter().take_while(|id| **id >= until).count() {
            // Without a marker more may follow, above the boundary too.
            all if all == ids.len() && marker.is_none() => Clip::All,
            within => Clip::Within(within),
        },
        (None, _) if records.len() > 1 => Clip::Refine,
        (None, Some(_)) => Clip::Within(0),
        (None, None) => Clip::Probe,
    }
}

/// Finds out whether the one record of a page without a marker lies above the boundary.
///
/// First the records below the boundary are requested. If it is not among them, its own page is requested again: only if
/// it is still there was it missing below the boundary because it lies above. A record that leaves the filter and
/// re-enters it just between these answers may come in both parts.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) struct BoundaryProbe<R> {
    held: HeldPage<R>,
    step: Step,
    question: Question,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(Hash))]
enum Step {
    Below,
    Again,
}

/// What the answers show.
pub(crate) enum BoundaryVerdict<R> {
    /// The record belongs to the part, and is its last.
    Above(HeldPage<R>),
    /// The record belongs to the next part. The ticket is that of its page.
    Below(Ticket),
    /// Another answer has to come first.
    Undecided(BoundaryProbe<R>),
    /// The record is gone: the page has to be read again. The ticket is that of its page.
    Lost(Ticket),
}

impl<R: Identity> BoundaryProbe<R> {
    pub(crate) fn new(held: HeldPage<R>, until: Marker) -> Self {
        let question = Question::new(PageRequest::after(Some(until), PageSize::MAX));
        Self { held, step: Step::Below, question }
    }

    pub(crate) fn question(&self) -> &Question {
        &self.question
    }

    pub(crate) fn question_mut(&mut self) -> &mut Question {
        &mut self.question
    }

    /// The ticket of the page that is held.
    pub(crate) fn held_ticket(&self) -> Ticket {
        self.held.ticket
    }

    pub(crate) fn judge(mut self, page: &Page<R>) -> BoundaryVerdict<R> {
        let is_there = match self.held.last() {
            Some(last) => page.records.iter().any(|record| record.identity() == Some(last)),
            // Records without an identity: any record below the boundary counts as this one.
            None => !page.records.is_empty(),
        };
        match (self.step, is_there) {
            (Step::Below, true) => BoundaryVerdict::Below(self.held.ticket),
            (Step::Below, false) => {
                (self.step, self.question) = (Step::Again, Question::new(self.held.request));
                BoundaryVerdict::Undecided(self)
            }
            (Step::Again, true) => BoundaryVerdict::Above(self.held),
            (Step::Again, false) => BoundaryVerdict::Lost(self.held.ticket),
        }
    }
}
