//! What becomes of the plan when two pages meet, overlap, or lie apart.

use super::edge::{self, Edge, Seam};
use super::slot::{Slot, State};
use super::{Identity, PageRequest, Pager};

impl<T: Identity, E> Pager<T, E> {
    /// Judges the seams of the page at `place` with the pages before and behind it, as far as they are there.
    pub(super) fn settle(&mut self, place: usize) {
        if let Some(doubt) = self.doubt.take() {
            return self.settle_doubt(doubt);
        }
        // The seam above first: it may drop the page, and then the next one meets another.
        for place in [place, place + 1] {
            let Some(Slot { request, state: State::Answered { page, end, joined: None }, .. }) = self.slots.get(place)
            else {
                continue;
            };
            let Some(left) = self.run_before(place) else { continue };
            match edge::judge(left, request, page, end) {
                Seam::Joined { skip } => self.slots[place].join(Some(skip)),
                Seam::Covered => {
                    self.slots.remove(place);
                    self.guesser.spend(0);
                    self.slots.get_mut(place).into_iter().for_each(|next| next.join(None));
                    return self.settle(place);
                }
                Seam::Apart => return self.close_gap(place),
            }
        }
    }

    /// Where the run before the page at `place` ends, once that page is there.
    fn run_before(&self, place: usize) -> Option<&Edge> {
        match place.checked_sub(1).map(|left| &self.slots[left].state) {
            None => Some(&self.frontier),
            Some(State::Answered { end, .. }) => Some(end),
            Some(_) => None,
        }
    }

    /// Sees to what lies between the page at `place` and the run before it.
    fn close_gap(&mut self, place: usize) {
        let Some(left) = self.run_before(place) else { return };
        let (length, marker) = (left.length, left.marker);
        let Slot { request, bridged, guessed, .. } = self.slots[place];
        let is_empty = matches!(&self.slots[place].state, State::Answered { page, .. } if page.records.is_empty());
        let gap = self.guesser.between(marker, request.marker).filter(|_| guessed);
        match (marker, gap) {
            // Below the end of the list, and so is all behind it.
            (_, _) if is_empty => {
                self.drop_from(place);
                self.slots.push_back(Slot::planned(PageRequest::after(marker, self.limit)));
            }
            // A guess that went too far: what lies between is read like any other part of the list.
            (Some(anchor), Some(records)) => {
                let filled = self.fill(place, anchor, records);
                self.settle(place + filled + 1);
            }
            (Some(_), None) if !bridged => {
                self.slots[place].bridged = true;
                self.slots.insert(place, Slot::planned(PageRequest::after(marker, self.limit)));
                self.settle(place + 2);
            }
            // The pages of this server do not reach as far as was thought, or too much changed between.
            _ => {
                self.stride = length.saturating_sub(1);
                self.drop_from(place);
            }
        }
    }

    pub(super) fn drop_from(&mut self, place: usize) {
        for slot in self.slots.drain(place..).filter(|slot| !slot.is_planned()) {
            self.guesser.spend(0);
            self.abandoned.extend(slot.ticket());
        }
    }

    /// Takes back the furthest page that was asked for, to make room. It is asked for again in its turn.
    pub(super) fn put_back_furthest(&mut self) {
        if let Some(slot) = self.slots.iter_mut().rev().find(|slot| !slot.is_planned()) {
            self.guesser.spend(0);
            self.abandoned.extend(slot.ticket());
            slot.state = State::Planned;
        }
    }
}
