//! What the command draws on a terminal.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::fixture::{Ended, Service};
use crate::terminal::{LIMIT, On, start};

/// Takes out what moves the cursor and clears, and leaves colours.
fn colours(drawn: &str) -> Vec<&str> {
    let codes = drawn.split("\u{1b}[").skip(1).filter_map(|code| code.split_once('m'));
    codes.map(|(code, _)| code).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';')).collect()
}

fn slow_service(tasks: usize) -> Service {
    crate::fixture::service(tasks, |builder| builder.latency(Duration::from_millis(30)))
}

fn processing(service: &Service) -> String {
    let id = service.ids().swap_remove(7);
    service.simulator.edit(|list| list.set_status(&id, "Processing"));
    id
}

#[test]
fn a_list_draws_its_progress_and_nothing_but_data_reaches_stdout() {
    let service = slow_service(600);
    let mut command = service.command(&["--type", "softwareUpgrade", "--prefetch", "1"]);
    let file = std::env::temp_dir().join(format!("batchtasks-progress-{}", std::process::id()));
    command.stdout(File::create(&file).unwrap());
    let ended = start(command, 100, On::StderrAlone).end();
    let printed = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(ended.code, Some(0));
    let records: String = service.records().into_iter().map(|record| record + "\n").collect();
    assert_eq!(printed, records);
    assert!(ended.stderr.contains(" of 600 tasks ["), "{:?}", ended.stderr);
    // The bar is taken away at the end, and one line says how it went.
    assert!(ended.stderr.trim_end().ends_with("requests"), "{:?}", ended.stderr);
}

#[test]
fn no_bar_is_drawn_where_another_program_reads_since_it_may_draw_there_too() {
    let service = slow_service(600);
    let ended = start(service.command(&["--type", "softwareUpgrade", "--prefetch", "1"]), 100, On::Stderr).end();
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_pager_and_a_reader_who_leaves_have_the_terminal_for_themselves() {
    let service = slow_service(600);
    for reader in ["head -n 1", "cat"] {
        let list = service.command(&["--type", "softwareUpgrade", "--format", "csv", "--columns", "id"]);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("\"$0\" \"$@\" | {reader}")]).arg(list.get_program()).args(list.get_args());
        let drawn = start(command, 100, On::Everything).end().stderr;
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(!drawn.contains('\u{1b}') && lines[0] == "task_id", "{drawn:?}");
        assert_eq!(lines.len(), if reader == "cat" { 601 } else { 1 });
    }
}

#[test]
fn the_rate_counts_what_this_run_has_read() {
    let (service, file) = (slow_service(3000), std::env::temp_dir().join(format!("rate-{}.csv", std::process::id())));
    let out = ["--type", "softwareUpgrade", "--out", file.to_str().unwrap()];
    // Most of it is read at once, and the rest at a page each 30 ms at most.
    let mut first = service.reading("export", &[&out[..], &["--checkpoint-every", "0s"]].concat());
    let first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let checkpoint = file.with_extension("csv.checkpoint");
    let tasks = || {
        let text = std::fs::read_to_string(&checkpoint).unwrap_or_default();
        text.split_once("\"tasks\":")?.1.split(',').next()?.parse::<u64>().ok()
    };
    let begun = std::time::Instant::now();
    while tasks().is_none_or(|tasks| tasks < 1500) {
        assert!(begun.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(2));
    }
    crate::simulate::signal(&first, "INT");
    let _ = first.wait_with_output();
    let command = service.reading("export", &[&out[..], &["--prefetch", "0"]].concat());
    let ended = start(command, 100, On::Stderr).end();
    let _ = std::fs::remove_file(&file);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let rates = ended.stderr.split("/s, ").filter_map(|before| before.rsplit(' ').next()?.parse::<u64>().ok());
    let rates: Vec<u64> = rates.collect();
    // 50 tasks in 30 ms are 1,667 a second.
    assert!(!rates.is_empty() && rates.iter().all(|rate| *rate <= 3000), "{rates:?}");
}

#[test]
fn a_wait_draws_the_progress_of_the_task_and_nothing_but_data_reaches_stdout() {
    let service = slow_service(20);
    let id = processing(&service);
    let command = service.reading("watch", &["--type", "softwareUpgrade", "--interval", "20ms", "--until-done", &id]);
    let session = start(command, 100, On::Stderr);
    session.wait_for("\u{1b}[36mProcessing\u{1b}[0m: ");
    session.wait_for(" devices [");
    service.simulator.edit(|list| list.set_status(&id, "Success"));
    let ended = session.end();
    assert_eq!(ended.code, Some(0), "{:?}", ended.stderr);
    let record = service.simulator.edit(|list| list.json(&id)).unwrap();
    assert_eq!(ended.stdout, record + "\n");
}

