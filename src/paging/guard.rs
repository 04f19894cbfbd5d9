//! The guard against a list that never ends: every marker must go on.

use super::Marker;

/// Why a list cannot be read on: what the service returned breaks the rule that makes paging end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PagingError {
    /// The returned marker is not below the one that the page was read after.
    #[error(
        "the returned marker {returned} is not below {after}, which the page was read after: the list would never end"
    )]
    MarkerNotBelow {
        /// The marker that the page was read after.
        after: Marker,
        /// The marker that came back.
        returned: Marker,
    },
    /// A marker of a list without order came back a second time.
    #[error("the returned marker {returned} came back before: the list would never end")]
    MarkerRepeated {
        /// The marker that came back.
        returned: Marker,
    },
    /// Records came without a marker, and more are to follow.
    #[error("records came without a marker, and the list does not end with them: nothing says where to go on")]
    MarkerMissing,
}

/// Lets markers through as long as they go on.
///
/// Where markers have an order, each must be below the one before. Elsewhere a circle of any length is found by
/// comparing with one remembered marker, which is replaced after 1, 2, 4, 8 ... steps: no memory, and at most a few
/// rounds of the circle.
#[derive(Debug)]
pub(super) struct Guard {
    remembered: Option<Marker>,
    steps: u32,
    stride: u32,
}

impl Guard {
    pub(super) fn new() -> Self {
        Self { remembered: None, steps: 0, stride: 1 }
    }

    pub(super) fn pass(&mut self, after: Option<Marker>, returned: Marker) -> Result<(), PagingError> {
        if let Some((after, below)) = after.and_then(|after| Some((after, returned.is_below(&after)?))) {
            return if below { Ok(()) } else { Err(PagingError::MarkerNotBelow { after, returned }) };
        }
        if self.remembered == Some(returned) {
            return Err(PagingError::MarkerRepeated { returned });
        }
        self.steps += 1;
        if self.steps == self.stride {
            (self.remembered, self.steps, self.stride) = (Some(returned), 0, self.stride.saturating_mul(2));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_refusal(markers: impl Iterator<Item = Marker>) -> Option<usize> {
        let (mut guard, mut after) = (Guard::new(), None);
        markers.enumerate().find_map(|(step, marker)| {
            let passed = guard.pass(after.replace(marker), marker);
            passed.is_err().then_some(step)
        })
    }

    #[test]
    fn a_marker_that_repeats_or_goes_up_is_refused_at_once() {
        let [high, low] = ["5c90fa7d3c4e4405e8525079", "5c8ba99030344005c02316ad"].map(|text| text.parse().unwrap());
        assert_eq!(first_refusal([high, low, high].into_iter()), Some(2));
        assert_eq!(first_refusal([high, high].into_iter()), Some(1));
        assert_eq!(first_refusal([high, low].into_iter()), None);
    }

    #[test]
    fn a_circle_of_markers_without_order_is_found() {
        let circle: Vec<_> = ["A", "B", "C"].map(|text| Marker::opaque(text).unwrap()).into();
        for length in 1..=3 {
            let step = first_refusal(circle[..length].iter().copied().cycle().take(100));
            assert!(step.is_some_and(|step| step <= 4 * length), "{length}: {step:?}");
        }
        let straight = (0..1000).map(|number| Marker::opaque(&format!("cert-{number}")).unwrap());
        assert_eq!(first_refusal(straight), None);
    }
}
