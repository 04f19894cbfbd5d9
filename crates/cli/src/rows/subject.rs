//! A list of other records, opened.

use iotda_batch_tasks::decode::{Row, WithRaw};
use iotda_batch_tasks::{ArgumentError, Error, ListQuery};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use super::filters::Filters;
use crate::arguments::ReadArgs;
use crate::checkpoints::Identity;
use crate::config;
use crate::connect::{self, Connected, Refusal};
use crate::console::Counted;
use crate::interrupt::Interrupt;
use crate::opening::Bounds;
use crate::output::{Selectable, Shown};
use crate::queries::{DistinctLists, Queries};
use crate::records::{Position, Records};
use crate::selection::Selection;
use crate::subject::{FromLine, Subject};

/// A record of a list.
pub(crate) trait RowRecord: Shown + Selectable + FromLine + DeserializeOwned + Row + Send + 'static {
    /// Where the records are in an answer.
    const ROWS: &'static str;
}

/// A list in one place, or in several.
pub(crate) struct Rows<R> {
    /// The simulator in them runs until the list is read.
    _places: Vec<Connected>,
    queries: Queries<ListQuery<R>>,
    identity: Identity,
    selection: Selection,
}

impl<R: RowRecord> Rows<R> {
    /// Opens the list. Nothing is sent, except to look up a project that is not given.
    pub(crate) async fn open(
        read: &ReadArgs,
        filters: &impl Filters<Record = R>,
        bounds: Bounds,
        interrupt: &Interrupt,
    ) -> Result<Self, Refusal> {
        let (mut places, mut queries, mut identity) = (Vec::new(), Vec::new(), filters.identity());
        let mut lists = DistinctLists::default();
        for config::Source { profile, read } in config::sources(read, interrupt).await? {
            if read.connection.simulate.is_some() {
                let message = "--simulate has batch tasks alone: it cannot be used with this list";
                return Err(Refusal::Argument(message.to_owned()));
            }
            let connected = connect::connect(&read.connection, &read.pace, &[]).await?;
            let mut query = filters.query(&connected.client, bounds);
            if let Some(records) = read.pace.page_size {
                query = query.page_size(records);
            }
            if let Some(pages) = read.pace.prefetch {
                query = query.prefetch(pages);
            }
            let origin = match &profile {
                Some(_) => connected.known_origin(&read.connection),
                None => connected.origin(interrupt).await?,
            };
            let named = |option: &str| match &profile {
                Some(profile) => format!("--profile {profile} {option}"),
                None => option.to_owned(),
            };
            let origin: Identity = origin.into_iter().map(|(option, value)| (option.to_owned(), value)).collect();
            lists.add(profile.as_ref(), &origin)?;
            identity.extend(origin.into_iter().map(|(option, value)| (named(&option), value)));
            queries.push((profile, query));
            places.push(connected);
        }
        Ok(Self { _places: places, queries: Queries::new(queries), identity, selection: Selection::default() })
    }
}

impl<R: RowRecord> Subject for Rows<R> {
    type Record = R;
    type Line = WithRaw<R>;

    const WORDS: [&'static str; 2] = ["record", "records"];
    const ROWS: &'static str = R::ROWS;
    const COUNTED: [Counted; 2] = [Counted::Records, Counted::WrittenRecords];

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn zone(&self) -> &TimeZone {
        const { &TimeZone::UTC }
    }

    fn profiles(&self) -> Vec<&str> {
        self.queries.profiles()
    }

    fn at_most(&mut self, records: Option<u64>) {
        self.queries = self.queries.clone().at_most(records);
    }

    fn position(&self, text: &str) -> Result<Position, ArgumentError> {
        Position::parse(text, self.queries.has_profiles())
    }

    fn resume(&mut self, position: &Position) -> Result<(), Error> {
        self.queries = self.queries.clone().resume(position)?;
        Ok(())
    }

    fn records(&self) -> Result<Box<dyn Records<R>>, Error> {
        self.queries.clone().open(ListQuery::stream)
    }

    fn lines(&self) -> Result<Box<dyn Records<WithRaw<R>>>, Error> {
        self.queries.clone().open(|query| query.records_as().stream())
    }
}
