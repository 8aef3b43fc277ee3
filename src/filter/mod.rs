//! The filter mechanism: what a feature declares, what runs on a shard, in which order; knows no
//! socket, no runtime and no other layer above it.
//!
//! `Feature` (static) compiles raw settings to a `Blueprint` (immutable, shared by all shards),
//! which builds one `Filter` per shard. "Not configured" compiles to nothing at all.

pub mod notes;
mod options;
pub mod registry;

use crate::base::clock::Time;
use crate::config::{Finding, Raw};
use crate::http::fault::Fault;
use crate::http::head::RequestHead;
use crate::port::call::{Answer, Call};
use std::any::Any;
use std::net::IpAddr;
use std::rc::Rc;

/// Where a component may stand in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Service,
    Endpoint,
    Backend,
}

impl Level {
    /// The same in the configuration's terms.
    #[must_use]
    pub const fn in_file(self) -> crate::config::Level {
        match self {
            Level::Service => crate::config::Level::Service,
            Level::Endpoint => crate::config::Level::Endpoint,
            Level::Backend => crate::config::Level::Backend,
        }
    }
}

/// Where a filter runs, outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Every routed request, and 404/405.
    Edge,
    /// One endpoint's handler, before the gateway's own headers are added.
    Endpoint,
    /// One endpoint's pipe: its errors carry the gateway's headers.
    Pipe,
    /// One call to one backend.
    Backend,
}

/// What a feature may know of its surroundings while it compiles.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    pub level: Level,
    /// Route of the endpoint in its log form, `/a/:id`; empty at service level.
    pub endpoint: &'a str,
    /// Names of the endpoint's parameters as written in the configuration.
    pub params: &'a [String],
    /// `url_pattern` of the backend as written; empty elsewhere.
    pub url_pattern: &'a str,
    /// The service's client-IP rule is not a concern of filters: they get `client_ip`.
    pub shards: usize,
}

/// A feature: one namespace of `extra_config`.
pub trait Feature: Sync {
    /// Short namespace, `qos/circuit-breaker`.
    fn namespace(&self) -> &'static str;
    /// Levels at which KrakenD acts on it, each with the tier it runs in.
    fn places(&self) -> &'static [(Level, Tier)];
    /// One sentence for the documentation and for `check -d`.
    fn about(&self) -> &'static str;
    /// Checks the settings. `Ok(None)`: configured so that it does nothing. Warnings go to
    /// `findings`; so do errors, of which one is enough to refuse the start.
    fn compile(
        &self,
        raw: &Raw,
        scope: &Scope<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<Box<dyn Blueprint>>;
}

/// Which hooks of a filter do something; lists hold only those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    pub request: bool,
    /// Called exactly once for each request that passed `request`, also when it was abandoned.
    pub done: bool,
}

/// Checked settings with handles to process-wide state; made once per configuration.
pub trait Blueprint: Send + Sync {
    fn hooks(&self) -> Hooks;
    /// Makes this shard's filter. `old`: what the filter of the same place handed over on reload.
    fn build(&self, old: Option<Box<dyn Any>>) -> Rc<dyn Filter>;
}

/// One feature on one shard. Synchronous: waiting is asked for with `Step::Ask`.
pub trait Filter {
    /// Before the inner layers. Only called when `Hooks::request`.
    fn request(&self, cx: &mut FilterCx<'_>) -> Step {
        let _ = cx;
        Step::Next
    }
    /// The answer to this filter's own `Step::Ask`.
    fn resume(&self, cx: &mut FilterCx<'_>, answer: &Answer) -> Step {
        let _ = (cx, answer);
        Step::Next
    }
    /// After the inner layers. Only called when `Hooks::done`. `slot` is the word that `request`
    /// left in `FilterCx::slot`.
    fn done(&self, slot: u64, outcome: Outcome, now: Time) {
        let _ = (slot, outcome, now);
    }
}

/// What a filter decides.
#[derive(Debug)]
pub enum Step {
    Next,
    /// Edge and endpoint tiers: answer at once; nothing inside runs.
    Reply(Reply),
    /// Pipe and backend tiers: the pipe or the call fails with this fault.
    Fail(Fault),
    /// Ask the control thread, then `resume`.
    Ask(Call),
}

/// A short answer of a filter; no gateway headers, no body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// What the log says, e.g. `bot rejected`; empty = nothing.
    pub reason: &'static str,
}

/// How a request or call ended, for `Filter::done`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
    /// The client went away or the call was dropped: says nothing about the backend.
    Abandoned,
}

/// The request as filters see it.
pub struct FilterCx<'a> {
    /// Monotonic.
    pub now: Time,
    /// Client address by the service's rule (trusted proxies applied).
    pub client_ip: IpAddr,
    pub head: &'a RequestHead,
    /// The bytes `head` points into.
    pub head_bytes: &'a [u8],
    /// Decoded path parameters, in the order of `Scope::params`.
    pub params: &'a [&'a [u8]],
    /// One word of state between `request`, `resume` and `done` of the same filter.
    pub slot: u64,
}
