//! The sibling lists: which rows exist, in which order.

mod page;
mod samples;

use std::collections::HashMap;
use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use super::history::Recorder;
use super::id::RecordId;
use super::marker::Spelling;
use super::random::Random;

pub(super) use page::{filters, page};

/// The seconds of 2026-08-22T10:15:30Z: the newest row is from then.
const NEWEST: u32 = 1_787_393_730;

type Writer = Box<dyn FnMut(&str, u64) -> String + Send>;

/// A sibling list, with rows of any kind: builder first, then contents.
///
/// A row has an order that its visible id says nothing of, as in the service's own lists. A parameter of a request
/// is a [filter](Self::filter) where some row has a field of the same name; others are passed over.
///
/// ```
/// use iotda_simulator::{RowList, Simulator};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let queues = RowList::new("amqp-queues", "queues", "queue_id").rows(120);
/// let simulator = Simulator::builder().list(queues).start().await?;
///
/// let newest = simulator.edit_rows("amqp-queues", |queues| queues.create());
/// assert_eq!(simulator.edit_rows("amqp-queues", |queues| queues.ids())[0], newest);
/// # Ok(())
/// # }
/// ```
pub struct RowList {
    path: String,
    name: String,
    is_top_level: bool,
    spelling: Spelling,
    filters: Vec<(String, String)>,
    wanted: usize,
    writer: Writer,
    /// In ascending order of the keys that the markers stand for: the newest is pushed at the end.
    rows: Vec<Row>,
    places: HashMap<String, RecordId>,
    random: Random,
    newest: RecordId,
    made: u64,
    recorder: Recorder,
}

struct Row {
    order: RecordId,
    id: String,
    json: Bytes,
    is_shown: bool,
}

impl RowList {
    /// An empty list at `path` below the project, with its rows in the array `name`, each with a random id in the
    /// field `id_field`.
    #[must_use]
    pub fn new(path: impl Into<String>, name: impl Into<String>, id_field: impl Into<String>) -> Self {
        let field = Value::from(id_field.into());
        Self {
            path: path.into(),
            name: name.into(),
            is_top_level: false,
            spelling: Spelling::Hexadecimal,
            filters: Vec::new(),
            wanted: 0,
            writer: Box::new(move |id, number| format!("{{{field}:\"{id}\",\"name\":\"row {number}\"}}")),
            rows: Vec::new(),
            places: HashMap::new(),
            random: Random::new(0),
            newest: RecordId { seconds: 0, suffix: 0 },
            made: 0,
            recorder: Recorder::default(),
        }
    }

    /// How many rows there are at the start.
    #[must_use]
    pub fn rows(mut self, rows: usize) -> Self {
        self.wanted = rows;
        self
    }

    /// Writes `count` and `marker` as siblings of the rows, without a `page` object.
    #[must_use]
    pub fn without_page_object(mut self) -> Self {
        self.is_top_level = true;
        self
    }

    /// Makes markers of 36 characters of `A-Za-z0-9_-`, which show no order. Others are refused with 400
    /// `IOTDA.000018`.
    #[must_use]
    pub fn wide_markers(mut self) -> Self {
        self.spelling = Spelling::Wide;
        self
    }

    /// Lets the query parameter `parameter` choose rows by their field `field`, which has another name.
    #[must_use]
    pub fn filter(mut self, parameter: impl Into<String>, field: impl Into<String>) -> Self {
        self.filters.push((parameter.into(), field.into()));
        self
    }

    /// Makes the JSON of a row from its id and its number, counted from 1: with other fields, or without the id.
    #[must_use]
    pub fn written_by(mut self, write: impl FnMut(&str, u64) -> String + Send + 'static) -> Self {
        self.writer = Box::new(write);
        self
    }

