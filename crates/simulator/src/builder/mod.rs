//! Options of a simulator, one method each.

mod credentials;
mod script;

use std::fmt;
use std::io;
use std::time::Duration;

use super::auth::Policy;
use super::forms::{CountForm, MarkerFault, MarkerForm, Markers};
use super::generator::{Plan, Spread};
use super::rows::RowList;
use super::service::Script;
use super::settings::{ForeignMarkers, Settings};
use super::simulator::Simulator;
use super::task_ids::TaskIds;

/// Makes a [`Simulator`]. Without a call it has no task, no latency and no fault, and takes any credentials.
#[must_use = "a builder starts nothing until start() is called"]
pub struct SimulatorBuilder {
    pub(super) plan: Plan,
    pub(super) lists: Vec<RowList>,
    pub(super) settings: Settings,
    pub(super) policy: Policy,
    pub(super) script: Script,
    pub(super) port: u16,
    pub(super) records_history: bool,
}

impl SimulatorBuilder {
    pub(super) fn new() -> Self {
        let plan = Plan {
            tasks: 0,
            seed: 0,
            task_types: vec!["softwareUpgrade".to_owned()],
            app_ids: ["app_A-1", "app_B-2", "app_C-3"].map(str::to_owned).into(),
            spread: Spread::Even,
            targets: None,
            task_ids: TaskIds::InOrder,
            machines: 1,
        };
        let (settings, policy, script) = (Settings::default(), Policy::default(), Script::default());
        Self { plan, lists: Vec::new(), settings, policy, script, port: 0, records_history: false }
    }

    /// How many tasks there are at the start; 0 by default. A million takes about a second and 60 MB.
    pub fn tasks(mut self, tasks: usize) -> Self {
        self.plan.tasks = tasks;
        self
    }

    /// Adds a sibling list. It replaces one that is at that path already.
    ///
    /// Latency, quota, caps, forms and faults are those of the tasks.
    pub fn list(mut self, list: RowList) -> Self {
        self.lists.push(list);
        self
    }

    /// What everything random follows from: the tasks, the edits, the jitter and the faults; 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// Makes all tasks of one type; `softwareUpgrade` by default. Any word will do.
    pub fn only(self, task_type: impl Into<String>) -> Self {
        self.mix([task_type.into()])
    }

    /// Makes tasks of these types, about as many of each; [`TASK_TYPES`](super::TASK_TYPES) are all there are. An
    /// empty list of types changes nothing.
    pub fn mix<T: Into<String>>(mut self, task_types: impl IntoIterator<Item = T>) -> Self {
        let task_types: Vec<String> = task_types.into_iter().map(Into::into).collect();
        if !task_types.is_empty() {
            self.plan.task_types = task_types;
        }
        self
    }

    /// The resource spaces that exist, about as many tasks in each; `app_A-1`, `app_B-2` and `app_C-3` by default.
    /// Filtering by another one is refused with 403 `IOTDA.001000`. An empty list changes nothing.
    pub fn app_ids<T: Into<String>>(mut self, app_ids: impl IntoIterator<Item = T>) -> Self {
        let app_ids: Vec<String> = app_ids.into_iter().map(Into::into).collect();
        if !app_ids.is_empty() {
            self.plan.app_ids = app_ids;
        }
        self
    }

    /// How the tasks lie in time; [`Spread::Even`] by default.
    pub fn spread(mut self, spread: Spread) -> Self {
        self.plan.spread = spread;
        self
    }

    /// How many targets every task names; by default 1 to 19, which makes records of about 950 bytes.
    pub fn targets_per_task(mut self, targets: usize) -> Self {
        self.plan.targets = Some(targets);
        self
    }

