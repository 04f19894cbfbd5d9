//! Watching a list that is edited between the looks, in paused time.

mod arguments;
mod gone;
mod looks;
mod property;
mod retried;
mod service;
#[cfg(feature = "client")]
mod store;
mod table;
mod unreadable;
mod wait;
