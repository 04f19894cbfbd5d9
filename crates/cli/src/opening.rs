//! From the options that all readers share to a query: the client, the filters, and the pace.

use std::collections::BTreeSet;
use std::sync::Arc;

use iotda_batch_tasks::{BatchTaskQuery, Client, TaskStatus, TaskType};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::arguments::{Filters, Pace, ReadArgs};
use crate::checkpoints::Identity;
use crate::config::{self, Source};
use crate::connect::{self, Connected, Refusal};
use crate::interrupt::Interrupt;
use crate::known_words;
use crate::queries::{DistinctLists, Queries, Query};
use crate::selection::Selection;
use crate::time_args::TimeArg;

/// A list that can be read, in one place or in several. The simulator in it, if there is one, runs for as long as this is
/// held.
pub(crate) struct Opened {
    /// At least one.
    places: Vec<Place>,
    /// What is selected beyond the query.
    pub(crate) selection: Selection,
    identity: Identity,
    /// In which times are shown.
    pub(crate) zone: TimeZone,
}

/// One place, and what is read there.
struct Place {
    profile: Option<Arc<str>>,
    read: ReadArgs,
    connected: Connected,
    query: BatchTaskQuery,
}

impl Opened {
    /// The client of the one place; of several, of the first.
    pub(crate) fn client(&self) -> &Client {
        &self.first().connected.client
    }

    /// The query of the one place; of several, of the first.
    pub(crate) fn query(&self) -> BatchTaskQuery {
        self.first().query.clone()
    }

    fn first(&self) -> &Place {
        // `open_between` refuses to open none.
        &self.places[0]
    }

    /// The query of each place.
    pub(crate) fn queries(&self) -> Queries<BatchTaskQuery> {
        self.queries_of(|query, _| query)
    }

    /// All tasks of the one place, whatever the filters: for one who knows their ids.
    pub(crate) fn query_of_all(&self) -> BatchTaskQuery {
        paced(self.client().all_batch_tasks(), self.pace())
    }

    /// A query of each place, made of that of its tasks.
    pub(crate) fn queries_of<Q: Query>(&self, query: impl Fn(BatchTaskQuery, &Pace) -> Q) -> Queries<Q> {
        let query = |place: &Place| (place.profile.clone(), query(place.query.clone(), &place.read.pace));
        Queries::new(self.places.iter().map(query).collect())
    }

    /// The tasks of one type alone, otherwise as the options have it: bounds of time do not count.
    pub(crate) fn of_type(&self, task_type: TaskType) -> BatchTaskQuery {
        let read = &self.first().read;
        paced(filtered(self.client(), vec![task_type], None, &read.filters), &read.pace)
    }

    /// How the one place is read; of several, the first.
    pub(crate) fn pace(&self) -> &Pace {
        &self.first().read.pace
    }

    /// The options that decide which tasks are read, with their values, wherever those came from.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The queries for so many tasks at most, as far as the service can count them: see [`Chunks`](crate::chunks::Chunks)
    /// for the others. Without a number all are read.
    pub(crate) fn at_most(&self, tasks: Option<u64>) -> Queries<BatchTaskQuery> {
        match tasks {
            Some(_) => self.queries().at_most(tasks.filter(|_| self.selection.takes_all())),
            None => self.queries().whole_list(),
        }
    }
}

/// The requested times of creation: from the one, up to the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bounds {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_after: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_before: Option<Timestamp>,
    /// Whether ids may tell the time, where they are seen to: what is older is then not read at all.
    #[serde(skip)]
    pub(crate) trust_id_time: bool,
}

impl Bounds {
    /// What the options mean now.
    pub(crate) fn now(filters: &Filters) -> Result<Self, Refusal> {
        Self::between(filters.created_after, filters.created_before, &zone(filters)?)
    }

    /// What two options mean now, without a zone in this one.
    pub(crate) fn between(after: Option<TimeArg>, before: Option<TimeArg>, zone: &TimeZone) -> Result<Self, Refusal> {
        let (after, before) = (time(after, zone)?, time(before, zone)?);
        if let (Some(after), Some(before)) = (after, before)
            && after >= before
        {
            let message = format!("--created-after is {after}, which must be earlier than --created-before: {before}");
            return Err(Refusal::Argument(message));
        }
        Ok(Self { created_after: after, created_before: before, trust_id_time: false })
    }

