//! One JSON array of the records as the service sent them.

use std::marker::PhantomData;

use super::{Output, ndjson};
use crate::subject::AsJson;

/// Writes an array, one record after the other.
#[derive(Debug)]
pub(crate) struct Json<R> {
    has_one: bool,
    records: PhantomData<fn(R)>,
}

impl<R> Default for Json<R> {
    fn default() -> Self {
        Self { has_one: false, records: PhantomData }
    }
}

impl<R: AsJson> Output for Json<R> {
    type Record = R;

    fn begin(&mut self, out: &mut Vec<u8>) {
        out.push(b'[');
    }

    fn record(&mut self, record: &Self::Record, profile: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.has_one { b",\n" } else { b"\n" });
        self.has_one = true;
        ndjson::write_sourced(&record.json(), profile, out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.has_one { b"\n]\n" } else { b"]\n" });
    }
}
