//! Failed sub-tasks counted by what they have in common.

// Knows what is counted, not how it was read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, IsTerminal};

use iotda_batch_tasks::columns::{Column, ColumnType, Columns};
use iotda_batch_tasks::sub_tasks::SubTask;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::arguments::{Format, GroupBy, PrintArgs};
use crate::console::Console;
use crate::exit::Exit;
use crate::output::{Csv, CsvStyle, Id, Json, Ndjson, Output, Shown, Sink, Table, Yaml, stdout};
use crate::subject::AsJson;

type Key = [Option<String>; 2];

/// How many of each.
pub(super) struct Groups {
    group_by: GroupBy,
    counts: HashMap<Key, i64>,
}

impl Groups {
    pub(super) fn new(group_by: GroupBy) -> Self {
        Self { group_by, counts: HashMap::new() }
    }

    pub(super) fn add(&mut self, row: &SubTask) {
        let key = match (self.group_by, &row.detail.error) {
            (GroupBy::Reason, Some(error)) => [error.error_code.clone(), error.error_msg.clone()],
            (GroupBy::Reason, None) => [None, None],
            (GroupBy::Device, _) => [row.detail.target.clone(), None],
            (GroupBy::Task, _) => [Some(row.task.task_id.clone()), row.task.task_name.clone()],
        };
        *self.counts.entry(key).or_default() += 1;
    }

    pub(super) fn print(self, arguments: &PrintArgs<SubTask>, console: &Console) -> Exit {
        let mut counts: Vec<(Key, i64)> = self.counts.into_iter().collect();
        counts.sort_by(|(left, few), (right, many)| many.cmp(few).then_with(|| left.cmp(right)));
        let rows = counts.into_iter();
        match self.group_by {
            GroupBy::Reason => print(
                rows.map(|([error_code, error_msg], count)| Reason { error_code, error_msg, count }),
                arguments,
                console,
            ),
            GroupBy::Device => print(rows.map(|([target, _], count)| Device { target, count }), arguments, console),
            GroupBy::Task => {
                print(rows.map(|([task_id, task_name], count)| Task { task_id, task_name, count }), arguments, console)
            }
        }
    }
}

fn print<R: Shown + AsJson>(rows: impl Iterator<Item = R>, arguments: &PrintArgs<SubTask>, console: &Console) -> Exit {
    let suits_stdout = || if io::stdout().is_terminal() { Format::Table } else { Format::Ndjson };
    let format = arguments.format.unwrap_or_else(suits_stdout);
    let style = CsvStyle { no_header: arguments.no_header, crlf: arguments.crlf, bom: arguments.bom };
    let written = match format {
        Format::Table => write(rows, Table::new(None, &[], !arguments.no_header, TimeZone::UTC), console),
        Format::Csv => write(rows, Csv::new(None, style), console),
        Format::Id => write(rows, Id::default(), console),
        Format::Ndjson => write(rows, Ndjson::default(), console),
        Format::Json => write(rows, Json::default(), console),
        Format::Yaml => write(rows, Yaml::default(), console),
    };
    match written {
        Ok(()) => Exit::Complete,
        Err(error) => stdout::unwritable(&error, console),
    }
}

fn write<O: Output>(rows: impl Iterator<Item = O::Record>, output: O, console: &Console) -> io::Result<()> {
    let mut sink = Sink::new(output, console.clone());
    for row in rows {
        sink.record(&row, None)?;
    }
    sink.end(true)
}

/// Declares a row of counts.
macro_rules! counted {
    ($name:ident as $kind:literal by $id:ident $(and $more:ident)?) => {
        #[derive(Serialize)]
        struct $name {
            $id: Option<String>,
            $($more: Option<String>,)?
            count: i64,
        }

        impl Columns for $name {
            const NAME: &'static str = $kind;

            fn columns() -> &'static [Column<Self>] {
                const {
                    &[
                        Column::new(stringify!($id), ColumnType::Text, |row: &$name| row.$id.as_deref().into()),
                        $(Column::new(stringify!($more), ColumnType::Text, |row: &$name| row.$more.as_deref().into()),)?
                        Column::new("count", ColumnType::Integer, |row: &$name| row.count.into()).with_unit("sub-tasks").required(),
                    ]
                }
            }
        }

        impl Shown for $name {
            const ID: &'static str = stringify!($id);
            const GLANCE: &'static [&'static str] = &["count", stringify!($id) $(, stringify!($more))?];
        }

        impl AsJson for $name {
            fn json(&self) -> Cow<'_, str> {
                serde_json::to_string(self).unwrap_or_default().into()
            }
        }
    };
}

counted!(Reason as "failures_by_reason" by error_code and error_msg);
counted!(Device as "failures_by_device" by target);
counted!(Task as "failures_by_task" by task_id and task_name);
