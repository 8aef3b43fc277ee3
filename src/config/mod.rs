//! The configuration as written: typed keys with their places, no defaults resolved; knows
//! nothing of plans, sockets or threads.

pub mod extra;
pub mod finding;

pub use extra::{Extra, Raw};
pub use finding::{Finding, Severity};
use std::time::Duration;

/// A whole configuration file (`"version": 3`), root level. `None` = the key is absent or null.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub name: String,
    pub host: Vec<String>,
    pub port: Option<u16>,
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
    pub extra: Extra,
}

/// Root keys of the server side; a value of zero means "none", absent means Sluice's default.
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
    pub dialer_fallback_delay: Option<Duration>,
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
}

/// One entry of an endpoint's `backend`.
#[derive(Clone, Debug, Default)]
pub struct Backend {
    /// JSON path of this entry: `endpoints[0].backend[1]`.
    pub at: String,
    pub url_pattern: String,
    pub host: Vec<String>,
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
}
