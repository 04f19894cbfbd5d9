//! What a diagnosis found, in types and as text.

// Knows words; neither requests nor how findings come about.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// It was seen to be so.
    Holds,
    /// It was seen to be otherwise.
    DoesNotHold,
    /// Nothing showed it: the list is too short, for example, or an earlier request failed.
    NotSeen,
}

impl Finding {
    /// `holds`, `does not hold` or `could not be seen`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold",
            Self::NotSeen => "could not be seen",
        }
    }
}

/// What has to be right before a list can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionCheck {
    /// Where requests go, and to which instance.
    Endpoint,
    /// The host of the endpoint has an address.
    NameResolution,
    /// A connection comes about, over TLS unless it was allowed otherwise.
    Connection,
    /// Which credentials there are, where they were found, and whether the service takes them.
    Credentials,
    /// How requests are signed.
    Signature,
    /// The clocks are close enough for signatures.
    Clock,
    /// Which project is read.
    Project,
    /// The credentials may read batch tasks.
    Permission,
    /// The answer is a list of batch tasks.
    Answer,
    /// Which quotas the gateway states.
    Quota,
}

impl ConnectionCheck {
    /// Its name in reports, such as `name-resolution`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::NameResolution => "name-resolution",
            Self::Connection => "connection",
            Self::Credentials => "credentials",
            Self::Signature => "signature",
            Self::Clock => "clock",
            Self::Project => "project",
            Self::Permission => "permission",
            Self::Answer => "answer",
            Self::Quota => "quota",
        }
    }
}

/// A behaviour of the service that this crate relies on, or makes use of where it is there.
///
/// What each means for a scan: [`guide::exactness`](crate::guide::exactness).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Assumption {
    /// Tasks come newest first.
    NewestFirst,
    /// A page after a marker holds nothing of the marker's page.
    MarkerExclusive,
    /// A page in the middle of the list returns a marker below the one it was requested after.
    MarkerDescends,
    /// `offset` may be 500.
    OffsetTo500,
    /// Two reads of a page agree.
    ReadsAgree,
    /// The marker of a page is the id of its last task.
    MarkerIsLastId,
    /// `count` is that of the whole list, also after a marker.
    CountOfWholeList,
    /// A marker that was not returned is a place in the list too.
    EstimatedMarker,
    /// A page without tasks returns a count or a marker.
    EmptyPageFields,
    /// A page holds 50 tasks where so many follow.
    FullPages,
}

impl Assumption {
    /// All of them, those that are [needed](Self::is_needed) first.
    pub const ALL: &'static [Self] = &[
        Self::NewestFirst,
        Self::MarkerExclusive,
        Self::MarkerDescends,
        Self::OffsetTo500,
        Self::ReadsAgree,
        Self::MarkerIsLastId,
        Self::CountOfWholeList,
        Self::EstimatedMarker,
        Self::EmptyPageFields,
        Self::FullPages,
    ];

    /// Its name in reports, such as `marker-exclusive`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewestFirst => "newest-first",
            Self::MarkerExclusive => "marker-exclusive",
            Self::MarkerDescends => "marker-descends",
            Self::OffsetTo500 => "offset-500",
            Self::ReadsAgree => "reads-agree",
            Self::MarkerIsLastId => "marker-is-last-id",
            Self::CountOfWholeList => "count-of-whole-list",
            Self::EstimatedMarker => "estimated-marker",
            Self::EmptyPageFields => "empty-page-fields",
            Self::FullPages => "full-pages",
        }
    }

    /// Whether a scan is complete and exact only where it holds. Without the others a scan takes more requests.
    #[must_use]
    pub fn is_needed(self) -> bool {
        matches!(
            self,
            Self::NewestFirst | Self::MarkerExclusive | Self::MarkerDescends | Self::OffsetTo500 | Self::ReadsAgree
        )
    }
}

/// Something that was checked, and the result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation<S> {
    /// What was checked.
    pub subject: S,
    /// The result.
    pub finding: Finding,
    /// What was seen, in a few words without secrets and ids.
    pub note: String,
}

impl<S> Observation<S> {
    pub(super) fn new(subject: S, finding: Finding, note: impl Into<String>) -> Self {
        Self { subject, finding, note: note.into() }
    }
}

/// What [`Client::diagnose`](crate::Client::diagnose) found. Its text is for people, its `Serialize` for programs; neither
/// has a secret, and ids are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// From the address to the first answer.
    pub connection: Vec<Observation<ConnectionCheck>>,
    /// How the service pages, one for each of [`Assumption::ALL`].
    pub behaviour: Vec<Observation<Assumption>>,
    /// The task type whose list was examined, if any could be read.
    pub list: Option<String>,
    /// How many requests for pages were sent.
    pub requests: u32,
}

impl Diagnosis {
    /// What was found about an assumption.
    #[must_use]
    pub fn finding(&self, assumption: Assumption) -> Finding {
        let found = self.behaviour.iter().find(|observation| observation.subject == assumption);
        found.map_or(Finding::NotSeen, |observation| observation.finding)
    }

    /// Whether everything that exactness [needs](Assumption::is_needed) was seen to hold.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let needed = Assumption::ALL.iter().filter(|assumption| assumption.is_needed());
        needed.into_iter().all(|assumption| self.finding(*assumption) == Finding::Holds)
    }
}

const VERSION: &str = concat!("iotda-batch-tasks ", env!("CARGO_PKG_VERSION"));

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{VERSION}, {} {}", std::env::consts::OS, std::env::consts::ARCH)?;
        writeln!(f, "\nConnection")?;
        for Observation { subject, finding, note } in &self.connection {
            let finding = match finding {
                Finding::Holds => "ok",
                Finding::DoesNotHold => "wrong",
                Finding::NotSeen => "not seen",
            };
            writeln!(f, "  {:<19}  {finding:<17}  {note}", subject.as_str())?;
        }
        let list = self.list.as_deref().unwrap_or("none");
        writeln!(f, "\nBehaviour of the list (of {list}, by {} requests)", self.requests)?;
        for Observation { subject, finding, note } in &self.behaviour {
            let needed = if subject.is_needed() { "needed; " } else { "" };
            writeln!(f, "  {:<19}  {:<17}  {needed}{note}", subject.as_str(), finding.as_str())?;
        }
        let verdict = match self.is_exact() {
            true => "Everything that exactness needs holds.",
            false => "Not everything that exactness needs was seen to hold.",
        };
        write!(f, "\n{verdict}")
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Observation<ConnectionCheck> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Observation", 3)?;
        fields.serialize_field("subject", self.subject.as_str())?;
        fields.serialize_field("finding", &self.finding)?;
        fields.serialize_field("note", &self.note)?;
        fields.end()
    }
}

impl Serialize for Observation<Assumption> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Observation", 4)?;
        fields.serialize_field("subject", self.subject.as_str())?;
        fields.serialize_field("finding", &self.finding)?;
        fields.serialize_field("needed", &self.subject.is_needed())?;
        fields.serialize_field("note", &self.note)?;
        fields.end()
    }
}

impl Serialize for Diagnosis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Diagnosis", 6)?;
        fields.serialize_field("version", VERSION)?;
        fields.serialize_field("exact", &self.is_exact())?;
        fields.serialize_field("list", &self.list)?;
        fields.serialize_field("requests", &self.requests)?;
        fields.serialize_field("connection", &self.connection)?;
        fields.serialize_field("behaviour", &self.behaviour)?;
        fields.end()
    }
}
