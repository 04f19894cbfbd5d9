//! Reading in pieces: stopped after any item or by any failure, and resumed from a checkpoint, while the list is edited.
#![allow(clippy::unwrap_used)]

mod model;

use std::collections::HashSet;
use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{
    Checkpoint, Error, Identity, Page, PageRequest, PageSize, PageSource, RecordStream, SourceError, StreamOptions,
};
use model::source::{ModelSource, broken};
use model::{List, Random, Record};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Case {
    length: usize,
    limit: usize,
    prefetch: usize,
    /// An edit every so many requests; 0 for none.
    edit_every: usize,
    /// One request in so many fails; 0 for none.
    failures: usize,
    /// Each piece ends after at most so many items.
    piece: usize,
    cap: usize,
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let caps = prop_oneof![3 => Just(50usize), 1 => 2usize..50];
    (0usize..900, 1usize..=50, 0usize..=64, 0usize..6, 0usize..20, 1usize..400, caps, any::<u64>()).prop_map(
        |(length, limit, prefetch, edit_every, failures, piece, cap, seed)| {
            let length = length.min(limit * 40);
            // A piece that never ends a page would need as many requests as there are items.
            let piece = piece.max(length / 60 + 1);
            Case { length, limit, prefetch, edit_every, failures, piece, cap, seed }
        },
    )
}

/// A record that hides its id: some lists have rows without one.
struct Nameless(Record);

impl Identity for Nameless {
    fn identity(&self) -> Option<&str> {
        None
    }
}

impl PageSource<Nameless> for ModelSource {
    async fn fetch(&self, request: PageRequest) -> Result<Page<Nameless>, SourceError> {
        let page = PageSource::<Record>::fetch(self, request).await?;
        let records = page.records.into_iter().map(|record| record.map(Nameless)).collect();
        Ok(Page::new(records, page.marker, page.count))
    }
}

/// Reads the whole list in pieces; `id` tells a record's id, be it hidden or not.
async fn read<T>(case: &Case, id: fn(T) -> String) -> (Vec<String>, Vec<String>)
where
    T: Identity + Send + 'static,
    ModelSource: PageSource<T>,
{
    let mut list = List::new(case.length);
    list.cap = case.cap;
    let mut random = Random::new(case.seed);
    let mut faults = random.clone();
    let failures = case.failures;
    let source = ModelSource::new(list, Duration::from_millis(20))
        .with_fault(move |_, _| (failures > 1 && faults.one_in(failures)).then(broken));
    source.world().edit_every = case.edit_every;
    let mut delivered = Vec::new();
    let mut checkpoint: Option<Checkpoint> = None;
    for _ in 0..3000 {
        let mut options = StreamOptions::new().page_size(PageSize::new(case.limit).unwrap()).prefetch(case.prefetch);
        if let Some(checkpoint) = checkpoint.take() {
            options = options.resume(checkpoint.to_string().parse().unwrap());
        }
        let mut records = RecordStream::<T>::from_source(source.clone(), options).unwrap();
        let piece = random.below(case.piece + 1);
        for _ in 0..piece {
            match records.next().await {
                Some(Ok(record)) => delivered.push(id(record)),
                Some(Err(Error::Page(_))) => break,
                Some(Err(error)) => panic!("{error}"),
                None => {
                    let throughout = source.world().list.throughout();
                    return (delivered, throughout);
                }
            }
        }
        checkpoint = Some(records.checkpoint());
    }
    panic!("the reading does not end: {case:?}");
}

fn in_paused_time<R>(reading: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(reading)
}

fn cases() -> u32 {
    std::env::var("RESUME_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_make_the_whole(case in case()) {
        let (delivered, throughout) = in_paused_time(read(&case, |record: Record| record.0));
        let once: HashSet<_> = delivered.iter().collect();
        prop_assert_eq!(once.len(), delivered.len(), "twice");
        let expected: HashSet<_> = throughout.iter().collect();
        let arrived: Vec<_> = delivered.iter().filter(|id| expected.contains(id)).collect();
        prop_assert_eq!(arrived.len(), throughout.len(), "missing");
        prop_assert!(arrived.windows(2).all(|pair| pair[0] > pair[1]), "out of order");
    }

    /// They are told apart by their number in the page alone, so that this holds while nobody edits the list.
    #[test]
    fn pieces_of_rows_without_an_id_make_the_whole(case in case()) {
        let case = Case { edit_every: 0, ..case };
        let (delivered, throughout) = in_paused_time(read(&case, |record: Nameless| record.0.0));
        prop_assert_eq!(delivered, throughout);
    }
}
