//! The measurements as a picture: time by latency, and by how far is read ahead.

use std::io;
use std::path::Path;

use crate::chart::{Chart, Scale, Series, svg};
use crate::contender::Contender;
use crate::spread::Spread;
use crate::table::Table;

/// What is drawn over the latency, in colours that colour-blind readers can distinguish.
const LINES: [(Contender, &str, bool); 8] = [
    (Contender::TryStream, "#d55e00", false),
    (Contender::Aws, "#e69f00", true),
    (Contender::PageTurner, "#8a5a9e", false),
    (Contender::Floor(11), "#7a7a7a", true),
    (Contender::Ours(11), "#0072b2", false),
    (Contender::Floor(64), "#333333", true),
    (Contender::Ours(64), "#009e73", false),
    (Contender::Default, "#cc3377", false),
];
const AHEAD: [usize; 5] = [1, 4, 11, 22, 64];

/// Writes the picture, once there are several latencies.
pub(crate) fn write(tables: &[Table], path: &Path) -> io::Result<()> {
    let Some(by_ahead) = tables.iter().find(|table| table.list.latency.as_millis() == 20) else { return Ok(()) };
    if tables.len() < 3 {
        return Ok(());
    }
    let seconds = |table: &Table, contender| Spread::of(table.walls(contender)).median / 1e3;
    let latency = |table: &Table| table.list.latency.as_secs_f64() * 1e3;
    let tasks = by_ahead.list.tasks;
    let over_latency = LINES.map(|(contender, colour, dashed)| Series {
        name: contender.to_string(),
        colour,
        dashed,
        points: tables.iter().map(|table| (latency(table), seconds(table, contender))).collect(),
    });
    let least = |ahead: &usize| match *ahead {
        11 | 64 => Some((*ahead as f64, seconds(by_ahead, Contender::Floor(*ahead)))),
        _ => None,
    };
    let over_ahead = [
        Series {
            name: "iotda-batch-tasks, as many pages ahead as shown".to_owned(),
            colour: "#0072b2",
            dashed: false,
            points: AHEAD.map(|ahead| (ahead as f64, seconds(by_ahead, Contender::Ours(ahead)))).into(),
        },
        Series {
            name: "all markers known, as many in flight as shown".to_owned(),
            colour: "#333333",
            dashed: true,
            points: AHEAD.iter().filter_map(least).collect(),
        },
        Series {
            name: Contender::TryStream.to_string(),
            colour: "#d55e00",
            dashed: false,
            points: [AHEAD[0], AHEAD[4]].map(|ahead| (ahead as f64, seconds(by_ahead, Contender::TryStream))).into(),
        },
    ];
    let charts = [
        Chart {
            title: format!("{tasks} tasks, by latency"),
            horizontal: "milliseconds that the service takes for a request",
            vertical: "seconds",
            scale: Scale::Linear,
            ticks: tables.iter().map(latency).collect(),
            series: over_latency.into(),
        },
        Chart {
            title: format!("{tasks} tasks at 20 ms a request, by read-ahead"),
            horizontal: "pages ahead",
            vertical: "seconds",
            scale: Scale::Logarithmic,
            ticks: AHEAD.map(|ahead| ahead as f64).into(),
            series: over_ahead.into(),
        },
    ];
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, svg(&charts))
}
