//! ShowBatchTask: a task, and a page of its sub-tasks.

use hyper::StatusCode;

use super::forms::{CountForm, Layout, PageFacts};
use super::id::RecordId;
use super::list::List;
use super::marker::Spelling;
use super::pieces::Pieces;
use super::query::{PageQuery, Query};
use super::record::Draft;
use super::refusal::Refusal;
use super::tasks::{ListRules, WrittenPage};

/// The states of a target, in the order of the numbers in `task_progress`.
const STATES: [&str; 7] = ["Processing", "Success", "Fail", "Waitting", "FailWaitRetry", "Stopped", "Removed"];

pub(super) fn page(list: &List, list_rules: &ListRules, task_id: &str, query: &Query) -> Result<WrittenPage, Refusal> {
    let wanted = Wanted::of(query)?;
    let page_query = PageQuery::of(query, Spelling::Hexadecimal)?;
    // What the service answers here is unverified.
    let missing =
        || Refusal::new(StatusCode::NOT_FOUND, "IOTDA.000006", format!("The batch task {task_id} does not exist."));
    let entry = list.entry(task_id).ok_or_else(missing)?;
    let rows = Rows::of(list.draft(&entry));

    let below = list_rules.forms.bound(&page_query);
    let first = below.map_or(0, |below| rows.first_below(below));
    let take = list_rules.page_cap.take(page_query.limit);
    let matching = |from: usize| (from..rows.count).filter(|row| wanted.has(&rows, *row));
    let mut found: Vec<usize> = matching(first).skip(page_query.offset).take(take + 1).collect();
    let more = found.len() > take;
    found.truncate(take);
    let total = matching(0).count() as u64;
    let below_marker = match list_rules.forms.count {
        CountForm::BelowMarker => matching(first).count() as u64,
        _ => total,
    };

    let mut out = Pieces::default();
    out.text("{\"batchtask\":");
    list.write(&entry, &mut out);
    out.text(",\"task_details\":[");
    for (position, row) in found.iter().enumerate() {
        if position > 0 {
            out.byte(b',');
        }
        rows.write(*row, &mut out);
    }
    out.byte(b']');
    let facts =
        PageFacts { last: found.last().map(|row| rows.id(*row)), records: found.len(), more, total, below_marker };
    let issued_marker = list_rules.forms.write_page(&page_query, &facts, Layout::default(), &mut out);
    out.byte(b'}');
    Ok((out.finish(), issued_marker))
}

struct Wanted<'a> {
    state: Option<&'a str>,
    target: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(query: &'a Query) -> Result<Self, Refusal> {
        let state = query.get("task_detail_status");
        if let Some(state) = state.filter(|state| !STATES.contains(state)) {
            return Err(Refusal::invalid(format!("The task_detail_status {state} is not supported.")));
        }
        let target = query.get("target");
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if let Some(target) = target.filter(|target| !(1..=128).contains(&target.len()) || !target.bytes().all(allowed))
        {
            return Err(Refusal::invalid(format!("The target {target} must match ^[a-zA-Z0-9_-]{{1,128}}$.")));
        }
        Ok(Self { state, target })
    }

    fn has(&self, rows: &Rows<'_>, row: usize) -> bool {
        self.state.is_none_or(|state| rows.state(row) == state)
            && self.target.is_none_or(|target| rows.target(row) == target)
    }
}

/// The rows of one task, newest first. They have no id in the answer; their order has one all the same.
struct Rows<'a> {
    draft: Draft<'a>,
    first_device: usize,
    count: usize,
    /// Up to which row, counted around from the shift, each state goes.
    ends: [u64; 7],
    shift: u64,
    base: u64,
}

impl<'a> Rows<'a> {
    fn of(draft: Draft<'a>) -> Self {
        let targets = draft.targets();
        let mut end = 0;
        let ends = draft.progress().named().map(|(_, number)| {
            end += number;
            end
        });
        let count = targets.len();
        let shift = draft.seed % (count as u64).max(1);
        // Leaves room for eight million rows above it.
        let base = (draft.seed >> 24 << 23) & (u64::MAX >> 1);
        Self { first_device: targets.start, count, ends, shift, base, draft }
    }

    fn id(&self, row: usize) -> RecordId {
        RecordId { seconds: self.draft.id.seconds, suffix: self.base + (self.count - row) as u64 }
    }

    fn first_below(&self, marker: RecordId) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = (low + high) / 2;
            if self.id(middle) < marker { high = middle } else { low = middle + 1 }
        }
        low
    }

    fn state(&self, row: usize) -> &'static str {
        let position = (row as u64 + self.shift) % self.count as u64;
        let state = self.ends.iter().position(|end| position < *end);
        state.map_or("Waitting", |state| STATES[state])
    }

    fn target(&self, row: usize) -> &str {
        self.draft.fleet.device(self.first_device + row)
    }

    fn write(&self, row: usize, out: &mut Pieces) {
        out.text("{\"target\":\"");
        out.text(self.target(row));
        out.text("\",\"status\":\"");
        let state = self.state(row);
        out.text(state);
        out.text(match state {
            "Success" => "\",\"output\":\"{\\\"result_code\\\":0}\",\"error\":null}",
            "Fail" => {
                "\",\"output\":\"\",\"error\":{\"error_code\":\"IOTDA.014016\",\"error_msg\":\"The device is not online. 设备不在线。\"}}"
            }
            _ => "\",\"output\":null}",
        });
    }
}
