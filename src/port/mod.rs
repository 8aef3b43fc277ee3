//! The small interface between shards and the control and log threads; both sides see only this.

pub mod call;
pub mod handle;
pub mod log;
pub mod mail;
