//! `batchtasks devices` and the other lists: print and export.

mod filters;
mod shown;
mod subject;

use clap::Args;

use crate::arguments::{ReadArgs, RowsArguments, RowsCommand};
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::{export, list};
use filters::Filters;
use subject::{RowRecord, Rows};

/// Runs a command of the list of this name.
pub(crate) async fn run<R: RowRecord, F: Filters<Record = R> + Args>(
    name: &'static str,
    arguments: RowsArguments<R, F>,
    console: &Console,
    interrupt: Interrupt,
) -> Exit {
    match arguments.command {
        RowsCommand::List(list) => {
            let read = ReadArgs::without_filters(&list.connection, &list.pace);
            let open = async || Rows::open(&read, &list.filters, list.filters.bounds()?, &interrupt).await;
            list::run_subject(name, &list.print, open, console, &interrupt).await
        }
        RowsCommand::Export(export) => {
            let read = ReadArgs::without_filters(&export.connection, &export.pace);
            let open = async |bounds| Rows::open(&read, &export.filters, bounds, &interrupt).await;
            let now = || export.filters.bounds();
            export::run_subject(&export.out, export::Way::Whole, now, open, console, &interrupt).await
        }
    }
}
