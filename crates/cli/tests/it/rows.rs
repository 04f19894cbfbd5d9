//! The other lists: devices, products and so on.

use std::fs;

use iotda_simulator::{RowList, SimulatorBuilder};
use serde_json::Value;

use crate::export::fixture::Folder;
use crate::fixture::{Ended, Service, run, service};
use crate::profiles::Config;

/// The command, its list, the array of rows, the identity, and whether count and marker lie beside the rows.
const LISTS: [(&str, &str, &str, &str, bool); 6] = [
    ("devices", "devices", "devices", "device_id", false),
    ("products", "products", "products", "product_id", false),
    ("groups", "device-group", "device_groups", "group_id", false),
    ("group-devices", "device-group/g-1/devices", "devices", "device_id", false),
    ("packages", "ota-upgrades/packages", "packages", "package_id", false),
    ("rules", "rules", "rules", "rule_id", true),
];

fn of_rows(rows: usize) -> Service {
    service(1, |builder| with_rows(builder, rows))
}

/// Serves every list, so many rows each; `g-1` is the group that has devices.
pub(crate) fn with_rows(builder: SimulatorBuilder, rows: usize) -> SimulatorBuilder {
    LISTS.into_iter().fold(builder, |builder, (_, path, array, id, is_flat)| {
        let list = RowList::new(path, array, id).rows(rows);
        builder.list(if is_flat { list.without_page_object() } else { list })
    })
}

fn command(service: &Service, command: &str, sub: &str, more: &[&str]) -> Ended {
    let endpoint = service.simulator.endpoint();
    let group: &[&str] = if command == "group-devices" { &["g-1"] } else { &[] };
    let here =
        [&[command, sub][..], group, &["--endpoint", &endpoint, "--project-id", "0", "--token", "any"], more].concat();
    run(here)
}

