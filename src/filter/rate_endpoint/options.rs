//! Settings of the endpoint limiter. As with KrakenD, what is not understood is no limit; unlike
//! there, a warning says so, with its place.
//!
//! `num_shards`, `cleanup_period` and `cleanup_threads` tune KrakenD's table of clients and have
//! no effect that a client could see; this table needs no tuning and they are not read.

use crate::config::{Finding, Raw};
use crate::filter::options::{go_duration, Reader, Wrong};
use crate::filter::Scope;
use crate::shared::bucket::Rule;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// A client not seen for so long is forgotten, unless `every` is longer.
const IDLE: Duration = Duration::from_secs(600);

/// Checked settings.
pub(super) struct Options {
    pub(super) client: Option<Client>,
    pub(super) common: Option<Rule>,
}

/// The limit of each client.
pub(super) struct Client {
    pub(super) strategy: Strategy,
    pub(super) rule: Rule,
    pub(super) idle: Duration,
}

/// What tells clients apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// The client address by the service's rule.
    Ip,
    /// An address in this header (lower-case), else as `Ip`.
    IpHeader(Vec<u8>),
    /// The first value of this header (lower-case).
    Header(Vec<u8>),
    /// A parameter of the endpoint, by index.
    Param(usize),
    /// A parameter that does not exist: nobody gets a token.
    Nobody,
}

impl Options {
    /// `None`: no limit.
    pub(super) fn read(raw: &Raw, scope: &Scope<'_>, findings: &mut Vec<Finding>) -> Option<Options> {
        let mut reader = Reader::new(raw, Wrong::Ignore, findings)?;
        let every = every(&mut reader);
        // Rates are per second from here on.
        let scale = SECOND.as_secs_f64() / every.as_secs_f64();
        let common_rate = reader.number("max_rate").unwrap_or_default() * scale;
        let client_rate = reader.number("client_max_rate").unwrap_or_default() * scale;
        let common_capacity = capacity(&mut reader, "capacity");
        let client_capacity = capacity(&mut reader, "client_capacity");

        let common = (common_rate > 0.0).then(|| {
            let by_rate = if common_rate < 1.0 { 1 } else { common_rate as u64 };
            Rule::new(common_rate, common_capacity.unwrap_or(by_rate))
        });
        let strategy = if client_rate > 0.0 { strategy(&mut reader, scope) } else { None };
        let client = strategy.map(|strategy| {
            let capacity = client_capacity.unwrap_or_else(|| {
                // Not a slip: the default looks at `max_rate`, as KrakenD's does.
                let by_rate = if common_rate < 1.0 { 1 } else { client_rate as u64 };
                let text =
                    format!("absent, so {} is taken; say how many requests may come at once", by_rate.max(1));
                reader.warn("client_capacity", text);
                by_rate
            });
            let idle = if every > IDLE { every.mul_f64(1.25) } else { IDLE };
            Client { strategy, rule: Rule::new(client_rate, capacity), idle }
        });
        if client.is_none() && common.is_none() {
            reader.warn_all("no limit is set: the component does nothing");
            return None;
        }
        Some(Options { client, common })
    }
}

/// The window of the rates, one second or more.
fn every(reader: &mut Reader<'_, '_>) -> Duration {
    let Some(text) = reader.text("every") else { return SECOND };
    match go_duration(text) {
        Some(every) if every >= SECOND => every,
        _ => {
            let text = format!("found {text:?}, allowed is a duration of 1s or more: 1s is taken");
            reader.warn("every", text);
            SECOND
        }
    }
}

/// `None` = absent or zero: the default is taken. A negative one is huge, as with KrakenD.
fn capacity(reader: &mut Reader<'_, '_>, key: &str) -> Option<u64> {
    let written = reader.whole(key)?;
    if written < 0 {
        reader.warn(key, format!("found {written}, which is no limit at all; allowed is 1 or more"));
    }
    (written != 0).then_some(written as u64) // wraps
}

/// `None`: no client limit.
fn strategy(reader: &mut Reader<'_, '_>, scope: &Scope<'_>) -> Option<Strategy> {
    let written = reader.text("strategy").unwrap_or_default();
    let key = reader.text("key").unwrap_or_default();
    match written.to_ascii_lowercase().as_str() {
        "ip" if key.is_empty() => Some(Strategy::Ip),
        "ip" => Some(Strategy::IpHeader(key.to_ascii_lowercase().into_bytes())),
        "header" => {
            if key.is_empty() {
                reader.warn("key", "absent, but it names the header: every request is refused with 429");
            }
            Some(Strategy::Header(key.to_ascii_lowercase().into_bytes()))
        }
        "param" => Some(param(reader, scope, key)),
        _ => {
            let text = format!("Unknown strategy {written:?}, allowed are ip, header and param: no limit per client");
            reader.warn("strategy", text);
            None
        }
    }
}

fn param(reader: &mut Reader<'_, '_>, scope: &Scope<'_>, key: &str) -> Strategy {
    // The last of equal names is the one that a look-up by name sees.
    if let Some(index) = scope.params.iter().rposition(|name| name == key) {
        return Strategy::Param(index);
    }
    let reason = if key.starts_with("JWT.") {
        "claims of a token cannot be used as parameters yet".to_owned()
    } else {
        format!("allowed are the parameters of the endpoint: {}", scope.params.join(", "))
    };
    reader.warn("key", format!("found {key:?}, {reason}; every request is refused with 429"));
    Strategy::Nobody
}
