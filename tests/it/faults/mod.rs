//! 20,000 tasks over HTTP while requests fail, hang, are throttled, find nobody or are no longer authorised: every
//! reading is complete and exact, and ends in time. All times are real.

mod fixture;
mod outages;
mod quotas;
mod set_aside;
mod storms;
mod tokens;