#[test]
fn a_bar_fits_the_terminal() {
    let service = slow_service(20);
    let id = processing(&service);
    for columns in [64, 80, 132] {
        let arguments = ["--type", "softwareUpgrade", "--interval", "20ms", "--until-done", &id];
        let session = start(service.reading("watch", &arguments), columns, On::Stderr);
        session.wait_for("Processing");
        crate::simulate::signal(session.child(), "INT");
        let ended = session.end();
        assert_eq!(ended.code, Some(130));
        let bars = ended.stderr.split(['\r', '\n']).filter(|line| line.contains(" devices "));
        let plain = |line: &str| line.replace("\u{1b}[36m", "").replace("\u{1b}[0m", "").replace("\u{1b}[2K", "");
        let widths: Vec<usize> = bars.map(|line| plain(line).chars().count()).collect();
        assert!(!widths.is_empty() && widths.iter().all(|width| *width <= usize::from(columns)), "{widths:?}");
    }
}

#[test]
fn no_color_leaves_the_bar_and_takes_the_colours() {
    let service = slow_service(20);
    let id = processing(&service);
    let arguments = ["--type", "softwareUpgrade", "--interval", "20ms", "--until-done", &id, "--wait-at-most", "1s"];
    for (value, has_colours) in [("", true), ("1", false)] {
        let mut command = service.reading("watch", &arguments);
        command.env("NO_COLOR", value);
        let ended = start(command, 100, On::Everything).end();
        assert_eq!(ended.code, Some(124));
        assert!(ended.stderr.contains("Processing") && ended.stderr.contains(" devices ["), "{:?}", ended.stderr);
        assert_eq!(!colours(&ended.stderr).is_empty(), has_colours, "{:?}", ended.stderr);
    }
}

#[test]
fn a_dumb_terminal_gets_neither_bar_nor_colours() {
    let service = slow_service(20);
    let id = service.ids().swap_remove(3);
    service.simulator.edit(|list| list.set_status(&id, "Success"));
    let mut command = service.reading("watch", &["--type", "softwareUpgrade", "--until-done", &id]);
    command.env("TERM", "dumb");
    let ended = start(command, 100, On::Everything).end();
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("Success") && !ended.stderr.contains('\u{1b}'), "{:?}", ended.stderr);
}

#[test]
fn changes_on_a_terminal_are_text_in_colours_cut_to_its_width() {
    let service = crate::fixture::service(20, |builder| builder);
    let id = processing(&service);
    let command = service.reading("watch", &["--type", "softwareUpgrade", "--interval", "20ms"]);
    let session = start(command, 110, On::Everything);
    crate::watch::wait_for_first_look(&service);
    service.simulator.edit(|list| list.set_status(&id, "Fail"));
    session.wait_for("\u{1b}[36mProcessing\u{1b}[0m -> \u{1b}[31mFail\u{1b}[0m");
    crate::simulate::signal(session.child(), "INT");
    let ended = session.end();
    assert_eq!(ended.code, Some(130));
    let line = ended.stderr.lines().find(|line| line.contains(&id)).unwrap();
    let plain = line.replace("\u{1b}[36m", "").replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
    assert!(plain.chars().count() <= 110, "{plain}");
    ended.watch_checkpoint();
}

#[test]
fn a_shown_task_is_text_in_colours_on_a_terminal() {
    let service = crate::fixture::service(20, |builder| builder.targets_per_task(12));
    let id = service.ids().swap_remove(7);
    service.simulator.edit(|list| list.set_status(&id, "PartialSuccess"));
    let ended = start(service.reading("show", &[&id]), 90, On::Everything).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("\u{1b}[33mPartialSuccess\u{1b}[0m"), "{:?}", ended.stderr);
    let (fail, success) = (ended.stderr.rfind("\u{1b}[31mFail"), ended.stderr.find("\u{1b}[32mSuccess"));
    assert!(fail.is_some() && fail < success, "{:?}", ended.stderr);
}

/// A folder for what is kept from run to run.
struct State(std::path::PathBuf);

