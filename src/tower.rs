//! Any `tower` service of HTTP requests as a page source.
//!
//! Credentials, `Instance-Id`, retries, limits and timeouts are layers of that service.
//!
//! ```
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use bytes::Bytes;
//! # use http_body_util::{Empty, Full};
//! # let simulator = iotda_simulator::Simulator::builder().tasks(120).start().await?;
//! # let endpoint = simulator.endpoint();
//! # #[derive(Debug)]
//! # struct Never;
//! # let send = move |request: http::Request<Empty<Bytes>>| async move {
//! #     use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! #     let address = request.uri().authority().expect("it has one").as_str().to_owned();
//! #     let mut stream = tokio::net::TcpStream::connect(address).await?;
//! #     let target = request.uri().path_and_query().expect("it has one").as_str().to_owned();
//! #     stream.write_all(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).await?;
//! #     let mut answer = Vec::new();
//! #     stream.read_to_end(&mut answer).await?;
//! #     let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
//! #     Ok::<_, std::io::Error>(http::Response::new(Full::new(Bytes::from(answer).slice(body..))))
//! # };
//! use futures::TryStreamExt;
//! use iotda_batch_tasks::lists::ListEndpoint;
//! use iotda_batch_tasks::tower::TowerList;
//! use iotda_batch_tasks::{BatchTaskStream, StreamOptions};
//!
//! let service = tower::service_fn(send); // in practice: a client with layers around it
//! let source = TowerList::new(format!("{endpoint}/v5/iot/0123456789abcdef"), ListEndpoint::BATCH_TASKS)
//!     .query("task_type", "softwareUpgrade")
//!     .through(service)?;
//! let tasks: Vec<_> = BatchTaskStream::from_source(source, StreamOptions::new())?.try_collect().await?;
//! assert_eq!(tasks.len(), 120);
//! # Ok(())
//! # }
//! ```

// Knows HTTP; must not know which page to request.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use http::{Request, Response, StatusCode, Uri, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_service::Service;

use crate::decode::{self, Row};
use crate::error::answer::{self, ErrorAnswer};
use crate::lists::{ListEndpoint, ResolvedList, Selection, url};
use crate::{ArgumentError, FailureKind, Page, PageRequest, PageSource, SourceError};

const MAX_BODY_BYTES: usize = 256 * 1024 * 1024;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Which list to read through a `tower` service.
#[derive(Clone)]
#[must_use = "it does nothing until it is read through a service"]
pub struct TowerList {
    base: String,
    selection: Selection,
    max_body_bytes: usize,
}

impl fmt::Debug for TowerList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base, selection, max_body_bytes } = self;
        f.debug_struct("TowerList")
            .field("base", &url::shown(base))
            .field("selection", selection)
            .field("max_body_bytes", max_body_bytes)
            .finish()
    }
}

impl TowerList {
    /// One list of the project at `base`: `https://{endpoint}/v5/iot/{project_id}`.
    pub fn new(base: impl Into<String>, list: ListEndpoint) -> Self {
        Self { base: base.into(), selection: Selection::new(list), max_body_bytes: MAX_BODY_BYTES }
    }

    /// Fills in the parameter of the path that is called `name`: what a [`ListEndpoint`] has in braces.
    pub fn path_parameter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.selection.parameter(name, value.into());
        self
    }

    /// Sends a parameter along with every page request: a filter, as the list documents it. 1 to 256 characters.
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.selection.filter(name.into(), value.into());
        self
    }

    /// The most bytes of one answer that are read, 256 MiB by default.
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// A page source that sends requests with an empty body `B` through clones of `service`.
    ///
    /// # Errors
    /// When an argument breaks a rule.
    pub fn through<S, B>(self, service: S) -> Result<TowerSource<S, B>, ArgumentError> {
        let base = self.base.trim_end_matches('/').to_owned();
        let is_whole = |uri: Uri| uri.scheme().is_some() && uri.authority().is_some() && uri.query().is_none();
        if base.contains('@') {
            return Err(ArgumentError::new("base", url::shown(&base), "an absolute URL without a user"));
        }
        if !base.parse().is_ok_and(is_whole) {
            return Err(ArgumentError::new("base", url::shown(&base), "an absolute URL without a query"));
        }
        let (list, max_body_bytes) = (self.selection.checked()?, self.max_body_bytes);
        Ok(TowerSource { service: Mutex::new(service), base, list, max_body_bytes, body: PhantomData })
    }
}

/// A list read through a `tower` service: what [`TowerList::through`] makes.
pub struct TowerSource<S, B> {
    service: Mutex<S>,
    base: String,
    list: ResolvedList,
    max_body_bytes: usize,
    body: PhantomData<fn() -> B>,
}

impl<S, B> TowerSource<S, B> {
    /// The name of the list, its path with its filters, for [`StreamOptions::list`](crate::StreamOptions::list): so
    /// that a checkpoint resumes only the same list.
    #[must_use]
    pub fn list_name(&self) -> String {
        self.list.name()
    }

    fn request(&self, request: &PageRequest) -> Result<Request<B>, http::Error>
    where
        B: Default,
    {
        let path = url::path(self.list.segments.iter().map(String::as_str));
        let query = url::query(&self.list.parameters(request));
        let address = format!("{}{path}?{query}", self.base);
        Request::get(address).header(header::ACCEPT, "application/json").body(B::default())
    }

    async fn body<R>(&self, body: R) -> Result<Vec<u8>, SourceError>
    where
        R: Body,
        R::Error: Into<Cause>,
    {
        let whole = Limited::new(body, self.max_body_bytes).collect().await.map_err(|error| {
            let too_large =
                || format!("the answer has more bytes than max_body_bytes, {}, allows", self.max_body_bytes);
            match error.is::<LengthLimitError>() {
                true => SourceError::new(FailureKind::TooLarge, too_large()),
                false => SourceError::new(FailureKind::Interrupted, "the answer broke off").with_cause(error),
            }
        })?;
        Ok(whole.to_bytes().into())
    }
}

impl<T, S, B, R> PageSource<T> for TowerSource<S, B>
where
    T: Row + Send + 'static,
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Cause>,
    B: Default + Send + 'static,
    R: Body + Send,
    R::Data: Send,
    R::Error: Into<Cause>,
{
    async fn fetch(&self, request: PageRequest) -> Result<Page<T>, SourceError> {
        let other = |message| move |cause: Cause| SourceError::new(FailureKind::Other, message).with_cause(cause);
        let request = self.request(&request).map_err(|error| other("the request cannot be written")(error.into()))?;
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let failed = |error: S::Error| other("the service failed")(error.into());
        poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
        let (head, body) = service.call(request).await.map_err(failed)?.into_parts();
        if head.status != StatusCode::OK {
            let body = answer::body_of(body).await;
            let answer = ErrorAnswer { status: head.status, headers: &head.headers, body: &body, secrets: &[] };
            return Err(answer.error(FailureKind::Status, "the service", ""));
        }
        decode::page(&self.body(body).await?, &self.list.shape)
    }
}

impl<S, B> fmt::Debug for TowerSource<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerSource").field("base", &self.base).field("list", &self.list).finish_non_exhaustive()
    }
}