    /// The part of them from this time on, and nothing older is read if ids tell the time.
    pub(crate) fn narrowed(self, after: Timestamp) -> Self {
        let created_after = Some(self.created_after.map_or(after, |own| own.max(after)));
        Self { created_after, trust_id_time: true, ..self }
    }
}

/// Finds out what the options mean. Nothing is sent, except to look up a project that is not given.
pub(crate) async fn open(read: &ReadArgs, interrupt: &Interrupt) -> Result<Opened, Refusal> {
    open_between(read, Bounds::now(&read.filters)?, interrupt).await
}

/// As [`open`], for a command that reads from one place.
pub(crate) async fn open_one(read: &ReadArgs, command: &str, interrupt: &Interrupt) -> Result<Opened, Refusal> {
    open(&config::one(read, command, interrupt).await?, interrupt).await
}

/// As [`open`], with the times of creation as they were found before.
pub(crate) async fn open_between(read: &ReadArgs, bounds: Bounds, interrupt: &Interrupt) -> Result<Opened, Refusal> {
    let (mut places, mut identity) = (Vec::<Place>::new(), Identity::new());
    let mut lists = DistinctLists::default();
    for source in config::sources(read, interrupt).await? {
        let (place, options) = open_place(source, bounds, interrupt).await?;
        lists.add(place.profile.as_ref(), &options)?;
        // Of several places, each has options of its own.
        let named = |option: String| match &place.profile {
            Some(profile) => format!("--profile {profile} {option}"),
            None => option,
        };
        identity.extend(options.into_iter().map(|(option, value)| (named(option), value)));
        places.push(place);
    }
    if places.is_empty() {
        return Err(Refusal::Argument("there is no profile to read with".to_owned()));
    }
    let selection = Selection {
        statuses: service_cannot_choose(statuses(&read.filters)?),
        name: read.filters.name.clone(),
        is_narrowed: bounds.trust_id_time,
    };
    Ok(Opened { places, selection, identity, zone: zone(&read.filters)? })
}

/// Opens one place. Returns also the options that decide what is read there.
async fn open_place(source: Source, bounds: Bounds, interrupt: &Interrupt) -> Result<(Place, Identity), Refusal> {
    let Source { profile, read } = source;
    let ReadArgs { connection, filters, pace } = &read;
    let (types, mut statuses) = (types(filters)?, statuses(filters)?);
    let simulated = if types.is_empty() { TaskType::KNOWN } else { &types };
    let connected = connect::connect(connection, pace, simulated).await?;
    let selected = selected(filters, &types, &statuses);
    let status = if statuses.len() == 1 { statuses.pop() } else { None };
    let mut query = paced(filtered(&connected.client, types, status, filters), pace);
    if let Some(time) = bounds.created_after {
        // People mean the first second of a day too; the library's bound is open.
        let before = time.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(time);
        query = query.created_after(before);
    }
    if let Some(time) = bounds.created_before {
        query = query.created_before(time);
    }
    if bounds.trust_id_time {
        query = query.trust_id_time();
    }
    // A query says which rule it breaks when it becomes a stream, which sends nothing until it is polled.
    drop(query.clone().stream()?);
    let origin = match &profile {
        // A place that cannot be reached must not keep the others from being read: nothing is looked up.
        Some(_) => connected.known_origin(connection),
        None => connected.origin(interrupt).await?,
    };
    let origin = origin.into_iter().map(|(option, value)| (option.to_owned(), value));
    let identity = selected.into_iter().chain(origin).collect();
    Ok((Place { profile, connected, query, read }, identity))
}

/// The statuses of which every task is looked at: the service chooses by one.
fn service_cannot_choose(statuses: Vec<TaskStatus>) -> Vec<TaskStatus> {
    if statuses.len() == 1 { Vec::new() } else { statuses }
}

