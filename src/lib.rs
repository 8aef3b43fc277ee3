//! Sluice: an API gateway, one shard a core on io_uring. See ARCHITECTURE.md for the map.

pub mod base;
pub mod limits;

pub mod config;
pub mod http;
pub mod json;

pub mod port;

pub mod filter;

pub mod plan;

pub mod cli;
