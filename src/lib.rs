//! Sluice: an API gateway, one shard a core on io_uring. See ARCHITECTURE.md for the map.

// The bans of clippy.toml are for the gateway: unit tests count calls and read clocks.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod base;
pub mod limits;

pub mod config;
pub mod http;
pub mod json;
pub mod shared;

pub mod encoding;
pub mod engine;
pub mod meter;
pub mod port;

pub mod filter;

pub mod plan;

pub mod net;
pub mod upstream;

pub mod flow;

pub mod shard;

pub mod control;

pub mod cli;
pub mod demo;
