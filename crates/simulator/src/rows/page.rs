//! A page of rows as the service writes it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Row, RowList};
use crate::forms::{CountForm, Layout, PageFacts};
use crate::history::Fields;
use crate::pieces::Pieces;
use crate::query::{PageQuery, Query};
use crate::refusal::Refusal;
use crate::tasks::{ListRules, WrittenPage};

pub(crate) fn page(list: &RowList, list_rules: &ListRules, query: &Query) -> Result<WrittenPage, Refusal> {
    let page_query = PageQuery::of(query, list.spelling)?;
    let below = list_rules.forms.bound(&page_query);
    let end = below.map_or(list.rows.len(), |below| list.rows.partition_point(|row| row.order < below));
    let take = list_rules.page_cap.take(page_query.limit);
    let filters = Filters::of(list, query);
    let matching = |end: usize| list.rows[..end].iter().rev().filter(|row| row.is_shown && filters.let_through(row));
    let mut found: Vec<&Row> = matching(end).skip(page_query.offset).take(take + 1).collect();
    let fitting = list_rules.page_cap.fitting(found.iter().take(take).map(|row| row.json.len()));
    let more = found.len() > fitting;
    found.truncate(fitting);
    if let Some(answer) = list_rules.empty_page.as_ref().filter(|_| found.is_empty()) {
        return Ok((vec![answer.clone().into()], None));
    }
    let total = matching(list.rows.len()).count() as u64;
    let below_marker = match list_rules.forms.count {
        CountForm::BelowMarker => matching(end).count() as u64,
        _ => total,
    };

    let mut out = Pieces::default();
    out.text(&format!("{{{}:[", Value::from(list.name.as_str())));
    for (position, row) in found.iter().enumerate() {
        if position > 0 {
            out.byte(b',');
        }
        out.share(row.json.clone());
    }
    out.text("]");
    let facts = PageFacts { last: found.last().map(|row| row.order), records: found.len(), more, total, below_marker };
    let layout = Layout { is_top_level: list.is_top_level, spelling: list.spelling };
    let issued_marker = list_rules.forms.write_page(&page_query, &facts, layout, &mut out);
    out.byte(b'}');
    Ok((out.finish(), issued_marker))
}

/// What a request chooses rows by, as a history has it.
pub(crate) fn filters(list: &RowList, query: &Query) -> BTreeMap<String, String> {
    Filters::of(list, query).0.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The fields of a row that a request can choose it by.
pub(super) fn scalars(row: &Row) -> Fields {
    let text = |value| match value {
        Value::String(text) => Some(text),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    fields(row).into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

/// The fields that a request chooses rows by, with the values it wants: some row has them.
struct Filters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Filters<'a> {
    fn of(list: &'a RowList, query: &'a Query) -> Self {
        let mut unknown: Vec<_> = query
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "limit" | "marker" | "offset"))
            .map(|(name, value)| (list.field(name), value.as_str()))
            .collect();
        let mut known = Vec::new();
        for row in &list.rows {
            if unknown.is_empty() {
                break;
            }
            let fields = fields(row);
            unknown.retain(|filter| {
                let is_known = fields.contains_key(filter.0);
                known.extend(is_known.then_some(*filter));
                !is_known
            });
        }
        Self(known)
    }

    fn let_through(&self, row: &Row) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let fields = fields(row);
        self.0.iter().all(|(name, value)| match fields.get(*name) {
            Some(Value::String(text)) => text == value,
            Some(other) => value.parse().is_ok_and(|asked: Value| asked == *other),
            None => false,
        })
    }
}

/// A row that is no object has no fields.
fn fields(row: &Row) -> Map<String, Value> {
    serde_json::from_slice(&row.json).unwrap_or_default()
}
