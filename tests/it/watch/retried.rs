//! Failed tasks may be retried, and are looked at again for a while.

use std::time::Duration;

use iotda_batch_tasks::TaskStatus;
use jiff::{SignedDuration, Timestamp};

use super::service::{Markers, Service, Watch, state};

/// Two failed tasks in a list of 200: one of six days ago, and one of eight.
fn service(status: &TaskStatus) -> (Service, [u64; 2]) {
    let service = Service::of(Markers::TwoAbove, 200, |_| TaskStatus::Success);
    let (old, young) = (40 * 16, 100 * 16);
    for (number, days) in [(old, 8), (young, 6)] {
        service.set(number, status.clone());
        let age = SignedDuration::from_hours(24 * days);
        service.world().created.insert(number, Timestamp::now().checked_sub(age).unwrap());
    }
    (service, [old, young])
}

#[tokio::test(start_paused = true)]
async fn a_retried_task_is_reported_on_its_way_back_and_on_its_way_on() {
    for status in [TaskStatus::Fail, TaskStatus::PartialSuccess] {
        let (service, [old, young]) = service(&status);
        let mut watch = service.watch();
        watch.look().await;
        watch = watch.restart(&service);
        service.set(young, TaskStatus::Processing);
        service.set(old, TaskStatus::Processing);
        let back = (young, Some(state(status.clone())), Some(state(TaskStatus::Processing)));
        assert_eq!(watch.look().await, [back]);
        service.set(young, TaskStatus::Success);
        let on = (young, Some(state(TaskStatus::Processing)), Some(state(TaskStatus::Success)));
        assert_eq!(watch.look().await, [on]);
        service.set(young, TaskStatus::Processing);
        assert_eq!(watch.look().await, [], "success is final");
    }
}

#[tokio::test(start_paused = true)]
async fn for_how_long_failed_tasks_are_looked_at_can_be_set() {
    for (days, reported) in [(0, 0), (7, 1), (9, 2), (u64::MAX / 86_400, 2)] {
        let (service, numbers) = service(&TaskStatus::Fail);
        let list = service.list().retried_within(Duration::from_secs(days * 86_400));
        let mut watch = Watch::new(vec![list], None);
        watch.look().await;
        numbers.into_iter().for_each(|number| service.set(number, TaskStatus::Processing));
        assert_eq!(watch.look().await.len(), reported, "{days}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_while_it_is_watched_is_watched_on() {
    let service = Service::of(Markers::Ids, 3, |_| TaskStatus::Processing);
    service.world().created.insert(16, Timestamp::now());
    let mut watch = service.watch();
    watch.look().await;
    for status in [TaskStatus::Fail, TaskStatus::Processing, TaskStatus::PartialSuccess, TaskStatus::Processing] {
        service.set(16, status);
        assert_eq!(watch.look().await.len(), 1);
    }
}
