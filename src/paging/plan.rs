//! Which page to ask for next: windows behind windows, as far as the list is thought to go.

use super::edge::Edge;
use super::slot::{Slot, State};
use super::window::window;
use super::{Identity, Marker, Offset, PageRequest, Pager};

impl<T: Identity, E> Pager<T, E> {
    /// Sees to it that there is a page to ask for, if any is worth it while `ahead` pages may be under way.
    pub(super) fn plan(&mut self, ahead: usize) {
        if self.doubt.is_some() {
            return;
        }
        let first = self.slots.iter().position(Slot::is_planned);
        match first {
            // What was guessed is known by now, and nothing was asked there yet.
            Some(place) if self.slots[place].guessed && self.end_before(place).is_some() => self.drop_from(place),
            Some(_) => return,
            None => {}
        }
        let expected = self.expected_behind();
        if expected == Some(0) && !self.slots.is_empty() {
            return;
        }
        let pages = |anchor| window(anchor, self.limit, self.stride, expected);
        match self.end_before(self.slots.len()) {
            Some(Edge { marker: Some(anchor), .. }) => {
                let pages = pages(*anchor);
                self.slots.extend(pages.map(Slot::planned));
            }
            _ if self.slots.is_empty() => self.slots.push_back(Slot::planned(PageRequest::after(None, self.limit))),
            _ if ahead > self.pages_in_a_window() => {
                if let Some(anchor) = self.guess() {
                    // A page more than is thought to follow: to find out later that guesses fell short costs a round.
                    let expected = expected.map(|records| records + self.stride as u64);
                    let pages = window(anchor, self.limit, self.stride, expected);
                    self.slots.extend(pages.map(Slot::guessed));
                }
            }
            _ => {}
        }
    }

    /// Where the run before `place` ends, if that is known and more may follow.
    fn end_before(&self, place: usize) -> Option<&Edge> {
        match place.checked_sub(1).map(|left| &self.slots[left].state) {
            None => Some(&self.frontier),
            Some(State::Answered { page, end, .. }) if !page.records.is_empty() => Some(end),
            Some(_) => None,
        }
    }

    fn pages_in_a_window(&self) -> usize {
        Offset::MAX.get().checked_div(self.stride).map_or(usize::MAX, |jumps| jumps + 1)
    }

    /// Where the window behind the furthest page may begin: a little above where that page is thought to end.
    fn guess(&self) -> Option<Marker> {
        let Slot { request: last, state: State::Asked(_), .. } = self.slots.back()? else { return None };
        let end = last.offset.get() + self.tally.page_length();
        // From the furthest page of that window that is known.
        let known =
            self.slots.iter().rev().take_while(|slot| slot.request.marker == last.marker).find_map(|slot| match &slot
                .state
            {
                State::Answered { page, end, .. } => {
                    Some((end.marker?, slot.request.offset.get() + page.records.len()))
                }
                _ => None,
            });
        let (above, read) = known.or(last.marker.map(|anchor| (anchor, 0)))?;
        self.guesser.below(above, end.checked_sub(read + self.guessed_overlap())?, self.stride)
    }

    /// Gives up the window of the guess at `place`, and guessing: the service does not take markers of ours.
    pub(super) fn forget_guess(&mut self, place: usize) {
        let marker = self.slots[place].request.marker;
        let first = self.slots.iter().position(|slot| slot.guessed && slot.request.marker == marker);
        self.drop_from(first.unwrap_or(place));
        self.guesser.refuse();
    }

    /// Plans the pages that are thought to lie in the gap of about `records` records before the page at `place`, from
    /// `anchor` on; returns how many.
    pub(super) fn fill(&mut self, place: usize, anchor: Marker, records: u64) -> usize {
        let pages: Vec<_> = window(anchor, self.limit, self.stride, Some(records)).map(Slot::planned).collect();
        let behind = self.slots.split_off(place);
        let filled = pages.len();
        self.slots.extend(pages);
        self.slots.extend(behind);
        filled
    }

    fn expected_behind(&self) -> Option<u64> {
        let planned = self.slots.iter().map(|slot| self.brings(slot)).sum::<usize>() as u64;
        let counted = self.tally.expected_behind(planned);
        let in_part = self.guesser.between(self.frontier.marker, self.resumed.until);
        match (counted, in_part.map(|records| records.saturating_sub(planned))) {
            (Some(counted), Some(in_part)) => Some(counted.min(in_part)),
            (counted, in_part) => counted.or(in_part),
        }
    }

    /// How many fresh records a page brings, or is thought to.
    pub(super) fn brings(&self, slot: &Slot<T, E>) -> usize {
        let (records, repeated) = match &slot.state {
            State::Answered { page, joined: Some(skip), .. } => return page.records.len().saturating_sub(*skip),
            State::Answered { page, .. } => (page.records.len(), 1),
            State::Failed(_) => return 0,
            _ if slot.request.offset == Offset::ZERO => (self.tally.page_length(), 0),
            _ => (self.stride, 0),
        };
        let begins_a_guess = slot.guessed && slot.request.offset == Offset::ZERO;
        records.saturating_sub(if begins_a_guess { self.guessed_overlap() } else { repeated })
    }

    /// How many records a guessed window is to repeat: to read a few twice costs less than to bridge a gap.
    fn guessed_overlap(&self) -> usize {
        self.stride / 2
    }

    /// The planned page to ask for next: in the order of the list, except that the far page of a window comes before
    /// those between when all of them are soon asked for, since its marker opens the next window.
    pub(super) fn most_useful(&self, ahead: usize) -> Option<usize> {
        let first = self.slots.iter().position(Slot::is_planned)?;
        let far = self.slots.len() - 1;
        let slot = &self.slots[far];
        let opens_a_window = first > 0 && far - first < ahead && slot.is_planned() && !slot.guessed;
        Some(if opens_a_window && self.expected_behind() != Some(0) { far } else { first })
    }
}
