use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::browser::Browser;
use crate::fixture::{Service, service};

const TYPES: [&str; 4] = ["softwareUpgrade", "firmwareUpgrade", "createCommands", "freezeDevices"];
/// What a stranger may call a type or a status.
const TRAP: &str = r#"</script><img src=x onerror="document.title='trapped'"><!--"#;

/// A page that the browser has open, and the numbers that it shows.
struct Opened<'a> {
    browser: &'a Browser,
    file: PathBuf,
    summary: Value,
}

fn opened<'a>(browser: &'a Browser, service: &Service, width: u32, scheme: &str) -> Opened<'a> {
    let file = std::env::temp_dir().join(format!("batchtasks-{}-summary.html", std::process::id()));
    let options = ["--format", "json", "--html", file.to_str().unwrap()];
    let printed = service.reading("summary", &options).output().unwrap();
    assert_eq!(printed.status.code(), Some(0), "{}", String::from_utf8_lossy(&printed.stderr));
    let summary = serde_json::from_slice(&printed.stdout).unwrap();
    browser.show(width, scheme);
    browser.open(&file);
    Opened { browser, file, summary }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

impl Opened<'_> {
    /// The numbers at `key` of every entry of an array of the summary.
    fn numbers(&self, array: &str, key: &str) -> Vec<f64> {
        self.summary[array].as_array().unwrap().iter().map(|entry| entry[key].as_f64().unwrap()).collect()
    }

    /// One side of the boxes of all elements that a selector finds.
    fn sides(&self, selector: &str, side: &str) -> Vec<f64> {
        floats(&self.browser.run(&format!(
            "return [...document.querySelectorAll({selector:?})].map((found) => found.getBoundingClientRect().{side})"
        )))
    }

    /// A column of the table of types, from the top.
    fn column(&self, at: usize) -> Vec<String> {
        let cells = self.browser.run(&format!(
            "return [...document.querySelectorAll('#types-table tbody tr')].map((row) => row.cells[{at}].textContent)"
        ));
        cells.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
    }

    /// How the columns of the table of types are sorted, as assistive technology reads it.
    fn sorted(&self) -> Vec<(String, String)> {
        let heads = self.browser.run(
            "return [...document.querySelectorAll('#types-table th[aria-sort]')]
                .map((head) => [head.textContent, head.getAttribute('aria-sort')])
                .filter(([, sort]) => sort !== 'none')",
        );
        serde_json::from_value(heads).unwrap()
    }

    #[track_caller]
    fn is_quiet(&self) {
        assert_eq!(self.browser.console(), [json!(null); 0]);
    }
}

fn floats(array: &Value) -> Vec<f64> {
    array.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Every length is its number's share of the longest, to the pixel.
#[track_caller]
fn assert_in_proportion(lengths: &[f64], numbers: &[f64]) {
    assert_eq!(lengths.len(), numbers.len());
    let longest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let (length, number) = (longest(lengths), longest(numbers));
    assert!(length > 40.0 && number > 0.0, "{lengths:?}");
    for (one, part) in lengths.iter().zip(numbers) {
        assert!((one - part / number * length).abs() <= 1.5, "{one} for {part}, {length} for {number}");
    }
}

fn of_types(tasks: usize) -> Service {
    service(tasks, |builder| builder.mix(TYPES))
}

/// One browser for all of it: it takes longer to start than to look.
#[test]
fn the_page_in_a_browser() {
    let Some(browser) = Browser::start() else { return };
    for check in CHECKS {
        check(&browser);
    }
}

const CHECKS: [fn(&Browser); 8] = [
    the_charts_follow_the_numbers,
    a_heading_sorts_and_sorts_back,
    a_keyboard_sorts_too_and_the_days_have_a_heading_that_opens_them,
    phones_and_desks_see_all_of_it_in_light_and_in_dark,
    the_charts_are_drawn_again_for_another_width,
    what_strangers_write_is_text_and_nothing_else,
    the_page_loads_nothing_and_lets_nothing_else_run,
    an_empty_list_is_shown_without_charts,
];

fn the_charts_follow_the_numbers(browser: &Browser) {
    let service = of_types(9000);
    for width in [1440, 360] {
        let page = opened(browser, &service, width, "light");
        assert_in_proportion(&page.sides("#statuses-chart .bar", "width"), &page.numbers("statuses", "tasks"));
        assert_in_proportion(&page.sides("#types-chart .pieces", "width"), &page.numbers("types", "tasks"));
        let pieces: Vec<f64> = page.summary["types"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|of_type| of_type["statuses"].as_array().unwrap())
            .map(|of_status| of_status["tasks"].as_f64().unwrap())
            .collect();
        assert_in_proportion(&page.sides("#types-chart .bar", "width"), &pieces);
        // 9,000 tasks at one a minute are a week: a bar a day.
        assert_in_proportion(&page.sides("#days-chart .day", "height"), &page.numbers("days", "tasks"));
        let arcs = page.browser.run(
            "return [...document.querySelectorAll('#devices-chart .arc:not(.none)')]
                .map((arc) => arc.getTotalLength())",
        );
        let states = ["success", "fail", "fail_wait_retry", "processing", "waitting", "stopped", "removed"];
        let devices: Vec<f64> = states.iter().map(|state| page.summary["devices"][state].as_f64().unwrap()).collect();
        assert_in_proportion(&floats(&arcs), &devices);
        let names = page.browser.run(
            "return [...document.querySelectorAll('.chart svg')].map((chart) => {
                const [title, about] = chart.getAttribute('aria-labelledby').split(' ');
                return [chart.getAttribute('role'), document.getElementById(title).textContent,
                    document.getElementById(about).textContent.length > 10];
            })",
        );
        let rate = format!("Success rate {:.1}%", page.summary["success_rate"].as_f64().unwrap() * 100.0);
        let titles = ["Tasks per day", "Tasks by status", &rate, "Tasks by type and status"];
        assert_eq!(names, json!(titles.map(|title| json!(["img", title, true]))));
        page.is_quiet();
    }
}

