//! The simulators, in a separate process: what they do is not on the client's account.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use iotda_simulator::Simulator;

const ROLE: &str = "BENCH_SERVE";

/// A list, and how long the service takes for each answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    pub(crate) tasks: usize,
    pub(crate) latency: Duration,
    /// How many targets each task names; 1 to 19 by default.
    pub(crate) targets: Option<usize>,
}

impl List {
    pub(crate) fn of(tasks: usize) -> Self {
        Self { tasks, latency: Duration::ZERO, targets: None }
    }

    /// In a form that the other process reads.
    fn to_text(self) -> String {
        let targets = self.targets.map(|targets| targets.to_string()).unwrap_or_default();
        format!("{}:{}:{targets}", self.tasks, self.latency.as_micros())
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut numbers = text.split(':');
        let tasks = numbers.next()?.parse().ok()?;
        let latency = Duration::from_micros(numbers.next()?.parse().ok()?);
        Some(Self { tasks, latency, targets: numbers.next()?.parse().ok() })
    }

    async fn serve(&self) -> Simulator {
        let mut simulator = Simulator::builder().tasks(self.tasks).seed(1).latency(self.latency);
        if let Some(targets) = self.targets {
            simulator = simulator.targets_per_task(targets);
        }
        simulator.start().await.expect("a free port")
    }
}

/// The process that serves the lists. It ends with this handle, and with this process, however that ends.
pub(crate) struct Server {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    endpoints: Vec<String>,
    lists: Vec<List>,
}

impl Server {
    /// Runs this very program once more, to serve `lists`.
    pub(crate) fn start(lists: Vec<List>) -> Self {
        let wanted: Vec<_> = lists.iter().map(|list| list.to_text()).collect();
        let mut process = Command::new(std::env::current_exe().expect("this program has a path"))
            .env(ROLE, wanted.join(","))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program runs");
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("its output is piped"));
        let mut server = Self { process, questions, answers, endpoints: Vec::new(), lists };
        server.endpoints = (0..server.lists.len()).map(|_| server.answer()).collect();
        server
    }

    pub(crate) fn list(&self, place: usize) -> List {
        self.lists[place]
    }

    /// Where the list is served.
    pub(crate) fn endpoint(&self, place: usize) -> &str {
        &self.endpoints[place]
    }

    /// How many requests have arrived for the list so far, as the server counts them.
    #[allow(dead_code, reason = "not every benchmark counts them")]
    pub(crate) fn requests(&mut self, place: usize) -> u64 {
        writeln!(self.questions.as_mut().expect("open until the end"), "{place}").expect("the server listens");
        self.answer().parse().expect("it answers with a number")
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the server answers");
        line.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the end of the server.
        drop(self.questions.take());
        let _ = self.process.wait();
    }
}

/// Serves, if this process was started for it; returns whether it was.
pub(crate) fn serve_if_requested() -> bool {
    let Ok(wanted) = std::env::var(ROLE) else { return false };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(serve(&wanted));
    true
}

async fn serve(wanted: &str) {
    let mut simulators = Vec::new();
    for list in wanted.split(',').map(List::from_text) {
        let simulator = list.expect("a list").serve().await;
        println!("{}", simulator.endpoint());
        simulators.push(simulator);
    }
    let answer = move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let simulator = &simulators[line.parse::<usize>().expect("the number of a list")];
            println!("{}", simulator.request_count());
            simulator.clear_requests();
        }
    };
    tokio::task::spawn_blocking(answer).await.expect("it answers to the end");
}
