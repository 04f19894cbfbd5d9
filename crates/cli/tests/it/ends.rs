use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iotda_batch_tasks::BatchTask;
use iotda_simulator::Fault;

use crate::fixture::{Ended, Service, ids_of_lines, service};

const TYPE: [&str; 2] = ["--type", "softwareUpgrade"];

fn refusal() -> Fault {
    Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "not subscribed".to_owned() }
}

/// A service that refuses everything from its eighth request on, until it is healed.
fn failing(tasks: usize) -> (Service, impl Fn()) {
    let fails = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&fails);
    let service = service(tasks, |builder| {
        builder.fault_when(move |request| (request.number >= 8 && still.load(Ordering::SeqCst)).then(refusal))
    });
    (service, move || fails.store(false, Ordering::SeqCst))
}

/// The rest of the list, when `first` printed the beginning of it.
#[track_caller]
fn assert_resumes(service: &Service, first: &Ended) {
    let printed = ids_of_lines(&first.stdout);
    let rest = service.list(&[&TYPE[..], &["--resume", first.checkpoint()]].concat()).complete();
    assert_eq!([printed, ids_of_lines(&rest)].concat(), service.ids());
}

#[test]
fn a_failure_on_the_way_leaves_what_came_and_a_checkpoint() {
    let (service, heal) = failing(1000);
    let first = service.list(&TYPE);
    assert_eq!(first.code, Some(1));
    let printed = ids_of_lines(&first.stdout).len();
    assert!((1..1000).contains(&printed), "{printed}");
    assert!(first.stderr.contains("IOTDA.000021"), "{}", first.stderr);
    assert!(first.stderr.contains(&format!("{printed} tasks printed")), "{}", first.stderr);
    heal();
    assert_resumes(&service, &first);
}

#[test]
fn tasks_beyond_the_bounds_of_time_do_not_count_as_printed() {
    let (service, _) = failing(1000);
    let json = service.records().swap_remove(20);
    let time = serde_json::from_str::<BatchTask>(&json).unwrap().create_time.unwrap().to_string();
    let first = service.list(&[&TYPE[..], &["--created-before", &time]].concat());
    let printed = ids_of_lines(&first.stdout).len();
    assert!(printed > 0 && first.stderr.contains(&format!("\n{printed} tasks printed")), "{}", first.stderr);
}

#[test]
fn a_broken_off_array_is_an_array() {
    let (service, _) = failing(1000);
    let ended = service.list(&[&TYPE[..], &["--format", "json"]].concat());
    assert_eq!(ended.code, Some(1));
    let array: Vec<serde_json::Value> = serde_json::from_str(&ended.stdout).unwrap();
    assert!((1..1000).contains(&array.len()));
}

