use std::fs::{self, File};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::Value;

use super::fixture::{Export, failing};
use crate::fixture::service;

const JSON: [&str; 3] = ["targets_filter", "document", "task_ext_info"];

fn read(export: &Export<'_>) -> SerializedFileReader<File> {
    SerializedFileReader::new(File::open(export.file()).unwrap()).unwrap()
}

/// The field of this name, as JSON would have it.
fn field(row: &Row, name: &str) -> Value {
    let (_, field) = row.get_column_iter().find(|(column, _)| *column == name).unwrap();
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => (*flag).into(),
        Field::Long(number) | Field::TimestampMillis(number) => (*number).into(),
        Field::Str(json) if JSON.contains(&name) => serde_json::from_str(json).unwrap(),
        Field::Str(text) => text.as_str().into(),
        Field::ListInternal(list) => list
            .elements()
            .iter()
            .map(|element| match element {
                Field::Str(text) => Value::from(text.as_str()),
                other => panic!("{other:?}"),
            })
            .collect(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn every_field_of_every_task_comes_back() {
    let service = service(300, |builder| builder);
    service.rewrite(0, |id| {
        format!(
            r#"{{"task_id":"{id}","task_name":"批量","task_type":"t","task_mode":"GATEWAY","need_confirm":true,
            "task_ext_info":[1.50],"targets":[],"targets_filter":{{"group_ids":["g"]}},"document":{{"a": "b"}},
            "task_policy":{{"schedule_time":"19700101T000001Z","retry_count":2,"retry_interval":60}},"status":"Fail",
            "status_desc":"","task_progress":{{"total":8,"processing":1,"success":2,"fail":3,"waitting":4,
            "fail_wait_retry":5,"stopped":6,"removed":7}},"create_time":"19700101T000002Z"}}"#
        )
    });
    service.rewrite(1, |id| format!(r#"{{"task_id":"{id}"}}"#));
    let export = Export::new(&service, "tasks.parquet", &[]);
    assert_eq!(export.run(&[]).complete(), "");
    let reader = read(&export);
    let rows: Vec<Row> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 300);
    for (row, record) in rows.iter().zip(service.records()) {
        let mut record: Value = serde_json::from_str(&record).unwrap();
        for (part, names) in [
            (
                "task_progress",
                &["total", "success", "fail", "processing", "waitting", "fail_wait_retry", "stopped", "removed"][..],
            ),
            ("task_policy", &["schedule_time", "retry_count", "retry_interval"]),
        ] {
            for name in names {
                record[*name] = record[part][*name].clone();
            }
            record.as_object_mut().unwrap().remove(part);
        }
        for time in ["create_time", "schedule_time"] {
            if let Some(text) = record[time].as_str() {
                let time_of_day = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).unwrap();
                record[time] =
                    time_of_day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond().into();
            }
        }
        for (name, _) in row.get_column_iter() {
            assert_eq!(field(row, name), record[name], "{name} of {}", record["task_id"]);
            record.as_object_mut().unwrap().remove(name);
        }
        assert_eq!(record, serde_json::json!({}), "fields without a column");
    }
}

#[test]
fn the_columns_are_those_that_are_promised() {
    let service = service(1, |builder| builder);
    let export = Export::new(&service, "tasks.parquet", &[]);
    export.run(&[]).complete();
    let csv = export.listed("csv");
    let reader = read(&export);
    let schema = reader.metadata().file_metadata().schema().clone();
    let columns: Vec<&str> = schema.get_fields().iter().map(|field| field.name()).collect();
    let of_csv: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    assert_eq!(columns[..of_csv.len()], of_csv);
    let further = ["task_mode", "need_confirm", "schedule_time", "retry_count", "retry_interval"];
    assert_eq!(columns[of_csv.len()..], [&further[..], &JSON].concat());
    // The help names each of them.
    let help = crate::fixture::run(["export", "--help"]).complete();
    assert!(columns.iter().all(|column| help.contains(column)));
}

#[test]
fn long_lists_are_written_in_groups() {
    let service = service(450, |builder| builder.targets_per_task(1500));
    let export = Export::new(&service, "tasks.parquet", &[]);
    export.run(&[]).complete();
    let reader = read(&export);
    let groups = reader.metadata().row_groups();
    let rows: Vec<i64> = groups.iter().map(|group| group.num_rows()).collect();
    assert!(rows.len() > 1 && rows.iter().sum::<i64>() == 450, "{rows:?}");
    let ids: Vec<Value> = reader.get_row_iter(None).unwrap().map(|row| field(&row.unwrap(), "task_id")).collect();
    assert_eq!(ids, service.ids());
}

#[test]
fn an_empty_list_is_a_file_too() {
    let service = service(0, |builder| builder);
    let export = Export::new(&service, "tasks.parquet", &[]);
    export.run(&[]).complete();
    assert_eq!(read(&export).get_row_iter(None).unwrap().count(), 0);
}

#[test]
fn the_last_steps_can_be_done_again() {
    let (service, heal) = failing(1000);
    let export = Export::new(&service, "tasks.parquet", &[]);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    let spool = export.listed("ndjson");
    export.set_state("stage", "read");
    export.set_state("bytes", spool.len());
    let read = fs::read(export.checkpoint()).unwrap();
    fs::write(export.part(), &spool).unwrap();
    fs::write(export.file(), "old").unwrap();
    // The list was read, and the file was begun.
    fs::write(export.folder.path("tasks.parquet.new"), "PAR1 and a bit").unwrap();
    assert_eq!(export.run(&[]).code, Some(0));
    let whole = fs::read(export.file()).unwrap();
    export.assert_whole(&whole);
    // The file was made, and its checkpoint was not.
    fs::write(export.checkpoint(), &read).unwrap();
    fs::write(export.part(), &spool).unwrap();
    export.assert_continues_to(&whole);
    // The checkpoint was made, and neither part nor checkpoint removed; then the part was.
    for has_part in [true, false] {
        fs::write(export.checkpoint(), &read).unwrap();
        export.set_state("stage", "made");
        if has_part {
            fs::write(export.part(), &spool).unwrap();
        }
        export.assert_continues_to(&whole);
    }
    // A part that is gone before the file was made is reported.
    fs::write(export.checkpoint(), &read).unwrap();
    assert_eq!(export.run(&[]).code, Some(2));
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_in_the_end_costs_no_second_reading() {
    use super::disk::{AtTheLimit, assert_limited, run_limited};

    let (service, heal) = failing(2000);
    let export = Export::new(&service, "tasks.parquet", &[]);
    assert_eq!(export.run(&[]).code, Some(1));
    heal();
    let spool = export.listed("ndjson");
    export.set_state("stage", "read");
    export.set_state("bytes", spool.len());
    fs::write(export.part(), &spool).unwrap();
    let requests = service.simulator.request_count();
    for at_the_limit in [AtTheLimit::Fails, AtTheLimit::Kills, AtTheLimit::Fails] {
        assert_limited(&run_limited(&export, at_the_limit, 64 * 1024), at_the_limit);
        assert!(!export.file().exists());
    }
    assert_eq!(export.run(&[]).code, Some(0));
    assert_eq!(service.simulator.request_count(), requests);
    assert_eq!(export.folder.names(), ["tasks.parquet"]);
    assert_eq!(read(&export).get_row_iter(None).unwrap().count(), 2000);
}
