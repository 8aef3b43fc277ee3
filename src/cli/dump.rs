//! The listing of `check -d`: KrakenD's labels and facts, defaults resolved; one `-d` more shows more.

use crate::config::units::format_duration;
use crate::config::{params, Agent, Backend, Config, Endpoint, Extra};
use crate::limits::ENDPOINT_TIMEOUT_MS;
use std::io::{Result, Write};
use std::time::Duration;

/// KrakenD's default port.
const PORT: u16 = 8080;

/// Writes the listing.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(config: &Config, level: u8, indent: &str, out: &mut dyn Write) -> Result<()> {
    let mut dump = Dump { config, level, indent, out };
    dump.service()?;
    dump.components(0, "global component configuration(s)", &config.extra)?;
    dump.line(0, &format!("{} API endpoint(s):", config.endpoints.len()))?;
    for endpoint in &config.endpoints {
        dump.endpoint(endpoint)?;
    }
    dump.line(0, &format!("{} async agent(s):", config.agents.len()))?;
    for agent in &config.agents {
        dump.agent(agent)?;
    }
    Ok(())
}

struct Dump<'a> {
    config: &'a Config,
    level: u8,
    indent: &'a str,
    out: &'a mut dyn Write,
}

impl Dump<'_> {
    fn line(&mut self, depth: usize, text: &str) -> Result<()> {
        writeln!(self.out, "{}{text}", self.indent.repeat(depth))
    }

    fn service(&mut self) -> Result<()> {
        let config = self.config;
        self.line(0, "Global settings")?;
        self.line(1, &format!("Name: {}", config.name))?;
        self.line(1, &format!("Version: {}", config.version))?;
        self.line(1, &format!("Address: {}", config.listen_ip))?;
        self.line(1, &format!("Port: {}", config.port.unwrap_or(PORT)))?;
        if !config.host.is_empty() {
            self.line(1, &format!("Default hosts: [{}]", config.host.join(" ")))?;
        }
        if self.level > 1 {
            self.line(1, &format!("Default cache TTL: {}", duration(config.cache_ttl)))?;
            self.line(1, &format!("Default timeout: {}", format_duration(timeout(config.timeout, None))))?;
            if !config.tls {
                self.line(1, "No TLS section defined")?;
            }
            if !config.plugin {
                self.line(1, "No Plugin section defined")?;
            }
        }
        if self.level > 2 {
            self.server()?;
        }
        Ok(())
    }

    fn server(&mut self) -> Result<()> {
        let (server, transport) = (&self.config.server, &self.config.transport);
        let durations = [
            ("Read timeout", server.read_timeout),
            ("Read header timeout", server.read_header_timeout),
            ("Write timeout", server.write_timeout),
            ("Idle timeout", server.idle_timeout),
            ("Max shutdown wait time", server.max_shutdown_wait_time),
            ("Idle connection timeout", transport.idle_connection_timeout),
            ("Response header timeout", transport.response_header_timeout),
            ("Expect continue timeout", transport.expect_continue_timeout),
            ("Dialer timeout", transport.dialer_timeout),
            ("DNS cache TTL", transport.dns_cache_ttl),
        ];
        for (label, value) in durations {
            self.line(1, &format!("{label}: {}", duration(value)))?;
        }
        let numbers = [
            ("Max header bytes", server.max_header_bytes),
            ("Max idle connections", transport.max_idle_connections),
            ("Max idle connections per host", transport.max_idle_connections_per_host),
        ];
        for (label, value) in numbers {
            self.line(1, &format!("{label}: {}", value.unwrap_or(0)))?;
        }
        let flags = [
            ("Disable keep alives", transport.disable_keep_alives),
            ("Disable compression", transport.disable_compression),
            ("Allow insecure connections", transport.allow_insecure_connections),
            ("Disable REST", self.config.disable_rest),
            ("Debug endpoint", self.config.debug_endpoint),
            ("Echo endpoint", self.config.echo_endpoint),
            ("Sequential start", self.config.sequential_start),
        ];
        for (label, value) in flags {
            self.line(1, &format!("{label}: {value}"))?;
        }
        Ok(())
    }

    fn components(&mut self, depth: usize, label: &str, extra: &Extra) -> Result<()> {
        if extra.0.is_empty() {
            return Ok(());
        }
        self.line(depth, &format!("{} {label}:", extra.0.len()))?;
        for (namespace, raw) in &extra.0 {
            if self.level > 1 {
                self.line(depth, &format!("- {namespace}: {}", raw.value))?;
            } else {
                self.line(depth, &format!("- {namespace}"))?;
            }
        }
        Ok(())
    }

    fn endpoint(&mut self, endpoint: &Endpoint) -> Result<()> {
        let method = or(&endpoint.method, "GET");
        let route = route(&endpoint.endpoint, self.config.disable_rest);
        self.line(1, &format!("- {method} {route}"))?;
        let limit = timeout(endpoint.timeout, self.config.timeout);
        self.line(2, &format!("Timeout: {}", format_duration(limit)))?;
        if !endpoint.input_query_strings.is_empty() {
            self.line(2, &format!("QueryString: [{}]", endpoint.input_query_strings.join(" ")))?;
        }
        let output = or(&endpoint.output_encoding, or(&self.config.output_encoding, "json"));
        if self.level > 1 {
            let ttl = endpoint.cache_ttl.filter(|t| !t.is_zero()).or(self.config.cache_ttl);
            self.line(2, &format!("CacheTTL: {}", duration(ttl)))?;
            self.line(2, &format!("Headers to pass: [{}]", endpoint.input_headers.join(" ")))?;
            self.line(2, &format!("Output encoding: {output}"))?;
            self.line(2, &format!("Concurrent calls: {}", endpoint.concurrent_calls.unwrap_or(1).max(1)))?;
        }
        self.components(2, "endpoint component configuration(s)", &endpoint.extra)?;
        self.line(2, &format!("Connecting to {} backend(s):", endpoint.backend.len()))?;
        for backend in &endpoint.backend {
            let encoding = if output == "no-op" { output } else { or(&backend.encoding, "json") };
            self.backend(backend, method, limit, encoding)?;
        }
        Ok(())
    }

    fn backend(&mut self, backend: &Backend, method: &str, limit: Duration, encoding: &str) -> Result<()> {
        let hosts = if backend.host.is_empty() { &self.config.host } else { &backend.host };
        let hosts = hosts.join(" ");
        self.line(3, &format!("[+] {} {}", or(&backend.method, method), backend.url_pattern))?;
        self.line(4, &format!("Timeout: {}", format_duration(limit)))?;
        self.line(4, &format!("Hosts: [{hosts}]"))?;
        if self.level > 1 {
            self.line(4, &format!("Encoding: {encoding}"))?;
            let lists = [("Allow", &backend.allow), ("Deny", &backend.deny)];
            for (label, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
                self.line(4, &format!("{label}: [{}]", list.join(" ")))?;
            }
            for (label, text) in [("Group", &backend.group), ("Target", &backend.target)] {
                if !text.is_empty() {
                    self.line(4, &format!("{label}: {text}"))?;
                }
            }
        }
        self.components(4, "backend component configuration(s)", &backend.extra)
    }

    fn agent(&mut self, agent: &Agent) -> Result<()> {
        self.line(1, &format!("- {}", agent.name))?;
        self.line(2, &format!("Topic: {}", agent.topic))?;
        let limit = timeout(agent.timeout, self.config.timeout);
        self.line(2, &format!("Timeout: {}", format_duration(limit)))?;
        if self.level > 1 {
            self.line(2, &format!("Encoding: {}", or(&agent.encoding, "json")))?;
            self.line(2, &format!("Workers: {}", agent.workers.unwrap_or(1).max(1)))?;
            self.line(2, &format!("Max rate: {}", agent.max_rate.unwrap_or(0.0)))?;
            self.line(2, &format!("Max retries: {}", agent.max_retries.unwrap_or(0)))?;
            self.line(2, &format!("Backoff strategy: {}", agent.backoff_strategy))?;
            self.line(2, &format!("Health interval: {}", duration(agent.health_interval)))?;
        }
        self.components(2, "agent component configuration(s)", &agent.extra)?;
        self.line(2, &format!("Connecting to {} backend(s):", agent.backend.len()))?;
        for backend in &agent.backend {
            self.backend(backend, "GET", limit, or(&backend.encoding, "json"))?;
        }
        Ok(())
    }
}

/// The endpoint's own timeout, else the service's, else the default; zero counts as absent.
fn timeout(own: Option<Duration>, service: Option<Duration>) -> Duration {
    let set = |t: &Duration| !t.is_zero();
    own.filter(set).or(service.filter(set)).unwrap_or(Duration::from_millis(ENDPOINT_TIMEOUT_MS))
}

fn duration(value: Option<Duration>) -> String {
    format_duration(value.unwrap_or_default())
}

fn or<'t>(text: &'t str, default: &'t str) -> &'t str {
    if text.is_empty() {
        default
    } else {
        text
    }
}

/// The route as the router writes it, `/a/:id`.
fn route(path: &str, disable_rest: bool) -> String {
    let mut route = path.to_string();
    for name in params(path, disable_rest) {
        route = route.replace(&format!("{{{name}}}"), &format!(":{name}"));
    }
    route
}
