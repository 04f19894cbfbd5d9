//! One task as the service writes it.

use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::fleet::Fleet;
use super::id::RecordId;
use super::pieces::Pieces;
use super::progress::Progress;
use super::random::Random;

/// What people call their tasks; the escapes are those of JSON.
const NAMES: [&str; 16] = [
    "华东水表固件升级",
    "Water meter firmware rollout",
    "智慧园区路灯 \\\"夜间\\\" 策略下发",
    "Gateway replacement, plant 3",
    "批量冻结欠费设备",
    "Cold chain sensors \\u2013 interval change",
    "Küche/Kühlung: Sollwert 4 °C",
    "电梯边缘网关 edge-gw 升级（第二批）",
    "Register new e-bikes 🚲",
    "温湿度传感器影子更新",
    "shadow refresh\\tnightly",
    "消防烟感 NB-IoT 批量注册",
    "Unfreeze after payment",
    "光伏逆变器参数下发",
    "rollback to 2.4.1",
    "燃气表远程关阀 valve OFF",
];

const PRODUCTS: [&str; 5] = ["WaterMeter", "StreetLight", "ColdChainSensor", "EdgeGateway", "智能烟感"];
const SERVICES: [&str; 4] = ["water", "WaterMeter", "StreetLight", "Battery"];

/// What a task's record is made from. The same draft gives the same text.
pub(super) struct Draft<'a> {
    /// The id that the list is ordered by: it says when the task was created.
    pub(super) id: RecordId,
    pub(super) task_id: RecordId,
    pub(super) seed: u64,
    /// The type, and again as a JSON string.
    pub(super) task_type: (&'a str, &'a str),
    /// The status, and again as a JSON string.
    pub(super) status: (&'a str, &'a str),
    pub(super) fleet: &'a Fleet,
    /// How many targets; else as many as the seed says.
    pub(super) targets: Option<usize>,
}

impl Draft<'_> {
    /// The devices that the task is for.
    pub(super) fn targets(&self) -> Range<usize> {
        let mut random = Random::new(self.seed ^ 1);
        let count = self.targets.unwrap_or(1 + random.below(19) as usize).min(self.fleet.len());
        let start = random.below((self.fleet.len() - count + 1) as u64) as usize;
        start..start + count
    }

    pub(super) fn progress(&self) -> Progress {
        Progress::of(self.status.0, self.targets().len() as u64, Random::new(self.seed ^ 2))
    }

    /// Writes the record as one JSON object.
    pub(super) fn write(&self, out: &mut Pieces) {
        let mut random = Random::new(self.seed);
        out.text("{\"task_id\":\"");
        out.raw(&self.task_id.digits());
        out.text("\",\"task_name\":\"");
        out.text(random.pick(&NAMES));
        out.byte(b' ');
        out.number(1 + random.below(9_999));
        out.text("\",\"task_type\":");
        out.text(self.task_type.1);
        if matches!(self.task_type.0, "softwareUpgrade" | "firmwareUpgrade" | "moduleUpgrade") {
            upgrade_fields(&mut random, out);
        }
        out.text(",\"targets\":[");
        out.share(self.fleet.listed(&self.targets()));
        out.text("],\"targets_filter\":");
        groups(&mut random, out);
        document(self.task_type.0, &mut random, out);
        self.policy(&mut random, out);
        out.text(",\"status\":");
        out.text(self.status.1);
        out.text(",\"status_desc\":\"");
        out.text(description(self.status.0));
        out.text("\",\"task_progress\":{\"total\":");
        let progress = self.progress();
        out.number(progress.total());
        for (name, number) in progress.named() {
            out.text(",\"");
            out.text(name);
            out.text("\":");
            out.number(number);
        }
        out.text("},\"create_time\":\"");
        time(i64::from(self.id.seconds), out);
        out.text("\"}");
    }

    fn policy(&self, random: &mut Random, out: &mut Pieces) {
        const DAYS_AHEAD: u64 = 7;
        if random.below(4) == 0 {
            return;
        }
        out.text(",\"task_policy\":{\"schedule_time\":\"");
        time(i64::from(self.id.seconds) + random.below(DAYS_AHEAD * 86_400) as i64, out);
        out.text("\",\"retry_count\":");
        out.number(1 + random.below(5));
        out.text(",\"retry_interval\":");
        out.number(1 + random.below(1_440));
        out.byte(b'}');
    }
}

fn upgrade_fields(random: &mut Random, out: &mut Pieces) {
    if random.below(6) == 0 {
        out.text(",\"task_mode\":\"GATEWAY\"");
    }
    out.text(if random.below(4) == 0 { ",\"need_confirm\":true" } else { ",\"need_confirm\":false" });
    if random.below(3) == 0 {
        out.text(",\"task_ext_info\":{\"product_name\":\"");
        out.text(random.pick(&PRODUCTS));
        out.text("\",\"window\":{\"from\":\"01:00\",\"to\":\"05:30\"},\"batch\":[");
        out.number(1 + random.below(9));
        out.text(",null,0.5]}");
    }
}

