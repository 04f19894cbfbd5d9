//! What a stream has done so far.

/// What a stream has done so far, for a progress bar or a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Items handed out, those before a resume included; with bounds of time, those passed over too.
    pub delivered: u64,
    /// The count that the service returned. A hint: it counts what matched at the time of the request.
    pub count: Option<u64>,
    /// Pages that were begun.
    pub pages: u64,
    /// Requests made, retries included.
    pub requests: u64,
    /// Requests that were made again after a failure.
    pub retries: u64,
}
