//! The HTTP client under the streams: arguments, requests, errors.
//!
//! # What is traced
//! Each page that came is a `tracing` event `page` at level DEBUG with the fields `list`, `url`, `records`, `attempts`,
//! `bytes` (of bodies) and `milliseconds` (retries and waits included). An event `trying again` reports a failure that
//! another attempt follows, with `list`, `url`, `error`, `attempt` and `wait`: at level WARN from the second failure of a
//! request on, and at DEBUG for the first one, which the next attempt nearly always mends.
//!
//! Each attempt at a page is a span `page` at level DEBUG as well, with the fields `list`, `marker`, `offset`, `limit`
//! and `attempt`, and what came of it: `status`, `bytes` and `milliseconds`. Nothing that is traced holds a secret:
//! credentials are in headers, and no header is traced.

// Knows HTTP and the service's addresses; must not know how pages are put together.

mod attempts;
mod budget;
mod builder;
mod creation_time;
pub mod credentials;
pub mod diagnosis;
mod endpoint;
mod failure;
mod http_client;
mod http_source;
mod list_query;
mod lists;
#[cfg(test)]
mod network_tests;
mod operations;
mod own_task;
mod project;
mod proxies;
mod query;
mod quota;
mod read_options;
mod request_counts;
mod retry;
mod show;
#[cfg(test)]
mod test_server;
mod tls;
mod transport;
mod transport_cause;
mod trust;

use std::fmt;
use std::sync::Arc;

pub use builder::ClientBuilder;
pub use creation_time::CreationTime;
pub use list_query::ListQuery;
pub use query::BatchTaskQuery;
pub use request_counts::RequestCounts;
pub use retry::RetryPolicy;

use crate::SourceError;
use crate::task::TaskType;
use attempts::Attempts;
use endpoint::Endpoint;
use project::Project;
use transport::Transport;

/// Reads the batch tasks of one project, and its sibling lists.
///
/// A clone is cheap and shares everything: connections, credentials, and the measured quota. Make one
/// client a project and clone it.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    endpoint: Endpoint,
    project: Project,
    transport: Transport,
    attempts: Attempts,
}

impl Client {
    /// Sets up a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The batch tasks of one type, newest first.
    pub fn batch_tasks(&self, task_type: impl Into<TaskType>) -> BatchTaskQuery {
        BatchTaskQuery::new(self.clone(), vec![task_type.into()], false)
    }

    /// The batch tasks of every [known](TaskType::KNOWN) type, merged into one stream, newest first. The service
    /// lists one type at a time, so this reads as many lists as there are types. Types that older services do not know
    /// are left out where the service refuses them, unless they are [requested](BatchTaskQuery::task_type) by name.
    pub fn all_batch_tasks(&self) -> BatchTaskQuery {
        BatchTaskQuery::new(self.clone(), Vec::new(), true)
    }

    /// The address that requests go to: as it was given, or made from the region.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.0.endpoint.base().as_str().trim_end_matches('/')
    }

    /// The `Instance-Id` that requests carry.
    #[must_use]
    pub fn instance_id(&self) -> Option<&str> {
        self.0.transport.headers.get("instance-id")?.to_str().ok()
    }

    /// The project whose lists are read. One that was not given is looked up at IAM, once for all clones of the client: the
    /// project that bears the region's name.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = iotda_simulator::Simulator::builder().project_id("0a1b").start().await?;
    /// use iotda_batch_tasks::{Client, Credentials};
    ///
    /// # let (endpoint, iam) = (simulator.endpoint(), simulator.endpoint());
    /// # let (ak, sk) = ("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");
    /// let keys = Credentials::aksk(ak, sk).iam_endpoint(iam);
    /// let client = Client::builder().endpoint(endpoint).region("cn-north-4").credentials(keys).build()?;
    /// assert_eq!(client.project_id().await?, "0a1b");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When IAM cannot be reached, refuses, or knows no or several such projects. It is tried again as a page is.
    ///
    /// # Cancel safety
    /// Dropping the future aborts the request.
    pub async fn project_id(&self) -> Result<String, SourceError> {
        // Nothing is sent, so nothing succeeds: what a refusal means depends on whether a request did.
        if let Some(id) = self.0.project.known() {
            return Ok(id.to_owned());
        }
        let shared = Arc::clone(&self.0);
        let look_up = async move {
            let attempt = |_| async { shared.project.id(&shared.transport).await.map(str::to_owned) };
            shared.attempts.run(attempt).await.map(|(id, _)| id)
        };
        own_task::in_own_task(look_up).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.0.endpoint)
            .field("project_id", &self.0.project.known())
            .field("credentials", &self.0.transport.credentials)
            .finish_non_exhaustive()
    }
}
