//! An export with the command, killed with SIGKILL and run again until the file is complete.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use iotda_simulator::SignatureKind;
use serde_json::Value;
use tokio::process::Command;

use crate::random::Random;
use crate::service::{Auth, KEY, Service, TYPES};

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Exports everything. Returns the ids in the order of the file.
pub(crate) async fn scan(service: &Service, random: &mut Random) -> Vec<String> {
    let folder = Folder(std::env::temp_dir().join(format!("soak-{}-{:x}", std::process::id(), random.next())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let format = random.pick(&["ndjson", "csv"]);
    let out = folder.0.join(format!("tasks.{format}"));
    let fixed = fixed(service, &out);
    let exported = async { while !export(&fixed, service, random).await.is_some_and(|status| status.success()) {} };
    tokio::select! {
        () = exported => {}
        never = watched(&out, service) => never,
    }
    let left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [out.file_name().unwrap()], "the folder");
    let text = std::fs::read_to_string(&out).unwrap();
    let of_json = |line: &str| serde_json::from_str::<Value>(line).unwrap()["task_id"].as_str().unwrap().to_owned();
    match format {
        "ndjson" => text.lines().map(of_json).collect(),
        // The ids are the first column, and no value of the simulator has a line break.
        _ => text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect(),
    }
}

/// Sees when the position of the export changes.
async fn watched(out: &Path, service: &Service) {
    let beside = |extension: &str| PathBuf::from(format!("{}.{extension}", out.display()));
    let mut before = None;
    loop {
        let now =
            (std::fs::read(beside("checkpoint")).ok(), std::fs::metadata(beside("part")).map_or(0, |part| part.len()));
        if before.as_ref() != Some(&now) {
            service.pulse.beat();
            before = Some(now);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The arguments that all runs have in common.
fn fixed(service: &Service, out: &Path) -> Vec<String> {
    let endpoint = service.simulator.endpoint();
    let here = ["export", "--endpoint", &endpoint, "--project-id", "0", "--out", out.to_str().unwrap()];
    let types = TYPES[..service.types].iter().flat_map(|task_type| ["--type", task_type]);
    let auth = match service.auth {
        Auth::Signature(SignatureKind::Derived) => "derived",
        Auth::Signature(_) => "aksk",
        Auth::AnyToken | Auth::Password => "token",
    };
    let keys = match auth {
        "token" => vec!["--token", "any"],
        _ => vec!["--ak", KEY[0], "--sk", KEY[1], "--region", "cn-north-4"],
    };
    here.into_iter().chain(types).chain(["--auth", auth]).chain(keys).map(str::to_owned).collect()
}

/// One run with its own options. `None` where it was killed.
async fn export(fixed: &[String], service: &Service, random: &mut Random) -> Option<ExitStatus> {
    let path = std::env::var_os("SOAK_COMMAND").unwrap_or_else(|| env!("CARGO_BIN_EXE_batchtasks").into());
    let timeout = format!("{}ms", random.between(400, 900));
    let page_size = random.between(5, 50).to_string();
    let prefetch = random.between(0, 40).to_string();
    let every = random.pick(&["0s", "4ms", "50ms", "1s"]);
    let pace = ["--max-elapsed", "2s", "--timeout", &timeout, "--page-size", &page_size];
    let pace = pace.into_iter().chain(["--prefetch", &prefetch, "--checkpoint-every", every]);
    let arguments: Vec<&str> = fixed.iter().map(String::as_str).chain(pace).collect();
    service.note(arguments.join(" "));
    let mut command = Command::new(path);
    command.env_clear().args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let running = command.spawn().unwrap().wait_with_output();
    let kill_after = match service.is_calm() || random.one_in(3) {
        true => Duration::MAX,
        false => random.millis(1, 600),
    };
    // It is killed when it is dropped.
    let output = tokio::time::timeout(kill_after, running).await.ok()?.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        service.note(format!("{}: {stderr}", output.status));
    }
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {stderr}", output.status);
    Some(output.status)
}
