//! What to ask for next, over all lists of a stream.

use super::RecordStream;
use super::lane::Lane;
use crate::paging::{Identity, Load};

impl<T: Identity + Send + 'static> RecordStream<T> {
    /// Asks for the pages that the consumer waits for, then for those that the read-ahead allows; returns whether any
    /// was asked for.
    ///
    /// In flight and ready together they are at most `prefetch`, or one where the consumer waits for it. With several
    /// lists, a page that is waited for may come on top of those that wait in other lists: these cannot be taken
    /// before it is there.
    pub(super) fn refill(&mut self) -> bool {
        let mut asked = false;
        let most = self.read_ahead.most().max(1);
        for place in 0..self.lanes.len() {
            let in_flight = self.load().in_flight;
            let lane = &mut self.lanes[place];
            let load = lane.load();
            if lane.is_reading() && !lane.has_record() && !load.front_is_coming {
                let ahead = if in_flight < most { (load.pages() + 1).min(most) } else { load.pages() };
                asked |= lane.ask(ahead);
            }
        }
        let mut exhausted = vec![false; self.lanes.len()];
        while let Some(place) = self.worth_filling(&exhausted) {
            let lane = &mut self.lanes[place];
            let ahead = lane.load().pages() + 1;
            let fills = lane.ask(ahead);
            exhausted[place] = !fills;
            asked |= fills;
        }
        asked
    }

    /// The list that will run out first, if there is room for a page more.
    fn worth_filling(&self, exhausted: &[bool]) -> Option<usize> {
        let load = self.load();
        let depth = self.read_ahead.depth();
        let at_hand = self.ready() + load.records;
        let enough = self.seek.is_none() && self.left.is_some_and(|left| at_hand as u64 >= left);
        if load.pages() >= depth || enough || !self.bytes.allows(load.ready_bytes, load.in_flight) {
            return None;
        }
        let stock = |lane: &Lane<T>| lane.current().map_or(0, |current| current.remaining()) + lane.load().records;
        let lanes = self.lanes.iter().enumerate().filter(|(place, lane)| lane.is_reading() && !exhausted[*place]);
        lanes.min_by_key(|(_, lane)| stock(lane)).map(|(place, _)| place)
    }

    fn load(&self) -> Load {
        let mut total = Load::default();
        for load in self.lanes.iter().map(Lane::load) {
            total.in_flight += load.in_flight;
            total.ready += load.ready;
            total.ready_bytes += load.ready_bytes;
            total.records += load.records;
        }
        total
    }
}
