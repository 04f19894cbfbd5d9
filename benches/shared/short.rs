//! Whether only to show that everything runs.

/// Whether the variable `BENCH_SHORT` is set, and not to nothing.
pub(crate) fn is_wanted() -> bool {
    std::env::var_os("BENCH_SHORT").is_some_and(|short| !short.is_empty())
}
