//! A limit on the size of files stands in for a full disk.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use super::fixture::Export;
use crate::fixture::service;

const MEGABYTE: usize = 1024 * 1024;
const SIGXFSZ: i32 = 25;

/// What happens at the limit.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum AtTheLimit {
    /// Writing fails, as on a full disk.
    Fails,
    /// The process is killed.
    Kills,
}

/// Runs the export with no file longer than `bytes`.
pub(crate) fn run_limited(export: &Export<'_>, at_the_limit: AtTheLimit, bytes: usize) -> Output {
    let trap = if at_the_limit == AtTheLimit::Fails { "trap '' XFSZ; " } else { "" };
    // In blocks of 512 bytes.
    let script = format!("{trap}ulimit -c 0; ulimit -f {}; exec \"$@\"", bytes / 512);
    let mut command = Command::new("sh");
    command.env_clear().args(["-c", &script, "sh", env!("CARGO_BIN_EXE_batchtasks")]);
    command.args(export.arguments(&[])).output().unwrap()
}

#[track_caller]
pub(crate) fn assert_limited(output: &Output, at_the_limit: AtTheLimit) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    match at_the_limit {
        AtTheLimit::Fails => {
            assert_eq!(output.status.code(), Some(1), "{stderr}");
            assert!(stderr.contains("File too large") && stderr.contains("error: "), "{stderr}");
        }
        AtTheLimit::Kills => assert_eq!(output.status.signal(), Some(SIGXFSZ), "{stderr}"),
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn a_file_beyond_a_megabyte_stops_there_and_continues_later() {
    let service = service(3000, |builder| builder);
    for at_the_limit in [AtTheLimit::Fails, AtTheLimit::Kills] {
        for every in ["0s", "1s"] {
            let export = Export::new(&service, "tasks.ndjson", &["--checkpoint-every", every]);
            let expected = export.listed("ndjson").into_bytes();
            assert!(expected.len() > 2 * MEGABYTE);
            let mut counted = 0;
            // Again and again, as a batch system would.
            for _ in 0..3 {
                assert_limited(&run_limited(&export, at_the_limit, MEGABYTE), at_the_limit);
                let bytes = export.state().unwrap()["bytes"].as_u64().unwrap() as usize;
                let part = fs::read(export.part()).unwrap();
                assert!((counted..=MEGABYTE).contains(&bytes) && part[..bytes] == expected[..bytes]);
                counted = bytes;
            }
            assert_eq!(every == "0s", counted > MEGABYTE / 2, "{counted}");
            assert!(!export.file().exists());
            export.assert_continues_to(&expected);
        }
    }
}

#[test]
fn a_checkpoint_that_does_not_fit_is_none() {
    let service = service(300, |builder| builder);
    for at_the_limit in [AtTheLimit::Fails, AtTheLimit::Kills] {
        for blocks in 0..6 {
            let export = Export::new(&service, "tasks.ndjson", &["--checkpoint-every", "0s"]);
            let expected = export.listed("ndjson").into_bytes();
            for _ in 0..2 {
                assert_limited(&run_limited(&export, at_the_limit, 512 * blocks), at_the_limit);
            }
            export.assert_continues_to(&expected);
        }
    }
}
