//! The only place for atomics, mutexes and data that several threads touch; knows no socket and no
//! runtime. Every type here says who writes, who reads, in which order, and why nobody contends.

pub mod flag;
pub mod meters;
pub mod names;
pub mod snapshot;
