//! Which columns tables and csv have of a record: the library's, and a few that are computed from others.

// Knows names, not how wide or how quoted values are written.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use iotda_batch_tasks::columns::{Column, ColumnType, Columns};
use iotda_batch_tasks::{BatchTask, TaskProgress};

/// A column of tables and csv.
pub(crate) type ShownColumn<R> = &'static Column<R>;

/// A record that tables and csv can show.
pub(crate) trait Shown: Columns {
    /// Columns that are computed from others. One with the name of a column of the record replaces it.
    const COMPUTED: &'static [Column<Self>] = &[];

    /// Short names for the command line: each stands for the other.
    const SHORT: &'static [(&'static str, &'static str)] = &[];

    /// The column of the identity, which is never cut.
    const ID: &'static str;

    /// What a table has by default.
    const GLANCE: &'static [&'static str];

    /// Of these columns, table leaves out the first one first where there is no room. The others stay.
    const LEFT_OUT_FIRST: &'static [&'static str] = &[];

    /// The last column that csv has by default.
    const LAST_OF_CSV: Option<&'static str> = None;
}

/// All columns, those of the record first.
pub(crate) fn all<R: Shown>() -> impl Iterator<Item = ShownColumn<R>> {
    let computed = |name| R::COMPUTED.iter().find(|computed| computed.name() == name);
    let own = R::columns().iter().map(move |column| computed(column.name()).unwrap_or(column));
    own.chain(R::COMPUTED.iter().filter(|computed| R::column(computed.name()).is_none()))
}

/// The column of this name, or short name.
pub(crate) fn named<R: Shown>(name: &str) -> Option<ShownColumn<R>> {
    let name = R::SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| *long);
    all::<R>().find(|column| column.name() == name)
}

/// The columns of these names, which are those of the record.
pub(crate) fn glance<R: Shown>() -> Vec<ShownColumn<R>> {
    R::GLANCE.iter().filter_map(|name| named(name)).collect()
}

/// What csv has by default: every column that is one value, up to the last one.
pub(crate) fn of_csv<R: Shown>() -> Vec<ShownColumn<R>> {
    let own = all::<R>().take(R::columns().len());
    let mut ended = false;
    let up_to_the_last = |column: &ShownColumn<R>| {
        let take = !ended;
        ended |= Some(column.name()) == R::LAST_OF_CSV;
        take
    };
    own.filter(up_to_the_last).collect()
}

/// Reads the name of a column from the command line.
pub(crate) fn parser<R: Shown>() -> impl TypedValueParser<Value = ShownColumn<R>> {
    let value = |column: ShownColumn<R>| {
        let short = R::SHORT.iter().filter(|(_, long)| *long == column.name()).map(|(short, _)| *short);
        PossibleValue::new(column.name()).aliases(short)
    };
    PossibleValuesParser::new(all::<R>().map(value)).try_map(|name| named(&name).ok_or("no such column"))
}

/// What records are sorted by.
#[derive(Debug)]
pub(crate) struct SortKey<R: 'static> {
    pub(crate) column: ShownColumn<R>,
    pub(crate) descending: bool,
}

impl<R> Clone for SortKey<R> {
    fn clone(&self) -> Self {
        Self { column: self.column, descending: self.descending }
    }
}

impl<R: Shown> SortKey<R> {
    /// Reads the name of a column, with a minus before it for the largest first.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let names = || all::<R>().map(|column| column.name()).collect::<Vec<_>>().join(", ");
        let column = named(name).ok_or_else(|| format!("no such column; there are {}", names()))?;
        Ok(Self { column, descending })
    }
}

impl Shown for BatchTask {
    const COMPUTED: &'static [Column<Self>] = &[
        // Up to 30,000 ids are no cell.
        Column::new("targets", ColumnType::Integer, |task: &BatchTask| {
            task.targets.as_ref().and_then(|targets| i64::try_from(targets.len()).ok()).into()
        })
        .with_unit("devices"),
        Column::new("progress", ColumnType::Text, |task| task.task_progress.as_ref().map(succeeded).into()),
    ];
    const SHORT: &'static [(&'static str, &'static str)] =
        &[("id", "task_id"), ("name", "task_name"), ("type", "task_type"), ("created", "create_time")];
    const ID: &'static str = "task_id";
    const GLANCE: &'static [&'static str] = &["task_id", "task_name", "task_type", "status", "progress", "create_time"];
    const LEFT_OUT_FIRST: &'static [&'static str] = &["progress", "task_type", "create_time", "task_name"];
    const LAST_OF_CSV: Option<&'static str> = Some("status_desc");
}

/// How many executions succeeded, of all; nothing if neither is known.
pub(crate) fn succeeded(progress: &TaskProgress) -> String {
    match (progress.success, progress.total) {
        (Some(success), Some(total)) => format!("{success}/{total}"),
        (Some(success), None) => format!("{success}/?"),
        (None, Some(total)) => format!("?/{total}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_to_a_column() {
        assert_eq!(glance::<BatchTask>().len(), BatchTask::GLANCE.len());
        for (short, long) in BatchTask::SHORT {
            assert_eq!(named::<BatchTask>(short).unwrap().name(), *long);
        }
        for column in BatchTask::columns() {
            assert!(named::<BatchTask>(column.name()).is_some());
        }
        assert!(named::<BatchTask>("colour").is_none());
        assert_eq!(all::<BatchTask>().filter(|column| column.name() == "targets").count(), 1);
        assert_eq!(named::<BatchTask>("targets").unwrap().column_type(), ColumnType::Integer);
    }
}
