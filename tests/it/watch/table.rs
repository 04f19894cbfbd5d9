//! A table of a list that is edited while it is filled and kept, whatever the markers of the list are.

use std::time::Duration;

use futures::StreamExt;
use iotda_batch_tasks::{BatchTask, StoreStream, TaskStatus, TaskStore};
use proptest::collection::vec;
use proptest::prelude::*;

use super::service::{Event, INTERVAL, Markers, Odd, STATUSES, Service, State, state_of};

/// Reads the changes for so many intervals; the number of errors among them.
async fn keep(changes: &mut StoreStream, intervals: u32) -> usize {
    let mut errors = 0;
    let reading = async {
        while let Some(item) = changes.next().await {
            errors += usize::from(item.is_err());
        }
    };
    // Half an interval more: looks begin an interval apart.
    let kept = tokio::time::timeout(INTERVAL * intervals - INTERVAL / 2, reading).await;
    assert!(kept.is_err(), "the stream ended");
    errors
}

fn number(task: &BatchTask) -> u64 {
    u64::from_str_radix(&task.task_id, 16).unwrap()
}

/// Whether a watch looks at it again: nothing here was created by a clock.
fn is_open(state: &State) -> bool {
    !state.status.is_final()
}

async fn follow(markers: Markers, length: usize, filling: Vec<Edit>, kept: Vec<Event>) -> Result<(), TestCaseError> {
    let service = Service::of(markers, length, |number| STATUSES[number * number % 5].clone());
    let looks = 2 + filling.iter().filter(|(_, event)| matches!(event, Event::Odd(_))).count();
    service.world().later.extend(filling);
    let (mut store, mut changes) = TaskStore::new(vec![service.list()], INTERVAL).unwrap();
    // A first look that fails is made again.
    keep(&mut changes, looks as u32).await;
    prop_assert!(tokio::time::timeout(Duration::ZERO, store.changed()).await.is_ok_and(|kept| kept), "never filled");
    for event in kept {
        service.world().happen(event);
        keep(&mut changes, 1).await;
    }
    service.world().settle();
    keep(&mut changes, 4).await;

    let world = service.world();
    for (number, now) in &world.tasks {
        let task = store.get(&crate::model::id(*number));
        let known = task.map(|task| state_of(&task));
        prop_assert!(known.is_some(), "{number} is not in the table");
        prop_assert!(
            known.as_ref() == Some(now) || !known.as_ref().is_some_and(is_open),
            "{number}: {known:?}, is {now:?}"
        );
    }
    for task in store.tasks() {
        let is_there = world.tasks.contains_key(&number(&task));
        prop_assert!(is_there || !is_open(&state_of(&task)), "{:?} is gone", task.task_id);
    }
    Ok(())
}

/// After so many requests, this happens.
type Edit = (usize, Event);

fn edit() -> impl Strategy<Value = Event> {
    let rank = || prop_oneof![3 => 0..5_usize, 1 => 0..200_usize];
    prop_oneof![
        3 => (0..5_usize).prop_map(|status| Event::Create(status, false)),
        2 => rank().prop_map(Event::Delete),
        2 => (rank(), 0..5_usize).prop_map(|(rank, status)| Event::Status(rank, status)),
        1 => rank().prop_map(Event::Progress),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::property::cases() / 2, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_holds_what_is_in_the_list_and_nothing_else_that_could_change(
        markers in proptest::sample::select(&Markers::ALL[..]),
        length in prop_oneof![0..30_usize, 0..300_usize],
        filling in vec((0..12_usize, prop_oneof![8 => edit(), 1 => Just(Event::Odd(Odd::Failure))]), 0..8),
        kept in vec(edit(), 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(follow(markers, length, filling, kept))?;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_look_fills_the_table_without_another_request() {
    let requests = async |is_table: bool| {
        let service = Service::of(Markers::Ids, 400, |_| TaskStatus::Processing);
        match is_table {
            true => _ = keep(&mut TaskStore::new(vec![service.list()], INTERVAL).unwrap().1, 1).await,
            false => _ = service.watch().look().await,
        }
        service.requests()
    };
    assert_eq!(requests(true).await, requests(false).await);
}

#[tokio::test(start_paused = true)]
async fn a_table_of_two_lists_is_filled_once_both_are_read_and_passes_on_what_changed_before() {
    let [one, other] = [30, 60].map(|length| Service::of(Markers::Ids, length, |_| TaskStatus::Processing));
    // No retries: a request that fails is the look's error.
    other.next_answers_are(Odd::Refusal, 1);
    let lists = vec![one.list_named("one"), other.list_named("other")];
    let (mut store, mut changes) = TaskStore::new(lists, INTERVAL).unwrap();
    assert!(changes.next().await.unwrap().is_err());
    assert_eq!(store.len(), 30);
    one.set(16, TaskStatus::Success);
    assert_eq!(changes.next().await.unwrap().unwrap().task_id(), crate::model::id(16));
    assert_eq!(store.get(&crate::model::id(16)).unwrap().status, Some(TaskStatus::Success));
    assert!(tokio::time::timeout(Duration::ZERO, store.changed()).await.is_err(), "it is not filled yet");
    assert_eq!(keep(&mut changes, 1).await, 0);
    assert!(store.changed().await);
    assert_eq!(store.len(), 60, "the ids of both lists are the same");
}
