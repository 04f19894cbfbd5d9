//! A browser of one test, spoken to as the WebDriver protocol has it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tokio::runtime::Runtime;

const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

pub(crate) struct Browser {
    runtime: Runtime,
    http: reqwest::Client,
    driver: Child,
    /// Where the driver answers, and in it the session, once there is one.
    driver_url: String,
    session: Option<String>,
    /// For everything that the browser writes.
    folder: PathBuf,
}

impl Browser {
    /// `None` where there is no browser, which is reported.
    pub(crate) fn start() -> Option<Self> {
        let skipped = |what: &str| {
            // Written past the macros, which a test's harness keeps to itself.
            let text = format!("SKIPPED: {what} is not here, so the page was not checked; .ci/browser installs it\n");
            std::io::stderr().write_all(text.as_bytes()).unwrap();
        };
        let folder = std::env::temp_dir().join(format!("batchtasks-browser-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new("chromedriver");
        command.env("TMPDIR", &folder);
        let Ok(mut driver) = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
            let _ = std::fs::remove_dir(&folder);
            skipped("chromedriver");
            return None;
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let mut browser = Self {
            runtime: Runtime::new().unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            driver,
            driver_url: format!("http://127.0.0.1:{}", port.unwrap_or_default()),
            session: None,
            folder,
        };
        let profile = format!("--user-data-dir={}", browser.folder.join("profile").display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let url = format!("{}/session", browser.driver_url);
        match browser.send("POST", &url, json!({"capabilities": {"alwaysMatch": wanted}})) {
            Ok(session) => {
                browser.session = Some(format!("{url}/{}", session["sessionId"].as_str().unwrap()));
                Some(browser)
            }
            Err(error) if error.contains("cannot find Chrome binary") => {
                skipped("chromium");
                None
            }
            Err(error) => panic!("the browser does not start: {error}"),
        }
    }

    fn send(&self, method: &str, url: &str, body: Value) -> Result<Value, String> {
        let request = self.http.request(method.parse().unwrap(), url);
        let request = if method == "POST" { request.body(body.to_string()) } else { request };
        let answer = async { request.send().await?.text().await };
        let answer = self.runtime.block_on(answer).map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
        match answer["value"]["error"].as_str() {
            Some(_) => Err(answer["value"]["message"].to_string()),
            None => Ok(answer["value"].clone()),
        }
    }

    #[track_caller]
    fn ask(&self, command: &str, body: Value) -> Value {
        self.send("POST", &format!("{}/{command}", self.session.as_ref().unwrap()), body).unwrap()
    }

    fn devtools(&self, command: &str, parameters: Value) {
        self.ask("goog/cdp/execute", json!({"cmd": command, "params": parameters}));
    }

    /// Makes the window so wide, in CSS pixels, and light or dark.
    pub(crate) fn show(&self, width: u32, scheme: &str) {
        let is_phone = width < 700;
        let metrics = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": is_phone});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features);
    }

    pub(crate) fn open(&self, file: &Path) {
        self.ask("url", json!({"url": format!("file://{}", file.display())}));
    }

    /// What a function body in the page returns.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> Value {
        self.ask("execute/sync", json!({"script": script, "args": []}))
    }

    /// What a function body in the page hands to `done`.
    #[track_caller]
    pub(crate) fn wait_for(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        self.ask("execute/async", json!({"script": script, "args": []}))
    }

    /// Clicks as a mouse does: what is covered or not in sight cannot be clicked.
    #[track_caller]
    pub(crate) fn click(&self, xpath: &str) {
        self.ask(&format!("element/{}/click", self.element(xpath)), json!({}));
    }

    /// Presses the key while the element has the focus.
    #[track_caller]
    pub(crate) fn press_enter(&self, xpath: &str) {
        self.ask(&format!("element/{}/value", self.element(xpath)), json!({"text": "\u{e007}"}));
    }

    #[track_caller]
    fn element(&self, xpath: &str) -> String {
        let element = self.ask("element", json!({"using": "xpath", "value": xpath}));
        element.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    /// What the console has shown since it was asked last.
    #[track_caller]
    pub(crate) fn console(&self) -> Vec<Value> {
        self.ask("se/log", json!({"type": "browser"})).as_array().unwrap().clone()
    }
}

/// The browser ends with its session; the driver is ended at any rate.
impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let _ = self.send("DELETE", &session, json!(null));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
