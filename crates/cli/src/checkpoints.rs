//! Checkpoints between two runs of a command. Where a person reads stderr they go to a file, which `--resume last`
//! finds; else they are the last line of stderr, for scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::atomic_file;
use crate::console::Console;

/// The options that decide what a run reads, with their values.
pub(crate) type Identity = BTreeMap<String, String>;

/// What is in a file.
#[derive(Serialize, Deserialize)]
struct Saved {
    arguments: Identity,
    checkpoint: Box<RawValue>,
}

/// The checkpoints of one command.
pub(crate) struct Checkpoints {
    command: &'static str,
    identity: Identity,
    /// Where to write them; none where stderr is read by a program.
    file: Option<PathBuf>,
}

impl Checkpoints {
    /// Those of a run that reads what `identity` says. Made at its begin: at its end the terminal may be closed.
    pub(crate) fn new(command: &'static str, identity: Identity) -> Self {
        let file = if io::stderr().is_terminal() { file_of(command) } else { None };
        Self { command, identity, file }
    }

    /// The checkpoint that the value of `--resume` means: the text itself, `@FILE` for the last line of a file, or
    /// `last` for what the latest run has left in its file.
    pub(crate) fn load<C>(&self, value: &str, parse: impl FnOnce(&str) -> Result<C, String>) -> Result<C, String> {
        let path = match value.trim().strip_prefix('@') {
            Some(file) => Some(PathBuf::from(file)),
            None if value.trim() == "last" => {
                Some(file_of(self.command).ok_or("--resume last: neither XDG_STATE_HOME nor HOME is set")?)
            }
            None => None,
        };
        let line = match path {
            Some(path) => last_line(&path)?,
            None => value.trim().to_owned(),
        };
        let Ok(saved) = serde_json::from_str::<Saved>(&line) else { return parse(&line) };
        let differences = differences(&saved.arguments, &self.identity);
        if !differences.is_empty() {
            return Err(format!("--resume: the checkpoint is of other arguments: {differences}"));
        }
        parse(saved.checkpoint.get())
    }

    /// Leaves a checkpoint for the next run, after a few words on what is done.
    pub(crate) fn leave(&self, checkpoint: &str, done: impl fmt::Display, console: &Console) {
        if let Some(file) = &self.file {
            match self.save(file, checkpoint) {
                Ok(()) => {
                    let file = file.display();
                    console
                        .line(format_args!("{done} To continue, give the same command with --resume last ({file})."));
                    return;
                }
                Err(error) => console.warning(format_args!("{}: {error}", file.display())),
            }
        }
        // It is alone on the last line.
        console.line(format_args!("{done} To continue, give --resume this line:"));
        console.line(checkpoint);
    }

    /// Settles the file after a run that printed all that it was to print: `more` is the checkpoint where the list has more
    /// than that. An older checkpoint of the same arguments would bring again what was printed; one of other arguments is
    /// still to be continued.
    pub(crate) fn complete(&self, more: Option<&str>, console: &Console) {
        let Some(file) = self.file.as_deref().filter(|file| self.is_ours(file)) else { return };
        let settled = more.map_or_else(|| fs::remove_file(file), |checkpoint| self.save(file, checkpoint));
        if let Err(error) = settled {
            console.warning(format_args!("{}: {error}", file.display()));
        }
    }

    fn is_ours(&self, file: &Path) -> bool {
        let saved = last_line(file).ok().and_then(|line| serde_json::from_str::<Saved>(&line).ok());
        saved.is_some_and(|saved| saved.arguments == self.identity)
    }

    fn save(&self, file: &Path, checkpoint: &str) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let checkpoint = RawValue::from_string(checkpoint.to_owned())?;
        let mut text = serde_json::to_vec(&Saved { arguments: self.identity.clone(), checkpoint })?;
        text.push(b'\n');
        atomic_file::write(file, &text)
    }
}

/// Which options differ, and how; nothing if none do.
pub(crate) fn differences(before: &Identity, now: &Identity) -> String {
    let options: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let value = |of: &Identity, option| of.get(option).map_or("not given".to_owned(), |value| format!("{value:?}"));
    let differing = options.into_iter().filter(|option| before.get(*option) != now.get(*option));
    let texts = differing.map(|option| format!("{option} was {} and is {}", value(before, option), value(now, option)));
    texts.collect::<Vec<_>>().join("; ")
}

fn last_line(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("--resume: {}: {error}", path.display()))?;
    Ok(text.trim_end().lines().last().unwrap_or_default().to_owned())
}

/// Where the XDG base directories have what programs keep from run to run.
fn file_of(command: &str) -> Option<PathBuf> {
    let folder = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("batchtasks").join(format!("{command}.checkpoint")))
}
