//! Everything a stream can do, in any order and while the list is edited: each record that is there throughout comes once,
//! and none comes twice. A counter-example shrinks to the few operations that matter.

use std::collections::HashSet;
use std::time::Duration;

use crate::model::source::{ModelSource, broken};
use crate::model::{Counts, Edit, List, Markers, Names, Record};
use futures::StreamExt;
use iotda_batch_tasks::{Checkpoint, Error, Lists, PageSize, StreamOptions};
use jiff::Timestamp;
use proptest::prelude::*;

/// What is done with one of the parts that are still to be read, and with the list.
#[derive(Clone, Debug)]
enum Operation {
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
    Edit(Edit),
    /// Edits, one with each request from now on.
    EditsDuring(Vec<Edit>),
    /// The request after so many others fails.
    Fail(usize),
}

#[derive(Clone, Debug)]
struct Case {
    length: usize,
    limit: usize,
    prefetch: usize,
    cap: usize,
    names: Names,
    markers: Markers,
    counts: Counts,
    operations: Vec<Operation>,
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
        3 => edit().prop_map(Operation::Edit),
        2 => prop::collection::vec(edit(), 1..40).prop_map(Operation::EditsDuring),
        1 => (1usize..8).prop_map(Operation::Fail),
    ]
}

fn case() -> impl Strategy<Value = Case> {
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
    ];
    let caps = prop_oneof![3 => Just(50usize), 1 => 2usize..50];
    let operations = prop::collection::vec(operation(), 0..12);
    (0usize..400, 1usize..=50, 0usize..=64, caps, names, markers, counts, operations).prop_map(
        |(length, limit, prefetch, cap, names, markers, counts, operations)| {
            let length = length.min(20 * limit.min(cap));
            Case { length, limit, prefetch, cap, names, markers, counts, operations }
        },
    )
}

/// The parts of a list that are still to be read, and what was delivered.
struct Scan<'a> {
    case: &'a Case,
    source: ModelSource,
    /// `None` is the whole list.
    parts: Vec<Option<Checkpoint>>,
    current: usize,
    delivered: Vec<String>,
    /// Whether everything came in order, as far as it had to.
    is_ordered: bool,
}

impl Scan<'_> {
    fn lists(&self, max_items: Option<u64>) -> Lists<Record> {
        let limit = PageSize::new(self.case.limit).unwrap();
        let mut options = StreamOptions::new().page_size(limit).prefetch(self.case.prefetch);
        if let Some(checkpoint) = &self.parts[self.current] {
            options = options.resume(checkpoint.to_string().parse().unwrap());
        }
        if let Some(items) = max_items {
            options = options.max_items(items);
        }
        Lists::one(self.source.clone(), options)
    }

    /// Takes up to so many records, and remembers where it stopped.
    async fn take(&mut self, records: Result<iotda_batch_tasks::RecordStream<Record>, Error>, number: usize) -> bool {
        let Ok(mut records) = records else { return false };
        let mut ended = false;
        for _ in 0..number {
            match records.next().await {
                Some(Ok(record)) => self.delivered.push(record.0),
                Some(Err(Error::Page(_))) => break,
                Some(Err(error)) => panic!("{error}"),
                None => {
                    ended = true;
                    break;
                }
            }
        }
        self.parts[self.current] = Some(records.checkpoint());
        ended
    }

    async fn run(&mut self, operation: &Operation) {
        match operation {
            Operation::Take(number) => _ = self.take(self.lists(None).stream(), *number).await,
            Operation::MaxItems(items) => _ = self.take(self.lists(Some(*items)).stream(), usize::MAX).await,
            Operation::TakeBounded(number) => {
                let [after, before] = [Timestamp::MIN, Timestamp::MAX];
                let created = |record: &Record| {
                    let id = record.0.get(..8)?;
                    Timestamp::from_second(i64::from_str_radix(id, 16).ok()?).ok()
                };
                let lists = self.lists(None).created_between(created, Some(after), Some(before), true);
                self.take(lists.stream(), *number).await;
            }
            Operation::TakePages(number) => {
                let mut pages = self.lists(None).stream().unwrap().pages();
                for _ in 0..*number {
                    let Some(Ok(page)) = pages.next().await else { break };
                    assert!(!page.records.is_empty());
                    self.delivered.extend(page.records.into_iter().map(|record| record.unwrap().0));
                }
                self.parts[self.current] = Some(pages.checkpoint());
            }
            Operation::Unordered(parts, number) => {
                self.is_ordered &= *parts == 1;
                let records = self.lists(None).unordered(*parts).await;
                self.take(records, *number).await;
            }
            Operation::Split(parts) => {
                self.is_ordered &= *parts == 1;
                // One that fails is not split.
                if let Ok(parts) = self.lists(None).split(*parts).await {
                    self.parts.splice(self.current..=self.current, parts.into_iter().map(Some));
                }
            }
            Operation::Next => {
                self.current = (self.current + 1) % self.parts.len();
                self.is_ordered &= self.parts.len() == 1;
            }
            Operation::Edit(edit) => self.source.world().list.apply(*edit),
            Operation::EditsDuring(edits) => self.source.world().edits.extend(edits.iter().copied()),
            Operation::Fail(number) => {
                let failing = self.source.requests() + number;
                let _ = self.source.clone().with_fault(move |number, _| (number == failing).then(broken));
            }
        }
    }

    /// Reads every part to its end.
    async fn finish(&mut self) {
        for part in 0..self.parts.len() {
            self.current = part;
            let mut tries = 0;
            while !self.take(self.lists(None).stream(), usize::MAX).await {
                tries += 1;
                assert!(tries < 10, "the scan does not end");
            }
        }
    }
}

async fn read(case: &Case) -> Result<(), TestCaseError> {
    let mut list = List::new(case.length);
    (list.cap, list.names, list.markers, list.count_form) = (case.cap, case.names, case.markers, case.counts);
    let source = ModelSource::new(list, Duration::from_millis(20));
    let mut scan = Scan { case, source, parts: vec![None], current: 0, delivered: Vec::new(), is_ordered: true };
    for operation in &case.operations {
        scan.run(operation).await;
    }
    scan.finish().await;
    let throughout = scan.source.world().list.throughout();
    let delivered = &scan.delivered;
    let once: HashSet<_> = delivered.iter().collect();
    prop_assert_eq!(once.len(), delivered.len(), "twice");
    let missing = throughout.iter().filter(|id| !once.contains(id)).count();
    prop_assert_eq!(missing, 0, "missing of {}", throughout.len());
    if scan.is_ordered {
        let throughout: HashSet<_> = throughout.iter().collect();
        let arrived: Vec<_> = delivered.iter().filter(|id| throughout.contains(id)).collect();
        prop_assert!(arrived.windows(2).all(|pair| pair[0] > pair[1]), "out of order");
    }
    Ok(())
}

fn cases() -> u32 {
    std::env::var("COMBINATION_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(), failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::default()
    })]

    #[test]
    fn every_combination_of_operations_and_edits_is_exact(case in case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(read(&case))?;
    }
}
