//! One JSON array of the records as the service sent them.

use iotda_batch_tasks::BatchTask;
use iotda_batch_tasks::decode::WithRaw;

use super::Output;

/// Writes an array, one record after the other.
#[derive(Debug, Default)]
pub(crate) struct Json {
    has_one: bool,
}

impl Output for Json {
    type Record = WithRaw<BatchTask>;

    fn begin(&mut self, out: &mut Vec<u8>) {
        out.push(b'[');
    }

    fn record(&mut self, record: &Self::Record, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.has_one { b",\n" } else { b"\n" });
        self.has_one = true;
        out.extend_from_slice(record.raw.get().as_bytes());
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.has_one { b"\n]\n" } else { b"]\n" });
    }
}
