//! What a watch remembers of a list, and what it has to read again. Pure: no clock, no I/O.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::change::{Change, TaskState};
use super::rules::Rules;
use super::span::{End, Run, Span};
use crate::task::BatchTask;

/// The tasks of one list that can still change, and the newest of all its tasks.
///
/// Invariants: `head` holds every task above `border` that was reported or there from the start. Each of `tasks` lies in
/// its span.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListState {
    /// The ids at the head of the list, newest first: what else appears above the border is new.
    head: Vec<String>,
    /// Where the head ends. What lies below it is not new, however unknown it is.
    #[serde(default)]
    border: End,
    spans: Vec<Span>,
    /// Newest first.
    tasks: Vec<Watched>,
    /// What was unreadable, and which is none of the tasks above.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    strangers: BTreeSet<String>,
}

/// A task that is looked at again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watched {
    pub(super) id: String,
    /// Which span it lies in.
    span: usize,
    /// What was last reported; `None` while it is new and cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<TaskState>,
    /// Whether the last look did not see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) missed: bool,
}

/// A page of the list, as a watch sees it.
#[derive(Debug)]
pub(super) struct SeenPage {
    pub(super) span: Span,
    pub(super) rows: Vec<Row>,
}

/// A record of a page: a task, or one that cannot be read.
#[derive(Debug)]
pub(super) struct Row {
    /// The task's id; what an unreadable record is identified by, if by anything.
    pub(super) id: String,
    pub(super) task: Option<Box<BatchTask>>,
}

/// The head is at least so long, where the list is: a task that appears a little below the newest is still found.
const HEAD: usize = 20;

/// So many ids are kept of tasks that were at the head and are not seen there: one odd answer does not make them new.
/// Once the border has moved, nearly all of them lie below it.
const MOST_UNSEEN: [usize; 2] = [1000, 100];

impl ListState {
    /// Takes in a page of the first look. Pages come in the order of the list.
    pub(super) fn learn(&mut self, page: SeenPage, rules: &Rules) {
        let is_head = self.border.is_of_list();
        if is_head {
            self.head.extend(page.rows.iter().map(|row| row.id.clone()));
        }
        for Row { id, task } in page.rows {
            let is_open = task.as_ref().is_none_or(|task| rules.is_open(task));
            if is_open {
                let state = task.map_or_else(TaskState::default, |task| TaskState::of(&task));
                self.watch(id, &page.span, Some(state), false);
            }
        }
        if is_head {
            self.border = Self::border_at(self.head.len(), &page.span.end).unwrap_or(End::OF_LIST);
        }
    }

    /// What the next look has to read: the head first, then each part that holds a task which can still change.
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut runs = vec![Run::new(self.head_span())];
        for task in &self.tasks {
            let span = runs.iter_mut().try_fold(self.span_of(task), |span, run| match run.join(span) {
                Ok(()) => Err(()),
                Err(span) => Ok(span),
            });
            runs.extend(span.ok().map(Run::new));
        }
        runs
    }

    /// The part above the border.
    pub(super) fn head_span(&self) -> Span {
        Span { after: None, end: self.border.clone() }
    }

    pub(super) fn border(&self) -> &End {
        &self.border
    }

    pub(super) fn head(&self) -> &[String] {
        &self.head
    }

    pub(super) fn tasks(&self) -> &[Watched] {
        &self.tasks
    }

    pub(super) fn strangers(&self) -> &BTreeSet<String> {
        &self.strangers
    }

    pub(super) fn span_of(&self, task: &Watched) -> Span {
        // A checkpoint that was edited may name a span that is not there: the whole list holds the task.
        self.spans.get(task.span).cloned().unwrap_or_default()
    }

    /// The border of a head of so many tasks whose last page ended at `end`, if it is long enough.
    pub(super) fn border_at(head: usize, end: &End) -> Option<End> {
        (head >= HEAD && end.marker.is_some()).then(|| end.clone())
    }

    /// The state after a look that saw these ids above its `border`, or above the border known, and `seen` in all. It
    /// watches no task yet.
    pub(super) fn after(&self, head: Vec<String>, border: Option<End>, seen: &HashSet<String>) -> Self {
        let most = MOST_UNSEEN[usize::from(border.is_some())];
        let unseen = self.head.iter().filter(|id| !seen.contains(*id)).take(most).cloned();
        let head = head.into_iter().chain(unseen).collect();
        Self { head, border: border.unwrap_or_else(|| self.border.clone()), ..Self::default() }
    }

    pub(super) fn set_strangers(&mut self, strangers: BTreeSet<String>) {
        self.strangers = strangers;
    }

    /// Watches a task that is older than those watched already.
    pub(super) fn watch(&mut self, id: String, span: &Span, state: Option<TaskState>, missed: bool) {
        let span = self.index_of(span);
        self.tasks.push(Watched { id, span, state, missed });
    }

    fn index_of(&mut self, span: &Span) -> usize {
        // The one wanted is nearly always the last.
        self.spans.iter().rposition(|known| known == span).unwrap_or_else(|| {
            self.spans.push(span.clone());
            self.spans.len() - 1
        })
    }

    /// Remembers a change that is handed out: it is not reported again. `is_open` says whether the task can still change.
    pub(super) fn apply(&mut self, change: &Change, is_open: bool) {
        let index = self.tasks.iter().position(|watched| watched.id == change.task_id());
        let task = match change {
            Change::Created { task } => {
                self.head.insert(0, task.task_id.clone());
                Some(task)
            }
            Change::Changed { task, .. } => Some(task),
            Change::Gone { .. } => None,
        };
        match (task.filter(|_| is_open), index) {
            (Some(task), Some(index)) => self.tasks[index].state = Some(TaskState::of(task)),
            (Some(task), None) => {
                let span = self.index_of(&self.head_span());
                let state = Some(TaskState::of(task));
                self.tasks.insert(0, Watched { id: task.task_id.clone(), span, state, missed: false });
            }
            (None, Some(index)) => drop(self.tasks.remove(index)),
            (None, None) => {}
        }
    }
}