#[test]
fn nothing_is_printed_of_a_list_that_cannot_be_read_at_all() {
    let service = service(10, |builder| builder.fault_when(|_| Some(refusal())));
    for format in ["ndjson", "json", "csv", "table"] {
        let ended = service.list(&[&TYPE[..], &["--format", format]].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{format}");
        ended.checkpoint();
    }
}

#[test]
fn a_task_that_cannot_be_read_is_named_and_all_others_are_printed() {
    let service = service(120, |builder| builder);
    let ids = service.ids();
    service.rewrite(0, |id| format!(r#"{{"task_id":"{id}","targets":7}}"#));
    service.rewrite(77, |_| "[]".to_owned());
    let ended = service.list(&TYPE);
    assert_eq!(ended.code, Some(1));
    let readable: Vec<String> =
        ids.into_iter().enumerate().filter(|(at, _)| ![0, 77].contains(at)).map(|(_, id)| id).collect();
    assert_eq!(ids_of_lines(&ended.stdout), readable);
    let warnings: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!(
        matches!(warnings[..], [first, _] if first.contains("batchtasks[0]") && first.contains("targets")),
        "{warnings:?}"
    );
    assert!(ended.stderr.contains("error: 2 tasks could not be read"), "{}", ended.stderr);
    assert_eq!(service.list(&[&TYPE[..], &["--resume", ended.checkpoint()]].concat()).complete(), "");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let service = service(2000, |builder| builder);
    for format in ["ndjson", "json", "csv", "table"] {
        let mut child = piped(&service, &["--type", "softwareUpgrade", "--format", format]);
        first_line(&mut child);
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn a_closed_stderr_changes_no_exit_code() {
    let (service, _) = failing(1000);
    let mut child = piped(&service, &TYPE);
    drop(child.stderr.take());
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(!printed.is_empty());
    let mut child = piped(&service, &["--page-size", "0"]);
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_with_a_checkpoint_from_before() {
    let service = service(300, |builder| builder);
    let full = std::fs::File::create("/dev/full").unwrap();
    let ended: Ended = service.command(&TYPE).stdout(full).output().unwrap().into();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("stdout cannot be written"), "{}", ended.stderr);
    assert_resumes(&service, &ended);
}

#[cfg(unix)]
#[test]
fn a_closed_stdout_is_a_write_error() {
    let service = service(300, |builder| builder);
    let id = service.ids().swap_remove(0);
    let closed = |command: &str, more: &[&str]| -> Ended {
        let command = service.reading(command, more);
        let mut shell = std::process::Command::new("sh");
        shell.env_clear().args(["-c", "exec \"$0\" \"$@\" >&-"]);
        shell.arg(command.get_program()).args(command.get_args()).output().unwrap().into()
    };
    let reason = "error: stdout cannot be written: Bad file descriptor";
    for format in ["ndjson", "json", "csv", "table", "id"] {
        let ended = closed("list", &["--type", "softwareUpgrade", "--format", format]);
        assert!(ended.stderr.starts_with(reason), "{format}: {}", ended.stderr);
        assert_eq!(ended.code, Some(1), "{format}");
        assert_resumes(&service, &ended);
    }
    let until_done = ["--type", "softwareUpgrade", "--until-done", &id];
    for (command, more) in [("show", &[id.as_str()][..]), ("summary", &TYPE), ("watch", &until_done), ("doctor", &[])] {
        let ended = closed(command, more);
        assert!(ended.stderr.contains(reason), "{command}: {}", ended.stderr);
        assert_eq!(ended.code, Some(1), "{command}: {}", ended.stderr);
    }
    // A file is what is asked for; nothing goes to stdout.
    let folder = std::env::temp_dir().join(format!("batchtasks-closed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let out = folder.join("tasks.csv");
    let ended = closed("export", &["--type", "softwareUpgrade", "--out", out.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 301);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_what_came_and_a_checkpoint() {
    use crate::simulate::signal;

    let hang_up = cfg!(target_os = "linux").then_some(("HUP", 129));
    for (name, code) in [("INT", 130), ("TERM", 143)].into_iter().chain(hang_up) {
        let service = service(400, |builder| builder.latency(Duration::from_millis(50)));
        let mut child = piped(&service, &["--type", "softwareUpgrade", "--page-size", "5", "--prefetch", "1"]);
        let line = first_line(&mut child);
        signal(&child, name);
        let mut ended: Ended = child.wait_with_output().unwrap().into();
        ended.stdout.insert_str(0, &line);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ids_of_lines(&ended.stdout).len() < 400);
        assert_resumes(&service, &ended);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn under_nohup_a_hang_up_ends_nothing() {
    let service = service(60, |builder| builder.latency(Duration::from_millis(20)));
    let list = service.command(&["--type", "softwareUpgrade", "--page-size", "2", "--prefetch", "0"]);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(list.get_program()).args(list.get_args());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let line = first_line(&mut child);
    crate::simulate::signal(&child, "HUP");
    let mut ended: Ended = child.wait_with_output().unwrap().into();
    ended.stdout.insert_str(0, &line);
    assert_eq!(ids_of_lines(&ended.complete()), service.ids());
}

#[test]
fn text_of_the_service_in_an_error_cannot_steer_the_terminal_and_is_bounded() {
    let code = format!("\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}{}", "\u{200d}".repeat(100_000));
    let service = service(5, move |builder| {
        let code = code.clone();
        builder.fault_when(move |_| {
            Some(Fault::Error { status: 400, code: code.clone(), message: "x\r\u{9b}31m\n".repeat(3000) })
        })
    });
    let ended = service.list(&TYPE);
    assert_eq!(ended.code, Some(1));
    let steers = |symbol: char| (symbol.is_control() && symbol != '\n') || symbol == '\u{202e}';
    assert!(!ended.stderr.contains(steers), "{:?}", ended.stderr);
    let error = ended.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(error.chars().count() < 5000, "{}", error.len());
}

#[test]
fn a_name_of_joiners_takes_no_time() {
    let service = service(20, |builder| builder);
    for place in 0..20 {
        service.rewrite(place, |id| {
            format!(r#"{{"task_id":"{id}","task_name":"{}","status":"Fail"}}"#, "a\u{200d}".repeat(40_000))
        });
    }
    let begun = std::time::Instant::now();
    let table = service.list(&[&TYPE[..], &["--format", "table"]].concat()).complete();
    // It was 2.9 s for each of the 20.
    assert!(begun.elapsed() < Duration::from_secs(20) && table.len() < 20 * 3000, "{:?}", begun.elapsed());
}

#[test]
fn a_gateways_refusal_is_not_taken_for_a_missing_permission() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let page = "<html><body>403 Forbidden</body></html>";
            let head = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nConnection: close";
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    let here = ["list", "--endpoint", &endpoint, "--project-id", "0", "--token", "any"];
    let ended = crate::fixture::run(here.into_iter().chain(TYPE));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("gateway") && !ended.stderr.contains("iotda:batchtasks"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_it_without_a_reader() {
    let service = service(2000, |builder| builder);
    let mut child = piped(&service, &TYPE);
    let reader = child.stdout.take();
    let code = loop {
        // Two signals at once would count as one.
        std::thread::sleep(Duration::from_millis(50));
        match child.try_wait().unwrap() {
            Some(status) => break status.code(),
            None => crate::simulate::signal(&child, "INT"),
        }
    };
    drop(reader);
    assert_eq!(code, Some(130));
}

fn piped(service: &Service, more: &[&str]) -> Child {
    service.command(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The first line, and not a byte beyond it.
fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

#[test]
fn a_checkpoint_is_read_from_the_last_line_of_a_file_too() {
    let (service, heal) = failing(1000);
    let first = service.list(&TYPE);
    heal();
    let file = std::env::temp_dir().join(format!("batchtasks-resume-{}", std::process::id()));
    std::fs::write(&file, &first.stderr).unwrap();
    let at_file = format!("@{}", file.display());
    let rest = service.list(&[&TYPE[..], &["--resume", &at_file]].concat());
    std::fs::remove_file(&file).unwrap();
    assert_eq!([ids_of_lines(&first.stdout), ids_of_lines(&rest.complete())].concat(), service.ids());
    let missing = service.list(&[&TYPE[..], &["--resume", &at_file]].concat());
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("--resume") && missing.stderr.contains("batchtasks-resume"), "{}", missing.stderr);
}

#[test]
fn verbose_shows_each_request_with_its_time_of_day_and_its_url() {
    let service = service(60, |builder| builder);
    let ended = service.list(&[&TYPE[..], &["-v"]].concat());
    assert_eq!(ended.code, Some(0));
    let requests: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("DEBUG page list=")).collect();
    let is_time =
        |text: &str| text.len() == 13 && text.ends_with('Z') && text.bytes().filter(|byte| *byte == b':').count() == 2;
    assert!(!requests.is_empty(), "{}", ended.stderr);
    let url = format!("url={}/v5/iot/0/batchtasks?", service.simulator.endpoint());
    assert!(requests.iter().all(|line| line.contains(&url) && !line.contains("any")), "{}", ended.stderr);
    assert!(requests.iter().all(|line| line.split(' ').next().is_some_and(is_time)), "{}", ended.stderr);
}

#[test]
fn an_answer_without_the_expected_fields_is_not_taken_for_an_empty_list() {
    let folder = std::env::temp_dir().join(format!("batchtasks-odd-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let out = folder.join("tasks.csv");
    for body in [
        "{}",
        r#"{"batchtasks":null}"#,
        r#"{"batchTasks":[{"task_id":"5c8ba99030344005c02316ad"}],"page":{"count":1}}"#,
    ] {
        std::fs::write(&out, "old").unwrap();
        let service = service(5, |builder| builder.fault_when(move |_| Some(Fault::Body(body.to_owned()))));
        let listed = service.list(&TYPE);
        assert_eq!((listed.code, listed.stdout.as_str()), (Some(0), ""), "{body}");
        assert!(listed.stderr.contains("warning: ") && listed.stderr.contains("expected field"), "{}", listed.stderr);
        let export =
            service.reading("export", &[&TYPE[..], &["--restart", "--out", out.to_str().unwrap()]].concat()).output();
        let exported = Ended::from(export.unwrap());
        assert_eq!(exported.code, Some(1), "{body}: {}", exported.stderr);
        assert!(exported.stderr.contains("expected field"), "{}", exported.stderr);
        assert_eq!(std::fs::read_to_string(&out).unwrap(), "old");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let empty = service(0, |builder| builder);
    assert_eq!(empty.list(&TYPE).complete(), "");
}