fn a_heading_sorts_and_sorts_back(browser: &Browser) {
    let page = opened(browser, &of_types(2000), 1440, "light");
    let types = page.summary["types"].as_array().unwrap().clone();
    let names = |mut types: Vec<Value>, by: &dyn Fn(&Value) -> f64| -> Vec<String> {
        types.sort_by(|one, other| by(other).total_cmp(&by(one)));
        types.iter().map(|of_type| of_type["type"].as_str().unwrap().to_owned()).collect()
    };
    let tasks = |of_type: &Value| of_type["tasks"].as_f64().unwrap();
    let rate = |of_type: &Value| of_type["success_rate"].as_f64().unwrap();
    let failed = |of_type: &Value| {
        let statuses = of_type["statuses"].as_array().unwrap();
        statuses.iter().find(|of_status| of_status["status"] == "Fail").unwrap()["tasks"].as_f64().unwrap()
    };
    let is = |heading: &str, direction: &str| vec![(heading.to_owned(), direction.to_owned())];
    assert_eq!((page.column(0), page.sorted()), (names(types.clone(), &tasks), is("Tasks", "descending")));
    let click = |heading: &str| page.browser.click(&format!("//*[@id='types-table']//th/button[.='{heading}']"));
    for (heading, by) in [("Success rate", &rate as &dyn Fn(&Value) -> f64), ("Fail", &failed), ("Tasks", &tasks)] {
        let mut expected = names(types.clone(), by);
        click(heading);
        assert_eq!((page.column(0), page.sorted()), (expected.clone(), is(heading, "descending")));
        click(heading);
        expected.reverse();
        assert_eq!((page.column(0), page.sorted()), (expected, is(heading, "ascending")));
    }
    let mut by_name = TYPES.map(str::to_owned).to_vec();
    by_name.sort();
    click("Type");
    assert_eq!((page.column(0), page.sorted()), (by_name.clone(), is("Type", "ascending")));
    click("Type");
    by_name.reverse();
    assert_eq!((page.column(0), page.sorted()), (by_name, is("Type", "descending")));
    // The rows moved whole.
    let of_type = |name: &String| types.iter().find(|of_type| of_type["type"] == name.as_str()).unwrap();
    let shown: Vec<String> = page.column(0).iter().map(|name| tasks(of_type(name)).to_string()).collect();
    assert_eq!(page.column(1), shown);
    page.is_quiet();
}

fn a_keyboard_sorts_too_and_the_days_have_a_heading_that_opens_them(browser: &Browser) {
    let page = opened(browser, &of_types(4000), 360, "dark");
    page.browser.press_enter("//*[@id='types-table']//th/button[.='Type']");
    assert_eq!(page.sorted(), [("Type".to_owned(), "ascending".to_owned())]);
    page.browser.click("//summary");
    let days = page
        .browser
        .run("return [...document.querySelectorAll('#days-table tbody tr')].map((row) => row.cells[0].textContent)");
    let mut expected: Vec<Value> =
        page.summary["days"].as_array().unwrap().iter().map(|of_day| of_day["day"].clone()).collect();
    expected.reverse();
    assert_eq!(days, json!(expected));
    page.is_quiet();
}

