//! The metrics of a watch.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use iotda_simulator::Fault;

use crate::fixture::{batchtasks, run, service};
use crate::watch::{set_status, watching};

/// The answer to a request, with its head.
fn answer(address: &str, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The metrics, once `is_there` finds what it waits for.
fn scraped(address: &str, is_there: impl Fn(&BTreeMap<String, f64>) -> bool) -> BTreeMap<String, f64> {
    loop {
        let text = answer(address, "GET", "/metrics");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        let lines = text.split("\r\n\r\n").nth(1).unwrap().lines().filter(|line| !line.starts_with('#'));
        let values = lines.map(|line| line.rsplit_once(' ').unwrap());
        let metrics = values.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect();
        if is_there(&metrics) {
            return metrics;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn tasks_devices_ages_and_requests_are_served_and_follow_the_list() {
    let fault = Fault::Error { status: 429, code: "IOTDA.000429".into(), message: String::new() };
    let service = service(20, |builder| builder.only("softwareUpgrade").fault_at(2, fault));
    let mut watching = watching(&service, &["--metrics", "0"]);
    let line = watching.reports("metrics at ");
    let address = line.trim().strip_prefix("metrics at http://").unwrap().strip_suffix("/metrics").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{line}");
    let of_status = |status: &str| format!("batchtasks_tasks{{type=\"softwareUpgrade\",status=\"{status}\"}}");
    let metrics = scraped(address, |metrics| metrics.keys().any(|name| name.starts_with("batchtasks_tasks{")));
    let sum = |beginning: &str| -> f64 {
        metrics.iter().filter(|(name, _)| name.starts_with(beginning)).map(|(_, value)| value).sum()
    };
    assert_eq!(sum("batchtasks_tasks{"), 20.0);
    assert!(sum("batchtasks_devices{type=\"softwareUpgrade\",state=") > 20.0);
    assert!(metrics["batchtasks_oldest_unfinished_age_seconds"] > 0.0);
    assert!(metrics["batchtasks_requests_total"] >= 3.0);
    for once in ["batchtasks_retries_total", "batchtasks_refusals_total", "batchtasks_throttled_total"] {
        assert_eq!(metrics[once], 1.0, "{once}");
    }
    let of = |metrics: &BTreeMap<String, f64>, status| metrics.get(&of_status(status)).copied().unwrap_or(0.0);
    let [waiting, stopped] = ["Waitting", "Stopped"].map(|status| of(&metrics, status));
    let open = service.simulator.edit(|list| list.create("softwareUpgrade"));
    scraped(address, |metrics| of(metrics, "Waitting") == waiting + 1.0);
    set_status(&service, &open, "Stopped");
    scraped(address, |metrics| of(metrics, "Stopped") == stopped + 1.0 && of(metrics, "Waitting") == waiting);
    // The changes are lines as ever.
    assert_eq!([watching.change(), watching.change()].map(|change| change["task_id"] == open.as_str()), [true; 2]);
}

#[test]
fn only_the_metrics_are_served() {
    let service = service(3, |builder| builder);
    let mut watching = watching(&service, &["--metrics", "localhost:0"]);
    let line = watching.reports("metrics at ");
    let address = line.trim().strip_prefix("metrics at http://").unwrap().strip_suffix("/metrics").unwrap();
    for (method, path, beginning) in
        [("GET", "/", "HTTP/1.1 404"), ("POST", "/metrics", "HTTP/1.1 405"), ("HEAD", "/metrics", "HTTP/1.1 200")]
    {
        let text = answer(address, method, path);
        assert!(text.starts_with(beginning), "{method} {path}: {text}");
    }
    assert!(answer(address, "GET", "/metrics").contains("content-type: text/plain; version=0.0.4"));
}

#[test]
fn an_address_that_cannot_be_listened_on_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(["watch", "--simulate", "3", "--metrics", &address]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains(&format!("{address} cannot be listened on")), "{}", ended.stderr);
    let wrong = batchtasks(["watch", "--simulate", "3", "--metrics", "everywhere"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("0.0.0.0:9464"));
}
