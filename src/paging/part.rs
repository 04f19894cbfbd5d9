//! Where the part of a list ends that is read, within a page.

use super::edge::Edge;
use super::{Identity, Marker, Page, PageSize, Pager};

/// How many records of a page belong to the part that is read.
pub(super) enum Within {
    Known(usize),
    /// Some, and smaller pages tell which.
    LookCloser,
    /// It has one record, which may lie below the marker where the part ends.
    Ask(Marker),
}

impl<T: Identity, E> Pager<T, E> {
    /// How many of the page's records belong to the part that is read.
    pub(super) fn within_the_part(&mut self, page: &Page<T>, end: &Edge) -> Within {
        let all = page.records.len();
        let Some(until) = self.resumed.until else { return Within::Known(all) };
        if end.marker.is_some_and(|marker| marker >= until) {
            return Within::Known(all);
        }
        let id = |record: &_| Identity::identity(record).and_then(|id| id.parse::<Marker>().ok());
        let ids = page.records.iter().map(id).collect::<Option<Vec<_>>>().filter(|_| self.ids_are_markers());
        match (ids, end.marker) {
            (Some(ids), _) => Within::Known(ids.iter().take_while(|id| **id >= until).count()),
            (None, _) if all > 1 => Within::LookCloser,
            (None, Some(_)) => Within::Known(0),
            (None, None) => match self.is_below_the_part.take() {
                Some(is_below) => Within::Known(if is_below { 0 } else { all }),
                None => Within::Ask(until),
            },
        }
    }

    /// The part ends within a page of records whose markers are not known: smaller pages, whose ends are.
    pub(super) fn look_closer(&mut self, records: usize) {
        self.drop_from(0);
        (self.closer, self.stride) = (true, 0);
        // Between 1 and 50: half of a page.
        self.limit = PageSize::new(records / 2).unwrap_or(PageSize::MIN);
    }
}
