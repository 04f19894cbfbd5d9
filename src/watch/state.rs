//! What a watcher remembers of a list, what it has to read again, and what changed. Pure: no clock, no I/O.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Change, TaskState};
use crate::paging::{Cursor, Marker};
use crate::task::BatchTask;

/// The tasks of one list that can still change, newest first, and where the new ones begin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListState {
    /// The newest task that was reported or there from the start.
    newest: Option<Marker>,
    unfinished: Vec<Watched>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Watched {
    id: Marker,
    state: TaskState,
    /// How many tasks that need no second look lie above it, up to the next one that does.
    #[serde(default)]
    finished_above: usize,
}

/// What a look met.
pub(super) enum Seen {
    /// A task.
    Task(Box<BatchTask>),
    /// A task of this id that could not be read: it is there, and nothing is known of it.
    Unreadable(String),
}

/// A page holds so many records: tasks that lie closer are read in one span.
const PAGE: usize = 50;

impl ListState {
    /// Takes in a task of the first reading; these come newest first. `finished` counts those since the last that was
    /// not.
    pub(super) fn learn(&mut self, task: &BatchTask, finished: &mut usize) {
        let Ok(id) = task.task_id.parse() else { return };
        self.newest = self.newest.max(Some(id));
        if is_final(task) {
            *finished += 1;
        } else {
            let finished_above = std::mem::take(finished);
            self.unfinished.push(Watched { id, state: TaskState::of(task), finished_above });
        }
    }

    /// What to read in the next look: the new tasks, and each task that can still change, in as few pages as they lie in.
    pub(super) fn spans(&self) -> Vec<Cursor> {
        let mut spans = Vec::new();
        let mut after = None;
        let mut until = self.newest;
        let mut rows = 1;
        for task in &self.unfinished {
            if self.newest == Some(task.id) {
                continue;
            }
            rows += task.finished_above + 1;
            if rows > PAGE {
                spans.push(Cursor::part(after, until));
                // The marker is exclusive: just above the task's own.
                after = task.id.value().and_then(|value| Marker::from_value(value + 1));
                rows = 1;
            }
            until = Some(task.id);
        }
        spans.push(Cursor::part(after, until));
        spans
    }

    /// The one span that holds all that [`spans`](Self::spans) hold, for a service that takes no marker but its own.
    pub(super) fn one_span(&self) -> Cursor {
        Cursor::part(None, self.unfinished.last().map(|task| task.id).or(self.newest))
    }

    /// What changed, oldest task first, judged by what the spans brought.
    pub(super) fn changes(&self, seen: Vec<Seen>) -> Vec<Change> {
        let mut tasks = HashMap::new();
        for seen in seen {
            let (id, task) = match seen {
                Seen::Task(task) => (task.task_id.parse(), Some(task)),
                Seen::Unreadable(id) => (id.parse(), None),
            };
            if let Ok(id) = id {
                tasks.insert(id, task);
            }
        }
        let mut changes = Vec::new();
        for watched in self.unfinished.iter().rev() {
            match tasks.remove(&watched.id) {
                Some(None) => {}
                None => changes.push(Change::Gone { task_id: watched.id.to_string(), last: watched.state.clone() }),
                Some(Some(task)) if TaskState::of(&task) != watched.state => {
                    changes.push(Change::Changed { before: watched.state.clone(), task });
                }
                Some(Some(_)) => {}
            }
        }
        let new = tasks.into_iter().filter(|(id, _)| Some(*id) > self.newest);
        let mut new: Vec<(Marker, _)> = new.filter_map(|(id, task)| Some((id, task?))).collect();
        new.sort_by_key(|(id, _)| *id);
        changes.extend(new.into_iter().map(|(_, task)| Change::Created { task }));
        changes
    }

    /// Remembers a change that was handed out: it is not told again.
    pub(super) fn apply(&mut self, change: &Change) {
        let Ok(id) = change.task_id().parse() else { return };
        let place = self.unfinished.iter().position(|watched| watched.id == id);
        match (change, place) {
            (Change::Created { task }, _) => {
                self.newest = self.newest.max(Some(id));
                if !is_final(task) {
                    self.unfinished.insert(0, Watched { id, state: TaskState::of(task), finished_above: 0 });
                } else if let Some(first) = self.unfinished.first_mut() {
                    first.finished_above += 1;
                }
            }
            (Change::Changed { task, .. }, Some(place)) if !is_final(task) => {
                self.unfinished[place].state = TaskState::of(task);
            }
            (_, Some(place)) => {
                let finished = self.unfinished.remove(place);
                if let Some(next) = self.unfinished.get_mut(place) {
                    next.finished_above += finished.finished_above + 1;
                }
            }
            (_, None) => {}
        }
    }
}

/// A task without a status tells of no change to wait for.
fn is_final(task: &BatchTask) -> bool {
    task.status.as_ref().is_none_or(|status| status.is_final())
}
