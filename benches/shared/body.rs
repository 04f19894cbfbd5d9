//! Bodies of answers, as the service writes them.

/// A page of `rows` tasks with `targets` device ids each.
pub(crate) fn page(rows: usize, targets: usize) -> Vec<u8> {
    let rows: Vec<_> = (0..rows).map(|number| row(number, targets)).collect();
    page_of(rows.iter().map(String::as_str), 20_000, Some("5c90fa7d3c4e4405e8525079"))
}

/// A page of these rows.
pub(crate) fn page_of<'a>(rows: impl Iterator<Item = &'a str> + Clone, count: usize, marker: Option<&str>) -> Vec<u8> {
    let mut body = String::with_capacity(rows.clone().map(|row| row.len() + 1).sum::<usize>() + 100);
    body.push_str(r#"{"batchtasks":["#);
    for (place, row) in rows.enumerate() {
        body.push_str(if place > 0 { "," } else { "" });
        body.push_str(row);
    }
    let marker = marker.map_or_else(|| "null".to_owned(), |marker| format!("\"{marker}\""));
    body.push_str(&format!(r#"],"page":{{"count":{count},"marker":{marker}}}}}"#));
    body.into_bytes()
}

/// The id of the task of this number: the greater, the newer.
pub(crate) fn task_id(number: usize) -> String {
    format!("5c8ba990303440{number:010x}")
}

/// The task of this number, with `targets` device ids.
pub(crate) fn row(number: usize, targets: usize) -> String {
    let group = number % 0x1_0000;
    let ids: Vec<_> = (0..targets).map(|id| format!("\"e495cf17-ff79-4294-{group:04x}-{id:012x}\"")).collect();
    format!(
        r#"{{"task_id":"{}","task_name":"nightly valve check {number}","task_type":"createAsyncCommands","targets":[{}],"targets_filter":{{"group_ids":["e495cf17-ff79-4294-8f64-4d367919d665"]}},"document":{{"service_id":"water","command_name":"ON_OFF","paras":{{"value":"ON","duration":30}},"expire_time":0,"send_strategy":"immediately"}},"task_policy":{{"schedule_time":"20240229T121212Z","retry_count":5,"retry_interval":60}},"status":"PartialSuccess","status_desc":"2 devices did not answer","task_progress":{{"total":{targets},"processing":0,"success":5,"fail":2,"waitting":0,"fail_wait_retry":0,"stopped":0,"removed":0}},"create_time":"20240229T121{:03}Z"}}"#,
        task_id(number),
        ids.join(","),
        number % 10 * 100 + number / 10 % 60,
    )
}
