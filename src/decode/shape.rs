//! Where a list keeps its rows, its count and its marker.

// Knows names and places, reads nothing.

use crate::ArgumentError;
use crate::paging::Marker;

/// How the answer of a list is laid out.
///
/// Lists that page by the same rule differ in four things: the name of their rows, the field that identifies the
/// rows, whether count and marker are in a `page` object or beside the rows, and the alphabet of the marker.
///
/// ```
/// use iotda_batch_tasks::decode::ListShape;
///
/// const DEVICES: ListShape = ListShape::new("devices").identified_by("device_id");
/// const RULES: ListShape = ListShape::new("rules").identified_by("rule_id").without_page_object();
/// const CERTIFICATES: ListShape = ListShape::new("certificates").identified_by("certificate_id").with_opaque_markers();
/// const TASK_DETAILS: ListShape = ListShape::new("task_details"); // rows without an id
/// # let _ = (DEVICES, RULES, CERTIFICATES, TASK_DETAILS);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListShape {
    pub(super) rows: &'static str,
    pub(super) identity: Option<&'static str>,
    pub(super) has_page_object: bool,
    has_opaque_markers: bool,
}

impl ListShape {
    /// The list of batch tasks.
    pub const BATCH_TASKS: Self = Self::new("batchtasks").identified_by("task_id");

    /// A list whose rows are in the array `rows`, which have no id, with count and marker in a `page` object and
    /// markers of 24 hexadecimal digits.
    #[must_use]
    pub const fn new(rows: &'static str) -> Self {
        Self { rows, identity: None, has_page_object: true, has_opaque_markers: false }
    }

    /// Names the field that identifies a row. It should be the one that the records'
    /// [`Identity`](crate::Identity) is taken from; a row that lacks it is unreadable.
    #[must_use]
    pub const fn identified_by(mut self, field: &'static str) -> Self {
        self.identity = Some(field);
        self
    }

    /// Sets that `count` and `marker` are beside the rows.
    #[must_use]
    pub const fn without_page_object(mut self) -> Self {
        self.has_page_object = false;
        self
    }

    /// Sets that markers are any text that [`Marker::opaque`] takes.
    #[must_use]
    pub const fn with_opaque_markers(mut self) -> Self {
        self.has_opaque_markers = true;
        self
    }

    /// The name of the array that the rows are in.
    #[must_use]
    pub const fn rows(&self) -> &'static str {
        self.rows
    }

    /// The name of the field that identifies a row; `None` where rows have no id.
    #[must_use]
    pub const fn identity(&self) -> Option<&'static str> {
        self.identity
    }

    /// Whether markers are any text that [`Marker::opaque`] takes.
    #[must_use]
    pub const fn has_opaque_markers(&self) -> bool {
        self.has_opaque_markers
    }

    pub(super) fn marker(&self, text: &str) -> Result<Marker, ArgumentError> {
        if self.has_opaque_markers { Marker::opaque(text) } else { text.parse() }
    }

    /// What markers of the list must be, in words.
    pub(super) fn marker_rule(&self) -> &'static str {
        if self.has_opaque_markers { "1 to 36 characters of A-Z a-z 0-9 _ -" } else { "24 hexadecimal digits" }
    }
}
