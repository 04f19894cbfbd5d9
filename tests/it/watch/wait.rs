//! Waiting for one task.

use std::future::ready;
use std::time::Duration;

use iotda_batch_tasks::{ArgumentError, BatchTask, Error, RecordError, TaskStatus, await_condition, conditions};
use tokio::time::Instant;

use super::service::INTERVAL;

type Found = Result<Option<BatchTask>, Error>;

fn in_status(status: TaskStatus) -> Found {
    let mut task = BatchTask::new("a");
    task.status = Some(status);
    Ok(Some(task))
}

fn unreadable() -> Found {
    Err(RecordError::new(0, "status", "not a text").into())
}

/// What the wait returns and how many looks it takes, if these are found one after the other.
async fn wait(found: Vec<Found>, condition: impl FnMut(&BatchTask) -> bool) -> (Found, usize) {
    let (mut found, began) = (found.into_iter(), Instant::now());
    let result = await_condition(|| ready(found.next().unwrap()), INTERVAL, condition).await;
    (result, began.elapsed().as_secs() as usize / INTERVAL.as_secs() as usize + 1)
}

fn status(found: Found) -> Option<TaskStatus> {
    found.unwrap().unwrap().status
}

#[tokio::test(start_paused = true)]
async fn a_task_is_looked_at_once_an_interval_until_it_is_done() {
    let statuses = [TaskStatus::Waitting, TaskStatus::Processing, "Paused".into(), TaskStatus::PartialSuccess];
    let (found, looks) = wait(statuses.map(in_status).into(), conditions::is_done()).await;
    assert_eq!((status(found), looks), (Some(TaskStatus::PartialSuccess), 4));
}

#[tokio::test(start_paused = true)]
async fn a_task_is_absent_when_two_looks_in_a_row_do_not_find_it() {
    let found = vec![Ok(None), in_status(TaskStatus::Processing), Ok(None), in_status(TaskStatus::Success)];
    let (found, looks) = wait(found, conditions::is_done()).await;
    assert_eq!((status(found), looks), (Some(TaskStatus::Success), 4));
    let (found, looks) = wait(vec![in_status(TaskStatus::Processing), Ok(None), Ok(None)], conditions::is_done()).await;
    assert!(found.unwrap().is_none() && looks == 3);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_cannot_be_read_once_is_waited_for() {
    let (found, _) = wait(vec![unreadable(), in_status(TaskStatus::Success)], conditions::is_done()).await;
    assert_eq!(status(found), Some(TaskStatus::Success));
    let (found, looks) = wait(vec![unreadable(), unreadable()], conditions::is_done()).await;
    assert!(matches!(found, Err(Error::Record(_))) && looks == 2);
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_waited_for_from_the_final_status_on() {
    let statuses = [TaskStatus::Fail, TaskStatus::Fail, TaskStatus::Processing, TaskStatus::Success];
    let (found, looks) = wait(statuses.map(in_status).into(), conditions::is_done_after_retry()).await;
    assert_eq!((status(found), looks), (Some(TaskStatus::Success), 4));
}

#[tokio::test(start_paused = true)]
async fn any_closure_is_a_condition() {
    let statuses = [TaskStatus::Waitting, TaskStatus::Processing];
    let is_begun = |task: &BatchTask| task.status == Some(TaskStatus::Processing);
    assert_eq!(status(wait(statuses.map(in_status).into(), is_begun).await.0), Some(TaskStatus::Processing));
}

#[tokio::test(start_paused = true)]
async fn a_wait_fails_with_its_requests_and_with_no_interval() {
    let failed = vec![Err(ArgumentError::new("task_id", "?", "an id").into())];
    assert!(matches!(wait(failed, conditions::is_done()).await.0, Err(Error::Argument(_))));
    let find = || ready(in_status(TaskStatus::Success));
    let refused = await_condition(find, Duration::ZERO, conditions::is_done()).await.unwrap_err();
    assert!(refused.to_string().contains("interval"), "{refused}");
}
