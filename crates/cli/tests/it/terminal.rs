//! A terminal to run the command on.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::fixture::Ended;

/// Longer than any of these tests takes; it only ends those that would wait for ever.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// What of a command is on the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Stdin, stdout and stderr.
    Everything,
    /// Stderr, and stdout is a pipe.
    Stderr,
    /// Stderr, and stdout is as the command has it.
    StderrAlone,
}

/// A command that runs on a new terminal, ended when it is dropped.
pub(crate) struct Session {
    child: Option<Child>,
    drawn: Arc<Drawn>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Drawn {
    bytes: Mutex<Vec<u8>>,
    grew: Condvar,
}

/// Starts a command on a terminal of so many columns.
pub(crate) fn start(mut command: Command, columns: u16, on: On) -> Session {
    let (master, slave) = pair(columns);
    let stream = || Stdio::from(slave.try_clone().unwrap());
    match on {
        On::Everything => command.stdin(stream()).stdout(stream()).stderr(stream()),
        On::Stderr => command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stream()),
        On::StderrAlone => command.stdin(Stdio::null()).stderr(stream()),
    };
    // Without it, no bar is drawn.
    if !command.get_envs().any(|(name, _)| name == "TERM") {
        command.env("TERM", "xterm-256color");
    }
    let child = command.spawn().unwrap();
    let drawn = Arc::new(Drawn::default());
    let reader = std::thread::spawn({
        let drawn = Arc::clone(&drawn);
        move || drawn.collect(File::from(master))
    });
    Session { child: Some(child), drawn, reader: Some(reader) }
}

/// Both ends of a terminal that hands through every byte as it is.
fn pair(columns: u16) -> (OwnedFd, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let mut attributes = tcgetattr(slave.as_fd()).unwrap();
    attributes.make_raw();
    tcsetattr(slave.as_fd(), OptionalActions::Now, &attributes).unwrap();
    tcsetwinsize(slave.as_fd(), Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (master, slave)
}

impl Drawn {
    /// Until the last process closes the terminal, which is an error on some systems and an end on others.
    fn collect(&self, mut master: File) {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = master.read(&mut piece) {
            self.bytes.lock().unwrap().extend_from_slice(&piece[..length]);
            self.grew.notify_all();
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

impl Session {
    pub(crate) fn child(&self) -> &Child {
        self.child.as_ref().unwrap()
    }

    /// Waits until the text has been drawn.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        let has_text = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text);
        let bytes = self.drawn.bytes.lock().unwrap();
        let (bytes, waited) = self.drawn.grew.wait_timeout_while(bytes, LIMIT, |bytes| !has_text(bytes)).unwrap();
        assert!(!waited.timed_out(), "{text:?} is not in {:?}", String::from_utf8_lossy(&bytes));
    }

    /// Waits for the end of the command. As its stderr counts all that was drawn.
    pub(crate) fn end(mut self) -> Ended {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Ended { code: output.status.code(), stdout, stderr: self.drawn.text() }
    }
}

/// A failed test leaves no process behind.
impl Drop for Session {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
