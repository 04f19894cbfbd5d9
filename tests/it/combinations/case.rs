//! A list or several, and what is done with them.

use crate::model::{Counts, Edit, EmptyMarker, Markers, Names};
use proptest::prelude::*;

/// What is done with one of the parts that are still to be read, and with the list.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    /// Takes so many records, then stops.
    Take(usize),
    /// Takes so many pages, then stops.
    TakePages(usize),
    /// Reads to the end under `max_items`.
    MaxItems(u64),
    /// Takes so many records of those within a time that holds all, by ids as far as these can be trusted.
    TakeBounded(usize),
    /// Takes so many records of so many parts side by side.
    Unordered(usize, usize),
    /// Splits into so many parts.
    Split(usize),
    /// Continues with another of the parts.
    Next,
    /// Edits one of the lists.
    Edit(usize, Edit),
    /// Edits of one of the lists, one with each of its requests from now on.
    EditsDuring(usize, Vec<Edit>),
    /// The request after so many others to one of the lists fails.
    Fail(usize, usize),
    /// Looks at all lists for changes, and stops after so many of them.
    Look(usize),
    /// Finds the record of this rank among those that were there throughout.
    Find(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    /// One a list.
    pub(super) lengths: Vec<usize>,
    pub(super) limit: usize,
    /// The depth of the read-ahead; `None` where it adapts.
    pub(super) prefetch: Option<usize>,
    pub(super) whole_list: bool,
    pub(super) cap: usize,
    pub(super) names: Names,
    pub(super) markers: Markers,
    pub(super) counts: Counts,
    pub(super) empty_marker: EmptyMarker,
    pub(super) last_has_marker: bool,
    pub(super) operations: Vec<Operation>,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        Just(Edit::Create),
        any::<u16>().prop_map(Edit::Delete),
        any::<u16>().prop_map(Edit::Leave),
        any::<u16>().prop_map(Edit::Enter),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (0usize..150).prop_map(Operation::Take),
        1 => (0usize..4).prop_map(Operation::TakePages),
        1 => (0u64..120).prop_map(Operation::MaxItems),
        1 => (0usize..150).prop_map(Operation::TakeBounded),
        2 => (1usize..6, 0usize..150).prop_map(|(parts, records)| Operation::Unordered(parts, records)),
        2 => (1usize..6).prop_map(Operation::Split),
        1 => Just(Operation::Next),
        3 => (0usize..3, edit()).prop_map(|(list, edit)| Operation::Edit(list, edit)),
        2 => (0usize..3, prop::collection::vec(edit(), 1..40))
            .prop_map(|(list, edits)| Operation::EditsDuring(list, edits)),
        1 => (0usize..3, 1usize..8).prop_map(|(list, number)| Operation::Fail(list, number)),
        2 => prop_oneof![3 => Just(usize::MAX), 1 => 0usize..4].prop_map(Operation::Look),
        1 => (0usize..400).prop_map(Operation::Find),
    ]
}

/// Nothing enters the filter.
fn without_entries(operation: &mut Operation) {
    match operation {
        Operation::Edit(_, edit @ Edit::Enter(_)) => *edit = Edit::Create,
        Operation::EditsDuring(_, edits) => edits.retain(|edit| !matches!(edit, Edit::Enter(_))),
        _ => {}
    }
}

pub(super) fn any_case() -> impl Strategy<Value = Case> {
    let names = prop_oneof![3 => Just(Names::Ordered), 1 => Just(Names::Random), 1 => Just(Names::LikeMarkers)];
    let markers = prop_oneof![
        3 => Just(Markers::Ids),
        2 => Just(Markers::TwoAbove),
        2 => Just(Markers::FourDaysOff),
        1 => Just(Markers::Moved),
        1 => Just(Markers::Wide),
        1 => Just(Markers::Scattered),
    ];
    let counts = prop_oneof![
        3 => Just(Counts::Right),
        1 => Just(Counts::Absent),
        1 => Just(Counts::Zero),
        1 => Just(Counts::OfThePage),
        1 => Just(Counts::Double),
        1 => Just(Counts::Tenfold),
        1 => Just(Counts::ATenth),
    ];
    let caps = prop_oneof![3 => Just(50usize), 1 => 2usize..50];
    let answers =
        (names, markers, counts, prop_oneof![Just(EmptyMarker::Absent), Just(EmptyMarker::Echo)], any::<bool>());
    let lengths = prop_oneof![
        3 => prop::collection::vec(0usize..400, 1),
        1 => prop::collection::vec(0usize..150, 2..=3),
    ];
    let operations = prop::collection::vec(operation(), 0..12);
    let read_ahead = (prop_oneof![2 => (0usize..=64).prop_map(Some), 1 => Just(None)], any::<bool>());
    (lengths, 1usize..=50, read_ahead, caps, answers, operations).prop_map(
        |(lengths, limit, read_ahead, cap, (names, markers, counts, empty_marker, last_has_marker), operations)| {
            let (prefetch, whole_list) = read_ahead;
            let mut operations = operations;
            // A boundary at the last record of a list, whose page has no marker, has a documented limit: see `Lists::split`.
            let is_cut = operations.iter().any(|each| matches!(each, Operation::Split(_) | Operation::Unordered(..)));
            if is_cut && !last_has_marker {
                operations.iter_mut().for_each(without_entries);
            }
            let lengths = lengths.into_iter().map(|length| length.min(20 * limit.min(cap))).collect();
            Case {
                lengths,
                limit,
                prefetch,
                whole_list,
                cap,
                names,
                markers,
                counts,
                empty_marker,
                last_has_marker,
                operations,
            }
        },
    )
}
