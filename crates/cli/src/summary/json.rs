//! The summary for machines. Its shape is described in the help of the command, and must stay.

use iotda_batch_tasks::{TaskStatus, TaskType};
use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::Counted;
use super::tally::Devices;

/// The object that is printed.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    tasks: u64,
    unreadable: u64,
    undated: u64,
    max_items: Option<u64>,
    time_zone: &'a str,
    devices: Devices,
    success_rate: Option<f64>,
    statuses: Vec<OfStatus<'a>>,
    types: Vec<OfType<'a>>,
    days: Vec<OfDay>,
}

#[derive(Debug, Serialize)]
struct OfStatus<'a> {
    status: &'a Option<TaskStatus>,
    tasks: u64,
}

#[derive(Debug, Serialize)]
struct OfType<'a> {
    r#type: &'a Option<TaskType>,
    tasks: u64,
    statuses: Vec<OfStatus<'a>>,
    devices: Devices,
    success_rate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct OfDay {
    #[serde(serialize_with = "iso")]
    day: Date,
    tasks: u64,
}

impl<'a> Document<'a> {
    pub(super) fn of(counted: &'a Counted) -> Self {
        let Counted { summary, max_items, zone, .. } = counted;
        let devices = summary.devices();
        let types = summary.by_tasks().into_iter().map(|(name, of_type)| OfType {
            r#type: name,
            tasks: of_type.tasks(),
            statuses: of_statuses(of_type.statuses()),
            devices: of_type.devices,
            success_rate: of_type.devices.success_rate(),
        });
        Self {
            tasks: summary.tasks(),
            unreadable: summary.unreadable,
            undated: summary.undated,
            max_items: *max_items,
            time_zone: zone,
            devices,
            success_rate: devices.success_rate(),
            statuses: of_statuses(summary.statuses()),
            types: types.collect(),
            days: summary.days.iter().map(|(&day, &tasks)| OfDay { day, tasks }).collect(),
        }
    }
}

pub(super) fn iso<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

fn of_statuses(statuses: Vec<(&Option<TaskStatus>, u64)>) -> Vec<OfStatus<'_>> {
    statuses.into_iter().map(|(status, tasks)| OfStatus { status, tasks }).collect()
}

pub(super) fn json(counted: &Counted) -> String {
    // Maps with other keys than texts could fail, and there are none.
    let mut text = serde_json::to_string_pretty(&Document::of(counted)).unwrap_or_default();
    text.push('\n');
    text
}
