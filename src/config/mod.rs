//! The configuration as written: typed keys with their places, no defaults resolved; knows
//! nothing of plans, sockets or threads.
//!
//! `load` reads a file into a tree of values with places (`text`), puts the environment over it
//! (`env`), reads the keys (`decode`, with the weak types of `weak`), and applies the rules
//! (`check`). Every fault is a `Finding`; `Source` knows where it stands.

pub mod backend_http;
mod check;
pub mod component;
mod decode;
mod env;
pub mod errors;
pub mod extra;
pub mod finding;
pub mod flatmap;
pub mod fuzzing;
pub mod keys;
pub mod load;
pub mod logging;
pub mod namespaces;
pub mod near;
pub mod own;
pub mod path;
pub mod proxy;
pub mod router;
pub mod routing;
pub mod runtime;
pub mod schema;
pub mod source;
pub mod text;
pub mod timeout;
pub mod units;
mod weak;

#[cfg(test)]
mod tests;

pub use backend_http::HttpKeys;
pub use check::{clean_host, components, params, ENDPOINT_METHODS};
pub use component::Component;
pub use errors::{ErrorBodyKey, ErrorsKeys};
pub use extra::{Extra, Raw};
pub use finding::{Finding, Severity};
pub use flatmap::FlatmapOp;
pub use load::{load, load_text, Loaded};
pub use logging::{LogFormat, LogLevel, LoggingKeys};
pub use namespaces::{check_namespaces, Level};
pub use proxy::{BackendProxyKeys, ProxyKeys, StaticKeys};
pub use router::RouterKeys;
pub use routing::{RoutingKeys, SlashKey};
pub use runtime::{DriverKey, RuntimeKeys};
pub use source::Source;
use std::time::Duration;
pub use timeout::TimeoutKeys;

/// A whole configuration file (`"version": 3`), root level. `None` = the key is absent or null.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// 3, once loaded without errors.
    pub version: i64,
    pub name: String,
    /// Cleaned: scheme, name, port.
    pub host: Vec<String>,
    /// Never 0: that is the default too.
    pub port: Option<u16>,
    /// Empty = all interfaces; else it parses as an address.
    pub listen_ip: String,
    pub timeout: Option<Duration>,
    pub cache_ttl: Option<Duration>,
    pub output_encoding: String,
    pub disable_rest: bool,
    pub sequential_start: bool,
    pub debug_endpoint: bool,
    pub echo_endpoint: bool,
    pub use_h2c: bool,
    pub server: ServerKeys,
    pub transport: TransportKeys,
    pub endpoints: Vec<Endpoint>,
    pub agents: Vec<Agent>,
    /// A `tls` object stands there and is not disabled.
    pub tls: bool,
    /// A `client_tls` object stands there.
    pub client_tls: bool,
    /// A `plugin` object stands there.
    pub plugin: bool,
    pub extra: Extra,
    /// `extra_config.router`.
    pub router: RouterKeys,
    /// `extra_config["sluice/router"]`.
    pub routing: RoutingKeys,
    /// `extra_config["sluice/runtime"]`.
    pub runtime: RuntimeKeys,
    /// `extra_config["sluice/errors"]`: what endpoints without their own keys have.
    pub errors: ErrorsKeys,
    /// `extra_config["telemetry/logging"]`; `None` = KrakenD's plain logger.
    pub logging: Option<LoggingKeys>,
}

/// Root keys of the server side; a value of zero means "none" (also written negative), absent
/// means Sluice's default.
#[derive(Clone, Debug, Default)]
pub struct ServerKeys {
    pub read_timeout: Option<Duration>,
    pub read_header_timeout: Option<Duration>,
    pub write_timeout: Option<Duration>,
    pub idle_timeout: Option<Duration>,
    pub max_header_bytes: Option<i64>,
    pub max_shutdown_wait_time: Option<Duration>,
}

/// Root keys of the transport to the backends.
#[derive(Clone, Debug, Default)]
pub struct TransportKeys {
    pub max_idle_connections: Option<i64>,
    pub max_idle_connections_per_host: Option<i64>,
    pub idle_connection_timeout: Option<Duration>,
    pub response_header_timeout: Option<Duration>,
    pub expect_continue_timeout: Option<Duration>,
    pub dialer_timeout: Option<Duration>,
    /// `None`: 300 ms. `Duration::MAX` (written negative): no second address family at once.
    pub dialer_fallback_delay: Option<Duration>,
    /// `None`: 15 s. Zero (written negative): off.
    pub dialer_keep_alive: Option<Duration>,
    pub disable_keep_alives: bool,
    pub disable_compression: bool,
    pub allow_insecure_connections: bool,
    pub dns_cache_ttl: Option<Duration>,
}

/// One entry of `endpoints`.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    /// JSON path of this entry, for findings: `endpoints[0]`.
    pub at: String,
    /// With its leading slash.
    pub endpoint: String,
    /// Upper-cased; empty = GET.
    pub method: String,
    pub timeout: Option<Duration>,
    pub cache_ttl: Option<Duration>,
    /// As written; empty = inherit.
    pub output_encoding: String,
    pub input_headers: Vec<String>,
    pub input_query_strings: Vec<String>,
    pub concurrent_calls: Option<i64>,
    pub backend: Vec<Backend>,
    pub extra: Extra,
    /// `extra_config.proxy`.
    pub proxy: ProxyKeys,
    /// `extra_config["sluice/timeout"]`, for its backends.
    pub times: TimeoutKeys,
    /// `extra_config["sluice/errors"]`.
    pub errors: ErrorsKeys,
}

/// One entry of an endpoint's `backend`.
#[derive(Clone, Debug, Default)]
pub struct Backend {
    /// JSON path of this entry: `endpoints[0].backend[1]`.
    pub at: String,
    /// With its leading slash.
    pub url_pattern: String,
    /// Cleaned unless `disable_host_sanitize`; empty = inherit the root's.
    pub host: Vec<String>,
    /// Upper-cased; empty = the endpoint's.
    pub method: String,
    /// As written (any case); empty = json.
    pub encoding: String,
    pub target: String,
    pub allow: Vec<String>,
    pub deny: Vec<String>,
    pub mapping: Vec<(String, String)>,
    pub group: String,
    pub is_collection: bool,
    pub input_headers: Vec<String>,
    pub input_query_strings: Vec<String>,
    pub disable_host_sanitize: bool,
    pub sd: String,
    pub sd_scheme: String,
    pub extra: Extra,
    /// `extra_config["backend/http"]`.
    pub http: HttpKeys,
    /// `extra_config.proxy`.
    pub proxy: BackendProxyKeys,
    /// `extra_config["sluice/timeout"]`.
    pub times: TimeoutKeys,
}

/// One entry of `async_agent`.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    /// JSON path of this entry: `async_agent[0]`.
    pub at: String,
    pub name: String,
    pub encoding: String,
    pub topic: String,
    pub workers: Option<i64>,
    pub timeout: Option<Duration>,
    pub max_rate: Option<f64>,
    pub max_retries: Option<i64>,
    pub backoff_strategy: String,
    pub health_interval: Option<Duration>,
    pub backend: Vec<Backend>,
    pub extra: Extra,
}
