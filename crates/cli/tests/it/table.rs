//! The table of `list` on a terminal.

use unicode_width::UnicodeWidthStr;

use crate::fixture::{Service, service};
use crate::terminal::{On, start};

fn drawn(service: &Service, columns: u16, more: &[&str], no_color: &str) -> String {
    let mut command = service.command(&[&["--type", "softwareUpgrade"], more].concat());
    command.env("NO_COLOR", no_color);
    let ended = start(command, columns, On::Everything).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn a_table_fits_the_terminal_and_has_a_colour_for_each_status() {
    let service = service(40, |builder| builder);
    let ids = service.ids();
    service.rewrite(1, |id| format!(r#"{{"task_id":"{id}","task_name":"{}","status":"Fail"}}"#, "批量升级".repeat(20)));
    service.rewrite(2, |id| format!(r#"{{"task_id":"{id}","status":"Success"}}"#));
    service.rewrite(3, |id| format!(r#"{{"task_id":"{id}","status":"Asleep"}}"#));
    for columns in [80, 100, 160] {
        let drawn = drawn(&service, columns, &[], "");
        let line = |place: usize| drawn.lines().find(|line| line.contains(&ids[place])).unwrap();
        assert!(line(1).contains("\u{1b}[31mFail\u{1b}[0m"), "{}", line(1));
        assert!(line(2).contains("\u{1b}[32mSuccess\u{1b}[0m"), "{}", line(2));
        assert!(line(3).contains(" Asleep") && !line(3).contains('\u{1b}'), "{}", line(3));
        let plain = line(1).replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
        assert!(plain.width() <= usize::from(columns) && plain.contains('…'), "{plain}");
    }
}

#[test]
fn no_color_is_heard() {
    let service = service(5, |builder| builder);
    service.rewrite(2, |id| format!(r#"{{"task_id":"{id}","status":"Success"}}"#));
    let id = &service.ids()[2];
    let line = |no_color: &str| {
        let drawn = drawn(&service, 100, &[], no_color);
        drawn.lines().find(|line| line.contains(id)).unwrap().to_owned()
    };
    assert!(line("").contains("\u{1b}[32mSuccess"));
    assert!(line("1").contains("Success") && !line("1").contains('\u{1b}'));
}

/// What is on a screen, without colours and without what moves the cursor.
fn plain(drawn: &str) -> Vec<String> {
    let mut pieces = drawn.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    let rest =
        pieces.map(|piece| piece.split_once(|symbol: char| symbol.is_ascii_alphabetic()).map_or("", |(_, rest)| rest));
    let text: String = std::iter::once(first.as_str()).chain(rest).collect();
    text.split(['\r', '\n']).map(str::to_owned).collect()
}

#[test]
fn no_line_of_any_command_is_wider_than_the_terminal_and_types_and_times_are_whole_at_80() {
    let types = ["updateDevices", "updateDeviceShadows", "createAsyncCommands"];
    let service = service(12, |builder| builder.mix(types).targets_per_task(3));
    let id = service.ids().swap_remove(4);
    service.simulator.edit(|list| list.set_status(&id, "PartialSuccess"));
    service.rewrite(2, |id| {
        format!(
            r#"{{"task_id":"{id}","task_type":"updateDeviceShadows","task_name":"{}","status":"PartialSuccess",
            "create_time":"20240229T235958Z"}}"#,
            "批量升级".repeat(20)
        )
    });
    let types = ["--type", "updateDevices,updateDeviceShadows,createAsyncCommands"];
    for columns in [40, 50, 60, 80, 120] {
        for (command, more) in [("list", &[][..]), ("show", &[id.as_str()]), ("summary", &[])] {
            let command = service.reading(command, &[&types[..], more].concat());
            let drawn = start(command, columns, On::Everything).end();
            assert_eq!(drawn.code, Some(0), "{}", drawn.stderr);
            let lines = plain(&drawn.stderr);
            for line in &lines {
                assert!(line.width() <= usize::from(columns), "{columns}: {line:?}");
                for ambiguous in ["updateDevice…", "updateDev…", "create…", "createA…", "2 …", "1 …"] {
                    assert!(!line.contains(ambiguous), "{columns}: {line:?}");
                }
            }
            if columns >= 80 && more.is_empty() && lines.iter().any(|line| line.contains("CREATED")) {
                let row = lines.iter().find(|line| line.contains(&service.ids()[2])).unwrap();
                assert!(row.contains("updateDeviceShadows") && row.contains("2024-02-29 23:59"), "{row}");
            }
        }
    }
}

#[test]
fn requested_columns_without_room_are_named() {
    let service = service(3, |builder| builder);
    let drawn = drawn(&service, 40, &["--columns", "id,status,created,name"], "");
    assert!(drawn.contains("no room for create_time, task_name"), "{drawn}");
}
