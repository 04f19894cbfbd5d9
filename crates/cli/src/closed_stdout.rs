//! Whether this process was started with its stdout closed, as by `>&-` in a shell.

// The standard library opens /dev/null in the place of a closed descriptor before `main`, so that everything written
// there seems to arrive. What was there before shows only to a constructor, which runs earlier; nothing of the standard
// library that needs its runtime may be used in it.

#[cfg(unix)]
mod seen {
    use std::sync::atomic::{AtomicBool, Ordering};

    static IS_CLOSED: AtomicBool = AtomicBool::new(false);

    // Its expansion is what the crate's lint `unsafe_code` is no more than denied for.
    ctor::declarative::ctor! {
        #[ctor(unsafe)]
        fn look() {
            let flags = rustix::io::fcntl_getfd(rustix::stdio::stdout());
            IS_CLOSED.store(flags == Err(rustix::io::Errno::BADF), Ordering::Relaxed);
        }
    }

    pub(super) fn is_closed() -> bool {
        IS_CLOSED.load(Ordering::Relaxed)
    }
}

/// The error of writing to a closed descriptor, if stdout is one.
pub(crate) fn check() -> std::io::Result<()> {
    #[cfg(unix)]
    if seen::is_closed() {
        return Err(rustix::io::Errno::BADF.into());
    }
    Ok(())
}
