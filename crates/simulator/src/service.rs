//! From a request to its outcome, in one step.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{ALLOW, HeaderName};
use hyper::{HeaderMap, Method, StatusCode, Uri};
use tokio::time::Instant;

use super::answer::{Answer, Outcome};
use super::auth::{Claim, Gate};
use super::clock::{Clock, http_date};
use super::details;
use super::fault::{self, Faults};
use super::history::{AnswerOutcome, Recorder};
use super::id::RecordId;
use super::list::{self, List};
use super::log::SeenRequest;
use super::marker::Spelling;
use super::query::{self, Query};
use super::quota::Quota;
use super::random::Random;
use super::refusal::Refusal;
use super::rows::{self, RowList};
use super::settings::{ForeignMarkers, QuotaHeaders, Settings};
use super::tasks;

pub(super) type Hook = Box<dyn FnMut(u64, &mut List) + Send>;
pub(super) type RowHook = Box<dyn FnMut(u64, &mut RowList) + Send>;

/// A request that was read to its end.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) arrived: Instant,
}

/// The outcome of a request, and how long after its arrival it is due.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) outcome: Outcome,
    pub(super) delay: Duration,
    pub(super) request_id: String,
    pub(super) date: String,
}

pub(super) struct Service {
    settings: Settings,
    clock: Clock,
    recorder: Recorder,
    state: Mutex<State>,
}

/// State between requests.
struct State {
    script: Script,
    gate: Gate,
    list: List,
    /// The sibling lists, by their paths.
    row_lists: BTreeMap<String, RowList>,
    random: Random,
    requests: u64,
    iam_requests: u64,
    issued_markers: HashSet<RecordId>,
}

/// Edits, faults and the quota.
#[derive(Default)]
pub(super) struct Script {
    pub(super) hooks: Vec<Hook>,
    /// For the sibling lists, by their paths.
    pub(super) row_hooks: Vec<(String, RowHook)>,
    pub(super) faults: Faults,
    pub(super) iam_faults: Faults,
    pub(super) quota: Option<Quota>,
}

impl Service {
    pub(super) fn new(
        settings: Settings,
        lists: (List, Vec<RowList>),
        gate: Gate,
        script: Script,
        recorder: Recorder,
        seed: u64,
    ) -> Self {
        let (list, rows) = lists;
        let row_lists = rows.into_iter().map(|list| (list.path().to_owned(), list)).collect();
        let random = Random::new(seed);
        let issued_markers = HashSet::new();
        let state = State { script, gate, list, row_lists, random, requests: 0, iam_requests: 0, issued_markers };
        Self { clock: Clock::ahead(settings.clock_ahead), settings, recorder, state: Mutex::new(state) }
    }

    pub(super) fn edit<R>(&self, edit: impl FnOnce(&mut List) -> R) -> R {
        edit(&mut self.state().list)
    }

    /// `None` where there is no list at `path`.
    pub(super) fn edit_rows<R>(&self, path: &str, edit: impl FnOnce(&mut RowList) -> R) -> Option<R> {
        self.state().row_lists.get_mut(path).map(edit)
    }

