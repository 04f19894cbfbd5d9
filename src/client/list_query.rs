//! Which sibling list to read, and how. Sends nothing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use super::Client;
use super::http_source::HttpSource;
use super::read_options::{ReadOptions, read_options_methods};
use crate::Error;
use crate::decode::Row;
use crate::lists::{ListEndpoint, Selection};
use crate::stream::{Lists, NamedSource, RecordStream};

/// Which list to read, and how; made by [`Client::list`] and, for the lists that have a method, by
/// [`Client::devices`] and the like.
///
/// Nothing is checked before [`stream`](Self::stream), and nothing is sent before the stream is polled.
///
/// ```
/// use iotda_batch_tasks::Client;
/// use iotda_batch_tasks::decode::RawRecord;
/// use iotda_batch_tasks::lists::ListEndpoint;
///
/// # let client = Client::builder().region("cn-north-4").project_id("a").token("t").build()?;
/// let devices = client.devices().product_id("5c90fa7d3c4e4405e8525079").app_id("app_A-1").stream()?;
/// let anything = client.list::<RawRecord>(ListEndpoint::DEVICES).query("is_cascade_query", "true").stream()?;
///
/// let error = client.devices_in_group("../devices").stream().unwrap_err();
/// assert!(error.to_string().starts_with("group_id \"../devices\" is not allowed"));
/// # Ok::<(), iotda_batch_tasks::Error>(())
/// ```
#[must_use = "a query does nothing unless streamed"]
pub struct ListQuery<T> {
    client: Client,
    selection: Selection,
    read: ReadOptions,
    records: PhantomData<fn() -> T>,
}

impl<T> ListQuery<T> {
    pub(super) fn new(client: Client, endpoint: ListEndpoint) -> Self {
        Self { client, selection: Selection::new(endpoint), read: ReadOptions::new(), records: PhantomData }
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

    /// Only what belongs to this resource space; else to any of the user's. Most lists have it.
    pub fn app_id(self, app_id: impl Into<String>) -> Self {
        self.query("app_id", app_id)
    }

    read_options_methods!();

    /// The same list with each record read into another type: with its JSON as it came, by
    /// [`WithRaw`](crate::decode::WithRaw), say.
    pub fn records_as<U>(self) -> ListQuery<U> {
        ListQuery { client: self.client, selection: self.selection, read: self.read, records: PhantomData }
    }
}

impl<T: Row + Send + 'static> ListQuery<T> {
    /// The stream of the records.
    ///
    /// Its name, and with it what its checkpoints resume, is the path with the filters.
    ///
    /// # Errors
    /// [`Error::Argument`] when an argument breaks a rule. Nothing was sent.
    pub fn stream(self) -> Result<RecordStream<T>, Error> {
        self.lists()?.stream()
    }

    /// The list to read, for operations beyond a stream.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn lists(self) -> Result<Lists<T>, Error> {
        let target = self.selection.checked()?;
        let options = self.read.checked()?;
        if !target.shape.has_opaque_markers() {
            options.check_markers()?;
        }
        let name = target.name();
        let source = HttpSource::new(self.client, name.clone(), target);
        Ok(Lists::new([NamedSource { name, source, optional: false }], options)?)
    }
}

impl<T> Clone for ListQuery<T> {
    fn clone(&self) -> Self {
        let Self { client, selection, read, records } = self;
        Self { client: client.clone(), selection: selection.clone(), read: read.clone(), records: *records }
    }
}

impl<T> fmt::Debug for ListQuery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListQuery")
            .field("client", &self.client)
            .field("selection", &self.selection)
            .field("read", &self.read)
            .finish()
    }
}

mod operations;
#[cfg(test)]
mod tests;
