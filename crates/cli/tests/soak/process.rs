//! What this process holds: tasks of the runtime, file descriptors, bytes.

use std::time::Duration;

use peak_alloc::PeakAlloc;
use tokio::runtime::Handle;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// How long what was dropped may take to end.
const ENDING: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) tasks: usize,
    /// 0 where the system does not say.
    pub(crate) descriptors: usize,
    /// What is allocated.
    pub(crate) bytes: usize,
}

impl Held {
    pub(crate) fn now() -> Self {
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            descriptors: std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
            bytes: ALLOCATED.current_usage(),
        }
    }

    /// Waits until no more is held than before, but not for long: whatever was dropped ends in steps.
    pub(crate) async fn settled(before: Self) -> Self {
        let settling = async {
            loop {
                let now = Self::now();
                if now.tasks <= before.tasks && now.descriptors <= before.descriptors {
                    return now;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(ENDING, settling).await.unwrap_or_else(|_| Self::now())
    }
}

/// The memory of the process, in bytes; 0 where the system does not say.
pub(crate) fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}
