//! Parts of a list between two places that the service itself returned. No marker is made here, and no id is taken for
//! one: a list may be ordered by values that are not the ids of its tasks.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::paging::Marker;

/// Where a page ended when it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// The marker returned with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<Marker>,
    /// The id of its last record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<String>,
}

impl End {
    /// The end of the list, wherever that is.
    pub(super) const OF_LIST: Self = Self { marker: None, last: None };

    pub(super) fn is_of_list(&self) -> bool {
        *self == Self::OF_LIST
    }

    /// Whether `marker`, returned with a page, says that the page ended here.
    pub(super) fn is_at(&self, marker: Option<Marker>) -> bool {
        self.marker.is_some() && self.marker == marker
    }

    /// Whether `marker`, returned with a page, says that all of the page lies above.
    pub(super) fn is_below_or_at(&self, marker: Option<Marker>) -> bool {
        let is_below = |(here, end): (Marker, Marker)| here.is_below(&end) == Some(true);
        self.is_of_list() || self.is_at(marker) || self.marker.zip(marker).is_some_and(is_below)
    }

    /// Whether pages that brought these records, the last of them with `marker`, reach down to here.
    ///
    /// The last record says so whatever the markers look like. Where it is gone, an order of the markers does; where
    /// they have none, only the end of the list does.
    fn is_reached(&self, ids: &HashSet<String>, marker: Option<Marker>) -> bool {
        let has_last = self.last.as_ref().is_some_and(|last| ids.contains(last));
        let lies_above = |(here, there): (Marker, Marker)| there == here || there.is_below(&here) == Some(true);
        has_last || self.marker.zip(marker).is_some_and(lies_above)
    }
}

/// A part of the list: below `after`, down to `end`. Records leave it and never enter it, unless it begins at the head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// The marker returned with the page before; `None` at the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Marker>,
    #[serde(default)]
    pub(super) end: End,
}

/// Spans that touch or overlap, read one after the other from `after` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) after: Option<Marker>,
    /// Where its spans end.
    ends: Vec<End>,
    ids: HashSet<String>,
}

impl Run {
    pub(super) fn new(span: Span) -> Self {
        Self { after: span.after, ends: vec![span.end], ids: HashSet::new() }
    }

    /// Takes in a span that begins within this run or where it ends; hands back any other.
    pub(super) fn join(&mut self, span: Span) -> Result<(), Span> {
        let begins_within = match (self.after, span.after) {
            (own, other) if own == other => true,
            (_, None) => false,
            (own, Some(other)) => {
                let touches = self.ends.iter().any(|end| end.marker == Some(other));
                let is_above = |end: &End| end.marker.is_some_and(|end| end.is_below(&other) == Some(true));
                let starts_below = own.is_none_or(|own| other.is_below(&own) == Some(true));
                touches || (starts_below && self.ends.iter().any(|end| end.is_of_list() || is_above(end)))
            }
        };
        if !begins_within {
            return Err(span);
        }
        if !self.ends.contains(&span.end) {
            self.ends.push(span.end);
        }
        Ok(())
    }

    /// A page of these records came, with `marker`. Returns whether the run has been read.
    pub(super) fn read(&mut self, ids: impl Iterator<Item = String>, marker: Option<Marker>) -> bool {
        self.ids.extend(ids);
        self.ends.retain(|end| !end.is_reached(&self.ids, marker));
        self.ends.is_empty()
    }

    /// Whether it goes to the end of the list, however far that is.
    pub(super) fn is_open(&self) -> bool {
        self.ends.iter().any(End::is_of_list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(number: u32) -> Marker {
        format!("{number:024x}").parse().unwrap()
    }

    fn wide(name: &str) -> Marker {
        Marker::opaque(name).unwrap()
    }

    fn span(after: Option<Marker>, until: Marker, last: &str) -> Span {
        Span { after, end: End { marker: Some(until), last: Some(last.to_owned()) } }
    }

    fn read(run: &mut Run, ids: &[&str], marker: Option<Marker>) -> bool {
        run.read(ids.iter().map(|id| (*id).to_owned()), marker)
    }

    #[test]
    fn spans_that_touch_are_one_run() {
        let mut run = Run::new(span(None, marker(90), "a"));
        assert_eq!(run.join(span(Some(marker(90)), marker(80), "b")), Ok(()));
        assert!(run.join(span(Some(marker(70)), marker(60), "c")).is_err());
        assert_eq!(run.join(span(Some(marker(85)), marker(75), "d")), Ok(()), "they overlap");
        let mut run = Run::new(span(None, wide("z-9"), "a"));
        assert_eq!(run.join(span(Some(wide("z-9")), wide("k-1"), "b")), Ok(()));
        assert!(run.join(span(Some(wide("b-5")), wide("x-1"), "b")).is_err());
    }

    #[test]
    fn a_span_that_begins_above_a_run_is_not_in_it() {
        let mut run = Run::new(span(Some(marker(50)), marker(40), "a"));
        assert!(run.join(span(Some(marker(70)), marker(60), "b")).is_err());
        assert!(run.join(span(None, marker(45), "b")).is_err());
    }

    #[test]
    fn a_run_is_read_when_its_last_record_came() {
        let mut run = Run::new(span(None, wide("z-9"), "c"));
        assert!(!read(&mut run, &["a", "b"], Some(wide("k-1"))));
        assert!(read(&mut run, &["c", "d"], Some(wide("x-7"))));
    }

    #[test]
    fn where_the_last_record_is_gone_the_order_of_markers_says_how_far_it_was_read() {
        let mut run = Run::new(span(None, marker(80), "c"));
        assert!(!read(&mut run, &["a"], Some(marker(81))));
        assert!(read(&mut run, &["b"], Some(marker(79))));
        let mut run = Run::new(span(None, wide("z-9"), "c"));
        assert!(!read(&mut run, &["a"], Some(wide("a-1"))), "no order, so no proof");
        assert!(read(&mut run, &["b"], Some(wide("z-9"))));
    }

    #[test]
    fn the_end_of_the_list_is_reached_by_no_page() {
        let mut run = Run::new(Span::default());
        assert!(run.is_open() && !read(&mut run, &["a"], Some(marker(1))) && run.is_open());
    }
}
