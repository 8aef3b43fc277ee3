//! What a shard may ask of the control thread, and what comes back: closed, plain data, `Send`.

use std::net::IpAddr;
use std::sync::Arc;

/// A question to the control thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Addresses of a backend's host name.
    Resolve(Arc<str>),
    /// The hosts of a service, by its SRV records.
    Discover(Arc<str>),
}

/// An answer of the control thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Addresses in the order in which they are to be tried; never empty.
    Addresses(Arc<[IpAddr]>),
    /// What was asked for stands in its slot now (`shared::services`).
    Published,
    /// The call failed; the text is for the log.
    Failed(Arc<str>),
    /// The control thread is not running, or its queue is full.
    Unavailable,
}
