//! When a task is gone, and when it only looks so.

use std::sync::{Arc, Mutex};

use iotda_batch_tasks::{BatchTask, Error, TaskStatus};

use super::service::{Markers, Odd, Service, Short, Watch, state};
use crate::model::id;

fn gone(number: u64) -> Short {
    (number, Some(state(TaskStatus::Processing)), None)
}

#[tokio::test(start_paused = true)]
async fn nothing_that_stays_is_reported_gone_whatever_the_markers_are() {
    for markers in Markers::ALL {
        for (length, last_has_marker) in [(10, true), (10, false), (120, true), (120, false)] {
            let service = Service::of(markers, length, |_| TaskStatus::Processing);
            service.world().last_has_marker = last_has_marker;
            let mut watch = service.watch();
            for _ in 0..5 {
                assert_eq!(watch.look().await, [], "{markers:?} {length}");
            }
            watch = watch.restart(&service);
            assert_eq!((watch.look().await, watch.look().await), (vec![], vec![]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_task_is_gone_when_two_looks_in_a_row_did_not_see_it() {
    for markers in Markers::ALL {
        let service = Service::of(markers, 120, |_| TaskStatus::Processing);
        let mut watch = service.watch();
        watch.look().await;
        service.delete(40 * 16);
        service.delete(120 * 16);
        assert_eq!(watch.look().await, []);
        watch = watch.restart(&service);
        assert_eq!(watch.look().await, [gone(40 * 16), gone(120 * 16)], "{markers:?}");
        assert_eq!(watch.look().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn one_empty_answer_deletes_nothing_and_all_tasks_are_watched_on() {
    for (markers, odd) in Markers::ALL.into_iter().flat_map(|markers| [(markers, Odd::Empty), (markers, Odd::Cut)]) {
        let service = Service::of(markers, 25, |_| TaskStatus::Processing);
        let mut watch = service.watch();
        watch.look().await;
        for _ in 0..2 {
            service.next_answers_are(odd, 1);
            assert_eq!(watch.look().await, [], "{markers:?} {odd:?}");
            service.next_answers_are(odd, 0);
            assert_eq!(watch.look().await, []);
        }
        (1..=25).for_each(|number| service.set(number * 16, TaskStatus::Stopped));
        assert_eq!(watch.look().await.len(), 25, "{markers:?} {odd:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_between_two_that_miss_a_task_counts_for_nothing() {
    let service = Service::of(Markers::TwoAbove, 25, |_| TaskStatus::Processing);
    let mut watch = service.watch();
    watch.look().await;
    service.delete(16);
    assert_eq!(watch.look().await, []);
    service.next_answers_are(Odd::Failure, 1);
    assert_eq!(watch.items(usize::MAX).await.len(), 1);
    assert_eq!(watch.look().await, [gone(16)]);
}

#[tokio::test(start_paused = true)]
async fn a_finished_task_that_is_tidied_away_is_not_reported() {
    let service = Service::of(Markers::Ids, 5, |_| TaskStatus::Fail);
    service.world().created.extend((1..=5).map(|number| (number * 16, jiff::Timestamp::now())));
    let mut watch = service.watch();
    watch.look().await;
    service.delete(16);
    for _ in 0..3 {
        assert_eq!(watch.look().await, []);
    }
}

/// A watch that can request single tasks, and the ids that it requested.
fn with_lookup(
    service: &Service,
    answer: impl Fn(&str) -> Result<Option<BatchTask>, Error> + Send + 'static,
) -> (Watch, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let list = service.list().lookup(move |id| {
        let answer = answer(&id);
        log.lock().unwrap().push(id);
        std::future::ready(answer)
    });
    (Watch::new(vec![list], None), asked)
}

#[tokio::test(start_paused = true)]
async fn a_task_that_the_service_itself_does_not_know_is_gone_at_once() {
    let service = Service::of(Markers::TwoAbove, 25, |_| TaskStatus::Processing);
    let (mut watch, asked) = with_lookup(&service, |asked| Ok((asked != id(5 * 16)).then(|| BatchTask::new(asked))));
    watch.look().await;
    service.delete(5 * 16);
    assert_eq!(watch.look().await, [gone(5 * 16)]);
    assert_eq!(*asked.lock().unwrap(), [id(5 * 16), id(25 * 16)]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_knows_no_task_at_all_by_its_id_is_not_believed() {
    let service = Service::of(Markers::TwoAbove, 25, |_| TaskStatus::Processing);
    let (mut watch, _) = with_lookup(&service, |_| Ok(None));
    watch.look().await;
    service.next_answers_are(Odd::Cut, 1);
    assert_eq!((watch.look().await, watch.look().await), (vec![], vec![]));
    service.delete(5 * 16);
    assert_eq!((watch.look().await, watch.look().await), (vec![], vec![gone(5 * 16)]));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_the_list_lacks_and_the_service_knows_is_not_gone() {
    let service = Service::of(Markers::TwoAbove, 25, |_| TaskStatus::Processing);
    let (mut watch, _) = with_lookup(&service, |id| {
        let mut task = BatchTask::new(id);
        task.status = Some(TaskStatus::Stopping);
        task.task_progress = Some(serde_json::from_str(r#"{"success":0}"#).unwrap());
        Ok(Some(task))
    });
    watch.look().await;
    service.delete(5 * 16);
    let stopping = (5 * 16, Some(state(TaskStatus::Processing)), Some(state(TaskStatus::Stopping)));
    assert_eq!(watch.look().await, [stopping]);
    for _ in 0..3 {
        assert_eq!(watch.look().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn where_single_tasks_cannot_be_requested_two_looks_decide() {
    let service = Service::of(Markers::TwoAbove, 25, |_| TaskStatus::Processing);
    let refusal = || iotda_batch_tasks::ArgumentError::new("task", "it", "asked for by a list");
    let (mut watch, _) = with_lookup(&service, move |_| Err(refusal().into()));
    watch.look().await;
    service.delete(5 * 16);
    assert_eq!((watch.look().await, watch.look().await), (vec![], vec![gone(5 * 16)]));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_lacks_the_whole_list_is_not_followed_by_a_question_for_each_task() {
    let service = Service::of(Markers::TwoAbove, 300, |_| TaskStatus::Processing);
    let (mut watch, asked) = with_lookup(&service, |_| Ok(Some(BatchTask::new("odd"))));
    watch.look().await;
    service.next_answers_are(Odd::Empty, 1);
    watch.look().await;
    assert!(asked.lock().unwrap().len() <= 16);
}
