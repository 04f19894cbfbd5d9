//! What a scan is doing.

use crate::boundary::BoundaryProbe;
use crate::catch_up::CatchUp;
use crate::end_probe::EndProbe;
use crate::question::Question;
use crate::{PageFailure, PageRequest};

/// The phase of a scan.
///
/// ```text
///  CatchingUp ──region ends──> Scanning <──page has records── RecheckingEmptyPage ──empty again──> ProbingEnd
///                               │ │ │                            ^
///                               │ │ └──silent empty page─────────┘
///                               │ │
///                               │ ├──page without a marker──> ProbingEnd ──more follows──> Scanning, or Failing
///                               │ │                              └──nothing follows──> Done
///                               │ └──one record at the end of a part──> ProbingBoundary ──> Done, or Scanning
///                               │
///                               └──empty page, or the part ends──> Done
///
///  any ──a rule is broken, or a page whose turn it is failed──> Failing ──reported──> Done
/// ```
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(crate) enum Phase<R, E> {
    /// The rest of an interrupted page is searched; pages below it are fetched ahead meanwhile.
    CatchingUp(CatchUp),
    /// Pages are requested, joined and delivered.
    Scanning,
    /// An answer at the frontier was empty and gave neither a count nor a marker; it was requested again.
    RecheckingEmptyPage,
    /// What follows the last page is probed.
    ProbingEnd(EndProbe<R>),
    /// Whether a record lies above the end of the part is probed.
    ProbingBoundary(BoundaryProbe<R>),
    /// The scan has failed, and the error was not reported yet.
    Failing(PageRequest, PageFailure<E>),
    /// Nothing follows.
    Done,
}

impl<R, E> Phase<R, E> {
    /// The question that has to be answered before the scan continues.
    pub(crate) fn question(&self) -> Option<&Question>
    where
        R: crate::Identity,
    {
        match self {
            Self::CatchingUp(catch_up) => Some(catch_up.question()),
            Self::ProbingEnd(probe) => Some(probe.question()),
            Self::ProbingBoundary(probe) => Some(probe.question()),
            _ => None,
        }
    }

    pub(crate) fn question_mut(&mut self) -> Option<&mut Question>
    where
        R: crate::Identity,
    {
        match self {
            Self::CatchingUp(catch_up) => Some(catch_up.question_mut()),
            Self::ProbingEnd(probe) => Some(probe.question_mut()),
            Self::ProbingBoundary(probe) => Some(probe.question_mut()),
            _ => None,
        }
    }

    /// Whether pages beyond the frontier are worth requesting.
    pub(crate) fn reads_ahead(&self) -> bool {
        matches!(self, Self::CatchingUp(_) | Self::Scanning | Self::RecheckingEmptyPage)
    }
}
