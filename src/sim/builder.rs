//! How a simulator is to be: one method a knob. Knows the parts by their settings only.

use std::fmt;
use std::io;
use std::time::Duration;

use super::fault::Fault;
use super::forms::{CountForm, MarkerFault, MarkerForm};
use super::generator::{Plan, Spread};
use super::list::List;
use super::log::SeenRequest;
use super::quota::Quota;
use super::service::{Script, Settings};
use super::simulator::Simulator;

/// Makes a [`Simulator`]. Without a call it has no task, no latency and no fault, and takes any credentials.
#[must_use = "a builder starts nothing until start() is called"]
pub struct SimulatorBuilder {
    pub(super) plan: Plan,
    pub(super) settings: Settings,
    pub(super) script: Script,
    pub(super) port: u16,
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
        };
        Self { plan, settings: Settings::default(), script: Script::default(), port: 0 }
    }

    /// How many tasks there are at the start; 0 unless told. A million takes about a second and 60 MB.
    pub fn tasks(mut self, tasks: usize) -> Self {
        self.plan.tasks = tasks;
        self
    }

    /// What everything random follows from: the tasks, the edits, the jitter and the faults; 0 unless told.
    pub fn seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// Makes all tasks of one type; `softwareUpgrade` unless told. Any word will do.
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

    /// The resource spaces that exist, about as many tasks in each; `app_A-1`, `app_B-2` and `app_C-3` unless told.
    /// Filtering by another one is refused with 403 `IOTDA.001000`. An empty list changes nothing.
    pub fn app_ids<T: Into<String>>(mut self, app_ids: impl IntoIterator<Item = T>) -> Self {
        let app_ids: Vec<String> = app_ids.into_iter().map(Into::into).collect();
        if !app_ids.is_empty() {
            self.plan.app_ids = app_ids;
        }
        self
    }

    /// How the tasks lie in time; [`Spread::Even`] unless told.
    pub fn spread(mut self, spread: Spread) -> Self {
        self.plan.spread = spread;
        self
    }

    /// How many targets every task names; unless told, 1 to 19, which makes records of about 950 bytes.
    pub fn targets_per_task(mut self, targets: usize) -> Self {
        self.plan.targets = Some(targets);
        self
    }

    /// How long an answer takes from the arrival of its request; nothing unless told. The page is read when the
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
        self.settings.manners.page_cap = Some(records);
        self
    }

    /// The form of `page.count`; [`CountForm::Total`] unless told.
    pub fn count(mut self, form: CountForm) -> Self {
        self.settings.manners.forms.count = form;
        self
    }

    /// The form of `page.marker` in a page with records behind which there are none;
    /// [`MarkerForm::Normal`] unless told.
    pub fn last_page_marker(mut self, form: MarkerForm) -> Self {
        self.settings.manners.forms.last_page = form;
        self
    }

    /// The form of `page.marker` in a page without records; absent unless told.
    pub fn empty_page_marker(mut self, form: MarkerForm) -> Self {
        self.settings.manners.forms.empty_page = form;
        self
    }

    /// Hands out markers that break the paging rule.
    pub fn marker_fault(mut self, fault: MarkerFault) -> Self {
        self.settings.manners.forms.fault = Some(fault);
        self
    }

    /// Makes markers that are no task ids but some distance above them, in the same order, as in the vendor's sample.
    pub fn opaque_markers(mut self) -> Self {
        self.settings.manners.forms.opaque = true;
        self
    }

    /// Refuses markers that were not handed out, with 400 `IOTDA.000018`. The documented default stays allowed.
    pub fn refuse_foreign_markers(mut self) -> Self {
        self.settings.refuse_foreign_markers = true;
        self
    }

    /// Types that this service does not know and refuses with 400 `IOTDA.000006`, as an older one does.
    pub fn unknown_task_types<T: Into<String>>(mut self, task_types: impl IntoIterator<Item = T>) -> Self {
        self.settings.manners.unknown_types = task_types.into_iter().map(Into::into).collect();
        self
    }

    /// Answers only requests with this `Instance-Id`, as a standard or enterprise instance does.
    pub fn instance_id(mut self, instance_id: impl Into<String>) -> Self {
        self.settings.instance_id = Some(instance_id.into());
        self
    }

    /// Runs `edit` before each request is decided on, with the request's number, counted from 1. The edits and the
    /// page that follows are one step: no other request comes between them. Hooks run in the order they were added.
    pub fn before_each(mut self, edit: impl FnMut(u64, &mut List) + Send + 'static) -> Self {
        self.script.hooks.push(Box::new(edit));
        self
    }

    /// Deletes some task, as the seed has it, before each `requests`-th request. 0 means never.
    pub fn delete_every(self, requests: u64) -> Self {
        self.before_every(requests, |list| {
            if let Some(id) = list.any() {
                list.delete(&id);
            }
        })
    }

    /// Creates a task before each `requests`-th request, of the type of some other task. 0 means never.
    pub fn create_every(self, requests: u64) -> Self {
        self.before_every(requests, |list| {
            if let Some(task) = list.any().and_then(|id| list.task(&id)) {
                list.create(&task.task_type);
            }
        })
    }

    /// Moves some task to some status, as the seed has it, before each `requests`-th request. 0 means never.
    pub fn set_status_every(self, requests: u64) -> Self {
        self.before_every(requests, |list| {
            if let Some(id) = list.any() {
                let status = list.any_status();
                list.set_status(&id, status);
            }
        })
    }

    /// Spoils one request, by its number, counted from 1.
    pub fn fault_at(mut self, number: u64, fault: Fault) -> Self {
        self.script.faults.at.insert(number, fault);
        self
    }

    /// Spoils the requests for which `choose` names a fault. The request has no answer yet.
    pub fn fault_when(mut self, choose: impl FnMut(&SeenRequest) -> Option<Fault> + Send + 'static) -> Self {
        self.script.faults.rules.push(Box::new(choose));
        self
    }

    /// Spoils each request with `probability`, 0.0 to 1.0, as the seed has it. May be called for several faults.
    pub fn faults(mut self, probability: f64, fault: Fault) -> Self {
        self.script.faults.chances.push((probability, fault));
        self
    }

    /// Lets through `requests` at once and as many again over each `per`; what is over is refused with 429
    /// `APIGW.0308`.
    pub fn quota(mut self, requests: u32, per: Duration) -> Self {
        self.script.quota = Some(Quota::new(requests, per));
        self
    }

    /// Adds a `Retry-After` header to what is over the quota: seconds, or a date.
    pub fn quota_retry_after(mut self, retry_after: impl Into<String>) -> Self {
        self.settings.retry_after = Some(retry_after.into());
        self
    }

    /// Listens on this port of the loopback address; on any free one unless told.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    fn before_every(self, requests: u64, mut edit: impl FnMut(&mut List) + Send + 'static) -> Self {
        self.before_each(move |number, list| {
            if requests > 0 && number % requests == 0 {
                edit(list);
            }
        })
    }

    /// Makes the tasks and starts to listen. The simulator runs on the current tokio runtime.
    ///
    /// # Errors
    /// When the port cannot be had.
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
            .field("settings", &self.settings)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
