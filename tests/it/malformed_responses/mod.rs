//! Answers that are broken, endless or meant to harm, over HTTP: each ends in a clear error or a sensible reading, never
//! in a panic, a hang, or memory beyond the cap.

mod bodies;
mod elsewhere;
mod markers;
mod reading;
