//! What never changes while the simulator runs.

use std::time::Duration;

use super::tasks::ListRules;

/// How the service behaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) latency: Duration,
    pub(super) jitter: Duration,
    pub(super) list_rules: ListRules,
    pub(super) foreign_markers: ForeignMarkers,
    pub(super) instance_id: Option<String>,
    /// How many seconds the service's clock is ahead of the true time.
    pub(super) clock_ahead: i64,
    /// The `Retry-After` of what is over the quota.
    pub(super) retry_after: Option<String>,
    /// Whether what is over the quota is refused with a 403.
    pub(super) quota_as_forbidden: bool,
    /// Whether the text of a refusal states the quota.
    pub(super) quota_in_text: bool,
    pub(super) quota_in_headers: QuotaHeaders,
}

/// Which answers state the quota in a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum QuotaHeaders {
    #[default]
    Never,
    Always,
    IfAsked,
}

/// What comes of a marker that was not handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ForeignMarkers {
    #[default]
    Taken,
    Refused,
    AnsweredEmpty,
}
