//! A single request beside the segments, whose answer decides how the scan continues.

use crate::{Load, PageRequest, Ticket};

/// A request beside the segments.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct Question {
    request: PageRequest,
    ticket: Option<Ticket>,
    /// Whether it is requested a second time.
    is_repeated: bool,
}

impl Question {
    pub(crate) fn new(request: PageRequest) -> Self {
        Self { request, ticket: None, is_repeated: false }
    }

    pub(crate) fn request(&self) -> PageRequest {
        self.request
    }

    pub(crate) fn ticket(&self) -> Option<Ticket> {
        self.ticket
    }

    pub(crate) fn is_requested(&self) -> bool {
        self.ticket.is_some()
    }

    /// Marks it as requested.
    pub(crate) fn send(&mut self, ticket: Ticket) -> (Ticket, PageRequest) {
        debug_assert!(self.ticket.is_none(), "requested twice");
        self.ticket = Some(ticket);
        (ticket, self.request)
    }

    /// Requests the page once more after an empty answer. Returns whether that was not done before.
    pub(crate) fn repeat(&mut self) -> bool {
        self.ticket = None;
        !std::mem::replace(&mut self.is_repeated, true)
    }

    pub(crate) fn add_to(&self, load: &mut Load) {
        load.in_flight += usize::from(self.is_requested());
        load.front_requested = self.is_requested();
    }
}