fn groups(random: &mut Random, out: &mut Pieces) {
    if random.below(3) > 0 {
        out.text("{}");
        return;
    }
    out.text("{\"group_ids\":[\"");
    let group = RecordId { seconds: random.next() as u32, suffix: random.next() };
    out.raw(&group.digits());
    out.text("\"]}");
}

/// The shapes of section 4; types without one there carry `null` or nothing.
fn document(task_type: &str, random: &mut Random, out: &mut Pieces) {
    match task_type {
        "softwareUpgrade" | "firmwareUpgrade" | "moduleUpgrade" => {
            let package = RecordId { seconds: 0x3282_2e57, suffix: random.next() };
            out.text(",\"document\":{\"package_id\":\"");
            out.raw(&package.digits());
            out.text("\"}");
        }
        "createCommands" | "createAsyncCommands" => {
            out.text(",\"document\":{\"service_id\":\"");
            out.text(random.pick(&SERVICES));
            out.text("\",\"command_name\":\"ON_OFF\",\"paras\":{\"value\":");
            out.text(random.pick(&["\"ON\"", "\"OFF\"", "\"关\""]));
            out.byte(b'}');
            if task_type == "createAsyncCommands" {
                out.text(",\"expire_time\":0,\"send_strategy\":\"immediately\"");
            }
            out.byte(b'}');
        }
        "updateDeviceShadows" => {
            out.text(",\"document\":{\"shadow\":[{\"service_id\":\"");
            out.text(random.pick(&SERVICES));
            out.text("\",\"desired\":{\"temperature\":\"");
            out.number(4 + random.below(80));
            out.text("\"}}]}");
        }
        _ if random.below(2) == 0 => out.text(",\"document\":null"),
        _ => {}
    }
}

fn description(status: &str) -> &'static str {
    match status {
        "Success" => "All targets of the batch task have been handled, 全部子任务执行成功。",
        "Fail" => "All subtasks failed: the devices are offline or refused, 设备离线或拒绝执行。",
        "PartialSuccess" => "Some subtasks failed, see task details, 部分子任务执行失败。",
        "Stopped" => "Stopped by the user, 用户已停止任务。",
        _ => "",
    }
}

/// Writes `yyyyMMdd'T'HHmmss'Z'`, UTC.
fn time(seconds: i64, out: &mut Pieces) {
    let instant = Timestamp::from_second(seconds).unwrap_or_default();
    let at = Offset::UTC.to_datetime(instant);
    two_digits(at.year() / 100, out);
    two_digits(at.year() % 100, out);
    two_digits(at.month().into(), out);
    two_digits(at.day().into(), out);
    out.byte(b'T');
    two_digits(at.hour().into(), out);
    two_digits(at.minute().into(), out);
    two_digits(at.second().into(), out);
    out.byte(b'Z');
}

fn two_digits(number: i16, out: &mut Pieces) {
    out.raw(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{STATUSES, TASK_TYPES};
    use serde_json::Value;

    fn written(task_type: &str, status: &str, seed: u64, fleet: &Fleet, targets: Option<usize>) -> Vec<u8> {
        let (quoted_type, quoted_status) = (format!("{task_type:?}"), format!("{status:?}"));
        let id = RecordId { seconds: 0x5c8b_a990, suffix: seed };
        let draft = Draft {
            id,
            task_id: id,
            seed,
            task_type: (task_type, &quoted_type),
            status: (status, &quoted_status),
            fleet,
            targets,
        };
        let mut out = Pieces::default();
        draft.write(&mut out);
        out.finish().concat()
    }

    #[test]
    fn every_type_and_status_gives_a_whole_record() {
        let fleet = Fleet::new(100, 1);
        for (seed, task_type) in TASK_TYPES.into_iter().enumerate() {
            for status in STATUSES {
                let record: Value =
                    serde_json::from_slice(&written(task_type, status, seed as u64, &fleet, None)).unwrap();
                assert_eq!(record["task_type"], task_type);
                assert_eq!(record["status"], status);
                assert_eq!(record["create_time"], "20190315T133304Z");
                assert_eq!(record["task_progress"]["total"], record["targets"].as_array().unwrap().len());
            }
        }
    }

    #[test]
    fn records_are_of_about_950_bytes() {
        let fleet = Fleet::new(1000, 1);
        let mut random = Random::new(5);
        let count = 4000;
        let bytes: usize = (0..count)
            .map(|seed| {
                let status = random.pick(&STATUSES);
                written("softwareUpgrade", status, seed, &fleet, None).len()
            })
            .sum();
        let average = bytes / count as usize;
        assert!((900..1000).contains(&average), "{average}");
    }

    #[test]
    fn a_task_can_have_no_target_or_all_devices() {
        let fleet = Fleet::new(50, 1);
        for count in [0, 50] {
            let record: Value =
                serde_json::from_slice(&written("freezeDevices", "Fail", 3, &fleet, Some(count))).unwrap();
            assert_eq!(record["targets"].as_array().unwrap().len(), count);
            assert_eq!(record["task_progress"]["fail"], count);
        }
    }
}
