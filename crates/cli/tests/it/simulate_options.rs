//! What each option of `simulate` does, as any client sees it.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::simulate::{Simulating, simulating};

/// An answer, and how long it took.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
    took: Duration,
}

struct Served {
    serving: Simulating,
    runtime: Runtime,
    http: reqwest::Client,
}

fn served(arguments: &[&str]) -> Served {
    let usual: &[&str] = if arguments.contains(&"--type") { &[] } else { &["--type", "softwareUpgrade"] };
    let serving = simulating(&[usual, arguments].concat());
    Served { serving, runtime: Runtime::new().unwrap(), http: reqwest::Client::new() }
}

impl Served {
    fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let started = Instant::now();
        let (status, headers, text) = self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.headers().clone(), answer.text().await.unwrap())
        });
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), took: started.elapsed() }
    }

    fn get(&self, query: &str) -> Answer {
        self.get_with(query, "any")
    }

    fn get_with(&self, query: &str, token: &str) -> Answer {
        let task_type = if query.contains("task_type=") { "" } else { "&task_type=softwareUpgrade" };
        let url = format!("{}/v5/iot/0/batchtasks?{query}{task_type}", self.serving.endpoint);
        self.send(self.http.get(url).header("X-Auth-Token", token))
    }

    /// Asks for a token by password.
    fn token(&self, password: &str) -> Answer {
        let user = json!({"name": "user", "password": password, "domain": {"name": "account"}});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": {"project": {"name": "cn-north-4"}}}});
        let url = format!("{}/v3/auth/tokens", self.serving.endpoint);
        self.send(self.http.post(url).header("Content-Type", "application/json").body(body.to_string()))
    }
}

impl Answer {
    fn tasks(&self) -> &[Value] {
        self.body["batchtasks"].as_array().unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

#[test]
fn every_task_has_as_many_targets() {
    let answer = served(&["--tasks", "9", "--targets", "7"]).get("limit=50");
    assert_eq!(answer.tasks().len(), 9);
    assert!(answer.tasks().iter().all(|task| task["targets"].as_array().unwrap().len() == 7));
}

#[test]
fn an_answer_takes_the_latency_and_some_of_the_jitter() {
    let slow = served(&["--tasks", "3", "--latency-ms", "120"]);
    assert!((0..3).all(|_| slow.get("").took >= Duration::from_millis(120)));
    let uneven = served(&["--tasks", "3", "--jitter-ms", "160"]);
    let took: Vec<Duration> = (0..8).map(|_| uneven.get("").took).collect();
    let (least, most) = (took.iter().min().unwrap(), took.iter().max().unwrap());
    assert!(*most >= Duration::from_millis(60) && *most - *least >= Duration::from_millis(20), "{took:?}");
}

#[test]
fn tasks_move_to_other_statuses_before_each_request() {
    let served = served(&["--tasks", "30", "--status-every", "1"]);
    let statuses = || -> Vec<Value> {
        served.get("limit=50").tasks().iter().map(|task| json!([task["task_id"], task["status"]])).collect()
    };
    let looks: BTreeSet<String> = (0..6).map(|_| json!(statuses()).to_string()).collect();
    assert!(looks.len() > 1);
}

#[test]
fn the_last_page_and_an_empty_one_have_the_marker_of_their_form() {
    let marker = |arguments: &[&str], query: &str| -> Value {
        served(&[&["--tasks", "5"][..], arguments].concat()).get(query).body["page"].clone()
    };
    let whole = "limit=50";
    assert!(marker(&[], whole)["marker"].is_string());
    assert!(marker(&["--last-page-marker", "absent"], whole).get("marker").is_none());
    assert_eq!(marker(&["--last-page-marker", "null"], whole)["marker"], Value::Null);
    assert_eq!(marker(&["--last-page-marker", "empty"], whole)["marker"], "");
    let below = "marker=000000000000000000000001";
    assert!(marker(&[], below).get("marker").is_none());
    assert_eq!(marker(&["--empty-page-marker", "empty"], below)["marker"], "");
    assert_eq!(marker(&["--empty-page-marker", "echo"], below)["marker"], "000000000000000000000001");
}

#[test]
fn markers_that_were_not_handed_out_are_refused() {
    let query = "marker=ffffffff0000000000000001";
    assert_eq!(served(&["--tasks", "5"]).get(query).status, 200);
    let answer = served(&["--tasks", "5", "--refuse-foreign-markers"]).get(query);
    assert_eq!((answer.status, &answer.body["error_code"]), (400, &json!("IOTDA.000018")));
}

#[test]
fn markers_that_repeat_or_rise_are_handed_out() {
    for (fault, compare) in [("repeats", std::cmp::Ordering::Equal), ("rises", std::cmp::Ordering::Greater)] {
        let served = served(&["--tasks", "30", "--marker-fault", fault]);
        let marker = |answer: Answer| answer.body["page"]["marker"].as_str().unwrap().to_owned();
        let first = marker(served.get("limit=10"));
        assert_eq!(marker(served.get(&format!("limit=10&marker={first}"))).cmp(&first), compare, "{fault}");
    }
}

#[test]
fn a_type_that_is_not_known_is_refused() {
    let served = served(&["--tasks", "5", "--type", "changeGateway", "--unknown-type", "moduleUpgrade"]);
    assert_eq!(served.get("task_type=changeGateway").status, 200);
    let answer = served.get("task_type=moduleUpgrade");
    assert_eq!((answer.status, &answer.body["error_code"]), (400, &json!("IOTDA.000006")));
}

#[test]
fn a_quota_says_when_to_come_back_and_may_be_refused_as_forbidden() {
    let quota = ["--tasks", "5", "--quota", "1", "--quota-per", "1h"];
    let second = |more: &[&str]| {
        let served = served(&[&quota[..], more].concat());
        assert_eq!(served.get("").status, 200);
        served.get("")
    };
    let refused = second(&[]);
    assert_eq!((refused.status, refused.header("retry-after")), (429, ""));
    let refused = second(&["--quota-retry-after", "7"]);
    assert_eq!((refused.status, refused.header("retry-after")), (429, "7"));
    let refused = second(&["--quota-as-forbidden"]);
    assert_eq!((refused.status, &refused.body["error_code"]), (403, &json!("IOTDA.021101")));
}

#[test]
fn users_get_tokens_that_run_out() {
    let user = ["--tasks", "5", "--iam-user", "account:user:password", "--token", "none"];
    let lasting = served(&user);
    assert_eq!(lasting.token("wrong").status, 401);
    let answer = lasting.token("password");
    assert_eq!(answer.status, 201);
    assert_eq!(lasting.get_with("", answer.header("x-subject-token")).status, 200);
    assert_eq!(lasting.get_with("", "made up").status, 401);
    let passing = served(&[&user[..], &["--token-lifetime", "0s"]].concat());
    let answer = passing.token("password");
    assert_eq!(passing.get_with("", answer.header("x-subject-token")).status, 401);
    let spoilt = served(&[&user[..], &["--iam-fault", "internal@2"]].concat());
    assert_eq!([(); 3].map(|()| spoilt.token("password").status), [201, 500, 201]);
}

#[test]
fn the_clock_may_be_ahead() {
    let date = |arguments: &[&str]| {
        let answer = served(&[&["--tasks", "5"][..], arguments].concat()).get("");
        jiff::fmt::rfc2822::parse(answer.header("date")).unwrap().timestamp()
    };
    let ahead = date(&["--clock-ahead", "86400"]).duration_since(date(&[]));
    assert!((86_300..86_500).contains(&ahead.as_secs()), "{ahead:?}");
}
