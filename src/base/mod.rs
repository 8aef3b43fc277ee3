//! What the standard library could have had; knows nothing of gateways.

pub mod chunk;
pub mod clock;
pub mod cpu;
pub mod date;
