//! Watching a list that is edited between the looks, in paused time.

mod arguments;
mod gone;
mod looks;
mod property;
mod retried;
mod service;
mod unreadable;
mod wait;
