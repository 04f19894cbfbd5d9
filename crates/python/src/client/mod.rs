//! The client: how it is set up. What it reads is in two modules.

mod lists;
mod tasks;

use iotda_batch_tasks::{Client, RetryPolicy};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::Arguments;
use crate::errors::Raise;
use crate::iteration::Next;
use crate::operation::{awaitable, wait};
use crate::runtime::Owned;
use crate::{credentials, runtime};

/// Reads the batch tasks of one project, and its sibling lists.
#[pyclass(frozen, module = "iotda", name = "Client")]
pub(crate) struct PyClient(Owned<Client>);

#[pymethods]
impl PyClient {
    #[new]
    #[pyo3(signature = (**options), text_signature = "(*, endpoint=None, region=None, project_id=None, credentials=None, \
        instance_id=None, cloud=None, allow_plain_http=False, ca_certificates=None, connect_timeout=None, request_timeout=None, \
        max_body_bytes=None, max_attempts=None, max_elapsed=None, rate_limit=None)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut options = Arguments::new(py, "Client", options)?;
        let mut builder = Client::builder().credentials(credentials::given(py, options.any("credentials")?)?);
        if let Some(endpoint) = options.text("endpoint")? {
            builder = builder.endpoint(endpoint);
        }
        if let Some(region) = options.text("region")? {
            builder = builder.region(region);
        }
        if let Some(id) = options.text("project_id")? {
            builder = builder.project_id(id);
        }
        if let Some(id) = options.text("instance_id")? {
            builder = builder.instance_id(id);
        }
        if let Some(domain) = options.text("cloud")? {
            builder = builder.cloud(domain);
        }
        if options.flag("allow_plain_http")? {
            builder = builder.allow_plain_http();
        }
        if let Some(pem) = options.any("ca_certificates")? {
            let text = pem.extract::<String>().map(String::into_bytes);
            builder = builder.ca_certificates(text.or_else(|_| pem.extract::<Vec<u8>>())?);
        }
        if let Some(limit) = options.duration("connect_timeout")? {
            builder = builder.connect_timeout(limit);
        }
        if let Some(limit) = options.duration("request_timeout")? {
            builder = builder.request_timeout(limit);
        }
        if let Some(bytes) = options.take("max_body_bytes")? {
            builder = builder.max_body_bytes(bytes);
        }
        if let Some(per_second) = options.take("rate_limit")? {
            builder = builder.rate_limit(per_second);
        }
        let mut retry = RetryPolicy::default();
        if let Some(attempts) = options.take("max_attempts")? {
            retry = retry.max_attempts(attempts);
        }
        if let Some(limit) = options.duration("max_elapsed")? {
            retry = retry.max_elapsed(limit);
        }
        options.finish()?;
        // What was given wins over the environment.
        let client = builder.addresses_from_env().retry(retry).build();
        let client = client.map_err(|error| error.raise(py))?;
        runtime::runtime(py)?;
        Ok(Self(Owned::new(client)))
    }

    /// The address that requests go to.
    #[getter]
    fn endpoint<'py>(&'py self, py: Python<'py>) -> PyResult<&'py str> {
        Ok(self.client(py)?.endpoint())
    }

    /// The project whose lists are read; it is looked up where it was not given.
    fn project_id(&self, py: Python<'_>) -> PyResult<String> {
        wait(py, self.client(py)?.project_id())
    }

    /// As `project_id`, to be awaited.
    fn project_id_async(&self, py: Python<'_>) -> PyResult<Next> {
        let client = self.client(py)?.clone();
        awaitable(py, async move { client.project_id().await })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<{:?}>", self.client(py)?))
    }
}

impl PyClient {
    fn client(&self, py: Python<'_>) -> PyResult<&Client> {
        self.0.get(py, "client")
    }
}
