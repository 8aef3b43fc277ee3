//! What the values mean together: every rule that refuses a configuration whose types are right.
//! Cleans the values on the way (hosts, paths, methods); knows no file and no place but paths.

mod host;
mod route;
mod target;
mod words;

pub use host::clean as clean_host;
pub use route::params;

use crate::config::component::quote;
use crate::config::finding::{Finding, Severity};
use crate::config::{near, path, Agent, Backend, Config, Endpoint};
use crate::config::{
    BackendProxyKeys, ErrorsKeys, HttpKeys, LoggingKeys, ProxyKeys, RouterKeys, RoutingKeys, RuntimeKeys,
    TimeoutKeys,
};
use std::collections::BTreeSet;

const VERSION: i64 = 3;
/// Methods of endpoints; KrakenD serves the first five.
pub const ENDPOINT_METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY"];
/// Methods that a backend can be called with.
pub const BACKEND_METHODS: [&str; 8] = ENDPOINT_METHODS;
/// Components that answer instead of a host.
const HOSTLESS: [&str; 5] = [
    "backend/lambda",
    "backend/amqp/consumer",
    "backend/amqp/producer",
    "backend/pubsub/publisher",
    "backend/pubsub/subscriber",
];

/// Findings, with a memory of the places whose types were wrong: a rule about a value that could
/// not be read says nothing new.
pub struct Report<'f> {
    findings: &'f mut Vec<Finding>,
    unread: BTreeSet<String>,
}

impl Report<'_> {
    fn new(findings: &mut Vec<Finding>) -> Report<'_> {
        let errors = findings.iter().filter(|f| f.severity == Severity::Error);
        let unread = errors.map(|f| f.at.clone()).collect();
        Report { findings, unread }
    }

    /// Whether a value at this path or below it could not be read.
    fn is_unread(&self, at: &str) -> bool {
        if at.is_empty() {
            return false;
        }
        let below = |prefix: String| {
            self.unread.range(prefix.clone()..).next().is_some_and(|found| found.starts_with(&prefix))
        };
        self.unread.contains(at) || below(format!("{at}.")) || below(format!("{at}["))
    }

    fn error(&mut self, at: impl Into<String>, text: impl Into<String>) {
        let at = at.into();
        if !self.is_unread(&at) {
            self.findings.push(Finding::error(at, text));
        }
    }

    fn warn(&mut self, at: impl Into<String>, text: impl Into<String>) {
        let at = at.into();
        if !self.is_unread(&at) {
            self.findings.push(Finding::warning(at, text));
        }
    }
}

/// Applies every rule.
pub fn apply(config: &mut Config, findings: &mut Vec<Finding>) {
    components(config, findings);
    let mut report = Report::new(findings);
    service(config, &mut report);
    not_built(config, &mut report);
    let has_hosts = !config.host.is_empty();
    let (disable_rest, output) = (config.disable_rest, config.output_encoding.clone());
    for endpoint in &mut config.endpoints {
        check_endpoint(endpoint, disable_rest, &output, has_hosts, &mut report);
    }
    for Agent { backend, .. } in &mut config.agents {
        backend.iter_mut().for_each(|backend| check_backend(backend, has_hosts, &mut report));
    }
    route::duplicates(config, &mut report);
}

/// Reads the components that the core itself acts on.
pub fn components(config: &mut Config, findings: &mut Vec<Finding>) {
    let extra = &config.extra;
    config.router = extra.get("router").map(|raw| RouterKeys::parse(raw, findings)).unwrap_or_default();
    config.routing =
        extra.get("sluice/router").map(|raw| RoutingKeys::parse(raw, findings)).unwrap_or_default();
    config.runtime =
        extra.get("sluice/runtime").map(|raw| RuntimeKeys::parse(raw, findings)).unwrap_or_default();
    config.logging = extra.get("telemetry/logging").map(|raw| LoggingKeys::parse(raw, findings));
    config.errors =
        extra.get("sluice/errors").map(|raw| ErrorsKeys::parse(raw, findings)).unwrap_or_default();
    for endpoint in &mut config.endpoints {
        if let Some(raw) = endpoint.extra.get("sluice/errors") {
            endpoint.errors = ErrorsKeys::parse(raw, findings);
        }
        if let Some(raw) = endpoint.extra.get("proxy") {
            endpoint.proxy = ProxyKeys::parse(raw, findings);
        }
        if let Some(raw) = endpoint.extra.get("sluice/timeout") {
            endpoint.times = TimeoutKeys::parse(raw, findings);
        }
        for backend in &mut endpoint.backend {
            if let Some(raw) = backend.extra.get("proxy") {
                backend.proxy = BackendProxyKeys::parse(raw, findings);
            }
            if let Some(raw) = backend.extra.get("backend/http") {
                backend.http = HttpKeys::parse(raw, findings);
            }
            if let Some(raw) = backend.extra.get("sluice/timeout") {
                backend.times = TimeoutKeys::parse(raw, findings);
            }
        }
    }
}

