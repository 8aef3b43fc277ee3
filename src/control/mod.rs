//! The control thread: slow work off the shards.

pub mod log;
