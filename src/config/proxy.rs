//! The keys of `proxy` (endpoint and backend `extra_config`): what is known where, typed; knows
//! nothing of how requests run.

use crate::config::component::{describe, quote, Component};
use crate::config::finding::{Finding, Severity};
use crate::config::flatmap::{self, FlatmapOp};
use crate::config::namespaces::Level;
use crate::config::{near, units, Raw};
use serde_json::{Map, Value};
use std::time::Duration;

/// Keys of KrakenD Enterprise, which CE ignores.
const ENTERPRISE: [&str; 2] = ["max_payload", "decompress_gzip"];

const PROPAGATED: &str = "sequential_propagated_params";
const SANDBOXED: &str = "force_sandboxed_request";

/// Names of strategies, KrakenD key `static.strategy`; any other counts as the first.
const STRATEGIES: [&str; 5] = ["always", "success", "errored", "complete", "incomplete"];

/// `proxy` of an endpoint, as written.
#[derive(Clone, Debug, Default)]
pub struct ProxyKeys {
    /// Backends are called one after the other.
    pub sequential: bool,
    /// Values of earlier answers that later calls may use: `resp0_id`.
    pub sequential_propagated_params: Vec<String>,
    /// KrakenD key `static`.
    pub static_data: Option<StaticKeys>,
    /// Runs on the merged data; empty = none.
    pub flatmap_filter: Vec<FlatmapOp>,
    /// Each backend gets a copy of the request of its own.
    pub force_sandboxed_request: bool,
}

/// Fixed members for an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct StaticKeys {
    pub data: Map<String, Value>,
    /// When they are added; empty or unknown = always.
    pub strategy: String,
}

/// `proxy` of a backend, as written.
#[derive(Clone, Debug, Default)]
pub struct BackendProxyKeys {
    /// Takes the place of `allow`, `deny` and `mapping` when it is not empty.
    pub flatmap_filter: Vec<FlatmapOp>,
    /// The backend gets a copy of the request, and its answer is thrown away.
    pub shadow: bool,
    /// `None`: the endpoint's timeout. Zero (also written negative): it is over at once.
    pub shadow_timeout: Option<Duration>,
}

impl ProxyKeys {
    /// Reads the block of an endpoint. KrakenD passes over values of a wrong type; here they are
    /// warned about.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> ProxyKeys {
        let mut keys = Component::new(raw, Severity::Warning);
        let proxy = ProxyKeys {
            sequential: keys.bool("sequential").unwrap_or(false),
            sequential_propagated_params: keys.texts("sequential_propagated_params"),
            static_data: static_data(&mut keys, findings),
            flatmap_filter: flatmap::parse(&mut keys, findings),
            force_sandboxed_request: keys.bool("force_sandboxed_request").unwrap_or(false),
        };
        // Both are about what scripts see of a request, and nothing else.
        let script = "has no effect yet: only scripts can tell the difference";
        if !proxy.sequential_propagated_params.is_empty() {
            keys.warn(PROPAGATED, format!("'{PROPAGATED}' {script}"));
        }
        if proxy.force_sandboxed_request {
            keys.warn(SANDBOXED, format!("'{SANDBOXED}' {script}"));
        }
        elsewhere(&mut keys, &["shadow", "shadow_timeout"], Level::Endpoint, Level::Backend);
        finish(keys, findings);
        proxy
    }
}

impl BackendProxyKeys {
    /// Reads the block of a backend, with the same leniency.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> BackendProxyKeys {
        let mut keys = Component::new(raw, Severity::Warning);
        let proxy = BackendProxyKeys {
            flatmap_filter: flatmap::parse(&mut keys, findings),
            shadow: keys.bool("shadow").unwrap_or(false),
            shadow_timeout: shadow_timeout(&mut keys),
        };
        if proxy.shadow_timeout.is_some() && !proxy.shadow {
            keys.warn("shadow_timeout", "'shadow_timeout' has no effect without \"shadow\": true");
        }
        let others = ["sequential", "sequential_propagated_params", "static", "force_sandboxed_request"];
        elsewhere(&mut keys, &others, Level::Backend, Level::Endpoint);
        finish(keys, findings);
        proxy
    }
}

fn static_data(keys: &mut Component<'_>, findings: &mut Vec<Finding>) -> Option<StaticKeys> {
    let value = keys.value("static")?;
    if !value.is_object() {
        keys.refuse("static", format!("found {}, allowed is an object", describe(value)));
        return None;
    }
    let mut keys = Component::inside(&keys.path("static"), value, Severity::Warning);
    let strategy = keys.text("strategy").unwrap_or("");
    if !strategy.is_empty() && !STRATEGIES.contains(&strategy) {
        let hint = near::hint(strategy, STRATEGIES);
        keys.warn("strategy", format!("found {}, which counts as \"always\"{hint}", quote(strategy)));
    }
    let data = keys.value("data").and_then(Value::as_object);
    if data.is_none() {
        keys.warn("data", "'static' needs an object 'data'; without it, it has no effect");
    }
    keys.finish("static", Severity::Warning, findings);
    Some(StaticKeys { data: data?.clone(), strategy: strategy.to_string() })
}

/// KrakenD takes the default when the text is no duration.
fn shadow_timeout(keys: &mut Component<'_>) -> Option<Duration> {
    let text = keys.text("shadow_timeout")?;
    match units::parse_duration(text) {
        Ok(nanoseconds) => Some(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))),
        Err(why) => {
            let text = format!(
                "found {}, allowed is {} ({why}); the endpoint's timeout counts",
                quote(text),
                units::FORM
            );
            keys.refuse("shadow_timeout", text);
            None
        }
    }
}

/// Keys that stand at the wrong level with a value that would do something.
fn elsewhere(keys: &mut Component<'_>, names: &[&'static str], here: Level, there: Level) {
    for name in names {
        let is_on = |value: &&Value| !matches!(value, Value::Bool(false));
        if keys.value(name).filter(is_on).is_some() {
            let (here, there) = (here.name(), there.name());
            keys.warn(name, format!("'{name}' has no effect on {here}; it works on {there}"));
        }
    }
}

/// What both levels know.
fn finish(mut keys: Component<'_>, findings: &mut Vec<Finding>) {
    if let Some(combiner) = keys.text("combiner").filter(|c| !c.is_empty() && *c != "default") {
        let text = format!("found {}, which counts as \"default\": there is no other", quote(combiner));
        keys.warn("combiner", text);
    }
    for key in ENTERPRISE {
        if keys.value(key).is_some() {
            keys.warn(key, format!("'{key}' has no effect: only KrakenD Enterprise acts on it"));
        }
    }
    keys.finish("proxy", Severity::Warning, findings);
}

#[cfg(test)]
mod tests;
