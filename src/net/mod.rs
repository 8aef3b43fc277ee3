//! Sockets, deadlines and the ring: the only code that names monoio's network types; knows no
//! HTTP and no configuration.

pub mod conn;
pub mod driver;
pub mod listen;
mod peek;
pub mod wheel;
