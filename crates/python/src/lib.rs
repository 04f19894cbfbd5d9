//! The native part of the Python package `iotda`: the stream of batch tasks for `for`, `async for` and Arrow.
//!
//! The package's documentation is its stubs, `python/iotda/_native.pyi`.

mod arguments;
mod arrow;
mod client;
mod credentials;
mod errors;
mod groups;
mod iteration;
mod lists;
mod operation;
mod query;
mod reading;
mod record;
mod runtime;
mod simulator;
mod stream;
mod task;
mod values;
mod waiters;
mod watch;

use pyo3::prelude::*;

/// The native part of `iotda`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::client::PyClient;
    #[pymodule_export]
    use super::credentials::{PyCredentials, PyTemporaryCredentials};
    #[pymodule_export]
    use super::groups::{Chunks, PyPage, PyPages};
    #[pymodule_export]
    use super::lists::{Device, DeviceGroup, GroupDevice, OtaPackage, Product, Rule, SubTask};
    #[pymodule_export]
    use super::simulator::{PyFault, PySeenRequest, PySimulator, PyVerdict};
    #[pymodule_export]
    use super::stream::{PyProgress, PyRecordStream, TaskStream};
    #[pymodule_export]
    use super::task::{Task, TaskPolicy, TaskProgress};
    #[pymodule_export]
    use super::watch::{ChangeStream, PyChange};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
