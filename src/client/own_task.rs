//! Requests that move on whether or not their caller polls.

use std::future::Future;

use tokio::task::JoinSet;
use tracing::Instrument;

use crate::{FailureKind, SourceError};

/// Runs `request` in a separate task, which is aborted when this future is dropped.
///
/// A caller may keep a call and stop polling it: another branch of its `select!`, the body of a loop over
/// `buffer_unordered`. What the request holds at that moment (its turn, its place among the requests in flight, the
/// renewal of a token) has to be passed on all the same, else every other request of the client waits for it.
pub(super) async fn in_own_task<T: Send + 'static>(
    request: impl Future<Output = Result<T, SourceError>> + Send + 'static,
) -> Result<T, SourceError> {
    let mut task = JoinSet::new();
    task.spawn(request.in_current_span());
    let ended = task.join_next().await.map(|ended| ended.map_err(tokio::task::JoinError::try_into_panic));
    match ended {
        Some(Ok(outcome)) => outcome,
        Some(Err(Ok(panic))) => std::panic::resume_unwind(panic),
        Some(Err(Err(_))) | None => {
            Err(SourceError::new(FailureKind::Stopped, "the runtime stopped while the page was being fetched"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_whose_caller_is_gone_is_aborted() {
        let held = Arc::new(());
        let inner = Arc::clone(&held);
        let request = in_own_task(async move {
            std::future::pending::<()>().await;
            drop(inner);
            Ok(())
        });
        assert!(tokio::time::timeout(std::time::Duration::from_secs(1), request).await.is_err());
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test]
    #[should_panic(expected = "a provider of the user's")]
    async fn a_panic_of_a_request_is_its_callers() {
        let _ = in_own_task::<()>(async { panic!("a provider of the user's") }).await;
    }
}
