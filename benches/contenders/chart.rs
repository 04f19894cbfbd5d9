//! A line chart as SVG.

use std::fmt::Write;

const LEFT: f64 = 64.0;
const TOP: f64 = 56.0;
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 300.0;
/// From one chart's left edge to the next one's.
const STEP: f64 = LEFT + WIDTH + 16.0;
const LEGEND_LINE: f64 = 20.0;
const LEGEND_COLUMNS: usize = 2;

/// A line, or points alone.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) colour: &'static str,
    pub(crate) dashed: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Where a number lies along the horizontal axis.
#[derive(Clone, Copy)]
pub(crate) enum Scale {
    Linear,
    Logarithmic,
}

/// Lines over one horizontal axis. The vertical one is logarithmic.
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) horizontal: &'static str,
    pub(crate) vertical: &'static str,
    pub(crate) scale: Scale,
    pub(crate) ticks: Vec<f64>,
    pub(crate) series: Vec<Series>,
}

/// The charts side by side, with one legend below.
pub(crate) fn svg(charts: &[Chart]) -> String {
    let mut named: Vec<&Series> = Vec::new();
    for series in charts.iter().flat_map(|chart| &chart.series) {
        if named.iter().all(|other| other.name != series.name) {
            named.push(series);
        }
    }
    let width = STEP * charts.len() as f64 + 8.0;
    let legend_top = TOP + HEIGHT + 72.0;
    let height = legend_top + LEGEND_LINE * named.len().div_ceil(LEGEND_COLUMNS) as f64 + 4.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#1a1a1a\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (number, chart) in charts.iter().enumerate() {
        chart.draw(number as f64 * STEP + LEFT, &mut out);
    }
    for (number, series) in named.into_iter().enumerate() {
        let x = LEFT + (number % LEGEND_COLUMNS) as f64 * (width - LEFT) / LEGEND_COLUMNS as f64;
        let y = legend_top + (number / LEGEND_COLUMNS) as f64 * LEGEND_LINE;
        series.draw(&[(x, y - 4.0), (x + 28.0, y - 4.0)], &mut out);
        text(x + 38.0, y, "start", "", &series.name, &mut out);
    }
    out + "</svg>\n"
}

impl Chart {
    fn draw(&self, left: f64, out: &mut String) {
        let bottom = TOP + HEIGHT;
        let [least, most] = self.decades();
        let y = |value: f64| bottom - (value.log10() - least) / (most - least) * HEIGHT;
        let along = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.log10(),
        };
        let [first, last] = [self.ticks[0], self.ticks[self.ticks.len() - 1]].map(along);
        let x = |value: f64| left + 10.0 + (along(value) - first) / (last - first).max(1e-9) * (WIDTH - 20.0);
        text(left, TOP - 30.0, "start", " font-weight=\"600\" font-size=\"14\"", &self.title, out);
        text(left, TOP - 10.0, "start", "", self.vertical, out);
        for decade in least as i32..=most as i32 {
            let at = y(10f64.powi(decade));
            line(left, at, left + WIDTH, at, out);
            text(left - 8.0, at + 4.0, "end", "", &plain(10f64.powi(decade)), out);
        }
        for tick in &self.ticks {
            line(x(*tick), bottom, x(*tick), bottom + 5.0, out);
            text(x(*tick), bottom + 20.0, "middle", "", &plain(*tick), out);
        }
        text(left + WIDTH / 2.0, bottom + 42.0, "middle", "", self.horizontal, out);
        for series in &self.series {
            let points: Vec<_> = series.points.iter().map(|(across, up)| (x(*across), y(*up))).collect();
            series.draw(&points, out);
        }
    }

    /// The powers of ten around all values.
    fn decades(&self) -> [f64; 2] {
        let values = self.series.iter().flat_map(|series| &series.points).map(|(_, value)| value.log10());
        let (least, most) =
            values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        [least.floor(), most.ceil().max(least.floor() + 1.0)]
    }
}

impl Series {
    fn draw(&self, points: &[(f64, f64)], out: &mut String) {
        let dashes = if self.dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let path: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let (path, colour) = (path.join(" "), self.colour);
        let _ =
            writeln!(out, "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>");
        for (x, y) in points {
            let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
    }
}

fn line(x1: f64, y1: f64, x2: f64, y2: f64, out: &mut String) {
    let _ = writeln!(
        out,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#c8c8c8\" stroke-width=\"1\"/>"
    );
}

fn text(x: f64, y: f64, anchor: &str, style: &str, words: &str, out: &mut String) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{style}>{words}</text>");
}

/// A number without needless zeros.
fn plain(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
