//! Bodies of answers, as the service writes them.

use std::fmt::Write;

/// A page of `rows` tasks with `targets` device ids each.
pub(crate) fn page(rows: usize, targets: usize) -> Vec<u8> {
    let mut body = String::from(r#"{"batchtasks":["#);
    for row in 0..rows {
        let comma = if row > 0 { "," } else { "" };
        let ids: Vec<_> = (0..targets).map(|id| format!("\"e495cf17-ff79-4294-{row:04x}-{id:012x}\"")).collect();
        let _ = write!(
            body,
            r#"{comma}{{"task_id":"5c8ba990303440{row:010x}","task_name":"nightly valve check {row}","task_type":"createAsyncCommands","targets":[{}],"targets_filter":{{"group_ids":["e495cf17-ff79-4294-8f64-4d367919d665"]}},"document":{{"service_id":"water","command_name":"ON_OFF","paras":{{"value":"ON","duration":30}},"expire_time":0,"send_strategy":"immediately"}},"task_policy":{{"schedule_time":"20240229T121212Z","retry_count":5,"retry_interval":60}},"status":"PartialSuccess","status_desc":"2 devices did not answer","task_progress":{{"total":{targets},"processing":0,"success":5,"fail":2,"waitting":0,"fail_wait_retry":0,"stopped":0,"removed":0}},"create_time":"20240229T121{:03}Z"}}"#,
            ids.join(","),
            row % 10 * 100 + row / 10,
        );
    }
    body.push_str(r#"],"page":{"count":20000,"marker":"5c90fa7d3c4e4405e8525079"}}"#);
    body.into_bytes()
}
