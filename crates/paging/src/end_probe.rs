//! What follows a page that came without a marker, or an end that two silent answers claim: the question that settles
//! it.

use std::collections::VecDeque;

use crate::question::Question;
use crate::{Identity, Marker, Page, PageRequest, PageSize, PagingError, Ticket};

/// A page that is withheld until it is known what follows it: its fresh records.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) struct HeldPage<R> {
    pub(crate) ticket: Ticket,
    pub(crate) request: PageRequest,
    pub(crate) records: VecDeque<R>,
}

impl<R: Identity> HeldPage<R> {
    pub(crate) fn last(&self) -> Option<&str> {
        self.records.back()?.identity()
    }
}

/// Requests what follows the last record that was read.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) struct EndProbe<R> {
    held: Option<HeldPage<R>>,
    way: Way,
    /// What the scan fails with if more follows.
    rule: PagingError,
    question: Question,
}

/// How the question meets the run.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Hash))]
enum Way {
    /// Its page begins with the last record, which is called so.
    Overlapping(String),
    /// Its page begins after the last record, since that has no identity or would come alone again.
    After(Option<String>),
    /// It is anchored at the id of the last record but one, and begins with the last one, if ids are markers.
    ById(String, Marker),
}

/// What the answer shows.
pub(crate) enum EndVerdict<R> {
    /// Nothing follows. The page that was held is the last.
    Ends(Option<HeldPage<R>>),
    /// These records follow, and then the marker that was returned with them, if any.
    Continues { held: HeldPage<R>, following: Vec<R>, marker: Option<Marker> },
    /// More follows, and a page after this marker, which lies before the last record, begins with that record.
    ContinuesAt { held: HeldPage<R>, marker: Marker },
    /// The last record was the last of the page too, but not the first: records came in above, and it lies so much
    /// deeper.
    Moved { probe: EndProbe<R>, by: usize },
    /// Ids are no markers here.
    Misses(HeldPage<R>),
    /// More follows, and nothing says how to reach what follows that.
    Breaks(Option<HeldPage<R>>, PagingError),
    /// The last record is not there any more: the page has to be read again.
    Lost(Option<HeldPage<R>>, PagingError),
}

impl<R: Identity> EndProbe<R> {
    /// Probes after `held`, by a question that begins with its last record.
    pub(crate) fn overlapping(held: HeldPage<R>, last: String, question: PageRequest, rule: PagingError) -> Self {
        Self { held: Some(held), way: Way::Overlapping(last), rule, question: Question::new(question) }
    }

    /// Probes after `held`, by a question that begins after its last record.
    pub(crate) fn after(held: HeldPage<R>, question: PageRequest, rule: PagingError) -> Self {
        let last = held.last().map(str::to_owned);
        Self { held: Some(held), way: Way::After(last), rule, question: Question::new(question) }
    }

    /// Probes after `held`, which many records follow without a marker: the ids of tasks may be markers.
    ///
    /// The page comes back where its ids cannot be markers.
    pub(crate) fn by_id(held: HeldPage<R>, limit: PageSize) -> Result<Self, HeldPage<R>> {
        let last = held.last().map(str::to_owned);
        let before = held.records.iter().rev().nth(1).and_then(Identity::identity);
        match last.zip(before.and_then(|id| id.parse().ok())) {
            Some((last, marker)) => Ok(Self {
                held: Some(held),
                way: Way::ById(last, marker),
                rule: PagingError::MarkerMissing,
                question: Question::new(PageRequest::after(Some(marker), limit)),
            }),
            None => Err(held),
        }
    }

    /// Probes after the run: the question begins with the record called `last`, which was delivered.
    pub(crate) fn after_delivered(last: String, question: PageRequest, rule: PagingError) -> Self {
        Self { held: None, way: Way::Overlapping(last), rule, question: Question::new(question) }
    }

    pub(crate) fn question(&self) -> &Question {
        &self.question
    }

    pub(crate) fn question_mut(&mut self) -> &mut Question {
        &mut self.question
    }

    /// Whether the question rests on ids being markers, so that another request may settle it.
    pub(crate) fn is_by_id(&self) -> bool {
        matches!(self.way, Way::ById(..))
    }

    pub(crate) fn into_held(self) -> Option<HeldPage<R>> {
        self.held
    }

    /// The ticket of the page that is held.
    pub(crate) fn held_ticket(&self) -> Option<Ticket> {
        self.held.as_ref().map(|held| held.ticket)
    }

    /// The same probe, by another question.
    pub(crate) fn with_question(self, question: PageRequest) -> Self {
        Self { question: Question::new(question), ..self }
    }

    /// The rule that the scan fails with if nothing settles the question.
    pub(crate) fn rule(&self) -> PagingError {
        self.rule
    }

    /// Judges the answer.
    pub(crate) fn judge(self, page: Page<R>) -> EndVerdict<R> {
        let index = |last: &str| page.records.iter().position(|record| record.identity() == Some(last));
        let found = match &self.way {
            Way::Overlapping(last) | Way::ById(last, _) | Way::After(Some(last)) => index(last),
            Way::After(None) => None,
        };
        let is_full_stop = found.is_some_and(|index| index + 1 == page.records.len());
        let first = match (&self.way, found) {
            (Way::Overlapping(_), None) | (Way::After(Some(_)), Some(_)) => {
                return EndVerdict::Lost(self.held, self.rule);
            }
            // The question did not prove where it begins: what it brought is no continuation.
            (Way::After(Some(_)), None) if !page.records.is_empty() => return EndVerdict::Breaks(self.held, self.rule),
            // The page may be full with what came in above.
            (Way::Overlapping(_), Some(by)) if by > 0 && is_full_stop => return EndVerdict::Moved { probe: self, by },
            (_, found) => found.map_or(0, |index| index + 1),
        };
        let Self { held, way, rule, question } = self;
        let marker = page.marker_beyond(&question.request());
        let mut records = page.records;
        let following = records.split_off(first);
        match (held, way) {
            // A service that answers another marker from elsewhere has other records before it.
            (Some(held), Way::ById(..)) if found != Some(0) => EndVerdict::Misses(held),
            (held, _) if following.is_empty() && records.len() <= 1 => EndVerdict::Ends(held),
            (Some(held), Way::ById(_, stand_in)) if marker.is_none() => {
                EndVerdict::ContinuesAt { held, marker: stand_in }
            }
            // A marker that was returned and does not advance is an answer, if a wrong one.
            (Some(held), _) if rule == PagingError::MarkerMissing => EndVerdict::Continues { held, following, marker },
            (held, _) => EndVerdict::Breaks(held, rule),
        }
    }
}
