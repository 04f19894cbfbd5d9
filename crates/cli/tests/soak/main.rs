//! Random faults, edits, quotas, expiring tokens, kills and resumes with random options, over HTTP and against the
//! simulator, for as long as is wanted; in a separate process, since it is the process that is measured.
//!
//! ```text
//! cargo test --all-features --test soak
//! cargo test --all-features --test soak -- --ignored --exact nothing_is_lost_doubled_hung_or_leaked --nocapture
//! ```
//!
//! The first takes 20 seconds, the second 5 minutes or `SOAK_SECONDS`. Each needs the process for itself.
//!
//! Everything follows from a seed, except for the times at which things happen. The seed is printed; `SOAK_SEED` and
//! `SOAK_ROUND` begin with a round of an earlier run. `SOAK_COMMAND` is where the command is, if it was moved.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod command;
mod library;
mod process;
mod random;
mod report;
mod service;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use iotda_simulator::{CheckOptions, SignatureKind};

use process::Held;
use random::Random;
use report::{Outcome, Report};
use service::{Auth, Service};

/// Every wait of the client ends sooner. A scan whose position stays the same for so long hangs.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_hung_or_leaked_in_twenty_seconds() {
    soak(Duration::from_secs(20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes 5 minutes, or SOAK_SECONDS"]
async fn nothing_is_lost_doubled_hung_or_leaked() {
    soak(Duration::from_secs(number("SOAK_SECONDS").unwrap_or(300))).await;
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is no number: {value}")))
}

async fn soak(duration: Duration) {
    let of_now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_micros() as u64);
    let seed = number("SOAK_SEED").unwrap_or_else(of_now);
    println!("soak of {duration:?}: SOAK_SEED={seed}");
    let (started, mut report) = (Instant::now(), Report::default());
    let mut number = number("SOAK_ROUND").unwrap_or(0);
    while started.elapsed() < duration {
        let outcome = round(seed, number).await;
        report.add(number, outcome);
        number += 1;
    }
    println!("{report}");
    assert!(report.is_clean(), "SOAK_SEED={seed}: {report}");
}

/// Returns once the scan makes no progress.
async fn hang(service: &Service) {
    while service.pulse.silence() < LONGEST_SILENCE {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// A scan of a fresh service, and what is left when both are gone.
async fn round(seed: u64, number: u64) -> Outcome {
    let before = Held::now();
    let mut random = Random::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let by_command = random.one_in(5);
    let signatures = [Auth::Signature(SignatureKind::Basic), Auth::Signature(SignatureKind::Derived)];
    let auth = match random.below(3) {
        0 => Auth::AnyToken,
        1 if !by_command => Auth::Password,
        _ => random.pick(&signatures),
    };
    let service = Service::start(&mut random, auth, by_command).await;
    let mut disturbing = Random::new(random.next());
    let disturbed = async {
        service.disturb(&mut disturbing).await;
        std::future::pending().await
    };
    let scan = async {
        match by_command {
            true => (command::scan(&service, &mut random).await, true),
            false => library::scan(&service, &mut random).await,
        }
    };
    let started = Instant::now();
    let scanned = tokio::select! {
        scanned = scan => Some(scanned),
        () = hang(&service) => None,
        never = disturbed => never,
    };
    let mut outcome = Outcome { requests: service.simulator.request_count(), ..Outcome::default() };
    match scanned {
        None => outcome.is_hung = true,
        Some((delivered, in_order)) => {
            let history = service.simulator.history();
            let options = if in_order { CheckOptions::new() } else { CheckOptions::new().unordered() };
            let verdict = history.check(&options, &delivered).unwrap();
            if !verdict.is_exact() {
                let path = std::env::temp_dir().join(format!("soak-{seed}-{number}"));
                std::fs::write(path.with_extension("history"), history.to_string()).unwrap();
                std::fs::write(path.with_extension("delivered"), delivered.join("\n")).unwrap();
                println!("{}.history and .delivered", path.display());
            }
            outcome.verdict = Some(verdict);
        }
    }
    if outcome.is_bad() {
        println!("SOAK_SEED={seed} SOAK_ROUND={number}, {:?}: {outcome}\n  {}", started.elapsed(), service.notes());
    }
    drop(service);
    outcome.held = Some((before, Held::settled(before).await));
    outcome
}
