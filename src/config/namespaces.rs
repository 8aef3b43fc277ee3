//! Every namespace of `extra_config` that KrakenD CE acts on, the levels at which it does, the old
//! names, and the Enterprise names that it ignores; knows nothing of what they do.

use crate::config::finding::{Finding, Severity};
use crate::config::weak::is_comment;
use crate::config::{keys, near, own, path, Config, Extra, Raw};

/// Where a component stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    Service,
    Endpoint,
    Backend,
}

impl Level {
    /// How messages call the level.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Level::Service => "the service",
            Level::Endpoint => "an endpoint",
            Level::Backend => "a backend",
        }
    }
}

/// One namespace that has an effect somewhere.
#[derive(Debug)]
pub struct Namespace {
    pub name: &'static str,
    /// The old long name; empty when there never was one.
    pub old: &'static str,
    pub levels: &'static [Level],
    /// Read by the core itself, so that no filter has to implement it.
    pub core: bool,
}

impl Namespace {
    /// Whether it decides who may pass: then running without it is not safe.
    #[must_use]
    pub fn guards(&self) -> bool {
        ["auth/", "validation/", "security/"].iter().any(|prefix| self.name.starts_with(prefix))
    }
}

const S: &[Level] = &[Level::Service];
const E: &[Level] = &[Level::Endpoint];
const B: &[Level] = &[Level::Backend];
const SE: &[Level] = &[Level::Service, Level::Endpoint];
const EB: &[Level] = &[Level::Endpoint, Level::Backend];

const fn core(name: &'static str, levels: &'static [Level], old: &'static str) -> Namespace {
    Namespace { name, old, levels, core: true }
}

const fn feature(name: &'static str, levels: &'static [Level], old: &'static str) -> Namespace {
    Namespace { name, old, levels, core: false }
}

/// The table.
pub const NAMESPACES: &[Namespace] = &[
    core("router", S, "github_com/luraproject/lura/router/gin"),
    core("proxy", EB, "github.com/devopsfaith/krakend/proxy"),
    core("backend/http", B, "github.com/devopsfaith/krakend/http"),
    core("telemetry/logging", S, "github_com/devopsfaith/krakend-gologging"),
    feature("backend/http/client", B, ""),
    feature("backend/graphql", B, "github.com/devopsfaith/krakend/transport/http/client/graphql"),
    feature("backend/lambda", B, "github.com/devopsfaith/krakend-lambda"),
    feature("backend/amqp/consumer", B, "github.com/devopsfaith/krakend-amqp/consume"),
    feature("backend/amqp/producer", B, "github.com/devopsfaith/krakend-amqp/produce"),
    feature("backend/pubsub/publisher", B, "github.com/devopsfaith/krakend-pubsub/publisher"),
    feature("backend/pubsub/subscriber", B, "github.com/devopsfaith/krakend-pubsub/subscriber"),
    feature("qos/ratelimit/router", E, ""),
    feature("qos/ratelimit/proxy", B, ""),
    feature("qos/circuit-breaker", B, "github.com/devopsfaith/krakend-circuitbreaker/gobreaker"),
    feature("qos/http-cache", B, "github.com/devopsfaith/krakend-httpcache"),
    feature("auth/validator", E, "github.com/devopsfaith/krakend-jose/validator"),
    feature("auth/signer", E, "github.com/devopsfaith/krakend-jose/signer"),
    feature("auth/revoker", S, "github_com/devopsfaith/bloomfilter"),
    feature("auth/client-credentials", B, "github.com/devopsfaith/krakend-oauth2-clientcredentials"),
    feature("security/bot-detector", SE, "github_com/devopsfaith/krakend-botdetector"),
    feature("security/http", S, "github_com/devopsfaith/krakend-httpsecure"),
    feature("security/cors", S, "github_com/devopsfaith/krakend-cors"),
    feature("validation/cel", EB, "github.com/devopsfaith/krakend-cel"),
    feature("validation/json-schema", E, "github.com/devopsfaith/krakend-jsonschema"),
    feature("modifier/lua-endpoint", SE, "github.com/devopsfaith/krakend-lua/router"),
    feature("modifier/lua-proxy", E, "github.com/devopsfaith/krakend-lua/proxy"),
    feature("modifier/lua-backend", B, "github.com/devopsfaith/krakend-lua/proxy/backend"),
    feature("modifier/martian", B, "github.com/devopsfaith/krakend-martian"),
    feature("plugin/http-server", S, "github_com/devopsfaith/krakend/transport/http/server/handler"),
    feature("plugin/http-client", B, "github.com/devopsfaith/krakend/transport/http/client/executor"),
    feature("plugin/req-resp-modifier", EB, "github.com/devopsfaith/krakend/proxy/plugin"),
    feature("telemetry/logstash", S, "github_com/devopsfaith/krakend-logstash"),
    feature("telemetry/gelf", S, "github_com/devopsfaith/krakend-gelf"),
    feature("telemetry/metrics", S, "github_com/devopsfaith/krakend-metrics"),
    feature("telemetry/influx", S, "github_com/letgoapp/krakend-influx"),
    feature("telemetry/opencensus", S, "github_com/devopsfaith/krakend-opencensus"),
    feature("telemetry/opentelemetry", S, ""),
];