impl State {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("batchtasks-state-{name}-{}", std::process::id())))
    }

    fn command(&self, mut command: Command) -> Command {
        command.env("XDG_STATE_HOME", &self.0);
        command
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn on_a_terminal_the_checkpoint_goes_to_a_file_and_last_continues() {
    let service = crate::fixture::service(400, |builder| builder.latency(Duration::from_millis(30)));
    let state = State::new("list");
    let options = ["--type", "softwareUpgrade", "--page-size", "5", "--prefetch", "0", "-o", "id"];
    let ids = service.ids();
    let session = start(state.command(service.command(&options)), 80, On::Everything);
    session.wait_for(&ids[7]);
    crate::simulate::signal(session.child(), "INT");
    let ended = session.end();
    assert_eq!(ended.code, Some(130));
    assert!(ended.stderr.contains("--resume last") && ended.stderr.contains("list.checkpoint"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("{\"version\"") && ended.stderr.len() < 30_000, "{}", ended.stderr);
    let printed = ids.iter().filter(|id| ended.stderr.contains(*id)).count();
    let last = |more: &[&str]| -> Ended {
        let command = service.command(&[&options[..2], more, &["--prefetch", "9", "--resume", "last"]].concat());
        state.command(command).output().unwrap().into()
    };
    let other = last(&["-o", "id", "--status", "Fail"]);
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("--status was not given and is \"Fail\""), "{}", other.stderr);
    let rest = last(&["-o", "id"]).complete();
    assert_eq!(rest.lines().collect::<Vec<_>>(), ids[printed..]);
    // On a terminal, what a run of the same arguments prints to its end is not to be continued any more.
    let on_a_terminal = |more: &[&str]| {
        let command = service.command(&[&options[..2], &["--prefetch", "9", "-o", "id"], more].concat());
        let ended = start(state.command(command), 80, On::Everything).end();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ids.iter().filter(|id| ended.stderr.contains(*id)).collect::<Vec<_>>()
    };
    on_a_terminal(&["--status", "Fail"]);
    assert!(state.0.exists());
    assert_eq!(
        on_a_terminal(&["--resume", "last", "--max-items", "3"]),
        ids[printed..].iter().take(3).collect::<Vec<_>>()
    );
    assert_eq!(on_a_terminal(&["--resume", "last"]), ids[printed + 3..].iter().collect::<Vec<_>>());
    let ended = last(&["-o", "id"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("list.checkpoint"), "{}", ended.stderr);
}

#[test]
fn where_nothing_was_printed_no_checkpoint_is_left_on_a_terminal() {
    let service = crate::fixture::service(400, |builder| builder.latency(Duration::from_secs(20)));
    let state = State::new("none");
    let session = start(state.command(service.command(&["--type", "softwareUpgrade"])), 80, On::Everything);
    session.wait_for(" tasks");
    crate::simulate::signal(session.child(), "INT");
    let ended = session.end();
    assert!(ended.stderr.contains("Nothing was printed") && !state.0.exists(), "{}", ended.stderr);
    let resumed: Ended = state.command(service.command(&["--resume", "last"])).output().unwrap().into();
    assert_eq!(resumed.code, Some(2));
    assert!(resumed.stderr.contains("list.checkpoint"), "{}", resumed.stderr);
}

#[test]
fn a_watch_on_a_terminal_continues_with_last_too() {
    let service = crate::fixture::service(20, |builder| builder);
    let state = State::new("watch");
    let id = processing(&service);
    let other = service.ids().swap_remove(9);
    service.simulator.edit(|list| list.set_status(&other, "Processing"));
    let watch = || state.command(service.reading("watch", &["--type", "softwareUpgrade", "--interval", "20ms"]));
    let session = start(watch(), 110, On::Everything);
    crate::watch::wait_for_first_look(&service);
    service.simulator.edit(|list| list.set_status(&id, "Fail"));
    session.wait_for("Fail");
    crate::simulate::signal(session.child(), "INT");
    let ended = session.end();
    assert!(ended.stderr.contains("watch.checkpoint") && !ended.stderr.contains("{\"lists\""), "{}", ended.stderr);
    service.simulator.edit(|list| list.set_status(&other, "Success"));
    let mut command = watch();
    command.args(["--resume", "last"]);
    let session = start(command, 110, On::Everything);
    session.wait_for("Success");
    crate::simulate::signal(session.child(), "INT");
    let ended = session.end();
    assert!(ended.stderr.contains(&other) && !ended.stderr.contains("-> Fail"), "{}", ended.stderr);
}

#[test]
fn a_line_of_a_watch_fits_the_terminal() {
    use unicode_width::UnicodeWidthStr;

    for columns in [40, 50, 60, 80, 120] {
        let service = crate::fixture::service(20, |builder| builder.mix(["updateDeviceShadows"]));
        let id = service.ids().swap_remove(7);
        service.simulator.edit(|list| list.set_status(&id, "Processing"));
        let command = service.reading("watch", &["--type", "updateDeviceShadows", "--interval", "20ms"]);
        let session = start(command, columns, On::Everything);
        crate::watch::wait_for_first_look(&service);
        service.simulator.edit(|list| list.set_status(&id, "Fail"));
        session.wait_for("Fail");
        crate::simulate::signal(session.child(), "INT");
        let drawn = session.end().stderr;
        let line = drawn.lines().find(|line| line.contains(&id)).unwrap();
        let plain = line.replace("\u{1b}[36m", "").replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
        assert!(plain.width() <= usize::from(columns), "{columns}: {plain}");
        assert_eq!(plain.contains("updateDeviceShadows"), columns >= 80, "{plain}");
    }
}
