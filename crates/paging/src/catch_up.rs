//! The rest of an interrupted page: found again by identity, before the scan continues at the page's marker.

use crate::cursor::has_reached;
use crate::question::Question;
use crate::termination::MarkerGuard;
use crate::{
    Cursor, Identity, Marker, Offset, Page, PageCursor, PageRequest, PageSize, PagingError, ReadyPage, Ticket,
};

/// Searches the region from the cursor's marker down to the one that the interrupted page ended with, page by page.
///
/// Only records that the cursor names are delivered: all others were delivered, are new, or lie below the region. So it
/// does not matter where in a page the region ends.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) struct CatchUp {
    cursor: Cursor,
    limit: PageSize,
    guard: MarkerGuard,
    search: Search,
    /// How often such a record was not there.
    lost: u8,
    question: Question,
}

/// How often an empty answer without a marker is requested again before the region is thought to be gone.
const MOST_RECHECKS: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
enum Search {
    /// The question begins at the first record that is still to come, by its id: a shortcut past what was created
    /// since. It holds if that record is in the answer.
    ById,
    /// Page by page.
    Walk,
    /// So many answers in a row were empty and without a marker; the page is requested again.
    Recheck(u8),
    /// A page had no marker: the next one begins with its last record, which is called so.
    Overlapping(String),
}

/// What an answer brought.
pub(crate) enum CaughtUp<R> {
    /// These records, or none of a page that was searched in vain; the region continues.
    Partly(Option<ReadyPage<R>>),
    /// These records, if any, and the region ends: the scan continues at the cursor.
    Wholly(Option<ReadyPage<R>>, Cursor),
}

impl CatchUp {
    pub(crate) fn new(cursor: Cursor, limit: PageSize) -> Self {
        // With a marker the region begins close by; from the head, all that was created since lies before it.
        let id = cursor.first_pending().filter(|_| cursor.after().is_none());
        let above = id.and_then(|id| Marker::from_value(id.parse::<Marker>().ok()?.value()? + 1));
        let question = Question::new(PageRequest::after(above.or(cursor.after()), limit));
        Self {
            cursor,
            limit,
            guard: MarkerGuard::new(),
            search: if above.is_some() { Search::ById } else { Search::Walk },
            lost: 0,
            question,
        }
    }

    pub(crate) fn question(&self) -> &Question {
        &self.question
    }

    pub(crate) fn question_mut(&mut self) -> &mut Question {
        &mut self.question
    }

    /// Whether a failure of the question leaves another request to try.
    pub(crate) fn has_another_way(&self) -> bool {
        self.search == Search::ById
    }

    /// Searches page by page.
    pub(crate) fn take_another_way(&mut self) {
        self.search_again(Search::Walk, self.cursor.after());
    }

