//! What the searches cover.

use crate::tests::model::{Cap, Counts, EmptyPage, Foreign, Manner, Markers, Names};

/// What a search covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    pub(super) manner: Manner,
    /// Records at the start, all in the filter, and one more that is not.
    pub(super) length: usize,
    /// Where that one lies: in the middle, or below all others.
    pub(super) hidden: Hidden,
    pub(super) limit: usize,
    pub(super) reach: usize,
    pub(super) ahead: usize,
    pub(super) edits: u8,
    pub(super) faults: u8,
    pub(super) stops: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    Middle,
    Last,
}

impl Scope {
    pub(super) fn is_undisturbed(&self) -> bool {
        (self.edits, self.faults, self.stops) == (0, 0, 0) && self.manner == Manner::PLAIN
    }

    /// The bound on requests: pages that overlap by one record, and the one that shows the end. With read-ahead, one more
    /// may be requested before the end is known; estimates may cost as many again as are in flight.
    pub(super) fn most_requests(&self) -> usize {
        let stride = self.limit.max(2) - 1;
        let window = self.reach / stride + 1;
        match self.ahead {
            0 | 1 => self.length.saturating_sub(self.limit).div_ceil(stride) + 2,
            ahead if ahead <= window => self.length.div_ceil(stride) + 2,
            ahead => self.length.div_ceil(stride) + 6 + ahead,
        }
    }
}

