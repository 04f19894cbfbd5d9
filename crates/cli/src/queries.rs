//! The same query of one place or of several.

use std::sync::Arc;

use iotda_batch_tasks::fleet::{FleetOrder, FleetStream};
use iotda_batch_tasks::sub_tasks::{SubTask, SubTaskQuery};
use iotda_batch_tasks::{ArgumentError, BatchTaskQuery, Error, Identity, ListQuery, RecordStream, decode::Row};

use crate::checkpoints;
use crate::connect::Refusal;
use crate::records::{Position, Records};

/// A query that can be resumed, bounded and opened.
pub(crate) trait Query: Clone {
    fn at_most(self, records: u64) -> Self;
    /// All of it will be read.
    fn whole_list(self) -> Self;
    fn resume(self, position: &Position, profile: Option<&str>) -> Result<Self, Error>;
}

impl Query for BatchTaskQuery {
    fn at_most(self, records: u64) -> Self {
        self.max_items(records)
    }

    fn whole_list(self) -> Self {
        BatchTaskQuery::whole_list(self)
    }

    fn resume(self, position: &Position, profile: Option<&str>) -> Result<Self, Error> {
        Ok(BatchTaskQuery::resume(self, position.of(profile)?.clone()))
    }
}

impl<T: Row + Send + 'static> Query for ListQuery<T> {
    fn at_most(self, records: u64) -> Self {
        self.max_items(records)
    }

    fn whole_list(self) -> Self {
        ListQuery::whole_list(self)
    }

    fn resume(self, position: &Position, profile: Option<&str>) -> Result<Self, Error> {
        Ok(ListQuery::resume(self, position.of(profile)?.clone()))
    }
}

impl Query for SubTaskQuery {
    fn at_most(self, _records: u64) -> Self {
        self
    }

    /// How deep it reads ahead depends on the sub-tasks, not on the list of tasks.
    fn whole_list(self) -> Self {
        self
    }

    fn resume(self, position: &Position, profile: Option<&str>) -> Result<Self, Error> {
        Ok(SubTaskQuery::resume(self, position.of_sub_tasks(profile)?.clone()))
    }
}

impl Queries<SubTaskQuery> {
    /// The sub-tasks of all places: those of a place in their order, places side by side. Nothing is sent yet.
    pub(crate) fn open_sub_tasks(self) -> Result<Box<dyn Records<SubTask>>, Error> {
        let mut members = Vec::new();
        for (profile, query) in self.0 {
            match profile {
                Some(profile) => members.push((profile, query.stream()?)),
                None => return Ok(Box::new(query.stream()?)),
            }
        }
        Ok(Box::new(FleetStream::new(members, FleetOrder::AsTheyCome)?))
    }
}

/// A query of each place, with the profile where there are several.
#[derive(Clone, Debug)]
pub(crate) struct Queries<Q>(Vec<(Option<Arc<str>>, Q)>);

impl<Q: Query> Queries<Q> {
    /// One query at least.
    pub(crate) fn new(queries: Vec<(Option<Arc<str>>, Q)>) -> Self {
        Self(queries)
    }

    /// Whether records have an origin.
    pub(crate) fn has_profiles(&self) -> bool {
        self.0.iter().any(|(profile, _)| profile.is_some())
    }

    pub(crate) fn profiles(&self) -> Vec<&str> {
        self.0.iter().filter_map(|(profile, _)| profile.as_deref()).collect()
    }

    /// No place needs to bring more than so many records.
    pub(crate) fn at_most(self, records: Option<u64>) -> Self {
        match records {
            Some(records) => {
                Self(self.0.into_iter().map(|(profile, query)| (profile, query.at_most(records))).collect())
            }
            None => self,
        }
    }

    /// All of each place will be read.
    pub(crate) fn whole_list(self) -> Self {
        Self(self.0.into_iter().map(|(profile, query)| (profile, query.whole_list())).collect())
    }

    /// Continues in each place. Refuses a position that is of more places: their records would be missing.
    pub(crate) fn resume(self, position: &Position) -> Result<Self, Error> {
        let own = self.profiles();
        if let Some(other) = position.profiles().into_iter().find(|profile| !own.contains(profile)) {
            return Err(
                ArgumentError::new("checkpoint", other, format!("of the same profiles: {}", own.join(", "))).into()
            );
        }
        let resumed = |(profile, query): (Option<Arc<str>>, Q)| {
            let query = query.resume(position, profile.as_deref())?;
            Ok((profile, query))
        };
        self.0.into_iter().map(resumed).collect::<Result<_, Error>>().map(Self)
    }

    /// The records of all places, newest first. Nothing is sent yet.
    pub(crate) fn open<T: Identity + Send + 'static>(
        self,
        open: impl Fn(Q) -> Result<RecordStream<T>, Error>,
    ) -> Result<Box<dyn Records<T>>, Error> {
        let mut members = Vec::new();
        for (profile, query) in self.0 {
            match profile {
                Some(profile) => members.push((profile, open(query)?)),
                None => return Ok(Box::new(open(query)?)),
            }
        }
        Ok(Box::new(FleetStream::new(members, FleetOrder::NewestFirst)?))
    }
}

/// The lists of several profiles, of which each is read once.
#[derive(Default)]
pub(crate) struct DistinctLists(Vec<(Arc<str>, checkpoints::Identity)>);

impl DistinctLists {
    /// Refuses a profile that reads the list of another one: its records would come twice. Where the project is looked up
    /// later, that is not known.
    pub(crate) fn add(&mut self, profile: Option<&Arc<str>>, options: &checkpoints::Identity) -> Result<(), Refusal> {
        let Some(profile) = profile.filter(|_| options.contains_key("--project-id")) else { return Ok(()) };
        if let Some((other, _)) = self.0.iter().find(|(_, of_other)| of_other == options) {
            let message =
                format!("the profiles {other} and {profile} read the same list: its records would come twice");
            return Err(Refusal::Argument(message));
        }
        self.0.push((Arc::clone(profile), options.clone()));
        Ok(())
    }
}