/// `async/amqp` stands on agents only, which have no level here.
const AGENT: [(&str, &str); 1] = [("async/amqp", "github.com/devopsfaith/krakend-amqp/agent")];

/// Names that only KrakenD Enterprise acts on; an end in `/` stands for all names below.
const ENTERPRISE: &[&str] = &[
    "ai/",
    "async/kafka",
    "auth/api-keys",
    "auth/aws-sigv4",
    "auth/basic",
    "auth/gcp",
    "auth/jose",
    "auth/ntlm",
    "backend/conditional",
    "backend/grpc",
    "backend/log",
    "backend/pubsub/publisher/kafka",
    "backend/pubsub/subscriber/kafka",
    "backend/soap",
    "backend/static-filesystem",
    "documentation/",
    "governance/",
    "grpc",
    "modifier/body-generator",
    "modifier/jmespath",
    "modifier/request-body-extractor",
    "modifier/request-body-generator",
    "modifier/response-body",
    "modifier/response-body-generator",
    "modifier/response-headers",
    "plugin/geoip",
    "plugin/ip-filter",
    "plugin/jwk-aggregator",
    "plugin/middleware",
    "plugin/redis-ratelimit",
    "qos/circuit-breaker/http",
    "qos/ratelimit/redis",
    "qos/ratelimit/router/redis",
    "qos/ratelimit/service",
    "qos/ratelimit/service/redis",
    "qos/ratelimit/tiered",
    "redis",
    "security/policies",
    "server/static-filesystem",
    "server/virtualhost",
    "telemetry/moesif",
    "telemetry/newrelic",
    "telemetry/opentelemetry-security",
    "validation/response-json-schema",
    "websocket",
    "workflow",
];

/// Old names that KrakenD 2 no longer translates, with what replaced them.
const GONE: [(&str, &str); 2] = [
    ("github.com/devopsfaith/krakend-ratelimit/juju/router", "qos/ratelimit/router"),
    ("github.com/devopsfaith/krakend-ratelimit/juju/proxy", "qos/ratelimit/proxy"),
];

/// The short name of an old long one.
#[must_use]
pub fn short(name: &str) -> Option<&'static str> {
    let tables = NAMESPACES.iter().map(|n| (n.name, n.old)).chain(AGENT);
    tables.into_iter().find(|(_, old)| !old.is_empty() && *old == name).map(|(short, _)| short)
}

