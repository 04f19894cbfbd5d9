//! Records everything that is traced in this process, by any crate at any level.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A span or an event: its name and its fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traced {
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
    pub(crate) fields: BTreeMap<&'static str, String>,
}

impl Traced {
    fn of(metadata: &Metadata<'static>) -> Self {
        Self { name: metadata.name(), target: metadata.target(), fields: BTreeMap::new() }
    }

    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

impl Visit for Traced {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

static TRACED: Mutex<Vec<Traced>> = Mutex::new(Vec::new());

struct Recorder;

fn all() -> MutexGuard<'static, Vec<Traced>> {
    TRACED.lock().unwrap()
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut traced = Traced::of(span.metadata());
        span.record(&mut traced);
        let mut all = all();
        all.push(traced);
        Id::from_u64(all.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut all()[span.into_u64() as usize - 1]);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut traced = Traced::of(event.metadata());
        event.record(&mut traced);
        all().push(traced);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Records from now on. Every test here calls this first.
pub(crate) fn start_recording() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Recorder).unwrap());
}

/// Everything traced so far, in all tests of this process.
pub(crate) fn traced() -> Vec<Traced> {
    all().clone()
}
