//! What is known of a scan from outside: its lanes, its position, its progress.

use super::Scan;
use crate::error::{Error, SourceError};
use crate::paging::{Identity, Marker, PageSize};
use crate::stream::Checkpoint;
use crate::stream::lane::Lane;
use crate::stream::order::Order;
use crate::stream::progress::Progress;

impl<T: Identity> Scan<T> {
    pub(in crate::stream) fn lanes(&self) -> &[Lane<T>] {
        &self.lanes
    }

    /// The lane that the last record came from.
    pub(in crate::stream) fn last(&self) -> usize {
        self.last
    }

    pub(in crate::stream) fn page_size(&self) -> PageSize {
        self.page_size
    }

    /// Whether the last record ended a page: in order of all lists, whether one of them has none at hand.
    pub(in crate::stream) fn is_at_page_end(&self) -> bool {
        match &self.order {
            Order::NewestFirst(_) => !self.waiting.is_empty(),
            Order::OneList { .. } | Order::AsTheyCome(_) => {
                self.lanes.get(self.last).is_none_or(|lane| !lane.has_record())
            }
        }
    }

    /// The marker of the page that the last record came from, where one list is read.
    pub(in crate::stream) fn marker(&self) -> Option<Marker> {
        match &self.lanes[..] {
            [lane] => lane.marker(),
            _ => None,
        }
    }

    /// An error that ends the scan from outside the pages, attributed to the list that is waited for.
    pub(in crate::stream) fn fail(&mut self, failure: SourceError) -> Option<Error> {
        let waiting = self.waiting.iter().copied().find(|lane| self.lanes[*lane].is_reading());
        let reading = || self.lanes.iter().position(Lane::is_reading);
        let index = waiting.or_else(reading).unwrap_or(self.last);
        let size = self.page_size;
        Some(self.lanes.get_mut(index)?.fail(failure, size))
    }

    /// The position in each list, and in each of the parts that come later: before the record `again` that came last and
    /// is to come once more, if there is one.
    pub(in crate::stream) fn checkpoint(&self, again: Option<&T>) -> Checkpoint {
        let position = |(index, lane): (usize, &Lane<T>)| {
            let position = match again {
                Some(record) if index == self.last => lane.position_before(record),
                _ => lane.position(),
            };
            (lane.list().name().to_owned(), position)
        };
        let mut positions = self.lanes.iter().chain(&self.later).enumerate().map(position);
        let mut checkpoint = Checkpoint::new(positions.by_ref().take(self.first));
        checkpoint.read_later(positions);
        checkpoint
    }

    pub(in crate::stream) fn progress(&self) -> Progress {
        let mut total = Progress::default();
        // Every part of a list counts the whole list. Where no part is read any more, what they delivered has to do.
        let mut counts: Vec<(&str, Option<u64>, Option<u64>)> = Vec::new();
        for lane in self.lanes.iter().chain(&self.later) {
            let Progress { delivered, count, pages, requests, retries } = lane.progress();
            let name = lane.list().name();
            // Parts of a list lie side by side, but for those that come later.
            let finished = lane.had_ended().then_some(delivered);
            match counts.iter_mut().rfind(|(other, ..)| *other == name) {
                Some((_, largest, sum)) => {
                    *largest = (*largest).max(count);
                    *sum = sum.zip(finished).map(|(sum, more)| sum.saturating_add(more));
                }
                None => counts.push((name, count, finished)),
            }
            total.delivered = total.delivered.saturating_add(delivered);
            total.pages += pages;
            total.requests += requests;
            total.retries += retries;
        }
        let mut counts = counts.into_iter().map(|(_, counted, finished)| counted.or(finished));
        total.count = counts.try_fold(0, |total: u64, count| Some(total.saturating_add(count?)));
        total
    }

    pub(in crate::stream) fn depth(&self) -> usize {
        self.read_ahead.depth()
    }
}
