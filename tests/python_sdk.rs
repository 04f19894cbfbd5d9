//! The official Python SDK reads from the simulator, signing by either algorithm: what the simulator takes for a
//! signature and answers as a page is what the service's own client sends and understands.
//!
//! `.ci/python-sdk` installs it into `target/python-sdk`. Where it is not there the test says so and shows nothing.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

use iotda_batch_tasks::sim::{SignatureKind, Simulator};

const KEY: (&str, &str) = ("AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl");

/// A Python that has the SDK.
fn python() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let python = target.join("python-sdk/bin/python");
    let has_sdk = Command::new(&python).args(["-c", "import huaweicloudsdkiotda"]).output();
    has_sdk.is_ok_and(|output| output.status.success()).then_some(python)
}

async fn run(python: PathBuf, simulator: &Simulator, algorithm: &str, secret_key: &str) -> Output {
    let mut command = Command::new(python);
    command.arg("tests/python/read_tasks.py").arg(simulator.endpoint()).args([algorithm, KEY.0, secret_key]);
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_sdk_reads_the_list_with_either_signature() {
    let Some(python) = python() else {
        // Written past the macros, which a test's harness keeps to itself.
        writeln!(
            std::io::stderr(),
            "SKIPPED: the official SDK is not in target/python-sdk; .ci/python-sdk puts it there"
        )
        .unwrap();
        return;
    };
    for (algorithm, kind) in [("basic", SignatureKind::Basic), ("derived", SignatureKind::Derived)] {
        let builder = Simulator::builder().tasks(730).only("softwareUpgrade").require_signature(kind);
        let simulator = builder.start().await.unwrap();
        let output = run(python.clone(), &simulator, algorithm, KEY.1).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{algorithm}: {told}");
        let ids: Vec<_> = str::from_utf8(&output.stdout).unwrap().lines().map(str::to_owned).collect();
        assert!(ids == simulator.edit(|list| list.ids("softwareUpgrade")), "{algorithm}: {} ids", ids.len());
        let signed = |request: &iotda_batch_tasks::sim::SeenRequest| request.header("authorization").is_some();
        assert!(simulator.requests().iter().all(|request| signed(request) && request.status == Some(200)));

        let output = run(python.clone(), &simulator, algorithm, "another").await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains("401") && told.contains("APIGW.0301"), "{algorithm}: {told}");
    }
}
