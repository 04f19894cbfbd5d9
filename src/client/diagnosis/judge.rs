//! What pages show of the service's behaviour. Pure: the pages are requested elsewhere.

use std::collections::HashSet;

use super::answer::{Answer, Field, Row};
use super::report::Finding::{self, DoesNotHold, Holds, NotSeen};
use crate::SourceError;

/// A finding, and what was seen.
pub(super) type Verdict = (Finding, String);

pub(super) fn not_seen(why: &str) -> Verdict {
    (NotSeen, why.to_owned())
}

/// Two pages: the second was requested after the marker of the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) first: &'a Answer,
    pub(super) next: &'a Answer,
    /// Whether the list was seen to end with the second page.
    pub(super) ends: bool,
    /// How many tasks the list has, where all of it was read.
    pub(super) tasks: Option<u64>,
}

/// A count that is this much above what a list has cannot come of changes between two requests.
const WRONG_COUNT: u64 = 2;
const FEW_TASKS: u64 = 10;

pub(super) fn newest_first(rows: &[&Row]) -> Verdict {
    if rows.len() < 2 {
        return not_seen("there are fewer than two tasks");
    }
    let values: Option<Vec<u128>> = rows.iter().map(|row| value(&row.id)).collect();
    if values.is_some_and(|values| values.windows(2).all(|pair| pair[0] > pair[1])) {
        return (Holds, "ids descend".to_owned());
    }
    let Some(times) = rows.iter().map(|row| row.created).collect::<Option<Vec<_>>>() else {
        return not_seen("ids do not descend, and not every task has a time of creation");
    };
    match times.windows(2).position(|pair| pair[0] < pair[1]) {
        Some(at) => (DoesNotHold, format!("task {} was created after task {}, and comes after it", at + 2, at + 1)),
        None if times.first() == times.last() => not_seen("ids do not descend, and all tasks are of one second"),
        None => (Holds, "times of creation descend; ids do not".to_owned()),
    }
}

pub(super) fn marker_is_last_id(page: &Answer) -> Verdict {
    let (Some(last), Some(marker)) = (page.rows.last(), page.marker.text()) else {
        return not_seen("no page had both tasks and a marker");
    };
    if marker.eq_ignore_ascii_case(&last.id) {
        return (Holds, "it is".to_owned());
    }
    let above = value(marker).zip(value(&last.id)).and_then(|(marker, id)| marker.checked_sub(id));
    let note = match above {
        Some(above) if above <= 0xffff => format!("the marker lies {above} above the id"),
        Some(above) if above >> 64 > 0 => format!("the marker lies {} s above the id", above >> 64),
        _ => "the marker is another value".to_owned(),
    };
    (DoesNotHold, note)
}

pub(super) fn marker_exclusive(pair: Pair<'_>) -> Verdict {
    let before: HashSet<&str> = pair.first.ids().collect();
    match pair.next.ids().find(|id| before.contains(id)) {
        Some(id) if pair.first.rows.last().is_some_and(|last| last.id == id) => {
            (DoesNotHold, "the task that the marker stands for comes again after it".to_owned())
        }
        Some(_) => (DoesNotHold, "tasks from above the marker come again after it".to_owned()),
        None if pair.next.rows.is_empty() => not_seen("nothing came after the marker"),
        None => (Holds, "no task of a page comes again after its marker".to_owned()),
    }
}

pub(super) fn marker_descends(pair: Pair<'_>) -> Verdict {
    let Some(asked) = pair.first.marker.text() else {
        return (DoesNotHold, "a page after which more tasks follow has no marker".to_owned());
    };
    match pair.next.marker.text() {
        Some(returned) if returned.eq_ignore_ascii_case(asked) => match pair.ends {
            // The last page may do so.
            true => (Holds, "the last page repeats the marker of its request".to_owned()),
            false => (DoesNotHold, "a page returns the marker that it was requested after".to_owned()),
        },
        Some(returned) => match value(asked).zip(value(returned)) {
            Some((asked, returned)) if returned > asked => {
                (DoesNotHold, "a page returns a marker above the one it was requested after".to_owned())
            }
            Some(_) => (Holds, "it does".to_owned()),
            None => not_seen("markers are not hexadecimal, and have no order"),
        },
        None if pair.ends || pair.next.rows.is_empty() => (Holds, "up to the last page, which has none".to_owned()),
        None => not_seen("the second page has none, and may be the last"),
    }
}

pub(super) fn count_of_whole_list(pair: Pair<'_>) -> Verdict {
    let (Some(first), Some(next)) = (pair.first.count.number(), pair.next.count.number()) else {
        return not_seen(&format!("the pages have no count that is a number: {}", shown(&pair.first.count)));
    };
    let (first_rows, next_rows) = (pair.first.rows.len() as u64, pair.next.rows.len() as u64);
    if first == first_rows && next == next_rows && next_rows > 0 {
        return (DoesNotHold, "it counts the tasks of its page".to_owned());
    }
    if first < first_rows + next_rows {
        return (DoesNotHold, format!("it is {first}, and {} tasks came", first_rows + next_rows));
    }
    if let Some(tasks) = pair.tasks.filter(|tasks| first > WRONG_COUNT * tasks + FEW_TASKS) {
        return (DoesNotHold, format!("it is {first}, and the list has {tasks} tasks"));
    }
    match first.checked_sub(next) {
        Some(0) => (Holds, format!("{first}, also after a marker{}", as_text(&pair.first.count))),
        Some(fewer) if fewer == first_rows => (DoesNotHold, "it counts the tasks below the marker".to_owned()),
        _ => not_seen(&format!("{first}, and {next} after a marker: the list may have changed")),
    }
}

