//! A command that is run for each change.
#![cfg(unix)]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::fixture::{run, service};
use crate::watch::{set_status, wait_for_first_look, watching};

/// A file of this test alone, that is not there yet; removed when it is dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("batchtasks-{name}-{}", std::process::id())))
    }

    /// Waits until the file has so many lines.
    fn lines(&self, number: usize) -> Vec<String> {
        loop {
            let text = std::fs::read_to_string(&self.0).unwrap_or_default();
            if text.lines().count() >= number && text.ends_with('\n') {
                return text.lines().map(str::to_owned).collect();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_command_runs_for_each_change_one_at_a_time_in_the_order_of_the_lines() {
    let (service, file) = (service(20, |builder| builder), File::new("in-order"));
    let command = format!(
        "{{ cat; sleep 0.05; echo $BATCHTASKS_CHANGE $BATCHTASKS_TASK_ID $BATCHTASKS_STATUS; }} >> {}",
        file.0.display()
    );
    let mut watching = watching(&service, &["--exec", &command]);
    wait_for_first_look(&service);
    let mut created = service.simulator.edit(|list| [(); 3].map(|()| list.create("softwareUpgrade"))).to_vec();
    created.sort();
    let mut expected = Vec::new();
    for id in &created {
        let line = watching.line();
        assert!(line.contains(id), "{line}");
        // The line of stdout is on the command's stdin.
        expected.extend([line.trim_end().to_owned(), format!("created {id} Waitting")]);
    }
    assert_eq!(file.lines(6), expected);
    service.simulator.edit(|list| list.delete(&created[0]));
    assert_eq!(file.lines(8)[7], format!("gone {}", created[0]));
}

#[test]
fn a_command_that_fails_is_a_warning_and_prints_to_stderr() {
    let service = service(20, |builder| builder);
    let mut watching = watching(&service, &["--exec", "echo words; exit 3"]);
    wait_for_first_look(&service);
    let id = service.simulator.edit(|list| list.create("softwareUpgrade"));
    watching.reports("words");
    let warning = watching.reports("warning: ");
    assert!(warning.contains(&id) && warning.contains("exit status: 3 (--exec)"), "{warning}");
    set_status(&service, &id, "Processing");
    watching.reports("warning: ");
    let ended = watching.interrupt();
    assert_eq!(ended.code, Some(130));
    assert_eq!(ended.stdout.lines().filter(|line| line.contains(&id)).count(), 2, "{}", ended.stdout);
    assert_eq!(ended.stdout.lines().count(), 2);
    ended.watch_checkpoint();
}

#[test]
fn a_signal_ends_the_command_and_the_change_is_handled_again() {
    let (service, file) = (service(20, |builder| builder), File::new("ended"));
    let command = format!("sleep 600 & echo $! >> {}; wait", file.0.display());
    let watching_once = watching(&service, &["--exec", &command]);
    wait_for_first_look(&service);
    let id = service.simulator.edit(|list| list.create("softwareUpgrade"));
    let sleeping = file.lines(1).swap_remove(0);
    let is_there =
        || std::fs::read_to_string(format!("/proc/{sleeping}/cmdline")).is_ok_and(|text| text.contains("600"));
    assert!(is_there() || !cfg!(target_os = "linux"));
    let ended = watching_once.interrupt();
    assert_eq!(ended.code, Some(130));
    // Its new parent reaps it.
    while is_there() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut again = watching(&service, &["--exec", "exit 0", "--resume", ended.watch_checkpoint()]);
    let change: Value = again.change();
    assert_eq!((change["change"].as_str(), change["task_id"].as_str()), (Some("created"), Some(id.as_str())));
}

#[test]
fn a_command_is_refused_where_it_would_not_run() {
    let resumed = run(["watch", "--simulate", "3", "--metrics", "0", "--resume", "last"]);
    assert!(resumed.code == Some(2) && resumed.stderr.contains("--resume"), "{}", resumed.stderr);
    for option in [["--exec", "true"], ["--metrics", "0"]] {
        let ended = run(["watch", "--simulate", "3", "--until-done", "5c8ba99030344005c02316ad", option[0], option[1]]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(option[0]) && ended.stderr.contains("--until-done"), "{}", ended.stderr);
    }
}
