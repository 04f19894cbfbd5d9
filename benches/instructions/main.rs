//! Instructions of what costs CPU for every record, counted by Callgrind: the same on every run.
//!
//! `cargo bench --bench instructions` needs valgrind and gungraun-runner of the version in `Cargo.lock`:
//! `cargo install gungraun-runner --version =0.20.0 --locked`. Without them it prints so and does nothing. `BENCH_SHORT=1`
//! counts short lists; `-- '*decoding_a_list::*'` counts one group.

use std::process::Command;

#[path = "../shared/body.rs"]
mod body;
mod json;
#[path = "../shared/plain.rs"]
mod plain;
mod reading;
#[path = "../shared/short.rs"]
mod short;
#[cfg(unix)]
#[allow(missing_docs, unreachable_pub, reason = "the macros of gungraun write public modules without docs")]
mod suite;

/// What counts, and the version that it must have.
const NEEDED: [(&str, &str); 2] = [("valgrind", "valgrind-"), ("gungraun-runner", "0.20.0")];

#[cfg(unix)]
fn main() {
    // Under valgrind, and without the environment that the programs are found by.
    if std::env::args().any(|argument| argument.starts_with("--gungraun-run")) {
        return suite::run();
    }
    for (program, version) in NEEDED {
        let found = Command::new(program).arg("--version").output();
        let found = found.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        if !found.as_ref().is_ok_and(|found| found.contains(version)) {
            return println!("skipped: instructions are counted by {program} ({version}), found: {found:?}");
        }
    }
    suite::run();
}

#[cfg(not(unix))]
fn main() {
    println!("skipped: instructions are counted by {NEEDED:?}, which this system does not have");
}
