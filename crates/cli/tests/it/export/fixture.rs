//! A folder, and a command that exports into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use iotda_simulator::Fault;
use serde_json::Value;

use crate::fixture::{Ended, Service, batchtasks, service};

/// A folder that goes with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("export-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of what is in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// All that is in it but locks, which say who holds them.
    pub(crate) fn contents(&self) -> Vec<(String, Vec<u8>)> {
        let names = self.names().into_iter().filter(|name| !name.ends_with(".lock"));
        names.map(|name| (name.clone(), fs::read(self.path(&name)).unwrap())).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An export of the tasks of a service to a file in a new folder.
pub(crate) struct Export<'a> {
    pub(crate) service: &'a Service,
    pub(crate) folder: Folder,
    pub(crate) name: &'static str,
    more: Vec<String>,
}

impl<'a> Export<'a> {
    pub(crate) fn new(service: &'a Service, name: &'static str, more: &[&str]) -> Self {
        let more = more.iter().map(|&argument| argument.to_owned()).collect();
        Self { service, folder: Folder::new(), name, more }
    }

    /// The whole command line, with `more` at its end.
    pub(crate) fn arguments(&self, more: &[&str]) -> Vec<String> {
        let endpoint = self.service.simulator.endpoint();
        let out = self.file().to_str().unwrap().to_owned();
        let here = ["export", "--type", "softwareUpgrade", "--endpoint", &endpoint, "--project-id", "0"];
        let there = ["--token", "any", "--out", &out];
        let given =
            here.into_iter().chain(there).chain(self.more.iter().map(String::as_str)).chain(more.iter().copied());
        given.map(str::to_owned).collect()
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        batchtasks(self.arguments(more).iter().map(String::as_str))
    }

    /// Runs it; stdout is ignored.
    #[track_caller]
    pub(crate) fn run(&self, more: &[&str]) -> Ended {
        let ended = Ended::from(self.command(more).output().unwrap());
        assert_eq!(ended.stdout, "");
        ended
    }

    pub(crate) fn spawn(&self) -> Child {
        self.command(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path(self.name)
    }

    pub(crate) fn part(&self) -> PathBuf {
        self.folder.path(&format!("{}.part", self.name))
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.folder.path(&format!("{}.checkpoint", self.name))
    }

    /// What an earlier run has left, if it is there.
    pub(crate) fn state(&self) -> Option<Value> {
        Some(serde_json::from_slice(&fs::read(self.checkpoint()).ok()?).unwrap())
    }

    /// Changes what an earlier run has left.
    pub(crate) fn set_state(&self, key: &str, value: impl Into<Value>) {
        let mut state = self.state().unwrap();
        state[key] = value.into();
        fs::write(self.checkpoint(), state.to_string()).unwrap();
    }

    /// What `list` prints in the same format.
    pub(crate) fn listed(&self, format: &str) -> String {
        self.service.list(&["--type", "softwareUpgrade", "--format", format]).complete()
    }

    /// The file is `expected`, and alone.
    #[track_caller]
    pub(crate) fn assert_whole(&self, expected: &[u8]) {
        assert_eq!(self.folder.names(), [self.name]);
        self.assert_file(expected);
    }

    /// Says no more than needed of two long files.
    #[track_caller]
    pub(crate) fn assert_file(&self, expected: &[u8]) {
        let file = fs::read(self.file()).unwrap();
        let same = file.iter().zip(expected).take_while(|(one, other)| one == other).count();
        assert!(file == expected, "{} and {} bytes, the same up to {same}", file.len(), expected.len());
    }

    /// The same command, to which nothing happens, brings the file to its end.
    #[track_caller]
    pub(crate) fn assert_continues_to(&self, expected: &[u8]) {
        let ended = self.run(&[]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        self.assert_whole(expected);
    }
}

/// What no retry makes better.
pub(crate) fn refusal() -> Fault {
    Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "not subscribed".to_owned() }
}

/// A service that refuses everything from its eighth request on, until it is healed.
pub(crate) fn failing(tasks: usize) -> (Service, impl Fn()) {
    let fails = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&fails);
    let service = service(tasks, |builder| {
        builder.fault_when(move |request| (request.number >= 8 && still.load(Ordering::SeqCst)).then(refusal))
    });
    (service, move || fails.store(false, Ordering::SeqCst))
}

/// Waits for what another process does.
#[track_caller]
pub(crate) fn eventually(mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not happen");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The command is refused with code 2 and these words, sends nothing and changes nothing.
#[track_caller]
pub(super) fn assert_refused(export: &Export<'_>, more: &[&str], words: &[&str]) {
    let before = (export.folder.contents(), export.service.simulator.request_count());
    let ended = export.run(more);
    assert_eq!(ended.code, Some(2), "{more:?}: {}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{more:?} {word:?}: {}", ended.stderr);
    }
    assert!((export.folder.contents(), export.service.simulator.request_count()) == before, "{more:?}");
}
