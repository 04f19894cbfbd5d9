//! What the answers show, and how gaps between them are closed.

use super::Pager;
use crate::layout::MarkerSource;
use crate::planner::{self, Plan};
use crate::reassembly::Junction;
use crate::segment::Anchor;
use crate::{Identity, Page, PageRequest};

impl<R: Identity, E> Pager<R, E> {
    pub(super) fn plan(&mut self, ahead: usize) {
        if let Plan::Discard(index) = planner::plan(&self.knowledge(), ahead) {
            self.discard_from(index);
        }
        match planner::plan(&self.knowledge(), ahead) {
            Plan::Keep | Plan::Discard(_) => {}
            Plan::Append { anchor, expected } => {
                self.reassembly.append(self.layout.window(anchor, expected), Anchor::Returned);
            }
            Plan::Estimate { anchor, expected } => {
                self.reassembly.append(self.layout.window(Some(anchor), expected), Anchor::Estimated);
            }
        }
    }

    pub(super) fn learn(&mut self, request: &PageRequest, page: &Page<R>, is_estimated: bool) {
        self.layout.learn(page);
        if !is_estimated {
            self.termination.observe_count(page.count);
        }
        // The head of the list has no marker, but its first record may.
        if request.marker.is_none() && self.layout.marker_source() == MarkerSource::RecordId {
            let first = page.records.first().and_then(Identity::identity).and_then(|id| id.parse().ok());
            self.anchors.learn(first, page.marker, page.records.len().saturating_sub(1));
        }
    }

    /// Joins the page at `index` with its neighbours, as far as they are there.
    pub(super) fn settle(&mut self, index: usize) {
        // The page before first: it may make this one redundant, and then the next one meets another.
        for index in [index, index + 1] {
            match self.reassembly.join(index) {
                Junction::Undecided | Junction::Joined => {}
                Junction::Redundant => {
                    self.anchors.spend(0);
                    return self.settle(index);
                }
                Junction::Gap => return self.close_gap(index),
            }
        }
    }

    /// Sees to what lies between the page at `index` and the run before it.
    pub(super) fn close_gap(&mut self, index: usize) {
        let Some(left) = self.reassembly.end_before(index) else { return };
        let (marker, length) = (left.marker(), left.length());
        let estimated = self.reassembly.is_estimated(index).then(|| self.reassembly.anchor(index));
        let between = estimated.and_then(|anchor| self.anchors.between(marker, anchor));
        let next = PageRequest::after(marker, self.layout.limit());
        match (marker, between) {
            // Below the end of the list, and so is all after it.
            _ if self.reassembly.is_blank(index) => {
                self.discard_from(index);
                self.reassembly.append([next], Anchor::Returned);
            }
            // An estimate that went too far: what lies between is read like any other part of the list.
            (Some(anchor), Some(records)) => {
                let window = self.layout.window(Some(anchor), Some(records));
                let inserted = self.reassembly.insert_before(index, window);
                self.settle(index + inserted + 1);
            }
            (Some(_), None) if self.reassembly.mark_bridged(index) => {
                self.reassembly.insert_before(index, [next]);
                self.settle(index + 2);
            }
            // The pages of this server do not reach as far as was thought, or too much changed between.
            _ => {
                self.layout.shrink(length);
                self.discard_from(index);
            }
        }
    }

    /// Gives up the estimated window that holds `index`, and estimates: the service does not take such markers.
    pub(super) fn refuse_estimates(&mut self, index: usize) {
        self.discard_from(self.reassembly.window_start(index));
        self.anchors.refuse();
    }

    pub(super) fn discard_from(&mut self, index: usize) {
        for _ in 0..self.reassembly.discard_from(index) {
            self.anchors.spend(0);
        }
    }

    pub(super) fn put_back_furthest(&mut self) -> bool {
        let is_put_back = self.reassembly.put_back_furthest();
        if is_put_back {
            self.anchors.spend(0);
        }
        is_put_back
    }
}
