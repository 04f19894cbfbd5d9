//! `batchtasks export`: the built program, the files that it writes, and what is left when it is stopped.

#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod files;
pub(crate) mod fixture;
#[cfg(unix)]
mod kills;
#[cfg(unix)]
mod locks;
#[cfg(feature = "parquet")]
mod parquet;
mod refusals;
mod resume;
mod update;
mod whole;
