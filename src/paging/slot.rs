//! A page of the plan: where it lies, and how far it has come.

use super::edge::Edge;
use super::{Page, PageRequest, Ticket};

/// How far a page of the plan has come.
#[derive(Debug)]
pub(super) enum State<T, E> {
    Planned,
    Asked(Ticket),
    Answered { page: Page<T>, end: Edge, joined: Option<usize> },
    Failed(E),
}

/// A page of the plan, in its place in the list.
#[derive(Debug)]
pub(super) struct Slot<T, E> {
    pub(super) request: PageRequest,
    pub(super) state: State<T, E>,
    /// Whether a bridge was laid to this page before.
    pub(super) bridged: bool,
    /// Whether its anchor is a guess.
    pub(super) guessed: bool,
}

impl<T, E> Slot<T, E> {
    pub(super) fn planned(request: PageRequest) -> Self {
        Self { request, state: State::Planned, bridged: false, guessed: false }
    }

    pub(super) fn guessed(request: PageRequest) -> Self {
        Self { guessed: true, ..Self::planned(request) }
    }

    pub(super) fn is_planned(&self) -> bool {
        matches!(self.state, State::Planned)
    }

    pub(super) fn ticket(&self) -> Option<Ticket> {
        match self.state {
            State::Asked(ticket) => Some(ticket),
            _ => None,
        }
    }

    /// The identity of the last record, where the page is there.
    pub(super) fn last_identity(&self) -> Option<&str> {
        match &self.state {
            State::Answered { end, .. } => end.last.as_deref(),
            _ => None,
        }
    }

    pub(super) fn join(&mut self, skip: Option<usize>) {
        if let State::Answered { joined, .. } = &mut self.state {
            *joined = skip;
        }
    }
}
