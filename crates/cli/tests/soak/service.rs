//! A service that differs in each round: what it holds, what it leaves open, what goes wrong with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use iotda_simulator::{
    CountForm, Fault, MarkerForm, Markers, SignatureKind, Simulator, SimulatorBuilder, Spread, TaskIds,
};

use crate::random::Random;

pub(crate) const TYPES: [&str; 3] = ["softwareUpgrade", "createCommands", "freezeDevices"];
pub(crate) const USER: [&str; 3] = ["factory", "reader", "geheim"];
/// How many runs of a round its failure shows.
const RUNS_SHOWN: usize = 12;
pub(crate) const KEY: [&str; 2] = ["AKIDEXAMPLE0123456", "SecretKeyExample/0123456789+abcdefghijkl"];

/// How requests have to be authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    AnyToken,
    /// By the password of a user, for tokens that expire in the middle of a scan.
    Password,
    Signature(SignatureKind),
}

pub(crate) struct Service {
    pub(crate) simulator: Simulator,
    pub(crate) auth: Auth,
    /// Of how many types there are tasks.
    pub(crate) types: usize,
    /// Whether nothing more goes wrong.
    calm: Arc<AtomicBool>,
    pub(crate) pulse: Pulse,
    /// What was chosen: the options of the service and of each run.
    notes: Mutex<Vec<String>>,
}

/// When the position of the scan last changed.
#[derive(Clone)]
pub(crate) struct Pulse(Arc<Mutex<Instant>>);

impl Pulse {
    pub(crate) fn beat(&self) {
        *self.0.lock().unwrap() = Instant::now();
    }

    pub(crate) fn silence(&self) -> Duration {
        self.0.lock().unwrap().elapsed()
    }
}

impl Service {
    pub(crate) async fn start(random: &mut Random, auth: Auth, is_exported: bool) -> Self {
        let calm = Arc::new(AtomicBool::new(false));
        let types = random.pick(&[1, 1, 1, 3]);
        let tasks = random.pick(&[0, 1, 49, 50, 51, 540, 700, 1_500, 3_000]);
        let builder = Simulator::builder()
            .seed(random.next())
            .record_history()
            .tasks(tasks)
            .mix(TYPES[..types].iter().copied())
            .latency(random.millis(0, 12))
            .jitter(random.millis(0, 8))
            .create_every(random.pick(&[0, 1, 2, 5, 20]))
            .delete_every(random.pick(&[0, 1, 3, 7, 50]))
            .set_status_every(random.pick(&[0, 1, 4]));
        let builder = forms(authorised(builder, auth, random), is_exported && tasks < 540, random);
        let (builder, faults) = faults(builder, random, Arc::clone(&calm));
        let builder = if random.one_in(4) { limited(builder, random) } else { builder };
        let notes = Mutex::new(vec![format!("{auth:?}, {builder:?}"), faults]);
        let pulse = Pulse(Arc::new(Mutex::new(Instant::now())));
        Self { simulator: builder.start().await.unwrap(), auth, types, calm, pulse, notes }
    }

    pub(crate) fn note(&self, chosen: String) {
        self.notes.lock().unwrap().push(chosen);
    }

    /// The options of the service and of the last runs.
    pub(crate) fn notes(&self) -> String {
        let notes = self.notes.lock().unwrap();
        let (service, runs) = notes.split_at(2);
        [service, &runs[runs.len().saturating_sub(RUNS_SHOWN)..]].concat().join("\n  ")
    }

    /// Disturbs what is read, and stops doing so after a while.
    pub(crate) async fn disturb(&self, random: &mut Random) {
        for _ in 0..random.below(6) {
            tokio::time::sleep(random.millis(10, 400)).await;
            match random.below(4) {
                0 => self.simulator.revoke_tokens(),
                1 => {
                    self.simulator.set_down(true).await;
                    tokio::time::sleep(random.millis(1, 250)).await;
                    self.simulator.set_down(false).await;
                }
                2 => {
                    self.simulator.set_fault(Some(refusal()));
                    tokio::time::sleep(random.millis(1, 20)).await;
                    self.simulator.set_fault(None);
                }
                _ => self.simulator.edit(|list| {
                    for _ in 0..random.below(60) {
                        match random.below(3) {
                            0 => _ = list.create(TYPES[0]),
                            1 => list.any().iter().for_each(|id| _ = list.delete(id)),
                            _ => list.any().iter().for_each(|id| _ = list.set_status(id, "Success")),
                        }
                    }
                }),
            }
        }
        self.calm.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::SeqCst)
    }
}

