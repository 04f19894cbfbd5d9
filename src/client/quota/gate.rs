//! Where requests wait for their turn.

// Knows waiting; every decision is [`Quota`]'s.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::{Admission, Answered, Quota, StatedQuota};

/// Lets requests through one after the other, in the order in which they came, as the quota allows.
#[derive(Clone, Debug)]
pub(in crate::client) struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    quota: Mutex<Quota>,
    /// Held by the one whose turn is next; fair.
    turn: tokio::sync::Mutex<()>,
    back: Notify,
}

/// A request that is under way. Dropped without an answer, it counts as lost.
#[derive(Debug)]
#[must_use = "a request is under way as long as its permit lives"]
pub(in crate::client) struct Permit {
    gate: Gate,
    sent: Instant,
    answered: Answered,
}

impl Gate {
    pub(in crate::client) fn new(quota: Quota) -> Self {
        Self(Arc::new(Shared { quota: Mutex::new(quota), turn: tokio::sync::Mutex::new(()), back: Notify::new() }))
    }

    /// Waits until one more request may be sent. Dropped, it gives its place to the next.
    pub(in crate::client) async fn enter(&self) -> Permit {
        let _turn = self.0.turn.lock().await;
        loop {
            let now = Instant::now();
            let admission = self.quota().admit(now);
            match admission {
                Admission::Now => return Permit { gate: self.clone(), sent: now, answered: Answered::Lost },
                Admission::At(at) => sleep_until(at).await,
                Admission::WhenOneIsBack => self.0.back.notified().await,
            }
        }
    }

    /// The service stated quotas.
    pub(in crate::client) fn stated(&self, quotas: &[StatedQuota]) {
        if !quotas.is_empty() {
            let (mut quota, now) = (self.quota(), Instant::now());
            quotas.iter().for_each(|stated| quota.stated(stated, now));
        }
    }

    /// The tightest quota that the service stated, as text.
    pub(in crate::client) fn tightest(&self) -> Option<String> {
        self.quota().tightest().map(ToString::to_string)
    }

    fn quota(&self) -> MutexGuard<'_, Quota> {
        self.0.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The request is back, and this is how it was answered.
    pub(in crate::client) fn answered(mut self, answered: Answered) {
        self.answered = answered;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.quota().back(self.sent, self.answered, Instant::now());
        self.gate.0.back.notify_one();
    }
}
