//! Random scans of random lists, as operations that shrink.

use proptest::prelude::*;

use super::model::{Cap, Counts, EmptyPage, Foreign, List, Manner, Markers, Names};
use super::scan::{Operation, Scan, Setup};

fn cases() -> u32 {
    std::env::var("PAGING_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3_000)
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

fn operation() -> impl Strategy<Value = Operation> {
    let index = 0usize..400;
    prop_oneof![
        6 => any::<bool>().prop_map(|early| Operation::Request { early }),
        6 => (0usize..8).prop_map(Operation::Answer),
        1 => (0usize..8).prop_map(Operation::Silence),
        1 => (0usize..8).prop_map(Operation::Fail),
        4 => (1usize..80).prop_map(Operation::Take),
        2 => Just(Operation::Create),
        2 => index.clone().prop_map(Operation::Delete),
        2 => index.clone().prop_map(Operation::Hide),
        2 => index.clone().prop_map(Operation::Show),
        1 => prop::collection::vec(index, 0..3).prop_map(Operation::Stop),
    ]
}

/// Lists whose records have an identity.
fn manner() -> impl Strategy<Value = Manner> {
    let names = prop_oneof![4 => Just(Names::Ids), 1 => Just(Names::Random), 1 => Just(Names::LikeMarkers)];
    let markers = prop_oneof![
        3 => Just(Markers::Ids),
        2 => Just(Markers::TwoAbove),
        1 => Just(Markers::DaysAbove),
        1 => Just(Markers::Opaque),
    ];
    let cap = prop_oneof![
        3 => Just(Cap::None),
        1 => (1usize..50).prop_map(Cap::Fixed),
        1 => (1usize..50).prop_map(Cap::Varying),
    ];
    let counts = prop::sample::select(vec![
        Counts::Exact,
        Counts::PageLength,
        Counts::Zero,
        Counts::TenTimes,
        Counts::Tenth,
        Counts::Absent,
    ]);
    let empty = prop::sample::select(vec![EmptyPage::NoMarker, EmptyPage::Echo, EmptyPage::Silent]);
    let foreign = prop_oneof![
        3 => Just(Foreign::Takes),
        1 => Just(Foreign::Refuses),
        1 => Just(Foreign::ReadsFromTheHead),
        1 => Just(Foreign::FindsNothing),
    ];
    (names, markers, cap, counts, empty, foreign, any::<bool>()).prop_map(
        |(names, markers, cap, counts, empty, foreign, last_has_marker)| Manner {
            names,
            markers,
            cap,
            counts,
            empty,
            foreign,
            last_has_marker,
        },
    )
}

fn setup() -> impl Strategy<Value = Setup> {
    let limit = prop_oneof![1usize..=4, 1usize..=50, Just(50usize)];
    let reach = prop_oneof![Just(500usize), Just(6usize), Just(30usize)];
    (manner(), limit, reach, 0usize..24).prop_map(|(manner, limit, reach, ahead)| Setup {
        manner,
        limit,
        // One jump reaches over any page.
        reach: reach.max(limit),
        ahead,
    })
}

/// How the keys of a list lie.
#[derive(Clone, Copy, Debug)]
enum Spacing {
    Even,
    Dense,
    /// Dense and sparse stretches.
    Stretches,
    Random,
}

#[derive(Clone, Copy, Debug)]
struct Keys(Spacing, usize);

impl Keys {
    fn list(self) -> List {
        let step = |number: u64| match self.0 {
            Spacing::Even => 16,
            Spacing::Dense => 1,
            Spacing::Stretches if (number / 40).is_multiple_of(2) => 1,
            Spacing::Stretches => 5_000,
            Spacing::Random => 1 + (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % 60,
        };
        List::new((1..=self.1 as u64).scan(1_000, |key, number| {
            *key += step(number);
            Some(*key)
        }))
    }
}

fn keys() -> impl Strategy<Value = Keys> {
    let spacing = prop_oneof![
        3 => Just(Spacing::Even),
        1 => Just(Spacing::Dense),
        1 => Just(Spacing::Stretches),
        1 => Just(Spacing::Random),
    ];
    (spacing, prop_oneof![0usize..12, 0usize..150, 0usize..700]).prop_map(|(spacing, length)| Keys(spacing, length))
}

fn run(setup: &Setup, keys: Keys, operations: &[Operation]) -> Result<usize, TestCaseError> {
    let mut scan = Scan::new(setup, keys.list());
    let outcome = operations.iter().try_for_each(|operation| scan.apply(operation)).and_then(|()| scan.finish());
    outcome.map_err(|error| TestCaseError::fail(format!("{error}: {setup:?} {keys:?} {operations:?}")))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_record_that_is_there_throughout_comes_once_and_in_order(
        setup in setup(), keys in keys(), operations in prop::collection::vec(operation(), 0..120),
    ) {
        run(&setup, keys, &operations)?;
    }

    #[test]
    fn an_unedited_list_takes_few_requests(setup in setup(), keys in keys()) {
        let manner = Manner { cap: Cap::None, counts: Counts::Exact, empty: EmptyPage::NoMarker, ..setup.manner };
        // A page whose markers have to be asked for takes further requests.
        let manner = Manner { last_has_marker: true, ..manner };
        let setup = Setup { manner, limit: setup.limit.max(2), reach: 500, ..setup };
        let length = keys.1;
        let requests = run(&setup, keys, &[])?;
        let most = length.div_ceil(setup.limit - 1) + 2;
        // Beyond one window anchors are estimated, and an estimate may cost a page: few of them, or estimates end.
        let window = 500 / (setup.limit - 1) + 1;
        let estimating = if setup.ahead > window { most / 16 + 4 + setup.ahead } else { 0 };
        prop_assert!(requests <= most + estimating, "{requests} requests, at most {most} and {estimating}");
    }

    #[test]
    fn rows_without_an_identity_are_exact_while_nothing_changes(
        setup in setup(), keys in keys(), operations in prop::collection::vec(operation(), 0..60),
    ) {
        let setup = Setup { manner: Manner { names: Names::Absent, ..setup.manner }, ..setup };
        let is_edit = |operation: &Operation| {
            matches!(operation, Operation::Create | Operation::Delete(_) | Operation::Hide(_) | Operation::Show(_))
        };
        let operations: Vec<_> = operations.into_iter().filter(|operation| !is_edit(operation)).collect();
        run(&setup, keys, &operations)?;
    }

    #[test]
    fn a_list_without_any_marker_is_read_where_ids_are_taken_as_markers(
        setup in setup(), keys in keys(), operations in prop::collection::vec(operation(), 0..60),
    ) {
        let manner = Manner { markers: Markers::Absent, names: Names::Ids, foreign: Foreign::Takes, ..setup.manner };
        // The last record but one is what continues such a list.
        let manner = Manner { cap: match manner.cap { Cap::Fixed(1) | Cap::Varying(_) => Cap::None, cap => cap }, ..manner };
        let setup = Setup { manner, limit: setup.limit.max(3), ..setup };
        run(&setup, keys, &operations)?;
    }
}
