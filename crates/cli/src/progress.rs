//! How far a reading has come, on the progress bar.

// Knows streams, not what becomes of the tasks.

use iotda_batch_tasks::Progress;

use crate::console::Console;

/// Shows it. `most` is where the user wants the list to end, counted from its head.
pub(crate) fn show(console: &Console, progress: &Progress, most: Option<u64>) {
    let total = match (progress.count, most) {
        (Some(count), Some(most)) => Some(count.min(most)),
        (count, most) => count.or(most),
    };
    // The list may have grown since it was counted.
    let total = total.map(|total| total.max(progress.delivered));
    console.progress(progress.delivered, total, format_args!("({} requests)", progress.requests));
}