fn phones_and_desks_see_all_of_it_in_light_and_in_dark(browser: &Browser) {
    let service = of_types(3000);
    let page = opened(browser, &service, 1440, "light");
    let mut grounds = Vec::new();
    for width in [360, 1440] {
        for scheme in ["light", "dark"] {
            page.browser.show(width, scheme);
            page.browser.open(&page.file);
            let sizes = page.browser.run("return [innerWidth, document.scrollingElement.scrollWidth]");
            let sizes = floats(&sizes);
            assert!(sizes[0] == f64::from(width) && sizes[1] <= sizes[0], "{sizes:?}");
            for side in page.sides(".chart svg, .card, #tiles div, h1", "right") {
                assert!(side <= f64::from(width), "{side} at {width}");
            }
            assert!(page.sides(".chart svg", "width").iter().all(|wide| *wide >= 150.0));
            let colours = page.browser.run(
                "const shown = getComputedStyle(document.body);
                 return [shown.backgroundColor, shown.color]
                     .map((colour) => colour.match(/[0-9]+/g).map(Number).reduce((sum, part) => sum + part))",
            );
            let colours = floats(&colours);
            // Of 765: one is near white, the other near black.
            assert!((colours[0] - colours[1]).abs() > 500.0, "{colours:?}");
            grounds.push(colours[0]);
            page.is_quiet();
        }
    }
    assert!(grounds[0] > 600.0 && grounds[1] < 150.0, "{grounds:?}");
    assert_eq!(grounds[..2], grounds[2..]);
}

fn the_charts_are_drawn_again_for_another_width(browser: &Browser) {
    let page = opened(browser, &of_types(500), 1440, "light");
    let wide = page.sides("#types-chart svg", "width")[0];
    page.browser.show(360, "light");
    let narrow = page.browser.wait_for(
        "const look = () => {
            const chart = document.querySelector('#types-chart svg').getBoundingClientRect();
            if (chart.right <= 360) done(chart.width); else requestAnimationFrame(look);
         };
         look()",
    );
    assert!(wide > 1000.0 && (200.0..360.0).contains(&narrow.as_f64().unwrap()), "{wide} {narrow}");
    page.is_quiet();
}

fn what_strangers_write_is_text_and_nothing_else(browser: &Browser) {
    let service = of_types(60);
    let task = |task_type: &str, status: &str| {
        let record = json!({"task_name": TRAP, "task_type": task_type, "status": status, "create_time": ""});
        let record = record.to_string();
        move |id: &str| record.replacen('{', &format!(r#"{{"task_id":"{id}","#), 1)
    };
    let long = "a name without an end 批量升级华东水表固件".repeat(20);
    let names = [TRAP, "{{script}}", "__proto__", "constructor", &long, "&lt;b&gt;"];
    for (place, name) in names.into_iter().enumerate() {
        service.rewrite(place, task(name, name));
    }
    let page = opened(browser, &service, 360, "light");
    let seen = page.browser.run(
        "return [document.title, document.images.length, document.scripts.length,
            document.scrollingElement.scrollWidth <= innerWidth]",
    );
    assert_eq!(seen, json!(["Batch tasks: summary", 0, 2, true]));
    let types = page.column(0);
    for name in names {
        assert!(types.iter().any(|shown| shown == name), "{name}");
    }
    assert_eq!(page.sides("#types-chart .pieces", "width").len(), names.len() + TYPES.len());
    page.is_quiet();
}

fn the_page_loads_nothing_and_lets_nothing_else_run(browser: &Browser) {
    let page = opened(browser, &of_types(60), 360, "light");
    assert_eq!(page.browser.run("return performance.getEntriesByType('resource').map(({ name }) => name)"), json!([]));
    page.is_quiet();

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let refused = page.browser.wait_for(&format!(
        "const image = new Image();
         image.onload = () => done('loaded');
         image.onerror = () => fetch('http://{address}/').then(() => done('fetched'), () => {{
             const script = document.createElement('script');
             script.textContent = 'document.title = \"ran\"';
             document.body.append(script);
             done(document.title);
         }});
         image.src = 'http://{address}/image.png'"
    ));
    assert_eq!(refused, "Batch tasks: summary");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    // That was the policy's doing.
    let messages = page.browser.console();
    assert!(
        messages.len() >= 3 && messages.iter().all(|line| line.to_string().contains("Content Security Policy")),
        "{messages:?}"
    );
}

fn an_empty_list_is_shown_without_charts(browser: &Browser) {
    let page = opened(browser, &of_types(0), 360, "light");
    let seen = page.browser.run(
        "return [document.getElementById('notices').textContent, document.querySelectorAll('svg').length,
            document.getElementById('cards').getBoundingClientRect().height]",
    );
    assert_eq!(seen, json!(["There are no tasks.", 0, 0]));
    page.is_quiet();
}
