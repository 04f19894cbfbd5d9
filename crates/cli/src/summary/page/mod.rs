//! The summary as one page for browsers.

// Knows what keeps strangers' texts texts; the template draws.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Counted;
use super::json::{Document, iso};
use super::periods::Periods;
use crate::checkpoints::Identity;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// One script: the latter parts use the former.
const SCRIPT: &str =
    concat!(include_str!("texts.js"), include_str!("charts.js"), include_str!("tables.js"), include_str!("page.js"));
/// As many as a phone can show, and the days of a quarter.
const MOST_PERIODS: usize = 92;

/// What the script draws.
#[derive(Serialize)]
struct Data<'a> {
    summary: Document<'a>,
    /// Which list was read, and which tasks of it, by option.
    filters: &'a Identity,
    periods: Drawn,
    made: String,
    version: &'static str,
}

#[derive(Serialize)]
struct Drawn {
    step: String,
    counts: Vec<OfPeriod>,
}

#[derive(Serialize)]
struct OfPeriod {
    #[serde(serialize_with = "iso")]
    from: Date,
    tasks: u64,
}

/// The page, with everything that it needs inside.
pub(super) fn page(counted: &Counted, now: Timestamp) -> String {
    let parts = [
        ("{{policy}}", policy()),
        ("{{style}}", STYLE.into()),
        ("{{data}}", data(counted, now)),
        ("{{script}}", SCRIPT.into()),
    ];
    let mut page = String::new();
    let mut rest = TEMPLATE;
    // In the template's order, and never again through what was put in.
    for (mark, part) in parts {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(&part);
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Nothing runs or is fetched but the page's own style and script, which are known by their hashes.
fn policy() -> String {
    let [style, script] = [STYLE, SCRIPT].map(|text| STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    )
}

/// JSON that cannot close the HTML element around it.
fn data(counted: &Counted, now: Timestamp) -> String {
    let Periods { step, counts } = Periods::of(&counted.summary.days, MOST_PERIODS);
    let counts = counts.into_iter().map(|(from, tasks)| OfPeriod { from, tasks });
    let data = Data {
        summary: Document::of(counted),
        filters: &counted.filters,
        periods: Drawn { step: step.name(), counts: counts.collect() },
        made: now.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        version: env!("CARGO_PKG_VERSION"),
    };
    serde_json::to_string(&data).unwrap_or_default().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::super::tally::Summary;
    use super::*;

    #[test]
    fn data_cannot_end_its_element_and_fills_no_mark() {
        let mut summary = Summary::default();
        let names = r#"{"task_id":"a","task_type":"</script><script>","status":"{{script}}<!--"}"#;
        summary.add(&serde_json::from_str(names).unwrap(), &jiff::tz::TimeZone::UTC);
        let counted = Counted { summary, max_items: None, zone: "UTC".to_owned(), filters: Identity::new() };
        let page = page(&counted, Timestamp::UNIX_EPOCH);
        assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (2, 2));
        assert_eq!((page.matches("{{").count(), page.matches("<!--").count()), (2, 0));
        assert!(page.contains(r#""type":"\u003c/script>\u003cscript>""#) && page.contains("1970-01-01 00:00 UTC"));
    }
}
