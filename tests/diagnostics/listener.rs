//! Hears everything that is traced in this process, by any crate at any level.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A span or an event: what it is called and what it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
    pub(crate) fields: BTreeMap<&'static str, String>,
}

impl Heard {
    fn of(metadata: &Metadata<'static>) -> Self {
        Self { name: metadata.name(), target: metadata.target(), fields: BTreeMap::new() }
    }

    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

impl Visit for Heard {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

static HEARD: Mutex<Vec<Heard>> = Mutex::new(Vec::new());

struct Listener;

fn all() -> MutexGuard<'static, Vec<Heard>> {
    HEARD.lock().unwrap()
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut heard = Heard::of(span.metadata());
        span.record(&mut heard);
        let mut all = all();
        all.push(heard);
        Id::from_u64(all.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut all()[span.into_u64() as usize - 1]);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut heard = Heard::of(event.metadata());
        event.record(&mut heard);
        all().push(heard);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Listens from now on. Every test here calls this first.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
}

/// What was heard so far, in all tests of this process.
pub(crate) fn heard() -> Vec<Heard> {
    all().clone()
}
