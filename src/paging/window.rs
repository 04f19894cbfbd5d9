//! A window: the pages reachable from one anchor by offset jumps.

use super::{Marker, Offset, PageRequest, PageSize};

/// The requests that read about `expected` records (all that the window reaches when `None`) below `anchor`, in the
/// order of the list.
///
/// Each page begins `stride` records behind the one before, so that it repeats that page's last record. A stride of 0
/// leaves nothing to repeat: then the window is one page.
pub(super) fn window(
    anchor: Marker,
    limit: PageSize,
    stride: usize,
    expected: Option<u64>,
) -> impl Iterator<Item = PageRequest> {
    let reach = Offset::MAX.get().checked_div(stride).unwrap_or(0) + 1;
    let pages = match expected {
        Some(expected) if stride > 0 => {
            let needed = expected.saturating_sub(1).div_ceil(stride as u64);
            usize::try_from(needed).unwrap_or(reach).clamp(1, reach)
        }
        _ => reach,
    };
    // At most 500: the reach is 500 / stride + 1 pages.
    let offset = move |page: usize| Offset::new(page * stride).unwrap_or(Offset::MAX);
    (0..pages).map(move |page| PageRequest { marker: Some(anchor), offset: offset(page), limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(limit: usize, stride: usize, expected: Option<u64>) -> Vec<usize> {
        let anchor = "5c90fa7d3c4e4405e8525079".parse().unwrap();
        window(anchor, PageSize::new(limit).unwrap(), stride, expected).map(|request| request.offset.get()).collect()
    }

    #[test]
    fn eleven_pages_of_50_overlap_by_one_record_each() {
        assert_eq!(offsets(50, 49, None), [0, 49, 98, 147, 196, 245, 294, 343, 392, 441, 490]);
    }

    #[test]
    fn only_as_many_pages_as_records_are_expected() {
        for (expected, pages) in [(0, 1), (1, 1), (50, 1), (51, 2), (99, 2), (100, 3), (540, 11), (541, 11), (9999, 11)]
        {
            assert_eq!(offsets(50, 49, Some(expected)).len(), pages, "{expected}");
        }
    }

    #[test]
    fn nothing_to_repeat_means_one_page() {
        assert_eq!(offsets(1, 0, None), [0]);
        assert_eq!(offsets(1, 0, Some(7)), [0]);
    }

    #[test]
    fn pages_of_two_reach_to_offset_500() {
        let all = offsets(2, 1, None);
        assert_eq!((all.len(), all[500]), (501, 500));
    }
}
