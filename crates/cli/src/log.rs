//! What the library reports on the way, as lines on stderr.

// Knows levels, not what is reported.

use std::{fmt, io};

use jiff::Timestamp;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::console::Console;

/// Shows the library's warnings, and each request with `verbose`.
pub(crate) fn start(console: &Console, verbose: bool) {
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::WARN };
    let lines = tracing_subscriber::fmt::layer()
        .with_timer(Clock { is_shown: verbose })
        .with_target(false)
        .with_ansi(false)
        .log_internal_errors(false)
        .with_writer(Lines(console.clone()));
    let library = Targets::new().with_target("iotda_batch_tasks", level);
    // It fails only where there is a subscriber already, and there is none.
    let _ = tracing_subscriber::registry().with(lines).with(library).try_init();
}

/// The time of day in UTC, where each request is a line.
struct Clock {
    is_shown: bool,
}

impl FormatTime for Clock {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        if self.is_shown { write!(out, "{}", Timestamp::now().strftime("%H:%M:%S%.3fZ")) } else { Ok(()) }
    }
}

struct Lines(Console);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

/// One event, which comes in one piece.
struct Line<'a>(&'a Console);

impl io::Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.foreign("", String::from_utf8_lossy(bytes).trim());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
