//! What a page without a marker leaves open, and the one question that settles it.

use super::edge::Edge;
use super::slot::{Slot, State};
use super::{Identity, Marker, Offset, PageRequest, PageSize, Pager, PagingError};

/// What is asked before the reading goes on or ends.
#[derive(Debug)]
pub(super) enum Doubt<T, E> {
    /// Whether anything follows the page that `request` brought. If so, `rule` keeps the reading from going on.
    End {
        request: PageRequest,
        rule: PagingError,
        /// Whether the page that is asked for begins with the last record, and not behind it.
        overlaps: bool,
    },
    /// Whether the one record of this page belongs to the part that is read.
    Border(Slot<T, E>),
}

impl<T: Identity, E> Pager<T, E> {
    /// The page that `request` brought cannot be gone on from by its marker: asks by an offset whether anything follows
    /// it.
    ///
    /// It ends at `end`, `fresh` records below `after`.
    pub(super) fn doubt_the_end(
        &mut self,
        request: PageRequest,
        rule: PagingError,
        after: Option<Marker>,
        end: &Edge,
        fresh: usize,
    ) {
        // A server that hands out one record a page would bring the last one again, and say nothing with it.
        let overlaps = end.last.is_some() && self.tally.page_length() > 1;
        match Offset::new(fresh.saturating_sub(usize::from(overlaps))) {
            Ok(offset) => {
                let question = PageRequest { marker: after, offset, limit: self.limit };
                self.ask_first(question, Doubt::End { request, rule, overlaps });
            }
            Err(_) => self.stuck = Some((request, rule)),
        }
    }

    /// The page at hand holds one record, which may lie below the part that ends at `until`: asks for what does.
    pub(super) fn doubt_the_border(&mut self, page: Slot<T, E>, until: Marker) {
        self.ask_first(PageRequest::after(Some(until), PageSize::MAX), Doubt::Border(page));
    }

    fn ask_first(&mut self, question: PageRequest, doubt: Doubt<T, E>) {
        self.drop_from(0);
        self.slots.push_back(Slot::planned(question));
        self.doubt = Some(doubt);
    }

    /// Judges the answer to the question, once it is there.
    pub(super) fn settle_doubt(&mut self, doubt: Doubt<T, E>) {
        let Some(Slot { state: State::Answered { page, .. }, .. }) = self.slots.front() else {
            self.doubt = Some(doubt);
            return;
        };
        match doubt {
            Doubt::End { request, rule, overlaps } => {
                let nothing_follows = match page.records.last() {
                    Some(last) => overlaps && last.identity() == self.frontier.last.as_deref(),
                    None => !overlaps,
                };
                match nothing_follows {
                    true => self.end(),
                    // Nothing says how to reach what follows that.
                    false => self.stuck = Some((request, rule)),
                }
            }
            Doubt::Border(held) => {
                let is_below = match held.last_identity() {
                    Some(last) => page.records.iter().any(|record| record.identity() == Some(last)),
                    None => !page.records.is_empty(),
                };
                self.is_below_the_part = Some(is_below);
                self.slots.clear();
                self.slots.push_back(held);
            }
        }
    }
}
