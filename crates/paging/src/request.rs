//! One page request, in types that cannot hold what the service refuses.

use std::fmt;

use crate::{ArgumentError, Marker};

/// How many records a page may hold: `limit`, 1 to 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageSize(u8);

impl PageSize {
    /// One record a page: no overlap, marker by marker.
    pub const MIN: Self = Self(1);
    /// The least by which a page overlaps another and shows what follows.
    pub(crate) const TWO: Self = Self(2);
    /// The most the service allows, and the default.
    pub const MAX: Self = Self(50);

    /// A page size of `limit` records.
    ///
    /// # Errors
    /// When `limit` is 0 or above 50.
    pub fn new(limit: usize) -> Result<Self, ArgumentError> {
        match u8::try_from(limit) {
            Ok(limit @ 1..=50) => Ok(Self(limit)),
            _ => Err(ArgumentError::new("page_size", limit, "1 to 50")),
        }
    }

    /// The number of records.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// How many records to skip below the marker: `offset`, 0 to 500.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(u16);

impl Offset {
    /// Directly below the marker.
    pub const ZERO: Self = Self(0);
    /// The furthest jump that the service allows.
    pub const MAX: Self = Self(500);

    /// An offset of `records`.
    ///
    /// # Errors
    /// When `records` is above 500.
    pub fn new(records: usize) -> Result<Self, ArgumentError> {
        match u16::try_from(records) {
            Ok(records @ 0..=500) => Ok(Self(records)),
            _ => Err(ArgumentError::new("offset", records, "0 to 500")),
        }
    }

    /// The number of records.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// A request for the page of at most `limit` records that begins `offset` records below `marker`.
///
/// Without a marker the page counts from the head of the list, which moves when tasks are created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Only records below it; `None` for the head of the list.
    pub marker: Option<Marker>,
    /// Records to skip below the marker.
    pub offset: Offset,
    /// The most records to return.
    pub limit: PageSize,
}

impl PageRequest {
    /// The page directly below `marker`.
    #[must_use]
    pub fn after(marker: Option<Marker>, limit: PageSize) -> Self {
        Self { marker, offset: Offset::ZERO, limit }
    }

    /// The parameters to send, by the service's names: an offset of 0 and a missing marker are left out.
    ///
    /// ```
    /// use iotda_paging::{PageRequest, PageSize};
    ///
    /// let first = PageRequest::after(None, PageSize::MAX);
    /// assert_eq!(first.parameters().collect::<Vec<_>>(), [("limit", "50".to_owned())]);
    /// ```
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let offset = (self.offset > Offset::ZERO).then(|| ("offset", self.offset.get().to_string()));
        let marker = self.marker.map(|marker| ("marker", marker.to_string()));
        std::iter::once(("limit", self.limit.get().to_string())).chain(offset).chain(marker)
    }
}

/// `marker=5c90fa7d3c4e4405e8525079 offset=49 limit=50`; a request without a marker shows `marker=none`.
impl fmt::Display for PageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.marker {
            Some(marker) => write!(f, "marker={marker}")?,
            None => f.write_str("marker=none")?,
        }
        write!(f, " offset={} limit={}", self.offset.get(), self.limit.get())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn page_size_holds_1_to_50_only() {
        assert_eq!(PageSize::new(1).unwrap().get(), 1);
        assert_eq!(PageSize::new(50).unwrap(), PageSize::MAX);
        for wrong in [0, 51, 306] {
            let error = PageSize::new(wrong).unwrap_err().to_string();
            assert!(error.contains(&wrong.to_string()) && error.contains("1 to 50"), "{error}");
        }
    }

    #[test]
    fn offset_holds_0_to_500_only() {
        assert_eq!(Offset::new(0).unwrap(), Offset::ZERO);
        assert_eq!(Offset::new(500).unwrap(), Offset::MAX);
        assert!(Offset::new(501).is_err() && Offset::new(65_536).is_err());
    }

    #[test]
    fn only_what_is_not_the_default_is_sent() {
        let shown = |request: &PageRequest| {
            let sent = request.parameters().map(|(name, value)| format!("{name}={value}"));
            (sent.collect::<Vec<_>>().join("&"), request.to_string())
        };
        let head = PageRequest::after(None, PageSize::TWO);
        assert_eq!(shown(&head), ("limit=2".into(), "marker=none offset=0 limit=2".into()));
        let marker = Marker::from_value(10);
        let below = PageRequest { marker, offset: Offset(1), limit: PageSize::MAX };
        let sent = "limit=50&offset=1&marker=00000000000000000000000a".to_owned();
        assert_eq!(shown(&below), (sent, "marker=00000000000000000000000a offset=1 limit=50".into()));
    }
}