/// Compares what the file asks for with what is built. `implemented`: what the filter registry
/// gives, beside the namespaces that the core itself reads. A namespace without effect is a
/// warning, but an error where KrakenD CE acts on it, it is not built here, and it decides who may
/// pass; with `strict` (`sluice/runtime`) every finding is an error. Agents are left out: none runs.
#[must_use]
pub fn check_namespaces(config: &Config, implemented: &[(&str, Level)], strict: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_level(&config.extra, Level::Service, implemented, &mut findings);
    for endpoint in &config.endpoints {
        check_level(&endpoint.extra, Level::Endpoint, implemented, &mut findings);
        for backend in &endpoint.backend {
            check_level(&backend.extra, Level::Backend, implemented, &mut findings);
        }
    }
    if strict {
        findings.iter_mut().for_each(|finding| finding.severity = Severity::Error);
    }
    findings
}

fn check_level(extra: &Extra, level: Level, implemented: &[(&str, Level)], findings: &mut Vec<Finding>) {
    for (name, raw) in &extra.0 {
        if let Some(block) = own::find(name) {
            if !block.levels.contains(&level) {
                findings.push(misplaced(name, level, block.levels, &raw.at));
            }
            continue;
        }
        let known = NAMESPACES.iter().find(|n| n.name == name);
        let finding = match known {
            Some(known) if known.levels.contains(&level) => {
                if known.core {
                    continue;
                }
                if implemented.contains(&(known.name, level)) {
                    unknown_keys(known.name, level, raw, findings);
                    continue;
                }
                not_built(known, &raw.at)
            }
            Some(known) => misplaced(name, level, known.levels, &raw.at),
            // A filter may bring a namespace of Sluice's own.
            None if implemented.iter().any(|(n, l)| n == name && *l == level) => continue,
            None => Finding::warning(&raw.at, unknown(name, implemented)),
        };
        findings.push(finding);
    }
}

/// What the core reads by itself reports its keys as it reads them; filters read as KrakenD does,
/// which passes over them.
fn unknown_keys(namespace: &str, level: Level, raw: &Raw, findings: &mut Vec<Finding>) {
    let (Some(block), Some(map)) = (keys::find(namespace, level), raw.value.as_object()) else { return };
    let names = || block.keys.iter().map(|key| key.name);
    for key in map.keys().filter(|key| !is_comment(key) && !names().any(|name| name == *key)) {
        let hint = near::hint(key, names());
        let text = format!("'{key}' is not a key of {namespace} and is ignored{hint}");
        findings.push(Finding::warning(path::member(&raw.at, key), text));
    }
}

fn misplaced(name: &str, level: Level, works_on: &[Level], at: &str) -> Finding {
    let places: Vec<&str> = works_on.iter().map(|l| l.name()).collect();
    let text = format!("'{name}' has no effect on {}; it works on {}", level.name(), places.join(" and "));
    Finding::warning(at, text)
}

fn not_built(namespace: &Namespace, at: &str) -> Finding {
    let name = namespace.name;
    if namespace.guards() {
        let text = format!("'{name}' is not built yet and has no effect; it decides who may pass, so Sluice does not start without it");
        Finding::error(at, text)
    } else {
        Finding::warning(at, format!("'{name}' is not built yet and has no effect"))
    }
}

fn unknown(name: &str, implemented: &[(&str, Level)]) -> String {
    if let Some((_, new)) = GONE.iter().find(|(old, _)| *old == name) {
        return format!("'{name}' has had no effect since KrakenD 2; its name is '{new}'");
    }
    let enterprise =
        ENTERPRISE.iter().any(|known| known == &name || (known.ends_with('/') && name.starts_with(known)));
    if enterprise {
        return format!("'{name}' has no effect: only KrakenD Enterprise acts on it");
    }
    let own = own::BLOCKS.iter().map(|block| block.namespace);
    let names = NAMESPACES.iter().map(|n| n.name).chain(own).chain(implemented.iter().map(|(n, _)| *n));
    format!("'{name}' is not a known component and has no effect{}", near::hint(name, names))
}
