//! What to request next: a pure function of what is known.

use crate::anchors::AnchorEstimator;
use crate::cursor::has_reached;
use crate::layout::Layout;
use crate::reassembly::Reassembly;
use crate::segment::estimated_overlap;
use crate::termination::Termination;
use crate::{Identity, Marker, Offset};

/// What is known of the list and of the scan.
pub(crate) struct Knowledge<'a, R, E> {
    pub(crate) layout: &'a Layout,
    pub(crate) anchors: &'a AnchorEstimator,
    pub(crate) termination: &'a Termination,
    pub(crate) reassembly: &'a Reassembly<R, E>,
    /// Where the part ends that is read.
    pub(crate) until: Option<Marker>,
}

/// What to change before the next request is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing: there are planned pages, or none is worth a request.
    Keep,
    /// Discard the segments from this index on: what was estimated there is known now.
    Discard(usize),
    /// Append the window at this anchor, which is expected to hold so many records.
    Append { anchor: Option<Marker>, expected: Option<u64> },
    /// Append the window at this estimated anchor.
    Estimate { anchor: Marker, expected: Option<u64> },
}

/// Plans further pages, if any is worth it while `ahead` pages may be in flight or ready.
pub(crate) fn plan<R: Identity, E>(known: &Knowledge<'_, R, E>, ahead: usize) -> Plan {
    let Knowledge { layout, reassembly, .. } = known;
    match reassembly.first_planned() {
        Some(index) if reassembly.is_estimated(index) && reassembly.end_before(index).is_some() => {
            return Plan::Discard(index);
        }
        Some(_) => return Plan::Keep,
        None => {}
    }
    let expected = expected_after(known);
    match reassembly.end_before(reassembly.len()).map(|end| end.marker()) {
        // Where nothing is expected to follow, one page shows that nothing does.
        Some(Some(anchor)) if known.until.is_some_and(|until| has_reached(anchor, until)) => Plan::Keep,
        Some(Some(anchor)) => Plan::Append { anchor: Some(anchor), expected },
        _ if reassembly.is_empty() => Plan::Append { anchor: None, expected: Some(1) },
        _ if expected == Some(0) || layout.stride() == 0 || ahead <= layout.pages_in_a_window() => Plan::Keep,
        _ => match estimate(known) {
            Some(anchor) => {
                // A page more than is thought to follow: to find out later that estimates fell short costs a round trip.
                let expected = expected.map(|records| records + layout.stride() as u64);
                Plan::Estimate { anchor, expected }
            }
            None => Plan::Keep,
        },
    }
}

/// The planned segment to request next: in the order of the list, except that the far page of a window comes before
/// those between when all of them are soon requested, since its marker opens the next window.
pub(crate) fn choose<R: Identity, E>(known: &Knowledge<'_, R, E>, ahead: usize) -> Option<usize> {
    let reassembly = known.reassembly;
    let first = reassembly.first_planned()?;
    let far = reassembly.len() - 1;
    let opens_a_window =
        first > 0 && far - first < ahead && reassembly.is_planned(far) && !reassembly.is_estimated(far);
    Some(if opens_a_window && expected_after(known) != Some(0) { far } else { first })
}

/// How many records are expected below all segments; `None` where that is unknown.
fn expected_after<R: Identity, E>(known: &Knowledge<'_, R, E>) -> Option<u64> {
    let planned = known.reassembly.expected_records(known.layout);
    let counted = known.termination.expected_after(planned);
    let in_part = known.anchors.between(known.reassembly.frontier().marker(), known.until);
    match (counted, in_part.map(|records| records.saturating_sub(planned))) {
        (Some(counted), Some(in_part)) => Some(counted.min(in_part)),
        (counted, in_part) => counted.or(in_part),
    }
}

/// Where the window after the last page may begin: a little above where that page is thought to end.
fn estimate<R: Identity, E>(known: &Knowledge<'_, R, E>) -> Option<Marker> {
    let Knowledge { layout, anchors, reassembly, .. } = known;
    let last = reassembly.last_in_flight()?;
    let end = last.offset.get() + layout.page_length();
    // From the furthest page of that window that is known.
    let (above, read) =
        reassembly.furthest_end(last.marker).or(last.marker.map(|anchor| (anchor, Offset::ZERO.get())))?;
    anchors.below(above, end.checked_sub(read + estimated_overlap(layout))?, layout.stride())
}
