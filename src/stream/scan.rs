//! The scan of one or several lists: fetches pages ahead and hands out their records in an order.

// Limits of number and time are adapters around it, in `limits`.

mod state;

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::time::Instant;

use super::StreamOptions;
use super::fetches::{self, Arrival, Fetches};
use super::lane::{Head, Lane, Load};
use super::order::Order;
use super::read_ahead::{ByteBudget, ReadAhead};
use crate::error::Error;
use crate::paging::{Cursor, Identity, PageSize};

/// Several lists, or parts of lists, being read.
///
/// Every lane that is reading has a record at hand, and then `order` holds it, or it is in `waiting`.
pub(super) struct Scan<T> {
    lanes: Vec<Lane<T>>,
    /// The lanes that come once all others have ended.
    later: Vec<Lane<T>>,
    /// How many of `lanes` were not among those that come later.
    first: usize,
    order: Order,
    waiting: Vec<usize>,
    fetches: Fetches<T>,
    page_size: PageSize,
    read_ahead: ReadAhead,
    bytes: ByteBudget,
    /// How many more records the consumer can take, where that is known: no more are worth fetching.
    wanted: Option<u64>,
    /// The lane that the last record came from.
    last: usize,
    /// Whether something has changed that the read-ahead could respond to.
    is_stale: bool,
    /// Why the scan ends, once the records at hand are handed out.
    failed: Option<Error>,
}

// Nothing in here is pinned in place: records are moved out as they are handed out.
impl<T> Unpin for Scan<T> {}

