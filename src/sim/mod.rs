//! An embedded HTTP server that keeps IoTDA's rules for the batch-task list, for demos and tests.
//!
//! It knows the service's rules and refuses what the service refuses. It shares no code with the reading side, and must
//! not: it is there to test it.

mod answer;
mod auth;
mod body;
mod builder;
mod clock;
mod details;
mod fault;
mod fleet;
mod forms;
mod generator;
mod id;
mod list;
mod log;
mod names;
mod pieces;
mod progress;
mod query;
mod quota;
mod random;
mod record;
mod refusal;
mod server;
mod service;
mod simulator;
mod tasks;

pub use auth::SignatureKind;
pub use builder::SimulatorBuilder;
pub use fault::Fault;
pub use forms::{CountForm, MarkerFault, MarkerForm};
pub use generator::Spread;
pub use list::{List, SimulatedTask};
pub use log::SeenRequest;
pub use query::{STATUSES, TASK_TYPES};
pub use simulator::Simulator;
