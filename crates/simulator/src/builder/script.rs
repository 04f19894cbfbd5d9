//! Options for what happens during a scan: edits, faults and the quota.

use std::time::Duration;

use super::SimulatorBuilder;
use crate::fault::Fault;
use crate::list::List;
use crate::log::SeenRequest;
use crate::quota::Quota;
use crate::rows::RowList;
use crate::settings::QuotaHeaders;

impl SimulatorBuilder {
    /// Runs `edit` before each request is decided on, with the request's number, counted from 1. The edits and the
    /// page that follows are one step: no other request comes between them. Hooks run in the order they were added.
    pub fn before_each(mut self, edit: impl FnMut(u64, &mut List) + Send + 'static) -> Self {
        self.script.hooks.push(Box::new(edit));
        self
    }

    /// As [`before_each`](Self::before_each), for the sibling list that is [added](Self::list) at `path`.
    pub fn before_each_of(
        mut self,
        path: impl Into<String>,
        edit: impl FnMut(u64, &mut RowList) + Send + 'static,
    ) -> Self {
        self.script.row_hooks.push((path.into(), Box::new(edit)));
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
        self.script.quota = Some(Quota::bucket(requests, per));
        self
    }

    /// As [`quota`](Self::quota), counted in fixed windows: `requests` in each `per`, all at once if need be.
    pub fn quota_window(mut self, requests: u32, per: Duration) -> Self {
        self.script.quota = Some(Quota::window(requests, per));
        self
    }

    /// States the quota in the text of its refusals, as captured: `... over ratelimit,limit:100,time:1 second`.
    pub fn quota_in_text(mut self) -> Self {
        self.settings.quota_in_text = true;
        self
    }

    /// States the quota in the header `X-Apig-RateLimit-user` of every answer that it counted.
    pub fn quota_in_headers(mut self) -> Self {
        self.settings.quota_in_headers = QuotaHeaders::Always;
        self
    }

    /// As [`quota_in_headers`](Self::quota_in_headers), where the request carries `X-Apig-Mode: debug`.
    pub fn quota_in_headers_if_asked(mut self) -> Self {
        self.settings.quota_in_headers = QuotaHeaders::IfAsked;
        self
    }

    /// Adds a `Retry-After` header to what is over the quota: seconds, or a date.
    pub fn quota_retry_after(mut self, retry_after: impl Into<String>) -> Self {
        self.settings.retry_after = Some(retry_after.into());
        self
    }

    /// Refuses what is over the quota with 403 `IOTDA.021101` instead, as the service does with some of its limits.
    pub fn quota_as_forbidden(mut self) -> Self {
        self.settings.quota_as_forbidden = true;
        self
    }

    fn before_every(self, requests: u64, mut edit: impl FnMut(&mut List) + Send + 'static) -> Self {
        self.before_each(move |number, list| {
            if requests > 0 && number % requests == 0 {
                edit(list);
            }
        })
    }
}
