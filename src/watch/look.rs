//! One look judged: what changed since the one before. Pure: pages come in, changes come out.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::change::{Change, TaskState};
use super::rules::Rules;
use super::span::{End, Span};
use super::state::{ListState, Row, SeenPage, Watched};
use crate::task::BatchTask;

/// The pages of one look, taken in one by one.
pub(super) struct Look<'a> {
    known: &'a ListState,
    rules: &'a Rules,
    /// The watched tasks, by id.
    watched: HashMap<&'a str, usize>,
    /// What was seen of them.
    sights: HashMap<usize, (Span, Sight)>,
    head: Head,
    /// Unreadable records that are none of the tasks known.
    strangers: BTreeSet<String>,
}

/// What was seen at the head of the list.
#[derive(Default)]
struct Head {
    /// The first ids below the border, once these were requested.
    below: Option<HashSet<String>>,
    /// Whether everything above the border was seen, and the border with it.
    is_complete: bool,
    /// Whether unknown records were seen that may lie on either side of the border.
    is_unsure: bool,
    /// What is new, newest first.
    fresh: Vec<(Span, Row)>,
    /// Every id above the border.
    above: Vec<String>,
    /// Every id down to the border of the next look, where that is another.
    top: Vec<String>,
    next_border: Option<End>,
    /// Every id.
    seen: HashSet<String>,
}

/// What a look saw of a watched task.
enum Sight {
    /// It is there and cannot be read.
    Unreadable,
    /// It is as it was; whether it can still change.
    Same { is_open: bool },
    /// It is not as it was.
    Differs(Box<BatchTask>),
    /// It is there no more.
    Gone,
}

/// What a look found.
pub(super) struct Report {
    /// Oldest task first; new tasks come last, oldest first.
    pub(super) changes: VecDeque<Reported>,
    /// The state once all of them are handed out.
    pub(super) next: ListState,
}

pub(super) struct Reported {
    pub(super) change: Change,
    /// Whether the task can still change.
    pub(super) is_open: bool,
}

impl<'a> Look<'a> {
    /// A look at a list of which so much is known. `below` are the first ids below the border, if they were requested.
    pub(super) fn new(known: &'a ListState, rules: &'a Rules, below: Option<HashSet<String>>) -> Self {
        let watched = known.tasks().iter().enumerate().map(|(index, task)| (task.id.as_str(), index)).collect();
        let head = Head { below, ..Head::default() };
        Self { known, rules, watched, sights: HashMap::new(), head, strangers: BTreeSet::new() }
    }