    /// How long an answer takes from the arrival of its request; nothing by default. The page is read when the
    /// request arrives.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// What comes on top of the latency at most; how much of it, the seed says.
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.settings.jitter = jitter;
        self
    }

    /// Returns at most so many records a page, whatever `limit` says.
    pub fn page_cap(mut self, records: usize) -> Self {
        self.settings.list_rules.page_cap.records = Some(records);
        self
    }

    /// Ends a page before the record that would take its records above so many bytes; each page holds one record at
    /// least. So pages vary in length.
    pub fn page_cap_bytes(mut self, bytes: usize) -> Self {
        self.settings.list_rules.page_cap.bytes = Some(bytes);
        self
    }

    /// The form of `page.count`; [`CountForm::Total`] by default.
    pub fn count(mut self, form: CountForm) -> Self {
        self.settings.list_rules.forms.count = form;
        self
    }

    /// The form of `page.marker` in a page with records after which there are none;
    /// [`MarkerForm::Normal`] by default.
    pub fn last_page_marker(mut self, form: MarkerForm) -> Self {
        self.settings.list_rules.forms.last_page = form;
        self
    }

    /// The form of `page.marker` in a page without records; absent by default.
    pub fn empty_page_marker(mut self, form: MarkerForm) -> Self {
        self.settings.list_rules.forms.empty_page = form;
        self
    }

    /// Hands out markers that break the paging rule.
    pub fn marker_fault(mut self, fault: MarkerFault) -> Self {
        self.settings.list_rules.forms.fault = Some(fault);
        self
    }

    /// Answers this text, such as `{}`, instead of a page without records.
    pub fn empty_page_body(mut self, body: impl Into<String>) -> Self {
        self.settings.list_rules.empty_page = Some(body.into());
        self
    }

    /// What the markers are; [`Markers::TaskIds`] by default.
    ///
    /// A distance between record and marker applies to the other lists too.
    pub fn markers(mut self, markers: Markers) -> Self {
        self.settings.list_rules.forms.markers = markers;
        self
    }

    /// [`Markers::FourDaysAbove`], as in the vendor's sample response.
    pub fn opaque_markers(self) -> Self {
        self.markers(Markers::FourDaysAbove)
    }

    /// How the ids of tasks lie in the list; [`TaskIds::InOrder`] by default.
    pub fn task_ids(mut self, task_ids: TaskIds) -> Self {
        self.plan.task_ids = task_ids;
        self
    }

    /// How many machines create tasks, 1 by default. The ids of several do not rise with each task within a second, so
    /// that a created task can lie below the head of the list. [`Spread::Uneven`] has many tasks a second.
    pub fn machines(mut self, machines: usize) -> Self {
        self.plan.machines = machines;
        self
    }

    /// Refuses markers that were not handed out, with 400 `IOTDA.000018`. The documented default stays allowed.
    pub fn refuse_foreign_markers(mut self) -> Self {
        self.settings.foreign_markers = ForeignMarkers::Refused;
        self
    }

    /// Answers markers that were not handed out with a page that holds and counts nothing. The documented default stays
    /// allowed.
    pub fn ignore_foreign_markers(mut self) -> Self {
        self.settings.foreign_markers = ForeignMarkers::AnsweredEmpty;
        self
    }

    /// Leaves out `GET /batchtasks/{task_id}`: it is answered as an unknown path is, 404 `APIGW.0101`.
    pub fn without_task_details(mut self) -> Self {
        self.settings.list_rules.no_details = true;
        self
    }

    /// Types that this service does not know and refuses with 400 `IOTDA.000006`, as an older one does.
    pub fn unknown_task_types<T: Into<String>>(mut self, task_types: impl IntoIterator<Item = T>) -> Self {
        self.settings.list_rules.unknown_types = task_types.into_iter().map(Into::into).collect();
        self
    }

    /// Answers only requests with this `Instance-Id`, as a standard or enterprise instance does.
    pub fn instance_id(mut self, instance_id: impl Into<String>) -> Self {
        self.settings.instance_id = Some(instance_id.into());
        self
    }

    /// Sets the service's clock this many seconds ahead of the system's, or behind it. It shows in the `Date` header and
    /// decides which tokens and signatures have expired.
    pub fn clock_ahead(mut self, seconds: i64) -> Self {
        self.settings.clock_ahead = seconds;
        self
    }

    /// Records what is in the lists at every answer, for [`Simulator::history`]: about 150 bytes for each task, each edit
    /// and each request.
    pub fn record_history(mut self) -> Self {
        self.records_history = true;
        self
    }

    /// Listens on this port of the loopback address; on any free one by default.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Makes the tasks and starts to listen. The simulator runs on the current tokio runtime.
    ///
    /// # Errors
    /// When the port is not available.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn start(self) -> io::Result<Simulator> {
        Simulator::start(self).await
    }
}

impl fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorBuilder")
            .field("plan", &self.plan)
            .field("lists", &self.lists)
            .field("settings", &self.settings)
            .field("policy", &self.policy)
            .field("port", &self.port)
            .field("records_history", &self.records_history)
            .finish_non_exhaustive()
    }
}
