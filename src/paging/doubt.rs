//! A page that nothing says how to go on from: whether anything follows it is asked by an offset.

use super::edge::Edge;
use super::slot::{Slot, State};
use super::{Identity, Marker, Offset, PageRequest, Pager, PagingError};

/// What keeps a reading from going on, unless the list has ended there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    request: PageRequest,
    rule: PagingError,
    /// Whether the page that is asked for begins with the last record, and not behind it.
    overlaps: bool,
}

impl<T: Identity, E> Pager<T, E> {
    /// The page that `request` brought cannot be gone on from by its marker: asks whether anything follows it.
    ///
    /// It ends at `end`, `fresh` records below `after`.
    pub(super) fn doubt(
        &mut self,
        request: PageRequest,
        rule: PagingError,
        after: Option<Marker>,
        end: &Edge,
        fresh: usize,
    ) {
        // A server that hands out one record a page would bring the last one again, and say nothing with it.
        let overlaps = end.last.is_some() && self.tally.page_length() > 1;
        let Ok(offset) = Offset::new(fresh.saturating_sub(usize::from(overlaps))) else {
            self.stuck = Some((request, rule));
            return;
        };
        self.drop_from(0);
        self.slots.push_back(Slot::planned(PageRequest { marker: after, offset, limit: self.limit }));
        self.doubt = Some(Doubt { request, rule, overlaps });
    }

    /// Judges the answer to that question, once it is there. Whatever follows the page, nothing says how to reach what
    /// follows that.
    pub(super) fn settle_doubt(&mut self, Doubt { request, rule, overlaps }: Doubt) {
        let Some(Slot { state: State::Answered { page, .. }, .. }) = self.slots.front() else { return };
        let nothing_follows = match page.records.last() {
            Some(last) => overlaps && last.identity() == self.frontier.last.as_deref(),
            None => !overlaps,
        };
        if nothing_follows {
            self.end();
        } else {
            self.stuck = Some((request, rule));
        }
    }
}
