//! Everything a stream can do, in any order and while the list is edited: each record that is there throughout comes once,
//! and none comes twice. A counter-example shrinks to the few operations that matter.

use std::collections::HashSet;
use std::time::Duration;

use crate::model::source::{ModelSource, broken, with_read_ahead};
use crate::model::{List, Names, Record};
use futures::StreamExt;
use iotda_batch_tasks::{Checkpoint, Error, Lists, NamedSource, PageSize, RecordStream, StreamOptions};
use jiff::Timestamp;
use proptest::prelude::*;

use case::{Case, Operation, any_case};
use look::Looks;

mod case;
mod look;

/// The parts of the lists that are still to be read, and what was delivered.
struct Scan<'a> {
    case: &'a Case,
    sources: Vec<ModelSource>,
    looks: Looks,
    /// `None` is the whole of all lists.
    parts: Vec<Option<Checkpoint>>,
    current: usize,
    delivered: Vec<String>,
    /// Whether everything came in order, as far as it had to.
    is_ordered: bool,
}

impl Scan<'_> {
    fn lists(&self, max_items: Option<u64>) -> Lists<Record> {
        let limit = PageSize::new(self.case.limit).unwrap();
        let mut options =
            with_read_ahead(StreamOptions::new().page_size(limit), self.case.prefetch, self.case.whole_list);
        if let Some(checkpoint) = &self.parts[self.current] {
            options = options.resume(checkpoint.to_string().parse().unwrap());
        }
        if let Some(items) = max_items {
            options = options.max_items(items);
        }
        match &self.sources[..] {
            [source] => Lists::one(source.clone(), options),
            sources => {
                let named = |(index, source): (usize, &ModelSource)| NamedSource {
                    name: index.to_string(),
                    source: source.clone(),
                    optional: false,
                };
                Lists::new(sources.iter().enumerate().map(named), options).unwrap()
            }
        }
    }

    /// Takes up to so many records, and remembers where it stopped.
    async fn take(&mut self, records: Result<RecordStream<Record>, Error>, number: usize) -> bool {
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
                self.is_ordered &= *parts == 1 && self.sources.len() == 1;
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
            Operation::Edit(list, edit) => self.list(*list).world().list.apply(*edit),
            Operation::EditsDuring(list, edits) => self.list(*list).world().edits.extend(edits.iter().copied()),
            Operation::Fail(list, number) => {
                let source = self.list(*list).clone();
                let failing = source.requests() + number;
                let _ = source.with_fault(move |number, _| (number == failing).then(broken));
            }
            Operation::Look(most) => self.looks.look(*most).await,
            Operation::Find(rank) => self.find(*rank).await,
        }
    }

    fn list(&self, index: usize) -> &ModelSource {
        &self.sources[index % self.sources.len()]
    }

    /// A record that is there before and after is found, or a request failed.
    async fn find(&self, rank: usize) {
        let source = self.list(rank);
        let (id, name) = {
            let list = &source.world().list;
            let throughout = list.throughout();
            let Some(id) = throughout.get(rank % throughout.len().max(1)) else { return };
            (id.clone(), list.name_of(id).unwrap())
        };
        match self.lists(None).find(&name).await {
            Ok(Some(found)) => assert_eq!(found.0, id),
            Ok(None) => assert!(!source.world().list.throughout().contains(&id), "{name} is there and was not found"),
            Err(error) => assert!(matches!(error, Error::Page(_)), "{error}"),
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
    let source = |(start, length): (u64, &usize)| {
        let mut list = List::starting_from(start, *length);
        (list.cap, list.names, list.markers, list.count_form) = (case.cap, case.names, case.markers, case.counts);
        (list.empty_marker, list.last_has_marker) = (case.empty_marker, case.last_has_marker);
        ModelSource::new(list, Duration::from_millis(20))
    };
    let sources: Vec<_> = (0..).zip(&case.lengths).map(source).collect();
    let looks = Looks::new(sources.clone());
    let mut scan =
        Scan { case, sources, looks, parts: vec![None], current: 0, delivered: Vec::new(), is_ordered: true };
    for operation in &case.operations {
        scan.run(operation).await;
    }
    scan.finish().await;
    scan.looks.finish().await;
    let throughout = scan.sources.iter().flat_map(|source| source.world().list.throughout());
    let throughout: HashSet<_> = throughout.collect();
    let delivered = &scan.delivered;
    let once: HashSet<_> = delivered.iter().collect();
    prop_assert_eq!(once.len(), delivered.len(), "twice");
    let missing = throughout.iter().filter(|id| !once.contains(id)).count();
    prop_assert_eq!(missing, 0, "missing of {}", throughout.len());
    // Several lists are merged by the identities of their records.
    if scan.is_ordered && (scan.sources.len() == 1 || case.names == Names::Ordered) {
        let arrived: Vec<_> = delivered.iter().filter(|id| throughout.contains(*id)).collect();
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
    fn every_combination_of_operations_and_edits_is_exact(case in any_case()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(read(&case))?;
    }
}
