//! One answer of the service, and the identity of its records.

use crate::{Marker, PageRequest};

/// The marker that the service assumes when none is sent (section 1 of the API page).
const DEFAULT_MARKER: &str = "ffffffffffffffffffffffff";

/// What identifies a record.
///
/// Pages overlap by one record, and two pages join when that record is found in both. `None` means that the record has
/// no identity. A list whose records have none is read page by page, from marker to marker.
pub trait Identity {
    /// The text that is the same for the same record in every answer, and for no other record of the list.
    fn identity(&self) -> Option<&str>;
}

impl<T: Identity, E: Identity> Identity for Result<T, E> {
    fn identity(&self) -> Option<&str> {
        match self {
            Ok(record) => record.identity(),
            Err(error) => error.identity(),
        }
    }
}

/// One answer of the service: a run of the list, newest first, and what was returned with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
#[non_exhaustive]
pub struct Page<R> {
    /// The records in the order of the list.
    pub records: Vec<R>,
    /// `page.marker`: where the next page begins. `None` where it was absent, `null` or empty.
    pub marker: Option<Marker>,
    /// `page.count`: how many records match, according to the service. A hint.
    pub count: Option<u64>,
}

impl<R> Page<R> {
    /// A page of `records` with the marker and the count that came with it.
    #[must_use]
    pub fn new(records: Vec<R>, marker: Option<Marker>, count: Option<u64>) -> Self {
        Self { records, marker, count }
    }

    /// The returned marker: the authority on where the page ends. Where the request's own was returned, it says as little
    /// as none.
    pub(crate) fn marker_beyond(&self, request: &PageRequest) -> Option<Marker> {
        let after = request.marker.or_else(|| DEFAULT_MARKER.parse().ok());
        self.marker.filter(|returned| Some(*returned) != after)
    }

    /// Whether the returned marker shows that the page lies above what was requested.
    pub(crate) fn rises_above(&self, request: &PageRequest) -> bool {
        self.marker.zip(request.marker).is_some_and(|(returned, after)| returned.is_below(&after) == Some(false))
    }

    /// Whether the answer says nothing at all: no record, no marker, no count.
    pub(crate) fn is_silent(&self) -> bool {
        self.records.is_empty() && self.marker.is_none() && self.count.is_none()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::PageSize;

    struct Row(&'static str);

    impl Identity for Row {
        fn identity(&self) -> Option<&str> {
            Some(self.0)
        }
    }

    #[test]
    fn a_record_that_cannot_be_read_has_an_identity_too() {
        let rows: [Result<Row, Row>; 2] = [Ok(Row("read")), Err(Row("unread"))];
        assert_eq!(rows.each_ref().map(Identity::identity), [Some("read"), Some("unread")]);
    }

    #[test]
    fn a_page_rises_whose_marker_is_not_below_that_of_its_request() {
        let marker = |number: u128| Marker::from_value(number);
        let rises = |returned: Option<u128>, after: Option<u128>| {
            let page = Page::<Row>::new(Vec::new(), returned.and_then(marker), None);
            page.rises_above(&PageRequest::after(after.and_then(marker), PageSize::MAX))
        };
        assert!(rises(Some(7), Some(7)) && rises(Some(8), Some(7)));
        assert!(!rises(Some(6), Some(7)) && !rises(None, Some(7)) && !rises(Some(8), None));
    }
}
