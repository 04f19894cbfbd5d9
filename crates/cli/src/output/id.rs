//! Ids alone.

use std::marker::PhantomData;

use iotda_batch_tasks::columns::Value;

use super::{Output, Shown, shown};
use crate::terminal::visible;

/// Writes one id a line.
#[derive(Debug)]
pub(crate) struct Id<R>(PhantomData<fn(R)>);

impl<R> Default for Id<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: Shown> Output for Id<R> {
    type Record = R;

    fn record(&mut self, record: &R, _profile: Option<&str>, out: &mut Vec<u8>) {
        if let Some(Value::Text(id)) = shown::named::<R>(R::ID).map(|column| column.value(record)) {
            // One that held a line break would be two.
            out.extend_from_slice(visible(&id).as_bytes());
            out.push(b'\n');
        }
    }
}