impl<T: Identity + Send + 'static> Scan<T> {
    /// Reads the `lanes`, and then those that come `later`, newest first.
    pub(super) fn new(lanes: Vec<Lane<T>>, later: Vec<Lane<T>>, order: Order, options: &StreamOptions) -> Self {
        Self {
            first: lanes.len(),
            waiting: (0..lanes.len()).collect(),
            lanes,
            later,
            order,
            fetches: Fetches::new(),
            page_size: options.page_size,
            read_ahead: options.read_ahead(),
            bytes: ByteBudget::new(options.prefetch_bytes),
            wanted: None,
            last: 0,
            is_stale: true,
            failed: None,
        }
    }

    /// Bounds the read-ahead: the consumer takes no more than so many records.
    pub(super) fn set_wanted(&mut self, records: Option<u64>) {
        self.wanted = records;
    }

    /// Fetches a page only when its first record is wanted.
    pub(super) fn stop_reading_ahead(&mut self) {
        self.read_ahead = ReadAhead::up_to(0);
    }

    /// How many requests may be in flight at once.
    pub(super) fn most_in_flight(&self) -> usize {
        self.read_ahead.most().max(1)
    }

    /// Counts a request of a lane's list that was made outside the scan.
    pub(super) fn count_request(&mut self, lane: usize) {
        self.lanes[lane].count_request();
    }

    /// Aborts what is in flight.
    pub(super) fn stop(&mut self) {
        self.fetches.abort_all();
    }

    /// Reads the list of the lane at `index` from another position. Nothing of it must have been handed out.
    pub(super) fn restart(&mut self, index: usize, position: Cursor) {
        self.fetches.abort_lane(index);
        let list = self.lanes[index].list().clone();
        let before = std::mem::replace(&mut self.lanes[index], Lane::new(list, self.page_size, position));
        self.lanes[index].count_requests_of(&before);
        // Whatever has a record at hand is found again.
        self.order.clear();
        self.waiting = (0..self.lanes.len()).collect();
        self.is_stale = true;
    }

    /// Reads these parts of lists too, once all else has ended, newest first among themselves.
    pub(super) fn read_later(&mut self, parts: impl IntoIterator<Item = (usize, Cursor)>) {
        let lane = |(list, position): (usize, _)| Lane::new(self.lanes[list].list().clone(), self.page_size, position);
        let lanes: Vec<_> = parts.into_iter().map(lane).collect();
        self.later.extend(lanes);
    }

    fn begin_later(&mut self) {
        self.order = Order::newest_first();
        self.waiting = (self.lanes.len()..self.lanes.len() + self.later.len()).collect();
        self.lanes.append(&mut self.later);
        self.is_stale = true;
    }

    /// Finds the lane whose next record comes next; `None` when all have ended.
    #[inline]
    pub(super) fn poll_lane(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<usize, Error>>> {
        if !self.is_stale
            && !self.fetches.has_news()
            && let Some(lane) = self.order.next(self.waiting.is_empty())
        {
            return Poll::Ready(Some(Ok(lane)));
        }
        self.poll_pages(cx)
    }

    /// The same, where pages have arrived or are to be requested first.
    #[inline(never)]
    fn poll_pages(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<usize, Error>>> {
        loop {
            self.receive(cx);
            self.advance_waiting();
            let next = self.order.next(self.waiting.is_empty());
            if self.failed.is_some() && next.is_none() {
                return Poll::Ready(self.failed.take().map(Err));
            }
            let requested = self.failed.is_none() && {
                if next.is_none() {
                    let pages = self.waiting.iter().map(|lane| self.lanes[*lane].pages());
                    pages.max().into_iter().for_each(|pages| self.read_ahead.wait(pages, Instant::now()));
                }
                self.refill()
            };
            self.is_stale = false;
            if let Some(lane) = next {
                if requested {
                    fetches::yield_to_other_threads();
                }
                return Poll::Ready(Some(Ok(lane)));
            }
            if self.waiting.is_empty() {
                if self.later.is_empty() {
                    return Poll::Ready(None);
                }
                self.begin_later();
            } else if !requested {
                return Poll::Pending;
            }
            // Requests were made since their tasks were last polled: once more, so that they wake this task.
        }
    }

    /// Takes the answers that have come.
    fn receive(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Arrival { lane, ticket, answer, pace }) = self.fetches.poll(cx) {
            if let (Ok(fetched), Some(pace)) = (&answer, pace) {
                let now = Instant::now();
                self.bytes.arrived(fetched.bytes);
                self.read_ahead.answered(pace, now);
                if fetched.throttled {
                    self.read_ahead.throttle(now);
                }
            }
            self.lanes[lane].handle_answer(ticket, answer);
            self.abort_cancelled(lane);
            self.is_stale = true;
        }
    }

    fn abort_cancelled(&mut self, lane: usize) {
        while let Some(ticket) = self.lanes[lane].poll_cancelled() {
            self.fetches.abort(lane, ticket);
        }
    }

    /// Moves the lanes that wait for a record on to their next page, where it is there.
    fn advance_waiting(&mut self) {
        if self.failed.is_some() {
            return;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|&index| {
            let lane = &mut self.lanes[index];
            let head = lane.advance();
            while let Some(ticket) = lane.poll_cancelled() {
                self.fetches.abort(index, ticket);
            }
            match head {
                Head::Wait => true,
                Head::Record => {
                    self.order.add(index, || lane.sort_key(0));
                    false
                }
                Head::End => false,
                Head::Failed(error) => {
                    self.failed.get_or_insert(error);
                    true
                }
            }
        });
        self.waiting = waiting;
        if self.failed.is_some() {
            self.fetches.abort_all();
        }
    }

    /// Requests the pages that the consumer waits for, then those that the read-ahead allows; returns whether any was
    /// requested.
    ///
    /// In flight and ready together they are at most `prefetch`, or one where the consumer waits for it. With several
    /// lists, a page that is waited for may come on top of those that wait in other lists: these cannot be taken
    /// before it is there.
    fn refill(&mut self) -> bool {
        let mut total = self.load();
        let before = total.in_flight;
        let most = self.most_in_flight();
        for index in 0..self.waiting.len() {
            let lane = self.waiting[index];
            if self.lanes[lane].is_reading() && !self.lanes[lane].load().front_requested {
                let pages = self.lanes[lane].load().pages();
                let ahead = if total.in_flight < most { (pages + 1).min(most) } else { pages };
                self.request(lane, ahead, &mut total);
            }
        }
        let at_hand: usize = self.wanted.map_or(0, |_| self.lanes.iter().map(Lane::ready).sum());
        let wanted = self.wanted;
        let is_enough = |total: &Load| wanted.is_some_and(|wanted| (at_hand + total.records) as u64 >= wanted);
        let mut requested = total.in_flight > before;
        while total.pages() < self.read_ahead.depth()
            && !is_enough(&total)
            && self.bytes.allows(total.bytes, total.in_flight)
            && let Some(lane) = self.emptiest()
        {
            let ahead = self.lanes[lane].load().pages() + 1;
            match self.request(lane, ahead, &mut total) {
                true => requested = true,
                false => self.lanes[lane].set_drained(),
            }
        }
        requested
    }

    /// Requests a page of a lane, if there is one worth it while at most `ahead` are in flight or ready there.
    fn request(&mut self, index: usize, ahead: usize, total: &mut Load) -> bool {
        if ahead == 0 {
            return false;
        }
        let lane = &mut self.lanes[index];
        let before = *lane.load();
        let request = lane.poll_request(ahead);
        let after = *lane.load();
        let fetch = request.map(|(ticket, request)| (ticket, lane.list().fetch(request)));
        self.abort_cancelled(index);
        total.replace(&before, &after);
        match fetch {
            Some((ticket, answer)) => {
                self.fetches.start(index, ticket, answer);
                true
            }
            None => false,
        }
    }

    /// The lane that will run out first, of those that have something to request.
    fn emptiest(&self) -> Option<usize> {
        let lanes = self.lanes.iter().enumerate().filter(|(_, lane)| lane.may_request());
        lanes.min_by_key(|(_, lane)| lane.ready() + lane.load().records).map(|(index, _)| index)
    }

    /// What is in flight and ready in all lanes.
    fn load(&self) -> Load {
        let mut total = Load::default();
        self.lanes.iter().for_each(|lane| total.replace(&Load::default(), lane.load()));
        total
    }

    #[inline]
    fn take(&mut self, index: usize) -> Option<Result<T, Error>> {
        self.last = index;
        self.wanted = self.wanted.map(|wanted| wanted.saturating_sub(1));
        let lane = &mut self.lanes[index];
        if lane.ready() > 1 {
            self.order.advance(|| lane.sort_key(1));
        } else {
            self.order.remove();
            self.waiting.push(index);
            self.is_stale = true;
        }
        // Last, so that the record is moved once.
        lane.take()
    }
}

impl<T: Identity + Send + 'static> Stream for Scan<T> {
    type Item = Result<T, Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::task::ready!(self.poll_lane(cx)) {
            Some(Ok(lane)) => Poll::Ready(self.take(lane)),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Ready(None),
        }
    }

    /// At least what is at hand and waits for no other list.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let ready = || self.lanes.iter().map(Lane::ready);
        let certain = match &self.order {
            Order::OneList { .. } | Order::AsTheyCome(_) => ready().sum(),
            Order::NewestFirst(_) if !self.waiting.is_empty() => 0,
            // The first list that runs out may be one that fails.
            Order::NewestFirst(_) => ready().filter(|ready| *ready > 0).min().unwrap_or(0),
        };
        (certain, None)
    }
}
