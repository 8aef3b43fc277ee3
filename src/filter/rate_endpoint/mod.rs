//! `qos/ratelimit/router`: limits one endpoint, for each client and for all together; knows a
//! client only as a name in a table.
//!
//! hot: nothing allocates for a known client.
//!
//! The client's limit comes first: a request that the common limit refuses has spent a client
//! token, and never the other way round (traffic-security.md 1.2).

mod options;

use crate::base::clock;
use crate::config::{Finding, Raw};
use crate::filter::{Blueprint, Feature, Filter, FilterCx, Hooks, Level, Reply, Scope, Step, Tier};
use crate::http::head::value_of;
use crate::shared::bucket::Bucket;
use crate::shared::clients::Clients;
use options::{Options, Strategy};
use std::any::Any;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;

/// The feature.
pub struct RateEndpoint;

impl Feature for RateEndpoint {
    fn namespace(&self) -> &'static str {
        "qos/ratelimit/router"
    }

    fn places(&self) -> &'static [(Level, Tier)] {
        &[(Level::Endpoint, Tier::Endpoint)]
    }

    fn about(&self) -> &'static str {
        "Limits the requests of an endpoint: 429 beyond a client's share, 503 beyond the common one."
    }

    fn compile(
        &self,
        raw: &Raw,
        scope: &Scope<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<Box<dyn Blueprint>> {
        let options = Options::read(raw, scope, findings)?;
        let client = options.client.map(|client| ClientLimit {
            strategy: client.strategy,
            buckets: Clients::new(client.rule, client.idle),
        });
        let common = options.common.map(|rule| Bucket::new(rule, clock::now()));
        Some(Box::new(Compiled(Arc::new(Limits { client, common })))) // alloc: start-up
    }
}

/// The process-wide state of one endpoint.
struct Limits {
    client: Option<ClientLimit>,
    common: Option<Bucket>,
}

struct ClientLimit {
    strategy: Strategy,
    buckets: Clients,
}

struct Compiled(Arc<Limits>);

impl Blueprint for Compiled {
    fn hooks(&self) -> Hooks {
        Hooks { request: true, done: false }
    }

    fn build(&self, _: Option<Box<dyn Any>>) -> Rc<dyn Filter> {
        Rc::new(Limiter(Arc::clone(&self.0)))
    }
}

struct Limiter(Arc<Limits>);

impl Filter for Limiter {
    fn request(&self, cx: &mut FilterCx<'_>) -> Step {
        if let Some(limit) = &self.0.client {
            if !limit.take(cx) {
                return Step::Reply(Reply { status: 429, reason: "client rate limit" });
            }
        }
        if let Some(bucket) = &self.0.common {
            if !bucket.take(cx.now) {
                return Step::Reply(Reply { status: 503, reason: "endpoint rate limit" });
            }
        }
        Step::Next
    }
}

impl ClientLimit {
    /// False: no token, or no client to charge.
    fn take(&self, cx: &FilterCx<'_>) -> bool {
        let ip = match &self.strategy {
            Strategy::Header(name) => {
                let value = value_of(&cx.head.fields, name, cx.head_bytes).unwrap_or_default();
                return !value.is_empty() && self.buckets.take(value, cx.now);
            }
            Strategy::Param(index) => {
                return cx.params.get(*index).is_some_and(|value| self.buckets.take(value, cx.now));
            }
            Strategy::Nobody => return false,
            Strategy::Ip => cx.client_ip,
            Strategy::IpHeader(name) => {
                let value = value_of(&cx.head.fields, name, cx.head_bytes).unwrap_or_default();
                ip_of(value).map_or(cx.client_ip, IpAddr::V4)
            }
        };
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.buckets.take(&ip.octets(), cx.now),
            IpAddr::V6(ip) => self.buckets.take(&ip.octets(), cx.now),
        }
    }
}

/// The address in a header of the `ip` strategy: the first element of the list, cut at its first
/// colon. So an IPv6 address is never found there (as with KrakenD).
fn ip_of(value: &[u8]) -> Option<Ipv4Addr> {
    let end = value.iter().position(|b| matches!(b, b',' | b':')).unwrap_or(value.len());
    std::str::from_utf8(&value[..end]).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
