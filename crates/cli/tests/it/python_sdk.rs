//! The official Python SDK reads from the simulator, signing by either algorithm: what the simulator takes for a
//! signature and answers as a page is what the service's own client sends and understands.
//!
//! `.ci/python-sdk` installs it into `target/python-sdk`. Where it is not there the test says so and shows nothing.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use iotda_simulator::{SignatureKind, Simulator};

const KEY: (&str, &str) = ("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");

/// A Python that has the SDK; where there is none, that is reported.
fn python() -> Option<PathBuf> {
    let here = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../target").into();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(here, PathBuf::from);
    let python = target.join("python-sdk/bin/python");
    let has_sdk = Command::new(&python).args(["-c", "import huaweicloudsdkiotda"]).output();
    if has_sdk.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    // Written past the macros, which a test's harness keeps to itself.
    let notice = b"SKIPPED: the official SDK is not in target/python-sdk; .ci/python-sdk puts it there\n";
    std::io::stderr().write_all(notice).unwrap();
    None
}

async fn run(python: PathBuf, endpoint: String, algorithm: &str, secret_key: &str) -> Output {
    let mut command = Command::new(python);
    command.args(["tests/python/read_tasks.py", &endpoint, algorithm, KEY.0, secret_key]);
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_sdk_reads_the_list_with_either_signature() {
    let Some(python) = python() else { return };
    for (algorithm, kind) in [("basic", SignatureKind::Basic), ("derived", SignatureKind::Derived)] {
        let builder = Simulator::builder().tasks(730).only("softwareUpgrade").require_signature(kind);
        let simulator = builder.start().await.unwrap();
        let output = run(python.clone(), simulator.endpoint(), algorithm, KEY.1).await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{algorithm}: {stderr}");
        let ids: Vec<_> = str::from_utf8(&output.stdout).unwrap().lines().map(str::to_owned).collect();
        assert!(ids == simulator.edit(|list| list.ids("softwareUpgrade")), "{algorithm}: {} ids", ids.len());
        let signed = |request: &iotda_simulator::SeenRequest| request.header("authorization").is_some();
        assert!(simulator.requests().iter().all(|request| signed(request) && request.status == Some(200)));
        assert_eq!(simulator.most_in_flight(), 1);

        let output = run(python.clone(), simulator.endpoint(), algorithm, "another").await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && stderr.contains("401") && stderr.contains("APIGW.0301"),
            "{algorithm}: {stderr}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_sdk_reads_from_the_command() {
    let Some(python) = python() else { return };
    let options = ["simulate", "--tasks", "230", "--type", "softwareUpgrade", "--require-signature", "basic"];
    let mut serving = Serving::start(&options);
    let endpoint = serving.endpoint();
    let output = run(python, endpoint.clone(), "basic", KEY.1).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let keys = ["--ak", KEY.0, "--sk", KEY.1, "--columns", "id", "--format", "csv", "--no-header"];
    let here = ["list", "--endpoint", &endpoint, "--project-id", "0", "--type", "softwareUpgrade"];
    let listed = Command::new(COMMAND).args(here).args(keys).output().unwrap();
    let lines = |bytes: &[u8]| str::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&output.stdout).len(), 230);
    assert_eq!(lines(&output.stdout), lines(&listed.stdout));
}

const COMMAND: &str = env!("CARGO_BIN_EXE_batchtasks");

/// `batchtasks simulate`, for as long as this is held.
struct Serving(Child);

impl Serving {
    fn start(options: &[&str]) -> Self {
        Self(Command::new(COMMAND).args(options).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// The line that it prints once it answers.
    fn endpoint(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Why the README's row of the official SDKs is that of a marker loop by hand.
#[test]
fn the_official_sdk_has_a_method_for_a_page_and_none_for_the_list() {
    let Some(python) = python() else { return };
    let script = "from huaweicloudsdkiotda.v5 import IoTDAClient\n\
                  print(*(name for name in dir(IoTDAClient) if not name.startswith('_')))";
    let output = Command::new(python).args(["-c", script]).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    assert!(names.contains("list_batch_tasks"), "{names}");
    let walks = |name: &&str| ["batch_tasks", "pag", "iter"].iter().any(|word| name.contains(word));
    let others: Vec<_> =
        names.split_whitespace().filter(walks).filter(|name| !name.contains("list_batch_tasks")).collect();
    assert!(others.is_empty(), "{others:?}");
}
