//! Types against statuses.

// Knows how many columns fit side by side; what does not fit comes below.

use unicode_width::UnicodeWidthStr;

use super::bars::cell;
use super::{Frame, Look, Summary, label};

const GAP: usize = 2;
/// A longer name is cut: 16 is `PartialSuccess` and more.
const WIDEST_COLUMN: usize = 16;

pub(super) fn write_matrix(summary: &Summary, frame: Frame, out: &mut String) {
    let columns = frame.columns();
    let types = summary.by_tasks();
    let labels: Vec<String> = types.iter().map(|(name, _)| label(name.as_ref().map(|name| name.as_str()))).collect();
    let widest = labels.iter().map(|label| label.width()).max().unwrap_or_default();
    let first = widest.max("TYPE".len()).min(columns.saturating_sub(GAP + WIDEST_COLUMN).max(10));
    let statuses: Vec<Column<'_>> = summary
        .statuses()
        .into_iter()
        .map(|(status, most)| {
            let name = label(status.as_ref().map(|status| status.as_str()));
            let width = name.width().max(most.to_string().len()).min(WIDEST_COLUMN);
            Column { status, name, width }
        })
        .collect();

    let mut left = statuses.as_slice();
    while !left.is_empty() {
        let (side_by_side, below) = left.split_at(fitting(left, columns - first));
        left = below;
        out.push('\n');
        let mut heading = cell("TYPE", first);
        for Column { name, width, .. } in side_by_side {
            let name = cell(name, *width);
            let blank = name.len() - name.trim_end().len();
            heading.push_str(&format!("  {}{}", " ".repeat(blank), name.trim_end()));
        }
        out.push_str(&frame.painted(&heading, Look::Heading));
        out.push('\n');
        for (label, (_, of_type)) in labels.iter().zip(&types) {
            out.push_str(&cell(label, first));
            for Column { status, width, .. } in side_by_side {
                let tasks = of_type.statuses.get(*status).copied().unwrap_or_default();
                let look = if tasks == 0 { Look::Faint } else { super::look(status.as_ref()) };
                out.push_str("  ");
                out.push_str(&frame.painted(&format!("{tasks:>width$}"), look));
            }
            out.push('\n');
        }
    }
}

struct Column<'a> {
    status: &'a Option<iotda_batch_tasks::TaskStatus>,
    name: String,
    width: usize,
}

/// How many of them fit; one always does.
fn fitting(columns: &[Column<'_>], room: usize) -> usize {
    let mut taken = 0;
    let fits = |column: &&Column<'_>| {
        taken += GAP + column.width;
        taken <= room
    };
    columns.iter().take_while(fits).count().max(1)
}
