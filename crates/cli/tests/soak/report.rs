//! What all rounds add up to.

use std::fmt;

use iotda_simulator::Verdict;

use crate::process::{Held, resident};

/// The first rounds fill pools and caches.
const WARM_UP: usize = 5;
/// How many rounds the smallest number of bytes is taken of.
const COMPARED: usize = 10;
/// What pools and caches may differ by.
const BYTES_ALLOWED: usize = 1024 * 1024;
const RESIDENT_ALLOWED: usize = 64 * 1024 * 1024;

/// What came of one round.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) is_hung: bool,
    /// `None` where it hung.
    pub(crate) verdict: Option<Verdict>,
    /// Before and after.
    pub(crate) held: Option<(Held, Held)>,
}

impl Outcome {
    pub(crate) fn is_bad(&self) -> bool {
        self.is_hung || self.verdict.as_ref().is_some_and(|verdict| !verdict.is_exact())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Some(verdict) => write!(f, "{} requests, {verdict}", self.requests),
            None => write!(f, "{} requests, hung", self.requests),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Report {
    rounds: usize,
    requests: u64,
    delivered: usize,
    for_a_while: usize,
    lost: usize,
    doubled: usize,
    never_there: usize,
    out_of_order: usize,
    hung: usize,
    tasks: usize,
    descriptors: usize,
    /// What was allocated after each round.
    bytes: Vec<usize>,
    /// What the process took after the first rounds, and after the last one.
    resident: [usize; 2],
}

impl Report {
    pub(crate) fn add(&mut self, number: u64, outcome: Outcome) {
        self.rounds += 1;
        self.requests += outcome.requests;
        self.hung += usize::from(outcome.is_hung);
        if let Some(verdict) = outcome.verdict {
            self.delivered += verdict.delivered;
            self.for_a_while += verdict.for_a_while;
            self.lost += verdict.lost.len();
            self.doubled += verdict.doubled.len();
            self.never_there += verdict.never_there.len();
            self.out_of_order += verdict.out_of_order.len();
        }
        if let Some((before, after)) = outcome.held {
            self.bytes.push(after.bytes);
            if self.rounds == WARM_UP + COMPARED {
                self.resident[0] = resident();
            }
            self.resident[1] = resident();
            let tasks = after.tasks.saturating_sub(before.tasks);
            let descriptors = after.descriptors.saturating_sub(before.descriptors);
            if self.rounds > WARM_UP && tasks + descriptors > 0 {
                println!("round {number} leaves {tasks} tasks and {descriptors} file descriptors");
                self.tasks += tasks;
                self.descriptors += descriptors;
            }
        }
        if self.rounds.is_multiple_of(100) {
            println!("{self}");
        }
    }

    /// How much more is allocated after the last rounds than after the first, beyond what is allowed.
    fn leaked(&self) -> usize {
        let Some(rest) = self.bytes.get(WARM_UP..).filter(|rest| rest.len() >= 2 * COMPARED) else { return 0 };
        let least = |rounds: &[usize]| rounds.iter().min().copied().unwrap_or(0);
        let grown = least(&rest[rest.len() - COMPARED..]).saturating_sub(least(&rest[..COMPARED]));
        if grown > BYTES_ALLOWED { grown } else { 0 }
    }

    fn resident_growth(&self) -> usize {
        match self.resident {
            [0, _] => 0,
            [first, last] => last.saturating_sub(first),
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        let found = [self.lost, self.doubled, self.never_there, self.out_of_order, self.hung];
        let leaked = [self.tasks, self.descriptors, self.leaked()];
        found == [0; 5] && leaked == [0; 3] && self.resident_growth() < RESIDENT_ALLOWED
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, requests, delivered, for_a_while, .. } = self;
        write!(
            f,
            "{rounds} rounds, {requests} requests, {delivered} tasks delivered, {for_a_while} there for a while"
        )?;
        let Self { lost, doubled, never_there, out_of_order, hung, .. } = self;
        write!(
            f,
            "\n  lost {lost}, doubled {doubled}, never there {never_there}, out of order {out_of_order}, hung {hung}"
        )?;
        let Self { tasks, descriptors, bytes, .. } = self;
        write!(f, "\n  leaked: tasks {tasks}, file descriptors {descriptors}, bytes {}", self.leaked())?;
        let bytes = bytes.last().copied().unwrap_or(0) / 1024;
        write!(
            f,
            "\n  allocated {bytes} KiB, resident {} KiB, grown by {}",
            self.resident[1] / 1024,
            self.resident_growth() / 1024
        )
    }
}
