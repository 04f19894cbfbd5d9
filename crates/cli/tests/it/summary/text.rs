use std::process::Command;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::{TYPES, read_json, tasks_by, text};
use crate::fixture::{Service, run, service};

#[test]
fn text_fits_the_terminal_whatever_its_width() {
    let service = service(900, |builder| builder.mix(TYPES));
    let odd = |name: &str| {
        let (task_type, status) = (format!("{name}{name}"), format!("{name} "));
        move |id: &str| json!({"task_id": id, "task_type": task_type, "status": status}).to_string()
    };
    service.rewrite(3, odd("批量升级华东水表固件"));
    service.rewrite(4, odd("\u{2764}\u{fe0f}a-name-without-an-end"));
    service.rewrite(5, odd("\u{1b}[2J\u{202e}\n"));
    for columns in [40, 80, 200] {
        let text = text(&service, columns);
        for line in text.lines() {
            assert!(line.width() <= columns, "{columns}: {line}");
        }
        for (name, tasks) in tasks_by("type", &json!(known_types(&service))) {
            let row = text.lines().find(|line| line.starts_with(&name[..8])).unwrap();
            assert!(row.split_whitespace().any(|word| word == tasks.to_string()) && row.contains('█'), "{row}");
        }
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{columns}");
        assert!(text.lines().any(|line| line.chars().all(|symbol| "▁▂▃▄▅▆▇█".contains(symbol)) && !line.is_empty()));
    }
}

/// Those whose names are not odd.
fn known_types(service: &Service) -> Vec<Value> {
    let report = read_json(service, &[]);
    let types = report["types"].as_array().unwrap().iter();
    types.filter(|of_type| TYPES.contains(&of_type["type"].as_str().unwrap_or_default())).cloned().collect()
}

#[test]
fn bars_are_as_long_as_their_numbers() {
    let service = service(2500, |builder| builder);
    let text = text(&service, 120);
    let from = text.lines().position(|line| line.starts_with("STATUS")).unwrap() + 1;
    let rows = text.lines().skip(from).take_while(|line| !line.is_empty());
    let rows: Vec<(f64, f64)> = rows
        .map(|row| {
            let mut words = row.split_whitespace().skip(1);
            let (tasks, bar) = (words.next().unwrap().parse().unwrap(), words.nth(1).unwrap());
            let eighths = bar.chars().map(|block| 8 - (u32::from(block) - u32::from('█')));
            (tasks, f64::from(eighths.sum::<u32>()))
        })
        .collect();
    assert_eq!(rows.len(), 8);
    let most = rows.iter().fold((0.0, 0.0), |most, row| if row.0 > most.0 { *row } else { most });
    assert!(most.1 > 300.0, "{rows:?}");
    for (tasks, eighths) in &rows {
        assert!((eighths - tasks / most.0 * most.1).abs() <= 1.0, "{tasks} {eighths} {most:?}");
    }
}

/// `script` gives the command a terminal; without it, the test is skipped.
#[cfg(target_os = "linux")]
#[test]
fn colours_are_for_terminals_whose_user_wants_them() {
    use std::io::Write;

    let coloured = |variable: &str| {
        let exe = env!("CARGO_BIN_EXE_batchtasks");
        let command = format!("{exe} summary --simulate 5");
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).env_remove("NO_COLOR").env("TERM", "xterm");
        if let Some((name, value)) = variable.split_once('=') {
            script.env(name, value);
        }
        let printed = script.output().ok().filter(|output| output.status.success())?;
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert!(printed.contains("Success rate"), "{printed}");
        Some(printed.contains("\x1b[32m"))
    };
    if coloured("").is_none() {
        // Written past the macros, which a test's harness keeps to itself.
        std::io::stderr().write_all(b"SKIPPED: there is no `script` here to make a terminal with\n").unwrap();
        return;
    }
    assert_eq!(["", "NO_COLOR=", "NO_COLOR=1", "TERM=dumb"].map(coloured), [true, true, false, false].map(Some));
    assert!(!run(["summary", "--simulate", "5"]).complete().contains('\x1b'));
}
