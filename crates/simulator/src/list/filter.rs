//! The tasks that match a request, and the run of them that it gets.

use std::collections::BTreeMap;

use super::{Entry, List};
use crate::id::RecordId;
use crate::query::Query;

/// The parameters that choose tasks: by their type, status and resource space.
pub(super) const PARAMETERS: [&str; 3] = ["task_type", "status", "app_id"];

/// What a request chooses tasks by.
pub(crate) fn filters(query: &Query) -> BTreeMap<String, String> {
    PARAMETERS.iter().filter_map(|name| Some(((*name).to_owned(), query.get(name)?.to_owned()))).collect()
}

/// Which tasks a request is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter<'a> {
    pub(crate) task_type: &'a str,
    pub(crate) status: Option<&'a str>,
    pub(crate) app_id: Option<&'a str>,
}

/// A run of the list, newest first.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) entries: Vec<Entry>,
    /// Whether matching tasks lie below the run.
    pub(crate) more: bool,
}

impl List {
    /// The run of `take` matching tasks that begins `skip` matching tasks below `below`.
    pub(crate) fn run(&self, filter: &Filter<'_>, below: Option<RecordId>, skip: usize, take: usize) -> Run {
        let Some(wanted) = self.wanted(filter) else { return Run::default() };
        let row = &self.rows[usize::from(wanted.task_type)];
        let end = below.map_or(row.len(), |below| row.partition_point(|entry| entry.id < below));
        let mut entries: Vec<Entry> = if wanted.everything() {
            let end = end.saturating_sub(skip);
            row[end.saturating_sub(take + 1)..end].iter().rev().copied().collect()
        } else {
            row[..end].iter().rev().filter(|entry| wanted.has(entry)).skip(skip).take(take + 1).copied().collect()
        };
        let more = entries.len() > take;
        entries.truncate(take);
        Run { entries, more }
    }

    /// How many tasks match.
    pub(crate) fn count(&self, filter: &Filter<'_>) -> u64 {
        let Some(wanted) = self.wanted(filter) else { return 0 };
        let matching = |(key, _): &(&(u16, u16, u16), &u64)| {
            key.0 == wanted.task_type
                && wanted.status.is_none_or(|status| key.1 == status)
                && wanted.app.is_none_or(|app| key.2 == app)
        };
        self.counts.iter().filter(matching).map(|(_, count)| count).sum()
    }

    /// How many matching tasks lie below `below`.
    pub(crate) fn count_below(&self, filter: &Filter<'_>, below: RecordId) -> u64 {
        let Some(wanted) = self.wanted(filter) else { return 0 };
        let row = &self.rows[usize::from(wanted.task_type)];
        row[..row.partition_point(|entry| entry.id < below)].iter().filter(|entry| wanted.has(entry)).count() as u64
    }

    /// The filter in numbers; `None` where a word names no task at all.
    fn wanted(&self, filter: &Filter<'_>) -> Option<Wanted> {
        Some(Wanted {
            task_type: self.types.find(filter.task_type)?,
            status: filter.status.map(|word| self.statuses.find(word).ok_or(())).transpose().ok()?,
            app: filter.app_id.map(|word| self.apps.find(word).ok_or(())).transpose().ok()?,
        })
    }
}

struct Wanted {
    task_type: u16,
    status: Option<u16>,
    app: Option<u16>,
}

impl Wanted {
    fn everything(&self) -> bool {
        self.status.is_none() && self.app.is_none()
    }

    fn has(&self, entry: &Entry) -> bool {
        self.status.is_none_or(|status| entry.status == status) && self.app.is_none_or(|app| entry.app == app)
    }
}
