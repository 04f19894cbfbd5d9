//! The HTTP client under the streams: arguments, requests, errors.
//!
//! # What is traced
//! Each attempt at a page is a `tracing` span `page` at debug level with the fields `list`, `marker`, `offset`, `limit`
//! and `attempt`, and what came of it: `status`, `bytes` (of the body of a 200) and `milliseconds`. An event `trying again`
//! reports a failure that another attempt follows, and the wait before it. Nothing that is traced holds a secret.

// Knows HTTP and the service's addresses; must not know how pages are put together.

mod attempts;
mod budget;
mod builder;
pub mod credentials;
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
pub use list_query::ListQuery;
pub use query::BatchTaskQuery;
pub use retry::RetryPolicy;

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
