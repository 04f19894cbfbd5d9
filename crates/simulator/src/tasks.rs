//! ListBatchTasks: a page of the list as the service writes it.

use bytes::Bytes;
use hyper::StatusCode;

use super::forms::{CountForm, Forms, Layout, PageFacts};
use super::id::RecordId;
use super::list::{Entry, Filter, List};
use super::marker::Spelling;
use super::page_cap::PageCap;
use super::pieces::Pieces;
use super::query::{PageQuery, Query, STATUSES, TASK_TYPES, TaskQuery};
use super::refusal::Refusal;

/// What a server may do differently with a list.
#[derive(Clone, Debug, Default)]
pub(super) struct ListRules {
    pub(super) forms: Forms,
    pub(super) page_cap: PageCap,
    pub(super) unknown_types: Vec<String>,
    /// The whole answer in place of a page without records, if it is not an ordinary one.
    pub(super) empty_page: Option<String>,
    /// Whether `GET /batchtasks/{id}` is left out.
    pub(super) no_details: bool,
}

/// A page that was found, and the marker that was handed out with it.
pub(super) type WrittenPage = (Vec<Bytes>, Option<RecordId>);

pub(super) fn page(list: &List, list_rules: &ListRules, query: &Query) -> Result<WrittenPage, Refusal> {
    let asked = TaskQuery::of(
        query,
        |task_type| {
            let known = TASK_TYPES.contains(&task_type) || list.has_type(task_type);
            known && !list_rules.unknown_types.iter().any(|unknown| unknown == task_type)
        },
        |status| STATUSES.contains(&status) || list.has_status(status),
    )?;
    let page_query = PageQuery::of(query, Spelling::Hexadecimal)?;
    if let Some(app_id) = asked.app_id.as_deref().filter(|app_id| !list.has_app(app_id)) {
        let message = format!("The resource space {app_id} does not exist.");
        return Err(Refusal::new(StatusCode::FORBIDDEN, "IOTDA.001000", message));
    }
    let filter =
        Filter { task_type: &asked.task_type, status: asked.status.as_deref(), app_id: asked.app_id.as_deref() };
    Ok(write(list, list_rules, &page_query, &filter))
}

fn write(list: &List, list_rules: &ListRules, page_query: &PageQuery, filter: &Filter<'_>) -> WrittenPage {
    let below = list_rules.forms.bound(page_query);
    let mut run = list.run(filter, below, page_query.offset, list_rules.page_cap.take(page_query.limit));
    let mut records: Vec<Pieces> = run.entries.iter().map(|entry| written(list, entry)).collect();
    records.truncate(list_rules.page_cap.fitting(records.iter().map(Pieces::len)));
    run.more |= records.len() < run.entries.len();
    run.entries.truncate(records.len());
    if let Some(answer) = list_rules.empty_page.as_ref().filter(|_| records.is_empty()) {
        return (vec![answer.clone().into()], None);
    }
    let total = list.count(filter);
    let below_marker = match (list_rules.forms.count, below) {
        (CountForm::BelowMarker, Some(below)) => list.count_below(filter, below),
        _ => total,
    };
    let mut out = Pieces::default();
    out.text("{\"batchtasks\":[");
    for (position, record) in records.into_iter().enumerate() {
        if position > 0 {
            out.byte(b',');
        }
        out.append(record);
    }
    out.byte(b']');
    let last = run.entries.last().map(|entry| entry.id);
    let facts = PageFacts { last, records: run.entries.len(), more: run.more, total, below_marker };
    let issued_marker = list_rules.forms.write_page(page_query, &facts, Layout::default(), &mut out);
    out.byte(b'}');
    (out.finish(), issued_marker)
}

fn written(list: &List, entry: &Entry) -> Pieces {
    let mut out = Pieces::default();
    list.write(entry, &mut out);
    out
}
