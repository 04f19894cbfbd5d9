//! A page beyond the frontier: where it lies in the list, and how far it has come.

use crate::layout::Layout;
use crate::overlap::RunEnd;
use crate::{Offset, Page, PageRequest, Ticket};

/// How far a segment has come.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) enum State<R, E> {
    Planned,
    InFlight(Ticket),
    /// `joined` is how many of the first records to skip, once the page has met the run before it.
    Answered {
        ticket: Ticket,
        page: Page<R>,
        end: RunEnd,
        joined: Option<usize>,
    },
    Failed(Ticket, E),
}

/// Where the anchor of a segment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
pub(crate) enum Anchor {
    /// The service returned it, or it is the head of the list.
    Returned,
    /// It was estimated.
    Estimated,
}

/// A page beyond the frontier, in its place in the list.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) struct Segment<R, E> {
    pub(crate) request: PageRequest,
    pub(crate) anchor: Anchor,
    pub(crate) state: State<R, E>,
    /// Whether a bridge to this page was requested before.
    pub(crate) bridged: bool,
}

impl<R, E> Segment<R, E> {
    pub(crate) fn planned(request: PageRequest, anchor: Anchor) -> Self {
        Self { request, anchor, state: State::Planned, bridged: false }
    }

    pub(crate) fn is_planned(&self) -> bool {
        matches!(self.state, State::Planned)
    }

    pub(crate) fn ticket(&self) -> Option<Ticket> {
        match self.state {
            State::Planned => None,
            State::InFlight(ticket) | State::Answered { ticket, .. } | State::Failed(ticket, _) => Some(ticket),
        }
    }
}

/// How many fresh records a segment brings, or is expected to.
pub(crate) fn expected_records<R, E>(segment: &Segment<R, E>, layout: &Layout) -> usize {
    let (records, repeated) = match &segment.state {
        State::Answered { page, joined: Some(skip), .. } => return page.records.len().saturating_sub(*skip),
        State::Answered { page, .. } => (page.records.len(), 1),
        State::Failed(..) => return 0,
        _ if segment.request.offset == Offset::ZERO => (layout.page_length(), 0),
        _ => (layout.stride(), 0),
    };
    let begins_an_estimate = segment.anchor == Anchor::Estimated && segment.request.offset == Offset::ZERO;
    records.saturating_sub(if begins_an_estimate { estimated_overlap(layout) } else { repeated })
}

/// How many records an estimated window is to repeat: to read a few twice costs less than to bridge a gap.
pub(crate) fn estimated_overlap(layout: &Layout) -> usize {
    layout.stride() / 2
}
