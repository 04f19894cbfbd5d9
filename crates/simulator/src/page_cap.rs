//! How much a page holds at most.

/// What bounds a page besides the request's `limit`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PageCap {
    pub(super) records: Option<usize>,
    pub(super) bytes: Option<usize>,
}

impl PageCap {
    /// How many records a page holds at most.
    pub(super) fn take(&self, limit: usize) -> usize {
        self.records.map_or(limit, |cap| cap.min(limit))
    }

    /// How many records of these lengths fit into one page: at least one where there is one, so that a client advances.
    pub(super) fn fitting(&self, lengths: impl IntoIterator<Item = usize>) -> usize {
        let mut left = self.bytes.unwrap_or(usize::MAX);
        let fits = |(position, length): &(usize, usize)| {
            let fits = *position == 0 || *length <= left;
            left = left.saturating_sub(*length);
            fits
        };
        lengths.into_iter().enumerate().take_while(fits).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_before_the_record_that_does_not_fit() {
        let fitting =
            |bytes, lengths: &[usize]| PageCap { bytes, ..PageCap::default() }.fitting(lengths.iter().copied());
        assert_eq!(fitting(Some(10), &[4, 6, 1]), 2);
        assert_eq!(fitting(Some(10), &[40, 1]), 1);
        assert_eq!(fitting(Some(10), &[]), 0);
        assert_eq!(fitting(None, &[4, 6, 1]), 3);
    }
}
