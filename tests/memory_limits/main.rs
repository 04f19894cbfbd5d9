//! Bodies that are larger than they should be, and what they take of this machine's memory: in a separate process, since
//! it is the process that is measured.

// Clippy takes helpers of tests for code that ships.
#![allow(clippy::unwrap_used)]

mod raw;
#[allow(dead_code, reason = "other tests look at more of an outcome")]
#[path = "../it/malformed_responses/reading.rs"]
mod reading;

use std::time::Duration;

use iotda_batch_tasks::{FailureKind, TaskType};
use iotda_simulator::{Fault, Simulator};

use crate::raw::{RawServer, Script};
use crate::reading::{CAP, Outcome, client, read, read_on, simulator};

const SPACES: &[u8] = &[b' '; 64 * 1024];

/// The most memory that this process ever held, in bytes; counted anew from here on where the system allows.
#[cfg(target_os = "linux")]
fn most_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[cfg(not(target_os = "linux"))]
fn most_memory() -> usize {
    0
}

/// What comes of a server that answers so, and how much memory that takes. The server is in this process too.
async fn cost(name: &str, reading: impl Future<Output = Outcome>) -> Outcome {
    most_memory();
    let before = most_memory();
    let outcome = reading.await;
    let grown = most_memory().saturating_sub(before);
    println!("{name}: {} KiB more, {}", grown / 1024, outcome.message());
    // The body and the buffer that it is about to outgrow; the other tests of this process have their share.
    assert!(grown < 4 * CAP, "{name}: {grown} bytes more");
    outcome
}

fn answers(head: &str, piece: &'static [u8]) -> Script {
    Script { head: head.as_bytes().to_vec(), piece, pause: Duration::ZERO }
}

/// One after the other, so that none disturbs what is measured.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_takes_more_memory_than_the_cap_allows() {
    for fault in [Fault::EndlessBody, Fault::HugeBody] {
        let simulator = simulator().await;
        simulator.set_fault(Some(fault.clone()));
        let outcome = cost(&format!("{fault:?}"), read(client(&simulator.endpoint()), 11)).await;
        assert_eq!(outcome.kind(), Some(FailureKind::TooLarge), "{outcome:?}");
        assert!(outcome.message().contains("max_body_bytes allows 8388608"), "{}", outcome.message());
        assert_eq!(simulator.request_count(), 1, "trying again cannot help");
    }

    let simulator = simulator().await;
    simulator.set_fault(Some(Fault::DeepNesting));
    cost("a million lists", read(client(&simulator.endpoint()), 11)).await;

    let bomb = bomb();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let script = Script { head: [head.as_bytes(), &bomb].concat(), piece: b"", pause: Duration::ZERO };
    let server = RawServer::start(script).await;
    let outcome = cost("a gzip bomb", read(client(&server.endpoint), 11)).await;
    assert_eq!(outcome.kind(), Some(FailureKind::Decode), "{outcome:?}");
    assert!(outcome.message().contains("encoded as \"gzip\""), "{}", outcome.message());

    for (name, head, piece) in [
        ("an endless error", "HTTP/1.1 500 Oh\r\n\r\n", SPACES),
        ("an endless refusal", "HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n".repeat(9).leak()),
        ("an endless head", "HTTP/1.1 200 OK\r\nX-A: ", SPACES),
        ("endless heads", "HTTP/1.1 200 OK\r\n", b"X-B: 1\r\n".repeat(8192).leak()),
        ("no HTTP", "\u{0}", SPACES),
    ] {
        let server = RawServer::start(answers(head, piece)).await;
        let outcome = cost(name, read(client(&server.endpoint).request_timeout(Duration::from_secs(3)), 11)).await;
        assert!(outcome.failure.is_some(), "{name}: {outcome:?}");
    }

    let builder = Simulator::builder().iam_user("factory", "reader", "geheim").iam_fault_at(1, Fault::EndlessBody);
    let simulator = builder.iam_fault_at(2, Fault::EndlessBody).start().await.unwrap();
    let login = iotda_batch_tasks::Credentials::password("reader", "factory", "geheim").in_region("cn-north-4");
    let client = client(&simulator.endpoint()).credentials(login.iam_endpoint(simulator.endpoint()));
    let outcome = cost("an endless token", read(client, 11)).await;
    assert_eq!(outcome.kind(), Some(FailureKind::Credentials), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_bodies_in_the_middle_come_in_their_turn() {
    let simulator = simulator().await;
    let query = client(&simulator.endpoint()).build().unwrap().batch_tasks(TaskType::SoftwareUpgrade).prefetch(1);
    let mut tasks = query.stream().unwrap();
    for _ in 0..120 {
        assert!(matches!(futures::StreamExt::next(&mut tasks).await, Some(Ok(_))));
    }
    simulator.set_fault(Some(Fault::EndlessBody));
    let outcome = read_on(&mut tasks).await;
    assert_eq!(outcome.kind(), Some(FailureKind::TooLarge), "{outcome:?}");
    assert!(outcome.tasks.len() <= 2 * 50, "{}", outcome.tasks.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_drips_is_given_up_in_time() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    let script = Script { head: head.as_bytes().to_vec(), piece: b" ", pause: Duration::from_millis(20) };
    let server = RawServer::start(script).await;
    let started = std::time::Instant::now();
    let outcome = read(client(&server.endpoint).request_timeout(Duration::from_millis(300)), 11).await;
    assert_eq!(outcome.kind(), Some(FailureKind::Timeout), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

/// 2 MB in the gzip format that unpack to 320 MB of nothing: one literal, then the longest match again and again.
fn bomb() -> Vec<u8> {
    let mut bits = Bits { bytes: b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec(), free: 0 };
    bits.push("110"); // the last block, with the fixed codes
    bits.push("00110000"); // the literal 0
    for _ in 0..1_300_000 {
        bits.push("11000101"); // 258 bytes
        bits.push("00000"); // from 1 byte back
    }
    bits.push("0000000");
    bits.bytes
}

struct Bits {
    bytes: Vec<u8>,
    free: u32,
}

impl Bits {
    fn push(&mut self, bits: &str) {
        for bit in bits.bytes() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let place = 8 - self.free;
            *self.bytes.last_mut().unwrap() |= (bit - b'0') << place;
            self.free -= 1;
        }
    }
}
