//! Writes a history while the simulator runs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::History;
use super::event::{Answer, AnswerOutcome, Event, Fields, VERSION};
use crate::id::RecordId;
use crate::query::Query;

/// Where the lists and the service report what happens; nowhere by default. A clone is the same recorder.
///
/// All of them do so while they hold the state of the service, so that the events have one order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Option<Arc<Recording>>);

#[derive(Debug)]
struct Recording {
    started: Instant,
    events: Mutex<Vec<Event>>,
}

impl Recorder {
    pub(crate) fn started() -> Self {
        let events = Mutex::new(vec![Event::Begin { version: VERSION }]);
        Self(Some(Arc::new(Recording { started: Instant::now(), events })))
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn put(&self, list: impl Into<Cow<'static, str>>, id: String, key: RecordId, fields: Fields) {
        self.push(|| Event::Put { list: list.into(), id, key, fields });
    }

    pub(crate) fn gone(&self, list: impl Into<Cow<'static, str>>, id: String) {
        self.push(|| Event::Gone { list: list.into(), id });
    }

    /// A request for a page was decided on, `filter` being what it chooses records by; where that is `None`, it was for
    /// no list, and is left out.
    pub(crate) fn answer(
        &self,
        request: u64,
        arrived: Instant,
        list: &str,
        filter: impl FnOnce() -> Option<BTreeMap<String, String>>,
        asked: &Query,
        outcome: AnswerOutcome,
    ) {
        let Some(recording) = &self.0 else { return };
        let Some(filter) = filter() else { return };
        let text = |name| asked.get(name).map(str::to_owned);
        let answer = Answer {
            request,
            ms: arrived.saturating_duration_since(recording.started).as_millis() as u64,
            list: list.to_owned(),
            filter,
            marker: text("marker"),
            offset: text("offset"),
            limit: text("limit"),
            outcome,
        };
        self.push(|| Event::Answer(Box::new(answer)));
    }

    pub(crate) fn history(&self) -> History {
        History { events: self.events().map(|events| events.clone()).unwrap_or_default() }
    }

    pub(crate) fn take(&self) -> History {
        History { events: self.events().map(|mut events| mem::take(&mut *events)).unwrap_or_default() }
    }

    fn push(&self, event: impl FnOnce() -> Event) {
        if let Some(mut events) = self.events() {
            events.push(event());
        }
    }

    fn events(&self) -> Option<MutexGuard<'_, Vec<Event>>> {
        let recording = self.0.as_ref()?;
        Some(recording.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
