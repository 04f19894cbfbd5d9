//! Waiting for one task.

use std::future::Future;
use std::time::Duration;

use crate::error::{ArgumentError, Error};
use crate::task::{BatchTask, TaskStatus};

/// Looks for a task every `interval` until it meets `condition`, and returns it as it then is; `None` when two looks in a
/// row do not find it, since one odd answer would say the same. See [`conditions`] for what to wait for.
///
/// `find` looks once: by [`BatchTaskQuery::find`](crate::BatchTaskQuery::find), or by your own source. For a limit
/// of time, wrap the call in `tokio::time::timeout`.
///
/// ```
/// use std::time::Duration;
///
/// use iotda_batch_tasks::{BatchTask, TaskStatus, await_condition, conditions};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), iotda_batch_tasks::Error> {
/// let mut statuses = [TaskStatus::Waitting, TaskStatus::Processing, TaskStatus::Success].into_iter();
/// let find = || {
///     let mut task = BatchTask::new("5c8ba99030344005c02316ad");
///     task.status = statuses.next();
///     async { Ok(Some(task)) }
/// };
/// let task = await_condition(find, Duration::from_millis(1), conditions::is_done()).await?;
/// assert_eq!(task.and_then(|task| task.status), Some(TaskStatus::Success));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the interval is zero; when `find` fails; when the task cannot be read in two looks in a row.
///
/// # Cancel safety
/// Dropping the future ends the wait. Nothing is lost: a later wait looks anew.
pub async fn await_condition<F>(
    mut find: impl FnMut() -> F,
    interval: Duration,
    mut condition: impl FnMut(&BatchTask) -> bool,
) -> Result<Option<BatchTask>, Error>
where
    F: Future<Output = Result<Option<BatchTask>, Error>>,
{
    if interval.is_zero() {
        return Err(ArgumentError::new("interval", "0s", "longer than zero").into());
    }
    let mut was_odd = false;
    loop {
        match find().await {
            Ok(Some(task)) if condition(&task) => return Ok(Some(task)),
            Ok(Some(_)) => was_odd = false,
            Ok(None) | Err(Error::Record(_)) if !was_odd => was_odd = true,
            Ok(None) => return Ok(None),
            Err(error) => return Err(error),
        }
        tokio::time::sleep(interval).await;
    }
}

/// What [`await_condition`] waits for. Any closure is a condition as well.
pub mod conditions {
    use super::{BatchTask, TaskStatus};

    /// The task is in a [final status](TaskStatus::is_final): one that is not known here is none.
    pub fn is_done() -> impl Fn(&BatchTask) -> bool + Send + Clone + 'static {
        |task| task.status.as_ref().is_some_and(TaskStatus::is_final)
    }

    /// The task is in this status.
    pub fn has_status(status: impl Into<TaskStatus>) -> impl Fn(&BatchTask) -> bool + Send + Clone + 'static {
        let status = status.into();
        move |task| task.status.as_ref() == Some(&status)
    }

    /// More than so many of its sub-tasks have failed, or it is done: to stop waiting early.
    pub fn has_failed_more_than(sub_tasks: i64) -> impl Fn(&BatchTask) -> bool + Send + Clone + 'static {
        let failed = |task: &BatchTask| task.task_progress.as_ref().and_then(|progress| progress.fail).unwrap_or(0);
        move |task| failed(task) > sub_tasks || is_done()(task)
    }

    /// The task is in a final status, after it has been in another one: it was done before, and was retried.
    pub fn is_done_after_retry() -> impl FnMut(&BatchTask) -> bool + Send + Clone + 'static {
        let mut is_retried = false;
        move |task| {
            let is_final = is_done()(task);
            is_retried |= !is_final;
            is_retried && is_final
        }
    }
}
