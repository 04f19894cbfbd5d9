//! `kill -9` at random instants, from the start of the process to its end.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use iotda_simulator::CheckOptions;

use super::fixture::Export;
use super::update::content;
use crate::fixture::{Service, ids_of_lines, service};

const SIGKILL: i32 = 9;

/// So that there are many checkpoints to be killed between.
const OFTEN: [&str; 4] = ["--checkpoint-every", "4ms", "--prefetch", "2"];

/// How many kills all of these tests make together, about.
fn kills() -> usize {
    std::env::var("EXPORT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(100)
}

/// Numbers as good as any, the same each time.
struct Random(u64);

impl Random {
    /// Somewhere between nothing and `most`.
    fn below(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        most.mul_f64((self.0 >> 33) as f64 / (1u64 << 31) as f64)
    }
}

fn slow_service(tasks: usize) -> Service {
    service(tasks, |builder| builder.latency(Duration::from_millis(3)).jitter(Duration::from_millis(2)))
}

/// Starts the command and kills it after `delay`. Whether it was still there.
#[track_caller]
fn killed(export: &Export<'_>, delay: Duration) -> bool {
    let mut child = export.spawn();
    std::thread::sleep(delay);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.signal() == Some(SIGKILL) {
        return true;
    }
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    false
}

/// Exports again and again until `kills` runs were killed; each export is `complete` in the end, given the number of its
/// first request.
#[track_caller]
fn kill(export: &Export<'_>, kills: usize, seed: u64, complete: impl Fn(u64)) {
    let (begun, first_request) = (Instant::now(), export.service.simulator.request_count() + 1);
    assert_eq!(export.run(&[]).code, Some(0));
    let whole = begun.elapsed();
    complete(first_request);
    let (mut random, mut done, mut in_the_middle) = (Random(seed), 0, 0);
    while done < kills {
        fs::remove_file(export.file()).unwrap();
        let first_request = export.service.simulator.request_count() + 1;
        // Some exports are killed once, others again and again.
        let most = 1 + done % 7;
        for _ in 0..most {
            if !killed(export, random.below(whole)) {
                break;
            }
            done += 1;
            if export.file().exists() {
                complete(first_request);
            }
            in_the_middle += usize::from(export.state().is_some_and(|state| state["tasks"] != 0));
        }
        let ended = export.run(&[]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        complete(first_request);
        assert_eq!(export.folder.names(), [export.name]);
    }
    assert!(in_the_middle * 5 > kills, "{in_the_middle} of {done} kills left a checkpoint with tasks");
}

#[test]
fn ndjson_is_the_same_however_often_it_is_killed() {
    let service = slow_service(900);
    let export = Export::new(&service, "tasks.ndjson", &OFTEN);
    let expected = export.listed("ndjson");
    kill(&export, kills() * 2 / 5, 1, |_| export.assert_file(expected.as_bytes()));
}

#[test]
fn csv_is_the_same_however_often_it_is_killed() {
    let service = slow_service(900);
    let export = Export::new(&service, "tasks.csv", &OFTEN);
    let expected = export.listed("csv");
    kill(&export, kills() * 2 / 5, 2, |_| export.assert_file(expected.as_bytes()));
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_the_same_however_often_it_is_killed() {
    let service = slow_service(900);
    let export = Export::new(&service, "tasks.parquet", &OFTEN);
    assert_eq!(export.run(&[]).code, Some(0));
    let expected = fs::read(export.file()).unwrap();
    kill(&export, kills() / 5, 3, |_| export.assert_file(&expected));
}

#[test]
fn a_list_under_edits_loses_nothing_and_repeats_nothing() {
    let service = service(900, |builder| {
        let slow = builder.latency(Duration::from_millis(3)).jitter(Duration::from_millis(2));
        slow.delete_every(3).create_every(4).set_status_every(2).record_history()
    });
    let export = Export::new(&service, "tasks.ndjson", &OFTEN);
    kill(&export, kills() / 5, 4, |first_request| {
        let written = ids_of_lines(&fs::read_to_string(export.file()).unwrap());
        let options = CheckOptions::new().from_request(first_request);
        let verdict = service.simulator.history().check(&options, &written).unwrap();
        assert!(verdict.is_exact() && verdict.for_a_while > 0, "{verdict}");
    });
}

#[test]
fn an_update_is_the_old_file_or_the_new_one_however_often_it_is_killed() {
    let names: &[&str] =
        if cfg!(feature = "parquet") { &["tasks.ndjson", "tasks.parquet"] } else { &["tasks.ndjson", "tasks.csv"] };
    for (seed, name) in (5..).zip(names) {
        let service = slow_service(600);
        service.simulator.edit(|list| {
            let below = list.tasks().into_iter().skip(300);
            below.for_each(|task| assert!(list.set_status(&task.id, "Success")));
        });
        let export = Export::new(&service, name, &[&OFTEN[..], &["--update", "--retried-within", "0s"]].concat());
        assert_eq!(export.run(&[]).code, Some(0));
        let (mut random, mut done, mut in_the_middle) = (Random(seed), 0, 0);
        let begun = Instant::now();
        assert_eq!(export.run(&[]).code, Some(0));
        let whole = begun.elapsed();
        while done < kills() / 10 {
            service.simulator.edit(|list| {
                (0..20).for_each(|_| drop(list.create("softwareUpgrade")));
                let open: Vec<String> = list.tasks().into_iter().take(200).map(|task| task.id).collect();
                open.iter().step_by(7).for_each(|id| assert!(list.set_status(id, "Processing")));
            });
            let fresh = Export::new(&service, name, &[]);
            assert_eq!(fresh.run(&[]).code, Some(0));
            let (old, new) = (content(&export.file()), content(&fresh.file()));
            assert!(old != new);
            for _ in 0..1 + done % 4 {
                if !killed(&export, random.below(whole)) {
                    break;
                }
                done += 1;
                let found = content(&export.file());
                assert!(found == old || found == new, "{name}: {} tasks after {done} kills", found.len());
                in_the_middle += usize::from(export.state().is_some_and(|state| state["tasks"] != 0));
            }
            let ended = export.run(&[]);
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            assert!(content(&export.file()) == new, "{name}");
            assert_eq!(export.folder.names(), [(*name).to_owned(), format!("{name}.manifest")]);
        }
        assert!(in_the_middle > 0, "no kill left a checkpoint with tasks");
    }
}
