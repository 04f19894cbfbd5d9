//! A service to read from, and the command to read it with.

use std::process::{Command, Output, Stdio};

use iotda_simulator::{List, Simulator, SimulatorBuilder};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The command with an empty environment, so that no variable of this machine has a say.
pub(crate) fn batchtasks<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchtasks"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

pub(crate) fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Ended {
    batchtasks(arguments).output().unwrap().into()
}

/// What a process left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// The stdout of a run to which nothing happened.
    #[track_caller]
    pub(crate) fn complete(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.stdout
    }

    /// The last line of stderr, which is the checkpoint.
    #[track_caller]
    pub(crate) fn checkpoint(&self) -> &str {
        let line = self.stderr.lines().last().unwrap();
        assert!(line.starts_with(r#"{"version":1,"#), "{}", self.stderr);
        line
    }
}

impl Ended {
    /// The last line of stderr, which is the checkpoint of a watch.
    #[track_caller]
    pub(crate) fn watch_checkpoint(&self) -> &str {
        let line = self.stderr.lines().last().unwrap();
        assert!(line.starts_with(r#"{"version":1,"watched":{"softwareUpgrade":"#), "{}", self.stderr);
        line
    }
}

/// A simulated service in this process.
pub(crate) struct Service {
    pub(crate) simulator: Simulator,
    _runtime: Runtime,
}

/// A service with `tasks` tasks of one type, set up by `knobs` beyond that.
pub(crate) fn service(tasks: usize, knobs: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Service {
    let runtime = Runtime::new().unwrap();
    let simulator = runtime.block_on(knobs(Simulator::builder().tasks(tasks)).start()).unwrap();
    Service { simulator, _runtime: runtime }
}

impl Service {
    /// A command that reads from here, with the arguments of the test.
    pub(crate) fn reading(&self, command: &str, more: &[&str]) -> Command {
        let endpoint = self.simulator.endpoint();
        let here = [command, "--endpoint", &endpoint, "--project-id", "0", "--token", "any"];
        batchtasks(here.iter().chain(more).copied())
    }

    /// `list`.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        self.reading("list", more)
    }

    pub(crate) fn list(&self, more: &[&str]) -> Ended {
        self.command(more).output().unwrap().into()
    }

    /// The list as it is: what the service would send for each task, newest first.
    pub(crate) fn records(&self) -> Vec<String> {
        self.simulator.edit(|list| list.tasks().iter().map(|task| list.json(&task.id).unwrap()).collect())
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.simulator.edit(|list| list.tasks().into_iter().map(|task| task.id).collect())
    }

    /// Makes the task at `place` unreadable, or otherwise odd, and returns its id.
    pub(crate) fn rewrite(&self, place: usize, json: impl FnOnce(&str) -> String) -> String {
        let id = self.ids().swap_remove(place);
        let json = json(&id);
        assert!(self.simulator.edit(|list: &mut List| list.set_json(&id, json)));
        id
    }
}

/// The ids in lines of JSON.
pub(crate) fn ids_of_lines(lines: &str) -> Vec<String> {
    lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["task_id"].as_str().unwrap().into()).collect()
}
