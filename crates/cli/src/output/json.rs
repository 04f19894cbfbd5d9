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

impl<R> Json<R> {
    pub(super) fn first(&mut self, out: &mut Vec<u8>) {
        out.push(b'[');
    }

    /// Writes what precedes an element.
    pub(super) fn separate(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.has_one { b",\n" } else { b"\n" });
        self.has_one = true;
    }

    pub(super) fn last(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.has_one { b"\n]\n" } else { b"]\n" });
    }
}

impl<R: AsJson> Output for Json<R> {
    type Record = R;

    fn begin(&mut self, out: &mut Vec<u8>) {
        self.first(out);
    }

    fn record(&mut self, record: &Self::Record, profile: Option<&str>, out: &mut Vec<u8>) {
        self.separate(out);
        ndjson::write_sourced(&record.json(), profile, out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.last(out);
    }
}