/// The client and the lists of the scope, of which nothing is known yet: a project that is not given is not looked up.
pub(crate) async fn unread(read: &ReadArgs, interrupt: &Interrupt) -> Result<(Connected, BatchTaskQuery), Refusal> {
    let read = config::one(read, "doctor", interrupt).await?;
    let types = types(&read.filters)?;
    let simulated = if types.is_empty() { TaskType::KNOWN } else { &types };
    let connected = connect::connect(&read.connection, &read.pace, simulated).await?;
    let query = filtered(&connected.client, types, None, &read.filters);
    Ok((connected, query))
}

/// The requested types; none are all.
fn types(filters: &Filters) -> Result<Vec<TaskType>, Refusal> {
    let all_unchecked = filters.scope.types_unchecked.iter().any(String::is_empty);
    let known = |text: &String| {
        if all_unchecked { Ok(text.as_str().into()) } else { known_words::task_type(text).map_err(Refusal::Argument) }
    };
    let unchecked =
        filters.scope.types_unchecked.iter().filter(|text| !text.is_empty()).map(|text| Ok(text.as_str().into()));
    filters.scope.types.iter().map(known).chain(unchecked).collect()
}

/// The requested statuses; none are all.
fn statuses(filters: &Filters) -> Result<Vec<TaskStatus>, Refusal> {
    let statuses = filters.status.iter().map(|text| known_words::status(text).map_err(Refusal::Argument));
    // In one order, and each once: the order in which they are given makes no other list.
    Ok(Vec::from_iter(statuses.collect::<Result<BTreeSet<_>, _>>()?))
}

fn selected(filters: &Filters, types: &[TaskType], statuses: &[TaskStatus]) -> Identity {
    let types: BTreeSet<&str> = types.iter().map(TaskType::as_str).collect();
    let types = Vec::from_iter(types).join(", ");
    let statuses: Vec<&str> = statuses.iter().map(TaskStatus::as_str).collect();
    let options = [
        ("--type", Some(types).filter(|types| !types.is_empty())),
        ("--status", Some(statuses.join(", ")).filter(|statuses| !statuses.is_empty())),
        ("--name", filters.name.as_ref().map(|name| name.as_str().to_owned())),
        ("--app-id", filters.scope.app_id.clone()),
        ("--created-after", filters.created_after.map(|time| time.to_string())),
        ("--created-before", filters.created_before.map(|time| time.to_string())),
        ("--local", filters.scope.local.then(|| "given".to_owned())),
    ];
    options.into_iter().filter_map(|(option, value)| Some((option.to_owned(), value?))).collect()
}

fn zone(filters: &Filters) -> Result<TimeZone, Refusal> {
    if !filters.scope.local {
        return Ok(TimeZone::UTC);
    }
    TimeZone::try_system()
        .map_err(|error| Refusal::Argument(format!("--local: the time zone of this machine is not known: {error}")))
}

fn time(moment: Option<TimeArg>, zone: &TimeZone) -> Result<Option<Timestamp>, Refusal> {
    let beyond =
        |error| Refusal::Argument(format!("--created-after or --created-before is beyond the calendar: {error}"));
    moment.map(|moment| moment.at(Timestamp::now(), zone).map_err(beyond)).transpose()
}

fn filtered(client: &Client, types: Vec<TaskType>, status: Option<TaskStatus>, filters: &Filters) -> BatchTaskQuery {
    let mut types = types.into_iter();
    let mut query = match types.next() {
        Some(first) => types.fold(client.batch_tasks(first), BatchTaskQuery::task_type),
        None => client.all_batch_tasks(),
    };
    if let Some(status) = status {
        query = query.status(status);
    }
    if let Some(app_id) = &filters.scope.app_id {
        query = query.app_id(app_id);
    }
    query
}

fn paced(mut query: BatchTaskQuery, pace: &Pace) -> BatchTaskQuery {
    if let Some(tasks) = pace.page_size {
        query = query.page_size(tasks);
    }
    if let Some(pages) = pace.prefetch {
        query = query.prefetch(pages);
    }
    query
}