    pub(super) fn set_faults(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.state().script.faults);
    }

    pub(super) fn tokens_issued(&self) -> u64 {
        self.state().gate.tokens_issued()
    }

    pub(super) fn revoke_tokens(&self) {
        self.state().gate.revoke_tokens();
    }

    /// Decides on a request at once, so that edits, rules and answers have one order. `enter` is called with the
    /// requests in that order.
    pub(super) fn decide<E>(&self, request: &Request, enter: impl FnOnce(SeenRequest) -> E) -> (E, Decision) {
        let state = &mut *self.state();
        let asked = Query::parse(request.uri.query().unwrap_or_default());
        let now = self.clock.at(request.arrived);
        let path = request.uri.path();
        let claim =
            Claim { method: &request.method, path, query: &asked, headers: &request.headers, body: &request.body, now };
        let is_for_iam = path.starts_with("/v3/");
        let (counter, faults) = match is_for_iam {
            true => (&mut state.iam_requests, &mut state.script.iam_faults),
            false => (&mut state.requests, &mut state.script.faults),
        };
        *counter += 1;
        let number = *counter;
        let mut seen = SeenRequest::new(number, request.method.as_str(), path, asked.clone(), request.headers.clone());
        let fault = faults.choose(&seen, &mut state.random);
        seen.fault.clone_from(&fault);
        let entered = enter(seen);

        let request_id = format!("{:016x}{:016x}", state.random.next(), state.random.next());
        let mut delay = self.settings.latency + part_of(self.settings.jitter, &mut state.random);
        let answer = if is_for_iam {
            state.gate.iam(&claim, &mut state.random).ok_or_else(not_found)
        } else {
            for hook in &mut state.script.hooks {
                hook(number, &mut state.list);
            }
            for (path, hook) in &mut state.script.row_hooks {
                state.row_lists.get_mut(path).into_iter().for_each(|list| hook(number, list));
            }
            self.answer(state, request, &claim, &request_id)
        };
        let answer = answer.unwrap_or_else(|refusal| Answer::refused(&refusal, &request_id));
        if let Some(listed) = below_project(path) {
            let outcome = AnswerOutcome::of(answer.status, fault.as_ref());
            let filter = || state.filter(listed, &asked);
            self.recorder.answer(number, request.arrived, listed, filter, &asked, outcome);
        }
        let outcome = match fault {
            None => Outcome::Answer(Box::new(answer)),
            Some(fault) => {
                delay += fault.delay();
                let list = state.row_lists.get(below_project(path).unwrap_or_default());
                fault.apply(answer, list.map_or("batchtasks", RowList::name), &request_id)
            }
        };
        (entered, Decision { outcome, delay, request_id, date: http_date(now) })
    }

    fn answer(
        &self,
        state: &mut State,
        request: &Request,
        claim: &Claim<'_>,
        request_id: &str,
    ) -> Result<Answer, Refusal> {
        state.gate.check(claim)?;
        let Some(quota) = &mut state.script.quota else {
            return self.route(state, request, claim.query, request_id);
        };
        let passes = quota.lets_through(request.arrived);
        let in_header = match self.settings.quota_in_headers {
            QuotaHeaders::Never => false,
            QuotaHeaders::Always => true,
            QuotaHeaders::IfAsked => request.headers.get("x-apig-mode").is_some_and(|mode| mode == "debug"),
        };
        let in_header = in_header.then(|| quota.stated_with_rest());
        let in_text = self.settings.quota_in_text.then(|| quota.stated());
        let answer = if passes {
            self.route(state, request, claim.query, request_id)
                .unwrap_or_else(|refusal| Answer::refused(&refusal, request_id))
        } else {
            let over_quota = if self.settings.quota_as_forbidden { fault::rate_limited } else { fault::throttled };
            over_quota(self.settings.retry_after.as_deref(), in_text.as_deref(), request_id)
        };
        Ok(match in_header {
            Some(quota) => answer.with(HeaderName::from_static("x-apig-ratelimit-user"), quota),
            None => answer,
        })
    }

    fn route(&self, state: &mut State, request: &Request, asked: &Query, request_id: &str) -> Result<Answer, Refusal> {
        let path = request.uri.path();
        let Some(listed) = below_project(path) else { return Err(not_found()) };
        let is_of_tasks = |task: &str| !task.is_empty() && !task.contains('/');
        let task_id = match listed.strip_prefix("batchtasks") {
            _ if state.row_lists.contains_key(listed) => None,
            Some("") => None,
            Some(_) if self.settings.list_rules.no_details => return Err(not_found()),
            Some(rest) => Some(rest.strip_prefix('/').filter(|task| is_of_tasks(task)).ok_or_else(not_found)?),
            None => return Err(not_found()),
        };
        if request.method != Method::GET {
            return Ok(not_allowed(request_id));
        }
        self.check_ids(path.split('/').nth(3).unwrap_or_default(), &request.headers)?;
        self.page(state, listed, task_id, asked)
    }

    /// A page of one of the lists.
    fn page(&self, state: &mut State, path: &str, task_id: Option<&str>, asked: &Query) -> Result<Answer, Refusal> {
        let list_rules = &self.settings.list_rules;
        let rows = state.row_lists.get(path);
        let spelling = rows.map_or(Spelling::Hexadecimal, RowList::spelling);
        match foreign_marker(asked, spelling, &state.issued_markers) {
            Some(marker) if self.settings.foreign_markers == ForeignMarkers::Refused => {
                return Err(query::marker_refusal(marker));
            }
            Some(_) if self.settings.foreign_markers == ForeignMarkers::AnsweredEmpty => {
                let name = rows.map_or("batchtasks", RowList::name);
                let body = format!("{{{}:[],\"page\":{{\"count\":0}}}}", serde_json::Value::from(name));
                return Ok(Answer::json(StatusCode::OK, vec![body.into()]));
            }
            _ => {}
        }
        let (pieces, issued_marker) = match (rows, task_id) {
            (Some(rows), _) => rows::page(rows, list_rules, asked),
            (None, None) => tasks::page(&state.list, list_rules, asked),
            (None, Some(task_id)) => details::page(&state.list, list_rules, task_id, asked),
        }?;
        if self.settings.foreign_markers != ForeignMarkers::Taken {
            state.issued_markers.extend(issued_marker);
        }
        Ok(Answer::json(StatusCode::OK, pieces))
    }

    fn check_ids(&self, project_id: &str, headers: &HeaderMap) -> Result<(), Refusal> {
        if !query::is_project_id(project_id) {
            return Err(Refusal::invalid(format!("The project_id {project_id} must match ^[a-fA-F0-9]{{1,32}}$.")));
        }
        let given = headers.get("instance-id").map(|value| value.to_str().unwrap_or_default());
        if let Some(given) = given.filter(|given| !query::is_instance_id(given)) {
            return Err(Refusal::invalid(format!("The Instance-Id {given} is no instance id.")));
        }
        match &self.settings.instance_id {
            Some(own) if given != Some(own) => Err(Refusal::invalid("The Instance-Id names no instance of yours.")),
            _ => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What a request for a page chooses records by; `None` where there is no list.
    fn filter(&self, listed: &str, asked: &Query) -> Option<BTreeMap<String, String>> {
        match self.row_lists.get(listed) {
            Some(rows) => Some(rows::filters(rows, asked)),
            None => (listed == list::PATH).then(|| list::filters(asked)),
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Which list of a project a path leads to.
fn below_project(path: &str) -> Option<&str> {
    let (project_id, listed) = path.strip_prefix("/v5/iot/")?.split_once('/')?;
    (!project_id.is_empty()).then_some(listed)
}

/// The marker of a request, if it is one that was not handed out.
fn foreign_marker<'a>(asked: &'a Query, spelling: Spelling, issued_markers: &HashSet<RecordId>) -> Option<&'a str> {
    let text = asked.get("marker")?;
    let id = spelling.read(text)?;
    (id != RecordId::HIGHEST && !issued_markers.contains(&id)).then_some(text)
}

fn not_found() -> Refusal {
    let message = "The API does not exist or has not been published in the environment";
    Refusal::new(StatusCode::NOT_FOUND, "APIGW.0101", message)
}

fn not_allowed(request_id: &str) -> Answer {
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "IOTDA.000006", "Method not allowed.");
    Answer::refused(&refusal, request_id).with(ALLOW, "GET")
}

fn part_of(jitter: Duration, random: &mut Random) -> Duration {
    Duration::from_nanos(random.below(jitter.as_nanos().min(u128::from(u64::MAX)) as u64))
}