/// The scopes of one run, in groups that are reported together.
pub(super) fn scopes(deep: bool) -> Vec<(&'static str, Vec<Scope>)> {
    let base = Scope {
        manner: Manner::PLAIN,
        length: 4,
        hidden: Hidden::Middle,
        limit: 2,
        reach: 2,
        ahead: 2,
        edits: 1,
        faults: 0,
        stops: 0,
    };
    // A deep search adds two records to each list and two pages to each read-ahead.
    let extra = if deep { 2 } else { 0 };
    let mut groups = Vec::new();
    let sizes = move |scope: Scope, ahead: usize| {
        let scope = Scope { length: scope.length + extra, ..scope };
        (1..=4).flat_map(move |limit| {
            (0..=ahead + extra).map(move |ahead| Scope { limit, ahead, reach: limit.max(2), ..scope })
        })
    };
    // Two windows at least.
    let long = |scope: Scope| Scope { length: scope.length.max(2 * scope.limit + 3), ..scope };
    groups.push(("nothing happens", sizes(Scope { edits: 0, length: 12, ..base }, 5).collect()));
    groups.push(("page sizes and read-ahead, an edit", sizes(Scope { length: 6, ..base }, 4).map(long).collect()));
    groups.push(("page sizes and read-ahead, two edits", sizes(Scope { edits: 2, ..base }, 2).collect()));
    groups.push(("two faults", sizes(Scope { faults: 2, edits: 0, ..base }, 4).collect()));
    groups.push(("a fault and an edit", sizes(Scope { faults: 1, ..base }, 2).collect()));
    groups.push(("a stop at any item, in parts, and an edit", sizes(Scope { stops: 1, ..base }, 2).collect()));
    groups.push(("two stops", sizes(Scope { stops: 2, edits: 0, ..base }, 2).collect()));
    groups.push(("two stops and an edit", sizes(Scope { stops: 2, length: 3, ..base }, 1).collect()));
    let manners = manners();
    let each = |scope: Scope| {
        let scope = Scope { length: scope.length + extra, ahead: scope.ahead + extra, ..scope };
        manners
            .iter()
            .flat_map(move |manner| [1, 2, 3].map(|limit| Scope { manner: *manner, limit, reach: 3, ..scope }))
    };
    groups.push(("manners of the service, an edit", each(Scope { length: 5, ahead: 3, ..base }).collect()));
    groups.push((
        "manners of the service, a stop and an edit",
        each(Scope { length: 3, ahead: 1, stops: 1, ..base }).collect(),
    ));
    groups.push(("manners of the service, a fault", each(Scope { length: 4, faults: 1, edits: 0, ..base }).collect()));
    groups.push((
        "manners of the service, a fault and a stop",
        each(Scope { length: 3, faults: 1, edits: 0, stops: 1, ..base }).collect(),
    ));
    // What the last page says of its end is silent or wrong, and a record appears below it.
    let ends = |scope: Scope| {
        let scope = Scope { length: scope.length + extra, hidden: Hidden::Last, ..scope };
        let without_marker = |manner: &&Manner| !manner.last_has_marker;
        manners
            .iter()
            .filter(without_marker)
            .flat_map(|manner| {
                [Counts::Exact, Counts::PageLength, Counts::Absent].map(|counts| Manner { counts, ..*manner })
            })
            .flat_map(move |manner| [1, 2, 3].map(|limit| Scope { manner, limit, reach: 3, ..scope }))
    };
    groups.push(("below a last page without a marker, an edit", ends(Scope { length: 3, ..base }).collect()));
    groups.push((
        "below a last page without a marker, a stop and an edit",
        ends(Scope { length: 3, ahead: 1, stops: 1, ..base }).collect(),
    ));
    groups.push((
        "below a last page without a marker, a stop and two edits",
        ends(Scope { length: 2, ahead: 0, edits: 2, stops: 1, ..base }).collect(),
    ));
    // Pages that hold fewer records than those before leave gaps, and bridges that do not reach across them.
    let uneven = |markers: &[Markers], scope: Scope| {
        let of_cap =
            |markers: Markers| [2, 3, 4].map(move |cap| Manner { cap: Cap::Varying(cap), markers, ..Manner::PLAIN });
        let scope = Scope { limit: 4, reach: 6, length: scope.length + extra, ahead: scope.ahead + extra, ..scope };
        markers.iter().copied().flat_map(of_cap).map(|manner| Scope { manner, ..scope }).collect::<Vec<_>>()
    };
    let orders = [Markers::Ids, Markers::TwoAbove, Markers::Opaque];
    let edited = [6, 7, 8].map(|length| uneven(&orders, Scope { length, ahead: 3, ..base })).concat();
    groups.push(("pages of uneven length, an edit", edited));
    groups.push(("pages of uneven length, a stop and an edit", uneven(&orders, Scope { stops: 1, length: 5, ..base })));
    groups
        .push(("pages of uneven length, a fault and an edit", uneven(&orders, Scope { faults: 1, length: 5, ..base })));
    let foreign = [Foreign::Takes, Foreign::Refuses, Foreign::ReadsFromTheHead, Foreign::FindsNothing];
    let counts = [Counts::Exact, Counts::TenTimes, Counts::Tenth, Counts::Absent];
    let estimated = |scope: Scope| {
        let scope = Scope { length: scope.length + extra, limit: 2, reach: 1, ahead: 3 + extra, ..scope };
        let of = |foreign| counts.map(|counts| Manner { foreign, counts, ..Manner::PLAIN });
        foreign.into_iter().flat_map(of).map(move |manner| Scope { manner, ..scope })
    };
    let edited = [4, 5].into_iter().flat_map(|length| estimated(Scope { length, ..base }));
    groups.push(("estimated anchors, an edit", edited.collect()));
    groups.push(("estimated anchors, a stop and an edit", estimated(Scope { length: 3, stops: 1, ..base }).collect()));
    groups
}

fn manners() -> Vec<Manner> {
    let plain = Manner::PLAIN;
    let mut manners = Vec::new();
    for counts in [Counts::PageLength, Counts::Zero, Counts::TenTimes, Counts::Absent] {
        for empty in [EmptyPage::NoMarker, EmptyPage::Echo, EmptyPage::Silent] {
            manners.push(Manner { counts, empty, ..plain });
        }
    }
    for cap in [Cap::Fixed(1), Cap::Fixed(2), Cap::Varying(3)] {
        manners.extend([Counts::Exact, Counts::PageLength].map(|counts| Manner { cap, counts, ..plain }));
    }
    for markers in [Markers::TwoAbove, Markers::DaysAbove, Markers::Opaque] {
        for names in [Names::Ids, Names::Random, Names::LikeMarkers] {
            manners.push(Manner { markers, names, ..plain });
        }
    }
    for markers in [Markers::Ids, Markers::TwoAbove, Markers::Opaque] {
        manners.extend([EmptyPage::NoMarker, EmptyPage::Echo].map(|empty| Manner {
            markers,
            empty,
            last_has_marker: false,
            ..plain
        }));
    }
    manners
}
