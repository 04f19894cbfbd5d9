//! What is counted, as Prometheus reads it.

// Knows tasks and counters, nothing of HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use iotda_batch_tasks::{BatchTask, Client, RequestCounts, TaskProgress, TaskStatus, TaskStore, TaskType};
use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

pub(super) use prometheus_text::CONTENT_TYPE;

/// The label of what the service left out.
const UNKNOWN: &str = "unknown";

/// Where the numbers come from, anew for each scrape.
#[derive(Clone, Debug)]
pub(in crate::watch) struct Metrics {
    pub(in crate::watch) store: TaskStore,
    pub(in crate::watch) client: Client,
}

impl Metrics {
    pub(super) fn text(&self) -> String {
        let (mut registry, mut text) = (Registry::default(), String::new());
        registry.register_collector(Box::new(self.clone()));
        // Writing to memory does not fail.
        let _ = prometheus_text::encode(&mut text, &registry);
        text
    }
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        requests(self.client.request_counts(), &mut encoder)?;
        // Part of the tasks would be wrong numbers.
        if self.store.is_filled() { tasks(&self.store.tasks(), Timestamp::now(), &mut encoder) } else { Ok(()) }
    }
}

fn requests(counts: RequestCounts, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    for (name, help, value) in [
        ("batchtasks_requests", "Requests that were sent to the service, retries included", counts.requests),
        ("batchtasks_retries", "Requests that were made again after a failure", counts.retries),
        ("batchtasks_refusals", "Answers of the service with a status other than 200", counts.refusals),
        ("batchtasks_throttled", "Answers by which the service limits the number of requests", counts.throttled),
    ] {
        let counter = ConstCounter::new(value);
        counter.encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)?;
    }
    Ok(())
}

fn tasks(tasks: &[Arc<BatchTask>], now: Timestamp, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let mut by_status = BTreeMap::<[&str; 2], u64>::new();
    let mut by_state = BTreeMap::<[&str; 2], i64>::new();
    for task in tasks {
        let task_type = task.task_type.as_ref().map_or(UNKNOWN, TaskType::as_str);
        let status = task.status.as_ref().map_or(UNKNOWN, TaskStatus::as_str);
        *by_status.entry([task_type, status]).or_default() += 1;
        for (state, number) in task.task_progress.iter().flat_map(states) {
            let sum = by_state.entry([task_type, state]).or_default();
            *sum = sum.saturating_add(number);
        }
    }
    let help = "Tasks by type and status, as the last look saw them";
    let mut metric = encoder.encode_descriptor("batchtasks_tasks", help, None, MetricType::Gauge)?;
    for ([task_type, status], number) in &by_status {
        ConstGauge::new(*number).encode(metric.encode_family(&[("type", *task_type), ("status", *status)])?)?;
    }
    let help = "Devices of all tasks by type of the task and state; a device counts once in each of its tasks";
    let mut metric = encoder.encode_descriptor("batchtasks_devices", help, None, MetricType::Gauge)?;
    for ([task_type, state], number) in &by_state {
        ConstGauge::new(*number).encode(metric.encode_family(&[("type", *task_type), ("state", *state)])?)?;
    }
    let is_final = |task: &&Arc<BatchTask>| task.status.as_ref().is_some_and(TaskStatus::is_final);
    let oldest = tasks.iter().filter(|task| !is_final(task)).filter_map(|task| task.create_time).min();
    if let Some(created) = oldest {
        let help = "Time since the creation of the oldest task that is not done; absent where all are done";
        let name = "batchtasks_oldest_unfinished_age_seconds";
        let age = now.duration_since(created).as_secs().max(0);
        ConstGauge::new(age).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
    }
    Ok(())
}

/// What the service says of the devices of a task.
fn states(progress: &TaskProgress) -> impl Iterator<Item = (&'static str, i64)> {
    let TaskProgress { processing, success, fail, waitting, fail_wait_retry, stopped, removed, .. } = *progress;
    let states = [
        ("processing", processing),
        ("success", success),
        ("fail", fail),
        ("waitting", waitting),
        ("fail_wait_retry", fail_wait_retry),
        ("stopped", stopped),
        ("removed", removed),
    ];
    states.into_iter().filter_map(|(state, number)| Some((state, number?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(records: &[&str], now: &str) -> String {
        let records = records.iter().map(|json| Arc::new(serde_json::from_str(json).unwrap())).collect();
        #[derive(Debug)]
        struct Fixed(Vec<Arc<BatchTask>>, Timestamp);
        impl Collector for Fixed {
            fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
                tasks(&self.0, self.1, &mut encoder)
            }
        }
        let (mut registry, mut text) = (Registry::default(), String::new());
        registry.register_collector(Box::new(Fixed(records, now.parse().unwrap())));
        prometheus_text::encode(&mut text, &registry).unwrap();
        text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn tasks_and_devices_are_summed_and_the_oldest_that_is_not_done_has_its_age() {
        let done = r#"{"task_id":"1","task_type":"softwareUpgrade","status":"Success","create_time":"20200101T000000Z",
            "task_progress":{"total":3,"success":3,"fail":0}}"#;
        let fresh = r#"{"task_id":"2","task_type":"softwareUpgrade","status":"Processing",
            "create_time":"20260101T000000Z","task_progress":{"total":5,"success":1,"processing":4}}"#;
        let old = r#"{"task_id":"3","create_time":"20251231T235900Z"}"#;
        assert_eq!(
            text(&[done, fresh, old], "2026-01-01T00:01:00Z"),
            "batchtasks_tasks{type=\"softwareUpgrade\",status=\"Processing\"} 1\n\
             batchtasks_tasks{type=\"softwareUpgrade\",status=\"Success\"} 1\n\
             batchtasks_tasks{type=\"unknown\",status=\"unknown\"} 1\n\
             batchtasks_devices{type=\"softwareUpgrade\",state=\"fail\"} 0\n\
             batchtasks_devices{type=\"softwareUpgrade\",state=\"processing\"} 4\n\
             batchtasks_devices{type=\"softwareUpgrade\",state=\"success\"} 4\n\
             batchtasks_oldest_unfinished_age_seconds 120\n"
        );
        assert!(!text(&[done], "2026-01-01T00:01:00Z").contains("oldest"));
    }

    #[test]
    fn what_the_service_sends_cannot_break_a_line() {
        let odd = r#"{"task_id":"1","task_type":"a\"b\\c\nd","status":"x"}"#;
        let expected = "batchtasks_tasks{type=\"a\\\"b\\\\c\\nd\",status=\"x\"} 1\n";
        assert_eq!(text(&[odd], "2026-01-01T00:01:00Z"), expected);
    }
}