    /// Takes in a page of the run that begins at the head.
    pub(super) fn head_page(&mut self, page: SeenPage) {
        let known = self.known;
        let head = &mut self.head;
        head.seen.extend(page.rows.iter().map(|row| row.id.clone()));
        if head.next_border.is_none() {
            head.top.extend(page.rows.iter().map(|row| row.id.clone()));
            head.next_border = ListState::border_at(head.top.len(), &page.span.end);
        }
        let is_sure = head.below.is_some() || known.border().is_below_or_at(page.span.end.marker);
        let mut rest = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            head.is_complete |= head.below.as_ref().is_some_and(|below| below.contains(&row.id));
            let is_new =
                !head.is_complete && !self.watched.contains_key(row.id.as_str()) && !known.head().contains(&row.id);
            if !head.is_complete {
                head.above.push(row.id.clone());
                head.is_complete = known.border().last.as_ref() == Some(&row.id);
            }
            match is_new {
                true => {
                    head.is_unsure |= !is_sure;
                    self.strangers.extend(row.task.is_none().then(|| row.id.clone()));
                    head.fresh.push((page.span.clone(), row));
                }
                false => rest.push(row),
            }
        }
        head.is_complete |= known.border().is_at(page.span.end.marker);
        self.page(SeenPage { span: page.span, rows: rest });
    }

    /// Takes in a page of another run, or what is not new of one at the head.
    pub(super) fn page(&mut self, page: SeenPage) {
        for Row { id, task } in page.rows {
            let index = self.watched.get(id.as_str()).copied();
            let is_known = match index {
                Some(index) => self.known.tasks()[index].state.is_some(),
                None => self.known.head().contains(&id),
            };
            if task.is_none() && !is_known {
                self.strangers.insert(id);
            }
            if let Some(index) = index {
                let sight = self.sight(index, task);
                self.sights.insert(index, (page.span.clone(), sight));
            }
        }
    }

    fn sight(&self, index: usize, task: Option<Box<BatchTask>>) -> Sight {
        match task {
            None => Sight::Unreadable,
            Some(task) if self.known.tasks()[index].state.as_ref() == Some(&TaskState::of(&task)) => {
                Sight::Same { is_open: self.rules.is_open(&task) }
            }
            Some(task) => Sight::Differs(task),
        }
    }

    /// Whether it has to be found out where the border lies: its last record is gone, and the markers do not say.
    pub(super) fn is_unsure_of_the_border(&self) -> bool {
        self.head.is_unsure && !self.head.is_complete
    }

    /// The id of some task that was seen at the head of the list.
    pub(super) fn any_seen(&self) -> Option<String> {
        self.head.above.iter().chain(&self.head.top).find(|id| !self.strangers.contains(*id)).cloned()
    }

    /// The watched tasks that were not seen, oldest first.
    pub(super) fn missing(&self) -> Vec<&'a Watched> {
        let tasks = self.known.tasks().iter().enumerate().rev();
        tasks.filter(|(index, _)| !self.sights.contains_key(index)).map(|(_, task)| task).collect()
    }

    /// What was found, once all pages are in. `answers` are the service's to the question for single tasks: the task, or
    /// that there is none.
    pub(super) fn report(mut self, mut answers: HashMap<String, Option<Box<BatchTask>>>) -> Report {
        let mut next = self.head_of_next();
        let created = self.created(&mut next);
        let is_obscured = self.is_obscured();
        let mut changes = VecDeque::new();
        let mut is_any_missing = false;
        let known = self.known;
        for (index, task) in known.tasks().iter().enumerate() {
            let (span, sight) = match (self.sights.remove(&index), answers.remove(&task.id)) {
                (Some((span, sight)), _) => (span, sight),
                (None, Some(Some(answer))) => (known.span_of(task), self.sight(index, Some(answer))),
                (None, Some(None)) => (known.span_of(task), Sight::Gone),
                (None, None) if task.missed && !is_obscured => (known.span_of(task), Sight::Gone),
                (None, None) => {
                    is_any_missing = true;
                    next.watch(task.id.clone(), &known.span_of(task), task.state.clone(), !is_obscured);
                    continue;
                }
            };
            changes.extend(self.judge(task, &span, sight, &mut next));
        }
        // A stranger that was there while a task was missing may be that task for as long as both are so.
        next.set_strangers(if is_any_missing { known.strangers().clone() } else { self.strangers });
        let newest_first: Vec<_> = created.into_iter().chain(changes).collect();
        Report { changes: newest_first.into_iter().rev().collect(), next }
    }

    /// Whether an unreadable record was seen that may be any task that is missing.
    fn is_obscured(&self) -> bool {
        self.strangers.iter().any(|id| id.is_empty() || !self.known.strangers().contains(id))
    }

    /// The head and the border for the next look.
    fn head_of_next(&mut self) -> ListState {
        let Head { top, above, next_border, seen, is_complete, .. } = &mut self.head;
        // An answer that stops short of all that was known may stop short of what is new as well; and an old task that
        // cannot be read would be new above another border, once it can.
        let stops_short = !*is_complete && !self.known.head().iter().any(|id| seen.contains(id));
        let hides_old_tasks = top.iter().skip(above.len()).any(|id| self.strangers.contains(id));
        if stops_short || hides_old_tasks {
            *next_border = None;
        }
        let mut ids = std::mem::take(if next_border.is_some() { top } else { above });
        // What cannot be read is not reported yet, or another task in disguise.
        ids.retain(|id| !self.strangers.contains(id));
        self.known.after(ids, next_border.take(), seen)
    }

    /// The new tasks, newest first; `next` watches those that can still change.
    fn created(&mut self, next: &mut ListState) -> Vec<Reported> {
        let mut created = Vec::new();
        for (span, Row { id, task }) in std::mem::take(&mut self.head.fresh) {
            match task {
                Some(task) if self.rules.admits(&task) => {
                    let is_open = self.rules.is_open(&task);
                    if is_open {
                        next.watch(id, &span, Some(TaskState::of(&task)), false);
                    }
                    created.push(Reported { change: Change::Created { task }, is_open });
                }
                // Once it can be read, it is reported.
                None if !id.is_empty() => next.watch(id, &span, None, false),
                _ => {}
            }
        }
        created
    }

    /// What the sight of a watched task means; `next` watches it on if it can still change.
    fn judge(&self, task: &Watched, span: &Span, sight: Sight, next: &mut ListState) -> Option<Reported> {
        let mut watch = |state| next.watch(task.id.clone(), span, state, false);
        match (sight, task.state.clone()) {
            (Sight::Same { is_open: false }, _) => None,
            (Sight::Unreadable | Sight::Same { .. }, state) => {
                watch(state);
                None
            }
            (Sight::Differs(now), before) => {
                let is_open = self.rules.is_open(&now);
                if is_open {
                    watch(Some(TaskState::of(&now)));
                }
                let is_reported = before.is_some() || self.rules.admits(&now);
                let change = match before {
                    Some(before) => Change::Changed { before, task: now },
                    None => Change::Created { task: now },
                };
                is_reported.then_some(Reported { change, is_open })
            }
            // A finished task that was deleted is not reported.
            (Sight::Gone, last) => {
                let last = last.filter(|last| last.status.as_ref().is_none_or(|status| !status.is_final()))?;
                let change = Change::Gone { task_id: task.id.clone(), last };
                Some(Reported { change, is_open: false })
            }
        }
    }
}
