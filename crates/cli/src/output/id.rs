//! The ids alone, one a line, for other commands.

use iotda_batch_tasks::BatchTask;

use super::Output;
use crate::terminal::visible;

/// Writes one id a line.
#[derive(Debug)]
pub(crate) struct Id;

impl Output for Id {
    type Record = BatchTask;

    fn record(&mut self, task: &BatchTask, _profile: Option<&str>, out: &mut Vec<u8>) {
        // One that held a line break would be two.
        out.extend_from_slice(visible(&task.task_id).as_bytes());
        out.push(b'\n');
    }
}
