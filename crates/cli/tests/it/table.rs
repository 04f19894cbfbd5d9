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
