//! The list of tasks: their order, types and statuses.

mod filter;
mod recording;

use std::collections::HashMap;
use std::fmt;

use bytes::Bytes;

use super::fleet::Fleet;
use super::id::RecordId;
use super::names::Names;
use super::pieces::Pieces;
use super::query::STATUSES;
use super::random::Random;
use super::record::Draft;
use super::task_ids::TaskIds;

pub(super) use self::filter::{Filter, filters};
use self::recording::Recording;

/// Where the list is, below the project.
pub(super) const PATH: &str = "batchtasks";

/// What the simulator knows of a task before it is written as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedTask {
    /// 24 hexadecimal digits; the first 8 are unix seconds.
    pub id: String,
    /// The service's word, such as `softwareUpgrade`. Any word is allowed.
    pub task_type: String,
    /// The service's word, such as `Success`. Any word is allowed.
    pub status: String,
    /// The resource space. It filters, but is in no record.
    pub app_id: String,
}

/// All tasks of the simulated service. Edits take effect at once, between two requests.
pub struct List {
    /// One row a type, in ascending order of the internal id: the newest is pushed at the end.
    rows: Vec<Vec<Entry>>,
    counts: HashMap<(u16, u16, u16), u64>,
    written: HashMap<RecordId, Bytes>,
    types: Names,
    statuses: Names,
    apps: Names,
    task_settings: TaskSettings,
    random: Random,
    newest: RecordId,
    created: u64,
    recording: Recording,
}

/// How the tasks of a list are made.
#[derive(Debug)]
pub(super) struct TaskSettings {
    pub(super) fleet: Fleet,
    pub(super) targets: Option<usize>,
    pub(super) task_ids: TaskIds,
    /// What the ids of each machine have after their second. One machine makes ids that rise with each task.
    pub(super) machines: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The internal id, which the list is ordered by.
    pub(super) id: RecordId,
    seed: u64,
    task_type: u16,
    status: u16,
    app: u16,
}

impl List {
    pub(super) fn new(seed: u64, app_ids: &[String], task_settings: TaskSettings) -> Self {
        Self {
            rows: Vec::new(),
            counts: HashMap::new(),
            written: HashMap::new(),
            types: Names::default(),
            statuses: Names::default(),
            apps: Names::new(app_ids.iter().map(String::as_str)),
            task_settings,
            random: Random::new(seed),
            newest: RecordId { seconds: 0, suffix: 0 },
            created: 0,
            recording: Recording::default(),
        }
    }

    /// How many tasks exist.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// Whether no task exists.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of all tasks of a type, newest first.
    #[must_use]
    pub fn ids(&self, task_type: &str) -> Vec<String> {
        let row = self.types.find(task_type).map(|number| &self.rows[usize::from(number)]);
        row.into_iter().flat_map(|row| row.iter().rev()).map(|entry| self.shown(entry)).collect()
    }

