//! The recording side of telemetry: numbers that each shard keeps for itself; exports nothing.

pub mod counters;