    /// Takes the answer. `below` is the identity of the first record below the region, where that is known.
    ///
    /// # Errors
    /// When the returned marker does not advance, or nothing says where the region continues; `silence` when answers are
    /// empty that cannot be.
    pub(crate) fn handle_page<R: Identity>(
        &mut self,
        ticket: Ticket,
        page: Page<R>,
        below: Option<&str>,
        silence: PagingError,
    ) -> Result<CaughtUp<R>, PagingError> {
        let holds = |identity: &str| page.records.iter().any(|record| record.identity() == Some(identity));
        let request = self.question.request();
        match &self.search {
            Search::ById if !self.cursor.first_pending().is_some_and(holds) || page.rises_above(&request) => {
                self.take_another_way();
                return Ok(CaughtUp::Partly(None));
            }
            Search::Walk | Search::Recheck(_) if page.is_silent() => {
                let times = if let Search::Recheck(times) = self.search { times } else { 0 };
                // Below the region there are records, so the list has not ended in it. Without an order of markers, the
                // search may have passed the region's end unnoticed.
                let is_above_them = request.marker.is_none_or(|marker| marker.value().is_some());
                if times > 0 && below.is_some() && is_above_them {
                    return Err(silence);
                }
                if times < MOST_RECHECKS {
                    self.search_again(Search::Recheck(times + 1), request.marker);
                    return Ok(CaughtUp::Partly(None));
                }
            }
            Search::Overlapping(last) if !holds(last) => {
                self.lost += 1;
                if self.lost > MOST_RECHECKS {
                    return Err(PagingError::MarkerMissing);
                }
                self.take_another_way();
                return Ok(CaughtUp::Partly(None));
            }
            _ => {}
        }
        self.search = Search::Walk;
        if self.overshoots(&page) {
            return Ok(CaughtUp::Partly(None));
        }
        let is_passed = below.is_some_and(holds);
        let returned = page.marker_beyond(&request);
        let last = page.records.last().and_then(Identity::identity).map(str::to_owned);
        let length = page.records.len();
        let mut next = self.cursor.clone();
        let records = next.claim(page.records);
        let is_in_region = |marker: &Marker| self.cursor.through().is_none_or(|through| !has_reached(*marker, through));
        let goes_on = next.is_partial() && !is_passed && returned.as_ref().is_none_or(is_in_region);
        let question = match (returned, last) {
            (Some(marker), _) if goes_on => {
                self.guard.admit(request.marker, marker)?;
                next.searched_to(marker, records.len());
                Some((Search::Walk, PageRequest::after(Some(marker), self.limit)))
            }
            (None, Some(last)) if goes_on && length > 1 => {
                next.found(records.len());
                let limit = self.limit.max(PageSize::TWO);
                match Offset::new(request.offset.get() + length - 1) {
                    Ok(offset) => {
                        Some((Search::Overlapping(last), PageRequest { marker: request.marker, offset, limit }))
                    }
                    // Offsets reach no further. Without any marker, the ids are what shows where the region ends.
                    Err(_) => {
                        let last = last.parse::<Marker>().ok();
                        let is_below = last.zip(self.cursor.through()).is_some_and(|(id, end)| has_reached(id, end));
                        if !is_below {
                            return Err(PagingError::MarkerMissing);
                        }
                        None
                    }
                }
            }
            _ => None,
        };
        if question.is_none() {
            next = match self.cursor.through() {
                Some(through) => self.cursor.moved_to(through, records.len()),
                None => self.cursor.finished(None, records.len()),
            };
        }
        let start = std::mem::replace(&mut self.cursor, next.clone());
        // Also where a page brought nothing: a scan that is stopped again and again gets on from what it has searched.
        let has_moved = question.is_some() && next.after() != start.after();
        let ready = (has_moved || !records.is_empty()).then(|| {
            let cursor = PageCursor::new(start, next.clone(), &records);
            ReadyPage { ticket, request, records, cursor }
        });
        Ok(match question {
            Some((search, request)) => {
                (self.search, self.question) = (search, Question::new(request));
                CaughtUp::Partly(ready)
            }
            None => CaughtUp::Wholly(ready, next),
        })
    }

    /// Whether a page of records without an identity continues below the region. Where it ends in the page is not known
    /// then, and smaller pages are requested until one ends within it; a single record below it ends it.
    fn overshoots<R: Identity>(&mut self, page: &Page<R>) -> bool {
        let Some((marker, through)) = page.marker.zip(self.cursor.through()) else { return false };
        let is_below = marker.is_below(&through) == Some(true);
        let is_unnamed = page.records.iter().all(|record| record.identity().is_none());
        let length = page.records.len();
        if !(is_below && is_unnamed && length > 0) {
            return false;
        }
        if length == 1 {
            self.cursor.lose_unnamed();
            return false;
        }
        self.limit = PageSize::new(length / 2).unwrap_or(PageSize::MIN);
        self.search_again(Search::Walk, self.question.request().marker);
        true
    }

    fn search_again(&mut self, search: Search, after: Option<Marker>) {
        (self.search, self.question) = (search, Question::new(PageRequest::after(after, self.limit)));
    }
}