fn service(config: &mut Config, report: &mut Report<'_>) {
    if config.version != VERSION && !report.is_unread("version") {
        if config.version == 0 {
            report.error("", format!("'version' is missing, allowed is {VERSION}"));
        } else {
            report.error("version", format!("found {}, allowed is {VERSION}", config.version));
        }
    }
    if !config.listen_ip.is_empty() && config.listen_ip.parse::<std::net::IpAddr>().is_err() {
        report.error(
            "listen_ip",
            format!("found {}, allowed is an IPv4 or IPv6 address", quote(&config.listen_ip)),
        );
    }
    clean_hosts("", &mut config.host, report);
    words::output("", &config.output_encoding, report);
}

/// Keys of the typed part that nothing acts on yet.
fn not_built(config: &Config, report: &mut Report<'_>) {
    if config.tls {
        let text = "TLS of the listener is not built yet, and the service would be open in clear text; allowed is \"disabled\": true";
        report.error("tls", text);
    }
    if config.client_tls {
        report.warn("client_tls", "'client_tls' is not built yet and has no effect");
    }
    if config.plugin {
        report.warn("plugin", "plugins are not built yet: none is loaded");
    }
    if config.use_h2c {
        report.warn("use_h2c", "HTTP/2 without TLS is not built yet: clients are served HTTP/1.1");
    }
    if config.router.use_h2c {
        let at = config.extra.get("router").map_or(String::new(), |raw| path::member(&raw.at, "use_h2c"));
        report.warn(at, "HTTP/2 without TLS is not built yet: clients are served HTTP/1.1");
    }
    for agent in &config.agents {
        report.warn(&agent.at, "async agents are not built yet: this one does not run");
    }
}

fn check_endpoint(
    endpoint: &mut Endpoint,
    disable_rest: bool,
    service_output: &str,
    has_hosts: bool,
    report: &mut Report<'_>,
) {
    let path_at = path::member(&endpoint.at, "endpoint");
    let readable = !report.is_unread(&path_at);
    if readable {
        route::check_path(endpoint, disable_rest, report);
    }
    let backends_at = path::member(&endpoint.at, "backend");
    if endpoint.backend.is_empty() && !report.is_unread(&backends_at) {
        report.error(&endpoint.at, "found no backend, allowed is one or more in 'backend'");
    }
    check_method(&endpoint.at, &mut endpoint.method, &ENDPOINT_METHODS, report);
    words::endpoint(endpoint, report);
    let output = if endpoint.output_encoding.is_empty() { service_output } else { &endpoint.output_encoding };
    if output == "no-op" && endpoint.backend.len() > 1 {
        let text = format!(
            "found {} backends with output_encoding \"no-op\", allowed is one",
            endpoint.backend.len()
        );
        report.error(&backends_at, text);
    }
    let params = route::params(&endpoint.endpoint, disable_rest);
    for backend in &mut endpoint.backend {
        check_backend(backend, has_hosts, report);
        if readable {
            target::check(&endpoint.endpoint, &params, backend, report);
        }
    }
}

fn check_backend(backend: &mut Backend, has_hosts: bool, report: &mut Report<'_>) {
    check_method(&backend.at, &mut backend.method, &BACKEND_METHODS, report);
    words::encoding(backend, report);
    if !backend.url_pattern.starts_with('/') {
        backend.url_pattern.insert(0, '/');
    }
    if !backend.disable_host_sanitize {
        clean_hosts(&backend.at, &mut backend.host, report);
    }
    let hostless = HOSTLESS.iter().any(|namespace| backend.extra.get(namespace).is_some());
    let unread = report.is_unread(&path::member(&backend.at, "host")) || report.is_unread("host");
    if backend.host.is_empty() && !has_hosts && !hostless && !unread {
        report.warn(&backend.at, "found no host here and none at the root: every call of this backend fails");
    }
}

/// Upper-cases a method; empty stays empty.
fn check_method(at: &str, method: &mut String, allowed: &[&'static str], report: &mut Report<'_>) {
    if method.is_empty() {
        return;
    }
    let upper = method.to_ascii_uppercase();
    if allowed.contains(&upper.as_str()) {
        *method = upper;
        return;
    }
    let hint = near::hint(method, allowed.iter().copied());
    let text = format!("found {}, allowed is one of {}{hint}", quote(method), allowed.join(", "));
    report.error(path::member(at, "method"), text);
}

fn clean_hosts(at: &str, hosts: &mut [String], report: &mut Report<'_>) {
    for (index, host) in hosts.iter_mut().enumerate() {
        match host::clean(host) {
            Ok(cleaned) => *host = cleaned,
            Err(why) => {
                // The root's hosts have no such switch.
                let way_out =
                    if at.is_empty() { "" } else { ", or anything with \"disable_host_sanitize\": true" };
                let text = format!("found {} ({why}), allowed is {}{way_out}", quote(host), host::FORM);
                report.error(path::element(&path::member(at, "host"), index), text);
            }
        }
    }
}
