//! What a look reads, and what it makes of an answer that is not as it should be.

use std::collections::HashSet;
use std::time::Duration;

use iotda_batch_tasks::{Change, TaskStatus};

use super::service::{INTERVAL, Markers, Odd, Service, Watch, state};

fn one_in(every: usize) -> impl Fn(usize) -> TaskStatus {
    move |number| if number % every == every - 10 { TaskStatus::Processing } else { TaskStatus::Success }
}

#[tokio::test(start_paused = true)]
async fn a_look_reads_the_pages_of_unfinished_tasks_and_the_new_ones_only() {
    for markers in Markers::ALL {
        // 5,000 tasks, and an unfinished one in every thousand, the last of them near the head.
        let service = Service::of(markers, 5_000, one_in(1000));
        let mut watch = service.watch();
        assert_eq!(watch.look().await, [], "the first look reports nothing");
        service.requests();
        assert_eq!(watch.look().await, []);
        // The head, with the youngest unfinished one; and the four others.
        assert_eq!(service.requests(), [5], "{markers:?}");
        for _ in 0..70 {
            service.create(state(TaskStatus::Success));
        }
        assert_eq!(watch.look().await.len(), 70);
        let looks = service.requests();
        assert!(looks[0] <= 7, "{markers:?}: {looks:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_beside_an_unfinished_task_does_not_make_looks_longer() {
    for markers in [Markers::Ids, Markers::TwoAbove, Markers::DaysOff] {
        let service = Service::of(markers, 1_000, one_in(200));
        let mut watch = service.watch();
        watch.look().await;
        for deleted in (0..1_000).filter(|number| number % 200 != 190).step_by(7) {
            service.delete((deleted + 1) * 16);
        }
        assert_eq!((watch.look().await, watch.look().await), (vec![], vec![]));
        service.requests();
        watch.look().await;
        assert!(service.requests()[0] <= 6, "{markers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_takes_no_marker_but_its_own_is_watched_as_well() {
    for markers in Markers::ALL {
        let service = Service::of(markers, 500, one_in(200));
        service.world().handed_out = Some(HashSet::new());
        let mut watch = service.watch();
        watch.look().await;
        service.set(191 * 16, TaskStatus::Fail);
        assert_eq!(watch.look().await.len(), 1, "{markers:?}");
        service.create(state(TaskStatus::Waitting));
        assert_eq!(watch.look().await.len(), 1, "{markers:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_is_reported_and_the_next_one_reports_what_happened() {
    let service = Service::of(Markers::Ids, 1, |_| TaskStatus::Processing);
    let mut watch = service.watch();
    watch.look().await;
    service.next_answers_are(Odd::Failure, 1);
    service.set(16, TaskStatus::Success);
    let items = watch.items(usize::MAX).await;
    assert!(matches!(&items[..], [Err(error)] if error.is_retryable()), "{items:?}");
    let (_, before, after) = watch.look().await.remove(0);
    assert_eq!((before.unwrap().status, after.unwrap().status), (TaskStatus::Processing, TaskStatus::Success));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_later_is_an_error_and_stays() {
    let service = Service::of(Markers::Ids, 30, |_| TaskStatus::Processing);
    let mut watch = Watch::new(vec![service.list().optional(true)], None);
    watch.look().await;
    service.next_answers_are(Odd::Refusal, 2);
    service.set(16, TaskStatus::Success);
    for _ in 0..2 {
        let items = watch.items(usize::MAX).await;
        assert!(matches!(&items[..], [Err(error)] if error.failure().unwrap().status() == Some(400)), "{items:?}");
    }
    assert_eq!(watch.look().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_at_first_is_left_out_where_that_is_allowed() {
    let known = Service::of(Markers::Ids, 3, |_| TaskStatus::Processing);
    for optional in [true, false] {
        let unknown = Service::of(Markers::Ids, 3, |_| TaskStatus::Processing);
        unknown.next_answers_are(Odd::Refusal, usize::MAX);
        let other = unknown.list_named("other").optional(optional);
        let mut watch = Watch::new(vec![other, known.list()], None);
        for _ in 0..2 {
            assert_eq!(watch.items(usize::MAX).await.len(), usize::from(!optional));
        }
        assert_eq!(unknown.world().requests.len(), if optional { 1 } else { 2 });
        known.create(state(TaskStatus::Waitting));
        let items = watch.items(usize::MAX).await;
        assert!(matches!(items.last(), Some(Ok(Change::Created { .. }))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_looks_empty_at_first_is_read_again_at_once() {
    let service = Service::of(Markers::Ids, 60, |_| TaskStatus::Success);
    service.next_answers_are(Odd::Empty, 1);
    let mut watch = service.watch();
    assert_eq!((watch.look().await, watch.look().await), (vec![], vec![]));
    let empty = Service::new(Markers::Ids);
    let mut watch = empty.watch();
    watch.look().await;
    empty.create(state(TaskStatus::Success));
    assert_eq!(watch.look().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_odd_answer_makes_no_task_new() {
    for (markers, odd) in Markers::ALL.into_iter().flat_map(|markers| [(markers, Odd::Empty), (markers, Odd::Cut)]) {
        for length in [5, 15, 30, 300] {
            let service = Service::of(markers, length, |_| TaskStatus::Success);
            let mut watch = service.watch();
            watch.look().await;
            for _ in 0..3 {
                service.next_answers_are(odd, 1);
                assert_eq!(watch.look().await, [], "{markers:?} {odd:?} {length}");
                service.next_answers_are(odd, 0);
                assert_eq!(watch.look().await, [], "{markers:?} {odd:?} {length}");
            }
            service.create(state(TaskStatus::Success));
            assert_eq!(watch.look().await.len(), 1, "{markers:?} {odd:?} {length}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_reported_just_before_a_stop_is_not_new_after_an_odd_answer() {
    let service = Service::of(Markers::Ids, 100, |_| TaskStatus::Success);
    let mut watch = service.watch();
    watch.look().await;
    (1..=100).for_each(|number| service.delete(number * 16));
    (0..60).for_each(|_| _ = service.create(state(TaskStatus::Success)));
    assert_eq!(watch.look().await.len(), 60);
    service.create(state(TaskStatus::Success));
    assert_eq!(watch.take(1).await.len(), 1);
    watch = watch.restart(&service);
    service.next_answers_are(Odd::Empty, 1);
    assert_eq!((watch.look().await, watch.look().await), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn only_new_tasks_are_new_when_all_that_was_at_the_head_is_deleted() {
    for markers in Markers::ALL {
        let service = Service::of(markers, 400, |_| TaskStatus::Success);
        let mut watch = service.watch();
        watch.look().await;
        (290..=400).for_each(|number| service.delete(number * 16));
        let new = [service.create(state(TaskStatus::Success)), service.create(state(TaskStatus::Waitting))];
        assert_eq!(watch.look().await.into_iter().map(|(number, ..)| number).collect::<Vec<_>>(), new, "{markers:?}");
        assert_eq!(watch.look().await, []);
        service.requests();
        watch.look().await;
        assert_eq!(service.requests(), [1], "{markers:?}: the border has moved");
    }
}

#[tokio::test(start_paused = true)]
async fn looks_begin_an_interval_apart_and_none_is_made_up_for() {
    let service = Service::of(Markers::Ids, 10, |_| TaskStatus::Processing);
    let mut watch = service.watch();
    watch.look().await;
    tokio::time::sleep(INTERVAL * 10).await;
    service.requests();
    assert!(tokio::time::timeout(INTERVAL / 2, futures::StreamExt::next(&mut watch.stream)).await.is_err());
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_watch_sends_no_more_requests() {
    let service = Service::new(Markers::Ids);
    let mut watch = service.watch();
    watch.look().await;
    drop(watch);
    service.requests();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(service.requests().is_empty());
}
