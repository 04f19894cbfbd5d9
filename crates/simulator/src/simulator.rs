//! The handle of a running simulator.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use super::auth::Gate;
use super::builder::SimulatorBuilder;
use super::fault::Fault;
use super::history::{History, Recorder};
use super::list::List;
use super::log::{Log, SeenRequest};
use super::rows::RowList;
use super::server::{Listeners, Server, Shared};
use super::service::Service;

/// A running server on loopback, of IPv6 too where the machine has it, that keeps the rules of IoTDA's batch-task list.
///
/// It answers from when [`start`](SimulatorBuilder::start) returns until the handle is dropped: then the listener and
/// every connection are closed.
#[derive(Debug)]
#[must_use = "a simulator stops when it is dropped"]
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    recorder: Recorder,
    wanted_down: watch::Sender<bool>,
    is_down: watch::Receiver<bool>,
    server: JoinHandle<()>,
}

impl Simulator {
    /// A simulator to be set up.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::new()
    }

    pub(super) async fn start(builder: SimulatorBuilder) -> io::Result<Self> {
        let SimulatorBuilder { plan, lists, settings, policy, script, port, records_history } = builder;
        let seed = plan.seed;
        let listeners = Listeners::new(port)?;
        let address = listeners.address;
        let recorder = if records_history { Recorder::started() } else { Recorder::default() };
        let reported_to = recorder.clone();
        let make = move || {
            let mut tasks = plan.list();
            let mut rows: Vec<RowList> = lists.into_iter().map(|list| list.filled(seed)).collect();
            tasks.record_to(reported_to.clone());
            rows.iter_mut().for_each(|list| list.record_to(reported_to.clone()));
            (tasks, rows)
        };
        let lists = spawn_blocking(make).await.map_err(io::Error::other)?;
        let service = Service::new(settings, lists, Gate::new(policy), script, recorder.clone(), seed);
        let shared = Arc::new(Shared { service, log: Arc::new(Log::default()) });
        let (wanted_down, down_is_wanted) = watch::channel(false);
        let (is_now_down, is_down) = watch::channel(false);
        let server = Server { shared: Arc::clone(&shared), wanted_down: down_is_wanted, is_down: is_now_down };
        let server = tokio::spawn(server.run(listeners));
        Ok(Self { address, shared, recorder, wanted_down, is_down, server })
    }

    /// Where it listens, such as `http://127.0.0.1:41234`, without a slash at the end. IAM answers there as well.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Reads or changes the list. No request is decided on meanwhile.
    pub fn edit<R>(&self, edit: impl FnOnce(&mut List) -> R) -> R {
        self.shared.service.edit(edit)
    }

    /// Reads or changes the sibling list that was [added](SimulatorBuilder::list) at `path`. No request is
    /// decided on meanwhile.
    ///
    /// # Panics
    /// When there is no list at `path`.
    pub fn edit_rows<R>(&self, path: &str, edit: impl FnOnce(&mut RowList) -> R) -> R {
        self.shared.service.edit_rows(path, edit).expect("there is a list at this path")
    }

    /// Spoils the next request that arrives; called again, the one after it.
    pub fn fault_next(&self, fault: Fault) {
        self.shared.service.set_faults(|faults| faults.next.push_back(fault));
    }

    /// Applies a fault to every request from now on, until this is called with `None`.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.shared.service.set_faults(|faults| faults.standing = fault);
    }

    /// The requests so far in the order of their arrival; the newest 200,000 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.shared.log.requests()
    }

    /// How many requests arrived.
    #[must_use]
    pub fn request_count(&self) -> u64 {
        self.shared.log.count()
    }

    /// How many requests are under way: arrived, and not answered to the last byte.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.log.in_flight()
    }

    /// How many requests were under way at the same time at most.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.shared.log.most_in_flight()
    }

    /// Clears the log of requests. Their numbers continue, and [`request_count`](Self::request_count) as well.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// What was in the lists at every answer so far; empty unless the simulator
    /// [records](SimulatorBuilder::record_history) it.
    #[must_use]
    pub fn history(&self) -> History {
        self.recorder.history()
    }

    /// Takes what was recorded since the last call, so that it does not stay in memory: for a file that is written while
    /// the simulator runs. The texts of all parts, one after the other, are the history.
    #[must_use]
    pub fn take_history(&self) -> History {
        self.recorder.take()
    }

    /// How many tokens IAM gave out.
    #[must_use]
    pub fn tokens_issued(&self) -> u64 {
        self.shared.service.tokens_issued()
    }

    /// Makes every token that IAM gave out so far worthless: requests with one are refused with 401 `IOTDA.000002`.
    pub fn revoke_tokens(&self) {
        self.shared.service.revoke_tokens();
    }

    /// Takes the server down, or brings it up again; returns when that is done. While it is down, connections are
    /// refused; going down resets those that are open.
    ///
    /// Cancel safe: the change takes place even if the future is dropped.
    pub async fn set_down(&self, down: bool) {
        self.wanted_down.send_replace(down);
        let mut is_down = self.is_down.clone();
        // An error says that the server has ended, which is as down as can be.
        let _ = is_down.wait_for(|is| *is == down).await;
    }

    /// Waits for as long as the simulator runs, which is for ever unless its runtime shuts down: for a process that
    /// does nothing else.
    pub async fn wait(&self) {
        let mut is_down = self.is_down.clone();
        while is_down.changed().await.is_ok() {}
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}