fn authorised(builder: SimulatorBuilder, auth: Auth, random: &mut Random) -> SimulatorBuilder {
    match auth {
        Auth::AnyToken => builder,
        Auth::Password => builder.iam_user(USER[0], USER[1], USER[2]).token_lifetime(random.millis(1_000, 2_500)),
        Auth::Signature(kind) => builder.require_signature(kind),
    }
}

/// What the service's documents leave open.
fn forms(builder: SimulatorBuilder, must_count: bool, random: &mut Random) -> SimulatorBuilder {
    let forms = [MarkerForm::Normal, MarkerForm::Absent, MarkerForm::Null, MarkerForm::Empty, MarkerForm::Echo];
    let counts = [CountForm::Total, CountForm::BelowMarker, CountForm::Text, CountForm::Absent, CountForm::Fixed(7)];
    // An export refuses an empty list that nothing says to be one.
    let counts = if must_count { &counts[..3] } else { &counts[..] };
    let task_ids =
        random.pick(&[TaskIds::InOrder, TaskIds::InOrder, TaskIds::UnorderedWithinSeconds, TaskIds::Unordered]);
    // Where nothing about a marker follows from an id, only the marker of the last page shows that it is the last.
    let last_page = if task_ids == TaskIds::Unordered { MarkerForm::Normal } else { random.pick(&forms) };
    let builder = builder
        .task_ids(task_ids)
        .markers(random.pick(&[Markers::TaskIds, Markers::TwoAbove, Markers::FourDaysAbove]))
        .spread(random.pick(&[Spread::Even, Spread::Uneven]))
        .machines(random.between(1, 3))
        .count(random.pick(counts))
        .empty_page_marker(random.pick(&forms))
        .last_page_marker(last_page);
    let builder = match random.below(6) {
        0 => builder.page_cap(random.between(5, 49)),
        1 => builder.page_cap_bytes(random.between(2_000, 40_000)),
        _ => builder,
    };
    match random.below(8) {
        0 => builder.refuse_foreign_markers(),
        1 => builder.ignore_foreign_markers(),
        _ => builder,
    }
}

/// Requests that fail, until it is calm; and what they fail with.
fn faults(builder: SimulatorBuilder, random: &mut Random, calm: Arc<AtomicBool>) -> (SimulatorBuilder, String) {
    let passing = [
        Fault::Internal,
        Fault::Congested,
        Fault::BadGateway,
        Fault::Throttled { retry_after: None },
        Fault::RateLimited,
        Fault::Reset,
        Fault::Close,
        Fault::HalfBody,
        Fault::Hang,
        Fault::Slow(random.millis(20, 300)),
        Fault::Redirect("https://console.example.com/login".to_owned()),
    ];
    let chosen: Vec<Fault> = (0..random.between(1, 4)).map(|_| random.pick(&passing)).collect();
    let (one_in, one_in_of_refusals) = (random.pick(&[4, 10, 30, 100, 1_000_000]), random.pick(&[50, 1_000_000]));
    let (mut own, mut silent) = (Random::new(random.next()), 0);
    let shown = format!("1 in {one_in} {chosen:?}, 1 in {one_in_of_refusals} refused, 1 in 200 {{}}");
    let builder = builder.fault_when(move |request| {
        if calm.load(Ordering::SeqCst) {
            return None;
        }
        // An answer without content is believed when it comes a second time.
        if request.number > silent + 60 && own.one_in(200) {
            silent = request.number;
            return Some(Fault::Body("{}".to_owned()));
        }
        if own.one_in(one_in_of_refusals) {
            return Some(refusal());
        }
        own.one_in(one_in).then(|| own.pick(&chosen))
    });
    (builder, shown)
}

/// Ends a scan at once: it is for the caller to resume it.
fn refusal() -> Fault {
    Fault::Error { status: 403, code: "IOTDA.000021".to_owned(), message: "not subscribed".to_owned() }
}

fn limited(builder: SimulatorBuilder, random: &mut Random) -> SimulatorBuilder {
    let (requests, per) = (random.between(20, 40) as u32, random.millis(100, 500));
    let builder = if random.one_in(2) { builder.quota(requests, per) } else { builder.quota_window(requests, per) };
    let builder = if random.one_in(2) { builder.quota_in_text() } else { builder };
    let builder = if random.one_in(2) { builder.quota_in_headers() } else { builder };
    if random.one_in(3) { builder.quota_as_forbidden() } else { builder }
}

/// Waits that do not make a round long.
pub(crate) const MAX_ELAPSED: Duration = Duration::from_secs(3);