    /// All tasks of all types, newest first.
    #[must_use]
    pub fn tasks(&self) -> Vec<SimulatedTask> {
        let mut entries: Vec<&Entry> = self.rows.iter().flatten().collect();
        entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.id));
        entries.into_iter().map(|entry| self.describe(entry)).collect()
    }

    /// One task.
    #[must_use]
    pub fn task(&self, id: &str) -> Option<SimulatedTask> {
        self.find(id).map(|(row, position)| self.describe(&self.rows[row][position]))
    }

    /// The record of a task, exactly as the service sends it.
    #[must_use]
    pub fn json(&self, id: &str) -> Option<String> {
        let (row, position) = self.find(id)?;
        let mut out = Pieces::default();
        self.write(&self.rows[row][position], &mut out);
        String::from_utf8(out.finish().concat()).ok()
    }

    /// Creates a task at the head of the list and returns its id. Its status is `Waitting`.
    ///
    /// Where several [machines](super::SimulatorBuilder::machines) create tasks, it may lie below other tasks of its
    /// second.
    pub fn create(&mut self, task_type: &str) -> String {
        let id = match self.task_settings.machines.len() {
            0 | 1 => self
                .newest
                .raised((u128::from(1 + self.random.below(30)) << 64) + u128::from(self.random.below(1 << 24))),
            machines => {
                self.created += 1;
                let machine = self.task_settings.machines[self.random.below(machines as u64) as usize];
                let seconds = self.newest.seconds + self.random.below(2) as u32;
                // Above the counters of the tasks of the start.
                RecordId { seconds, suffix: machine | (1 << 23) | self.created }
            }
        };
        let app = self.random.below(self.apps.len() as u64) as u16;
        let entry = self.add(id, task_type, "Waitting", app);
        self.shown(&entry)
    }

    /// Puts a task anywhere into the list. Returns whether it was put there: its id must be 24 hexadecimal digits,
    /// new, and below the highest marker.
    pub fn insert(&mut self, task: &SimulatedTask) -> bool {
        let internal = RecordId::parse(&task.id).map(|id| self.task_settings.task_ids.internal(id));
        let Some(id) = internal.filter(|id| *id < RecordId::HIGHEST && self.find(&task.id).is_none()) else {
            return false;
        };
        let app = self.apps.number(&task.app_id);
        self.add(id, &task.task_type, &task.status, app);
        true
    }

    /// Deletes a task. Returns whether it existed.
    pub fn delete(&mut self, id: &str) -> bool {
        let Some((row, position)) = self.find(id) else { return false };
        let entry = self.rows[row].remove(position);
        self.written.remove(&entry.id);
        *self.count_of(&entry) -= 1;
        self.record_gone(&entry);
        true
    }

    /// Moves a task to another status; its `task_progress` follows. Returns whether it exists.
    pub fn set_status(&mut self, id: &str, status: &str) -> bool {
        let Some((row, position)) = self.find(id) else { return false };
        let status = self.statuses.number(status);
        let entry = self.rows[row][position];
        *self.count_of(&entry) -= 1;
        self.rows[row][position].status = status;
        let entry = Entry { status, ..entry };
        *self.count_of(&entry) += 1;
        self.record(&entry);
        true
    }

    /// Makes the service send `json` as the record of a task, whatever it is: a record that cannot be decoded, say.
    /// Filters still apply to what the task was. Returns whether it exists.
    pub fn set_json(&mut self, id: &str, json: impl Into<String>) -> bool {
        let Some((row, position)) = self.find(id) else { return false };
        self.written.insert(self.rows[row][position].id, Bytes::from(json.into()));
        true
    }

    /// The id of some task, as the seed has it; `None` where there is none.
    pub fn any(&mut self) -> Option<String> {
        let mut rank = self.random.below(self.len() as u64) as usize;
        for row in &self.rows {
            match row.get(rank) {
                Some(entry) => return Some(self.shown(entry)),
                None => rank -= row.len(),
            }
        }
        None
    }

    /// Some status, as the seed has it.
    pub(super) fn any_status(&mut self) -> &'static str {
        self.random.pick(&STATUSES)
    }

    pub(super) fn has_type(&self, task_type: &str) -> bool {
        self.types.find(task_type).is_some()
    }

    pub(super) fn has_status(&self, status: &str) -> bool {
        self.statuses.find(status).is_some()
    }

    pub(super) fn has_app(&self, app_id: &str) -> bool {
        self.apps.find(app_id).is_some()
    }

    /// A task that the generator made: newer than all before it.
    pub(super) fn push(&mut self, id: RecordId, task_type: &str, status: &str) {
        let app = self.random.below(self.apps.len() as u64) as u16;
        self.add(id, task_type, status, app);
    }

    pub(super) fn write(&self, entry: &Entry, out: &mut Pieces) {
        match self.written.get(&entry.id) {
            Some(json) => out.share(json.clone()),
            None => self.draft(entry).write(out),
        }
    }

    pub(super) fn draft(&self, entry: &Entry) -> Draft<'_> {
        Draft {
            id: entry.id,
            task_id: self.task_settings.task_ids.shown(entry.id),
            seed: entry.seed,
            task_type: self.types.word(entry.task_type),
            status: self.statuses.word(entry.status),
            fleet: &self.task_settings.fleet,
            targets: self.task_settings.targets,
        }
    }

    pub(super) fn entry(&self, id: &str) -> Option<Entry> {
        self.find(id).map(|(row, position)| self.rows[row][position])
    }

    fn add(&mut self, id: RecordId, task_type: &str, status: &str, app: u16) -> Entry {
        let task_type = self.types.number(task_type);
        let entry = Entry { id, seed: self.random.next(), task_type, status: self.statuses.number(status), app };
        let row = usize::from(task_type);
        self.rows.resize_with(self.rows.len().max(row + 1), Vec::new);
        let position = self.rows[row].partition_point(|other| other.id < id);
        self.rows[row].insert(position, entry);
        *self.count_of(&entry) += 1;
        self.newest = self.newest.max(id);
        self.record(&entry);
        entry
    }

    /// The id that the answers show.
    fn shown(&self, entry: &Entry) -> String {
        self.task_settings.task_ids.shown(entry.id).to_string()
    }

    fn find(&self, id: &str) -> Option<(usize, usize)> {
        let id = self.task_settings.task_ids.internal(RecordId::parse(id)?);
        self.rows.iter().enumerate().find_map(|(row, entries)| {
            entries.binary_search_by_key(&id, |entry| entry.id).ok().map(|position| (row, position))
        })
    }

    fn count_of(&mut self, entry: &Entry) -> &mut u64 {
        self.counts.entry((entry.task_type, entry.status, entry.app)).or_default()
    }

    fn describe(&self, entry: &Entry) -> SimulatedTask {
        SimulatedTask {
            id: self.shown(entry),
            task_type: self.types.word(entry.task_type).0.to_owned(),
            status: self.statuses.word(entry.status).0.to_owned(),
            app_id: self.apps.word(entry.app).0.to_owned(),
        }
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("len", &self.len()).finish_non_exhaustive()
    }
}
