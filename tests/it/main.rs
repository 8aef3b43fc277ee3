//! Everything that is tested from outside: the built gateway over real sockets, the recorded
//! cases, and the repository itself. One binary, so that it links once.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // the bans are for the gateway; tests read clocks, share state between threads, take SLUICE_* variables

mod kit;

mod alloc;
mod answers;
mod codings;
mod combine;
mod conformance;
mod corpus;
mod drain;
mod examples;
mod hostile;
mod panic;
mod routing;
mod shards;
mod sizes;
mod tidy;
mod timeouts;
