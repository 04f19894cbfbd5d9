//! `batchtasks simulate check`: whether a client delivered exactly what was in the list.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use iotda_simulator::{CheckOptions, History, Verdict};
use serde_json::json;

use super::delivered;
use crate::arguments::{CheckArguments, CheckFormat};
use crate::console::Console;
use crate::exit::Exit;
use crate::output::stdout;

pub(super) async fn run(arguments: CheckArguments, console: &Console) -> Exit {
    let format = arguments.format;
    // The files may be large.
    let checked = tokio::task::spawn_blocking(move || check(&arguments)).await;
    let verdict = match checked.unwrap_or_else(|_| Err("the check broke off".to_owned())) {
        Ok(verdict) => verdict,
        Err(reason) => {
            console.error(reason);
            return Exit::BadArguments;
        }
    };
    let text = match format {
        CheckFormat::Text => format!("{verdict}\n"),
        CheckFormat::Json => json(&verdict),
    };
    match stdout::print(text, console) {
        Exit::Complete if !verdict.is_exact() => Exit::Failed,
        exit => exit,
    }
}

fn check(arguments: &CheckArguments) -> Result<Verdict, String> {
    let CheckArguments { history, delivered, field, lists, unordered, .. } = arguments;
    let unreadable = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let file = File::open(history).map_err(|error| unreadable(history, &error))?;
    let read = History::read(BufReader::new(file)).map_err(|error| unreadable(history, &error))?;
    let bytes = bytes(delivered).map_err(|error| unreadable(delivered, &error))?;
    let ids = delivered::ids(&bytes, field.as_deref()).map_err(|error| unreadable(delivered, &error))?;
    let options = lists.iter().fold(CheckOptions::new(), |options, list| options.list(list));
    let options = if *unordered { options.unordered() } else { options };
    read.check(&options, ids).map_err(|error| format!("{}: {error} (--list)", history.display()))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn json(verdict: &Verdict) -> String {
    let json = json!({
        "exact": verdict.is_exact(),
        "lists": verdict.lists,
        "pages": verdict.pages,
        "throughout": verdict.throughout,
        "for_a_while": verdict.for_a_while,
        "delivered": verdict.delivered,
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "never_there": verdict.never_there,
        "out_of_order": verdict.out_of_order,
    });
    format!("{json:#}\n")
}
