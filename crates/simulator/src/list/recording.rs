//! What a history learns of the tasks.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::filter::PARAMETERS;
use super::{Entry, List, PATH};
use crate::history::{Fields, Recorder};

/// Where a list reports its edits.
#[derive(Debug, Default)]
pub(super) struct Recording {
    recorder: Recorder,
    /// What filters go by, for each type, status and app, so that all records of the history share it.
    fields: HashMap<(u16, u16, u16), Fields>,
}

impl List {
    /// Reports the list as it is, and each edit from now on.
    pub(crate) fn record_to(&mut self, recorder: Recorder) {
        self.recording.recorder = recorder;
        let mut entries: Vec<Entry> = self.rows.iter().flatten().copied().collect();
        entries.sort_unstable_by_key(|entry| Reverse(entry.id));
        entries.iter().for_each(|entry| self.record(entry));
    }

    /// A task is in the list, or has another status.
    pub(super) fn record(&mut self, entry: &Entry) {
        if !self.recording.recorder.is_on() {
            return;
        }
        let (types, statuses, apps) = (&self.types, &self.statuses, &self.apps);
        let fields = self.recording.fields.entry((entry.task_type, entry.status, entry.app)).or_insert_with(|| {
            let words = [types.word(entry.task_type), statuses.word(entry.status), apps.word(entry.app)];
            PARAMETERS.into_iter().zip(words.map(|word| word.0)).collect()
        });
        let fields = fields.clone();
        self.recording.recorder.put(PATH, self.shown(entry), entry.id, fields);
    }

    /// A task is no longer in the list.
    pub(super) fn record_gone(&self, entry: &Entry) {
        if self.recording.recorder.is_on() {
            self.recording.recorder.gone(PATH, self.shown(entry));
        }
    }
}
