//! A scan by hand, in integers: a record is its number, and so is its marker.

use crate::{
    Cursor, Event, Identity, Marker, Offset, Page, PageFailure, PageRequest, PageSize, Pager, PagingError, Ticket,
};

#[derive(Debug)]
pub(super) struct Row(pub(super) u64);

/// Identities are kept in a table, since `identity` hands out a reference.
impl Identity for Row {
    fn identity(&self) -> Option<&str> {
        IDS.get(self.0 as usize).map(String::as_str)
    }
}

static IDS: std::sync::LazyLock<Vec<String>> =
    std::sync::LazyLock::new(|| (0..20_000).map(|number| format!("{number:024x}")).collect());

pub(super) fn marker(number: u64) -> Marker {
    Marker::from_value(number.into()).unwrap()
}

/// A scan by hand. Requests are written `marker+offset`, and `head+0` without a marker.
pub(super) struct Hand {
    pub(super) pager: Pager<Row, &'static str>,
    pub(super) open: Vec<(String, Ticket)>,
    ahead: usize,
    count: Option<u64>,
    /// What is added to the last number for the marker of a page.
    distance: u64,
    /// The size of the page that was requested last.
    size: usize,
}

pub(super) fn scan(limit: usize, ahead: usize) -> Hand {
    resumed(limit, ahead, Cursor::default())
}

pub(super) fn resumed(limit: usize, ahead: usize, cursor: Cursor) -> Hand {
    within(Offset::MAX.get(), limit, ahead, cursor)
}

/// For a service whose offsets reach so far.
pub(super) fn within(reach: usize, limit: usize, ahead: usize, cursor: Cursor) -> Hand {
    let pager = Pager::with_reach(PageSize::new(limit).unwrap(), cursor, Offset::new(reach).unwrap());
    Hand { pager, open: Vec::new(), ahead, count: None, distance: 0, size: 0 }
}

pub(super) fn text(request: &PageRequest) -> String {
    let marker = request.marker.map_or("head".to_owned(), |marker| marker.value().unwrap().to_string());
    format!("{marker}+{}", request.offset.get())
}

impl Hand {
    pub(super) fn counting(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Markers lie so much above the numbers.
    pub(super) fn with_distance(mut self, distance: u64) -> Self {
        self.distance = distance;
        self
    }

    /// Exactly these are requested now.
    #[track_caller]
    pub(super) fn requests(mut self, requests: &[&str]) -> Self {
        let mut requested = Vec::new();
        while let Some((ticket, request)) = self.pager.poll_request(self.ahead) {
            requested.push(text(&request));
            self.size = request.limit.get();
            self.open.push((text(&request), ticket));
            self.forget_cancelled();
        }
        assert_eq!(requested, requests);
        self
    }

    /// The last request was for so many records.
    #[track_caller]
    pub(super) fn of_size(self, size: usize) -> Self {
        assert_eq!(self.size, size);
        self
    }

    #[track_caller]
    fn take_open(&mut self, request: &str) -> Ticket {
        let index = self.open.iter().position(|(open, _)| open == request);
        self.open.remove(index.unwrap_or_else(|| panic!("{request} is not among {:?}", self.open))).1
    }

    #[track_caller]
    pub(super) fn page(mut self, request: &str, numbers: &[u64], marker: Option<Marker>, count: Option<u64>) -> Self {
        let ticket = self.take_open(request);
        let rows = numbers.iter().copied().map(Row).collect();
        self.pager.handle_page(ticket, Ok(Page::new(rows, marker, count)));
        self.forget_cancelled();
        self
    }

    /// The answer to `request`, with the last number as its marker.
    #[track_caller]
    pub(super) fn gets(self, request: &str, numbers: &[u64]) -> Self {
        let (count, distance) = (self.count, self.distance);
        self.page(request, numbers, numbers.last().map(|last| marker(last + distance)), count.or(Some(0)))
    }

    #[track_caller]
    pub(super) fn gets_without_marker(self, request: &str, numbers: &[u64]) -> Self {
        self.page(request, numbers, None, None)
    }

    #[track_caller]
    pub(super) fn gets_marker(self, request: &str, numbers: &[u64], number: u64) -> Self {
        self.page(request, numbers, Some(marker(number)), None)
    }

    #[track_caller]
    pub(super) fn fails(mut self, request: &str) -> Self {
        let ticket = self.take_open(request);
        self.pager.handle_page(ticket, Err("broken"));
        self.forget_cancelled();
        self
    }

    fn forget_cancelled(&mut self) {
        while let Some(ticket) = self.pager.poll_cancelled() {
            self.open.retain(|(_, open)| *open != ticket);
        }
    }

    /// These and no others are in flight.
    #[track_caller]
    pub(super) fn has_open(self, requests: &[&str]) -> Self {
        assert_eq!(self.open.iter().map(|(open, _)| open.as_str()).collect::<Vec<_>>(), requests);
        self
    }

    /// The next page holds these records; its cursor after `delivered` of them.
    #[track_caller]
    pub(super) fn delivers_up_to(mut self, numbers: &[u64], delivered: usize) -> (Self, Cursor) {
        match self.pager.poll_event() {
            Some(Event::Page(page)) => {
                assert_eq!(page.records.iter().map(|row| row.0).collect::<Vec<_>>(), numbers);
                self.forget_cancelled();
                let cursor = page.cursor.before(page.records.iter().skip(delivered));
                (self, cursor)
            }
            other => panic!("{other:?} instead of {numbers:?}"),
        }
    }

    #[track_caller]
    pub(super) fn delivers(self, numbers: &[u64]) -> Self {
        self.delivers_up_to(numbers, 0).0
    }

    #[track_caller]
    pub(super) fn waits(mut self) -> Self {
        let event = self.pager.poll_event();
        assert!(event.is_none(), "{event:?}");
        self.forget_cancelled();
        self
    }

    #[track_caller]
    pub(super) fn ends(mut self) {
        let event = self.pager.poll_event();
        assert!(matches!(event, Some(Event::End)), "{event:?}");
        assert!(self.pager.poll_request(64).is_none() && matches!(self.pager.poll_event(), Some(Event::End)));
    }

    #[track_caller]
    pub(super) fn breaks(mut self, rule: PagingError) {
        match self.pager.poll_event() {
            Some(Event::Failed(_, PageFailure::Rule(broken))) => assert_eq!(broken, rule),
            other => panic!("{other:?} instead of {rule:?}"),
        }
        self.ends();
    }

    #[track_caller]
    pub(super) fn breaks_by_source(mut self) {
        let event = self.pager.poll_event();
        assert!(matches!(event, Some(Event::Failed(_, PageFailure::Source("broken")))), "{event:?}");
        self.ends();
    }
}
