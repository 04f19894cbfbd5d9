//! Ctrl-C and its like.

// Knows signals, not what they interrupt.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::exit::Signal;

/// Reports when a signal is to end the command. A second one ends it on the spot: the first may wait for a reader of
/// stdout that never reads.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    first: watch::Receiver<Option<Signal>>,
    /// Whether Ctrl-C is meant for another program on the terminal.
    leaves_ctrl_c: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on, for as long as the runtime runs.
    pub(crate) fn listen() -> io::Result<Self> {
        let mut signals = Signals::new()?;
        let (sender, receiver) = watch::channel(None);
        let leaves_ctrl_c = Arc::new(AtomicBool::new(false));
        let left = Arc::clone(&leaves_ctrl_c);
        tokio::spawn(async move {
            let mut next = async || loop {
                let signal = signals.next().await;
                if signal != Signal::Interrupt || !left.load(Ordering::Relaxed) {
                    return signal;
                }
            };
            let first = next().await;
            sender.send_replace(Some(first));
            let second = next().await;
            std::process::exit(second.code().into());
        });
        Ok(Self { first: receiver, leaves_ctrl_c })
    }

    /// Leaves Ctrl-C to another program that has the terminal, or no longer.
    pub(crate) fn leave_ctrl_c(&self, leave: bool) {
        self.leaves_ctrl_c.store(leave, Ordering::Relaxed);
    }

    /// The first signal, if it has come.
    #[cfg(feature = "parquet")]
    pub(crate) fn come(&self) -> Option<Signal> {
        *self.first.borrow()
    }

    /// Waits for the first signal. Cancel safe.
    pub(crate) async fn wait(&mut self) -> Signal {
        match self.first.wait_for(Option::is_some).await.map(|signal| *signal) {
            Ok(Some(signal)) => signal,
            _ => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// Not where it is ignored, as under `nohup`: to listen would end that.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = SignalKind::hangup();
        let hang_up = if is_ignored(hang_up) { None } else { Some(signal(hang_up)?) };
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate, hang_up })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = received(self.hang_up.as_mut()) => Signal::HangUp,
        }
    }
}

#[cfg(unix)]
async fn received(signal: Option<&mut tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Whether the process was started with this signal ignored. Only Linux says so without `unsafe`; elsewhere each signal
/// counts as ignored, so that `nohup` works.
#[cfg(unix)]
fn is_ignored(signal: tokio::signal::unix::SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> Signal {
        self.0.recv().await;
        Signal::Interrupt
    }
}
