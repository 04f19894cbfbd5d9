//! Tables through `$PAGER`.

use std::time::Duration;

use crate::fixture::{Ended, Service, service};
use crate::terminal::{On, start};

/// `list` on a terminal of 24 lines with this pager.
fn paged(service: &Service, pager: &str, more: &[&str]) -> Ended {
    let mut command = service.command(&[&["--type", "softwareUpgrade", "--columns", "id,status"], more].concat());
    command.env("PAGER", pager).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    start(command, 100, On::Everything).end()
}

#[test]
fn a_table_that_is_longer_than_the_terminal_goes_through_the_pager_alone() {
    let service = service(600, |builder| builder.latency(Duration::from_millis(30)));
    let ended = paged(&service, "sed s/^/P:/", &[]);
    assert_eq!(ended.code, Some(0));
    let (table, rest) = ended.stderr.rsplit_once("P:").unwrap();
    // The bar was taken away before, and one line follows the pager.
    let table = &table[table.find("P:").unwrap()..];
    assert_eq!(table.matches("P:").count(), 600, "{table:?}");
    assert!(!table.contains("tasks") && rest.contains("600 tasks in"), "{rest:?}");
    for (more, reason) in [(&["--max-items", "20"][..], "it fits"), (&["--format", "csv"], "it is no table")] {
        let ended = paged(&service, "sed s/^/P:/", more);
        assert!(ended.code == Some(0) && !ended.stderr.contains("P:"), "{reason}: {:?}", ended.stderr);
    }
}

#[test]
fn a_pager_is_read_on_as_it_is_scrolled_and_may_be_left() {
    let service = service(30_000, |builder| builder);
    // It reads nothing, and is left soon.
    let ended = paged(&service, "sleep 1", &["--prefetch", "1"]);
    assert_eq!(ended.code, Some(0), "{:?}", ended.stderr);
    let requests = service.simulator.request_count();
    assert!(requests < 100, "{requests} of 600 pages were read");
    let left_at_once = paged(&service, "head -n 3", &[]);
    assert_eq!(left_at_once.code, Some(0));
    let ids = service.ids();
    let shown = |id: &String| left_at_once.stderr.contains(id.as_str());
    assert!(shown(&ids[0]) && shown(&ids[1]) && !shown(&ids[2]), "{:?}", left_at_once.stderr);
}

#[test]
fn a_pager_that_is_not_there_is_an_error() {
    let ended = paged(&service(100, |builder| builder), "no-such-pager", &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("the pager \"no-such-pager\" cannot be started"), "{:?}", ended.stderr);
}
