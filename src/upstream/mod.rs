//! One shard's connections to the backends: pools, connecting, HTTP/1.1 exchanges; knows no
//! filter, no endpoint and no answer's meaning.

pub mod connect;
pub mod exchange;
pub mod hosts;
pub mod pool;
pub mod receive;