fn as_text(count: &Field) -> &'static str {
    if count.text().is_some() { ", as a text" } else { "" }
}

pub(super) fn offset_to_500(answer: &Result<Answer, SourceError>) -> Verdict {
    match answer {
        Ok(page) => (Holds, format!("it was answered with {} tasks", page.rows.len())),
        Err(error) if error.is_bad_request() => (DoesNotHold, "it is refused as invalid".to_owned()),
        Err(error) => not_seen(&format!("the request failed: {error}")),
    }
}

/// A marker between two tasks, and the task that must follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Estimate {
    pub(super) marker: u128,
    pub(super) follows: String,
    /// The one after it, should that be gone.
    then: Option<String>,
}

impl Estimate {
    /// In the middle of a page, between ids that are far enough apart.
    pub(super) fn within(page: &Answer) -> Option<Self> {
        let at = (page.rows.len() / 2).max(1);
        let rows = page.rows.get(at - 1..=at)?;
        let (above, below) = (value(&rows[0].id)?, value(&rows[1].id)?);
        let gap = above.checked_sub(below).filter(|gap| *gap > 8)?;
        let then = page.rows.get(at + 1).map(|row| row.id.clone());
        Some(Self { marker: below + gap / 2, follows: rows[1].id.clone(), then })
    }
}

/// `changes`: whether the list was seen to change meanwhile.
pub(super) fn estimated_marker(estimate: &Estimate, answer: &Result<Answer, SourceError>, changes: bool) -> Verdict {
    match answer {
        Ok(page) => match page.rows.first() {
            Some(row) if row.id == estimate.follows || Some(&row.id) == estimate.then.as_ref() => {
                (Holds, "it leads to the task below it".to_owned())
            }
            _ if changes => not_seen("the list changed meanwhile"),
            Some(_) => (DoesNotHold, "it leads to another place than its value".to_owned()),
            None => (DoesNotHold, "it is answered without tasks".to_owned()),
        },
        Err(error) if error.is_bad_request() => (DoesNotHold, "it is refused as invalid".to_owned()),
        Err(error) => not_seen(&format!("the request failed: {error}")),
    }
}

/// `asked` is the marker of the request.
pub(super) fn empty_page(page: &Answer, asked: Option<&str>) -> Verdict {
    let marker = match page.marker.text() {
        Some(text) if asked.is_some_and(|asked| asked.eq_ignore_ascii_case(text)) => {
            "the marker of the request".to_owned()
        }
        Some(_) => "another marker".to_owned(),
        None => format!("a marker that is {}", shown(&page.marker)),
    };
    let count = match page.count.number() {
        Some(count) => format!("the count {count}"),
        None => format!("a count that is {}", shown(&page.count)),
    };
    let has_fields = page.marker.text().is_some() || page.count.number().is_some();
    (if has_fields { Holds } else { DoesNotHold }, format!("it has {marker} and {count}"))
}

/// `follows`: whether the list continues after the page.
pub(super) fn full_pages(page: &Answer, limit: usize, follows: Option<bool>) -> Verdict {
    let rows = page.rows.len();
    match follows {
        _ if rows >= limit => (Holds, format!("a page had {rows}")),
        Some(true) => (DoesNotHold, format!("a page had {rows}, and more follow")),
        _ => not_seen(&format!("the list has no {limit} tasks")),
    }
}

/// Two reads of one page, and a third one where they differ.
pub(super) fn reads_agree(first: &Answer, again: &Answer, third: Option<&Answer>) -> Verdict {
    let ids = |page: &Answer| page.ids().map(str::to_owned).collect::<Vec<_>>();
    let (first, again) = (ids(first), ids(again));
    if first == again {
        return (Holds, format!("two reads of the first page had the same {} tasks", first.len()));
    }
    let common = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|id| other.contains(id)).cloned().collect()
    };
    if common(&first, &again) != common(&again, &first) {
        return (DoesNotHold, "two reads of the first page had the same tasks in another order".to_owned());
    }
    let Some(third) = third.map(ids) else {
        return not_seen("two reads of the first page differ, and no third one could be made");
    };
    // The end of a page moves with its head. A gap in the middle that closes again is no change of the list.
    let inner =
        |page: &[String]| page.iter().take(page.len().saturating_sub(page.len() / 4)).cloned().collect::<Vec<_>>();
    let is_back = |id: &String| !again.contains(id) && third.contains(id);
    match inner(&first).iter().any(is_back) {
        true => (DoesNotHold, "a task that was there is missing in a second read, and back in a third".to_owned()),
        false => not_seen("the first page changed between two reads, as a list does that tasks are added to"),
    }
}

/// The value of 24 hexadecimal digits.
fn value(id: &str) -> Option<u128> {
    let is_hex = id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(id, 16).ok()).flatten()
}

fn shown(field: &Field) -> &'static str {
    match field {
        Field::Absent => "absent",
        Field::Null => "null",
        Field::Empty => "an empty text",
        Field::Text(_) => "a text",
        Field::Number(_) => "a number",
        Field::Other => "of another type",
    }
}

#[cfg(test)]
mod tests;