    /// How many rows there are, those that are hidden left out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.iter().filter(|row| row.is_shown).count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of the rows, newest first, those that are hidden left out.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.rows.iter().rev().filter(|row| row.is_shown).map(|row| row.id.clone()).collect()
    }

    /// A row as the service sends it.
    #[must_use]
    pub fn json(&self, id: &str) -> Option<String> {
        let row = &self.rows[self.index(id)?];
        String::from_utf8(row.json.to_vec()).ok()
    }

    /// Adds a row at the head of the list and returns its id.
    pub fn create(&mut self) -> String {
        let gap = (u128::from(1 + self.random.below(60)) << 64) + u128::from(self.random.below(1 << 24));
        self.newest = self.newest.raised(gap);
        let id = self.any_id();
        self.made += 1;
        let json = Bytes::from((self.writer)(&id, self.made));
        self.places.insert(id.clone(), self.newest);
        self.rows.push(Row { order: self.newest, id: id.clone(), json, is_shown: true });
        self.record(self.rows.len() - 1);
        id
    }

    /// Deletes a row. Returns whether it existed.
    pub fn delete(&mut self, id: &str) -> bool {
        let Some(index) = self.index(id) else { return false };
        self.rows.remove(index);
        self.places.remove(id);
        self.recorder.gone(self.path.clone(), id.to_owned());
        true
    }

    /// Hides a row, or shows it again in its place: as rows leave a filter and enter it. Returns whether it exists.
    pub fn set_shown(&mut self, id: &str, is_shown: bool) -> bool {
        let Some(index) = self.index(id) else { return false };
        self.rows[index].is_shown = is_shown;
        self.record(index);
        true
    }

    /// Makes the service send `json` as a row, whatever it is. Returns whether the row exists.
    pub fn set_json(&mut self, id: &str, json: impl Into<String>) -> bool {
        let Some(index) = self.index(id) else { return false };
        self.rows[index].json = Bytes::from(json.into());
        self.record(index);
        true
    }

    /// The id of some row, hidden or not, as the seed has it; `None` where there is none.
    pub fn any(&mut self) -> Option<String> {
        let index = self.random.below(self.rows.len() as u64) as usize;
        self.rows.get(index).map(|row| row.id.clone())
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The field that a query parameter chooses rows by, if any row has it.
    fn field<'a>(&'a self, parameter: &'a str) -> &'a str {
        self.filters.iter().find(|(known, _)| known == parameter).map_or(parameter, |(_, field)| field)
    }

    pub(super) fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// Makes the rows of the start, as the seed has it.
    pub(super) fn filled(mut self, seed: u64) -> Self {
        self.random = Random::new(seed);
        // No two lists of a simulator have the same rows.
        for byte in self.path.bytes() {
            self.random = Random::new(self.random.next() ^ u64::from(byte));
        }
        self.newest = RecordId { seconds: NEWEST.saturating_sub(30 * self.wanted as u32), suffix: self.random.next() };
        for _ in 0..self.wanted {
            self.create();
        }
        self
    }

    /// Reports the list as it is, and each edit from now on.
    pub(super) fn record_to(&mut self, recorder: Recorder) {
        self.recorder = recorder;
        (0..self.rows.len()).rev().for_each(|index| self.record(index));
    }

    fn record(&self, index: usize) {
        if !self.recorder.is_on() {
            return;
        }
        let row = &self.rows[index];
        if row.is_shown {
            self.recorder.put(self.path.clone(), row.id.clone(), row.order, page::scalars(row));
        } else {
            self.recorder.gone(self.path.clone(), row.id.clone());
        }
    }

    /// Like a random UUID, as device ids are.
    fn any_id(&mut self) -> String {
        let (high, low) = (self.random.next(), self.random.next());
        let (first, second, third) = (high >> 32, (high >> 16) & 0xffff, 0x4000 | (high & 0xfff));
        let (fourth, last) = (0x8000 | ((low >> 48) & 0x3fff), low & 0xffff_ffff_ffff);
        format!("{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{last:012x}")
    }

    fn index(&self, id: &str) -> Option<usize> {
        let order = self.places.get(id)?;
        self.rows.binary_search_by_key(order, |row| row.order).ok()
    }
}

impl fmt::Debug for RowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowList").field("path", &self.path).field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