fn ids(lines: &str, id: &str) -> Vec<String> {
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.map(|record| record[id].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_list_is_printed_exported_and_continued() {
    let service = of_rows(130);
    for (name, _, _, id, _) in LISTS {
        let lines = command(&service, name, "list", &[]).complete();
        let all = ids(&lines, id);
        assert_eq!(all.len(), 130, "{name}");
        // The record as the service sent it: with more fields than are known here, or fewer.
        let csv = command(&service, name, "list", &["--columns", id, "--format", "csv", "--no-header"]).complete();
        assert_eq!(csv.lines().collect::<Vec<_>>(), all, "{name}");
        let by_id = command(&service, name, "list", &["--format", "id"]).complete();
        assert_eq!(by_id.lines().collect::<Vec<_>>(), all, "{name}");
        let table = command(&service, name, "list", &["--format", "table"]).complete();
        assert_eq!(table.lines().count(), 131, "{name}");
        assert!(table.starts_with(&id.to_uppercase()), "{table}");
        let first = command(&service, name, "list", &["--max-items", "77", "--print-checkpoint"]);
        let checkpoint = first.stderr.lines().last().unwrap();
        let rest = command(&service, name, "list", &["--resume", checkpoint]).complete();
        assert_eq!([ids(&first.stdout, id), ids(&rest, id)].concat(), all, "{name}");

        let folder = Folder::new();
        let out = folder.path("rows.csv");
        command(&service, name, "export", &["--out", out.to_str().unwrap()]).complete();
        let text = fs::read_to_string(&out).unwrap();
        assert_eq!(text, command(&service, name, "list", &["--format", "csv"]).complete(), "{name}");
        let out = folder.path("one.csv");
        command(&service, name, "export", &["--out", out.to_str().unwrap(), "--columns", id]).complete();
        assert_eq!(fs::read_to_string(&out).unwrap().lines().skip(1).collect::<Vec<_>>(), all, "{name}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn every_list_becomes_parquet_with_its_columns() {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let service = of_rows(60);
    for (name, _, _, id, _) in LISTS {
        let folder = Folder::new();
        let out = folder.path("rows.parquet");
        command(&service, name, "export", &["--out", out.to_str().unwrap()]).complete();
        let reader = SerializedFileReader::new(fs::File::open(&out).unwrap()).unwrap();
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap()).collect();
        let found: Vec<String> = rows
            .iter()
            .map(|row| {
                let (_, field) = row.get_column_iter().find(|(column, _)| *column == id).unwrap();
                field.to_string().trim_matches('"').to_owned()
            })
            .collect();
        assert_eq!(found, ids(&command(&service, name, "list", &[]).complete(), id), "{name}");
    }
}

#[test]
fn filters_reach_the_service() {
    let service = of_rows(3);
    for (name, options, expected) in [
        (
            "devices",
            &["--product-id", "p", "--gateway-id", "g", "--cascade", "--node-id", "n", "--name", "d", "--app-id", "a"]
                [..],
            &[
                ("product_id", "p"),
                ("gateway_id", "g"),
                ("is_cascade_query", "true"),
                ("node_id", "n"),
                ("device_name", "d"),
                ("app_id", "a"),
            ][..],
        ),
        (
            "devices",
            &["--created-after", "2026-11-15T08:30:00Z", "--created-before", "2026-11-16"],
            &[("start_time", "20261115T083000Z"), ("end_time", "20261116T000000Z")],
        ),
        ("products", &["--name", "p", "--app-id", "a"], &[("product_name", "p"), ("app_id", "a")]),
        (
            "groups",
            &["--name", "g", "--group-type", "STATIC", "--modified-after", "2026-11-15", "--app-id", "a"],
            &[("name", "g"), ("group_type", "STATIC"), ("last_modified_time", "20261115T000000Z"), ("app_id", "a")],
        ),
        (
            "packages",
            &["--package-type", "softwarePackage", "--product-id", "p", "--package-version", "2", "--app-id", "a"],
            &[("package_type", "softwarePackage"), ("product_id", "p"), ("version", "2"), ("app_id", "a")],
        ),
        (
            "rules",
            &["--rule-type", "DEVICE_LINKAGE", "--app-id", "a"],
            &[("rule_type", "DEVICE_LINKAGE"), ("app_id", "a")],
        ),
        ("group-devices", &["--page-size", "7", "--prefetch", "0"], &[("limit", "7")]),
    ] {
        service.simulator.clear_requests();
        command(&service, name, "list", options);
        let requests = service.simulator.requests();
        assert!(!requests.is_empty(), "{name}");
        for (parameter, value) in expected {
            assert_eq!(requests[0].query(parameter), Some(*value), "{name} {parameter}");
        }
    }
}

#[test]
fn several_profiles_are_one_list() {
    let (north, south) = (of_rows(60), of_rows(70));
    let config = Config::of(&[("north", &north), ("south", &south)]);
    let csv = config.run(&["products", "list", "--all-profiles", "--format", "csv"]).complete();
    assert!(csv.starts_with("profile,"), "{csv}");
    assert_eq!(csv.lines().filter(|line| line.starts_with("south,")).count(), 70);
    assert_eq!(csv.lines().filter(|line| line.starts_with("north,")).count(), 60);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (arguments, words) in [
        (&["devices"][..], &["list", "export"][..]),
        (&["devices", "list", "--simulate"], &["--simulate"]),
        (&["devices", "list", "--cascade"], &["--gateway-id"]),
        (&["devices", "list", "--columns", "colour"], &["'colour'"]),
        (&["group-devices", "list"], &["GROUP_ID"]),
        (&["rules", "export"], &["--out"]),
        (
            &["devices", "list", "--region", "cn-north-4", "--project-id", "0", "--token", "t", "--page-size", "51"],
            &["page_size", "1 to 50"],
        ),
        (&["devices", "list", "--created-after", "1d", "--created-before", "2d"], &["--created-after"]),
    ] {
        let ended = run(arguments.iter().copied());
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{arguments:?}: {}", ended.stderr);
    }
}
