//! The plan: the configuration as compiled. Immutable, shared by all shards, one per generation;
//! knows no runtime, no shard and no control thread.

pub mod budget;
pub mod client_ip;
pub mod compile;
pub mod errors;
pub mod path;
pub mod pattern;
pub mod report;
pub mod route;
pub mod target;

use self::budget::Budgets;
use crate::encoding::{Decoder, Renderer};
use crate::filter::Blueprint;
use crate::http::head::Method;
use crate::json::{Flatmap, Shape, StaticData};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Everything that the shards need to serve one configuration.
pub struct Plan {
    pub service: Service,
    pub routes: route::Routes,
    pub endpoints: Vec<EndpointPlan>,
    /// Every distinct backend host that is written; backends refer to them by index.
    pub hosts: Vec<HostPlan>,
    /// Every distinct service whose hosts are found while the gateway runs. Found hosts have the
    /// indexes behind those of `hosts`, given by each shard.
    pub discovered: Vec<DiscoveredPlan>,
    pub runtime: RuntimePlan,
    /// Edge filters, outermost first.
    pub edge: Vec<FilterPlan>,
}

/// A filter of one place, with what names it in the log and in `check -d`.
pub struct FilterPlan {
    pub namespace: &'static str,
    pub blueprint: Box<dyn Blueprint>,
}

/// Service-level settings, resolved.
#[derive(Debug)]
pub struct Service {
    pub name: String,
    /// `None`: all interfaces, IPv6 and IPv4.
    pub listen_ip: Option<IpAddr>,
    pub port: u16,
    pub timeouts: Timeouts,
    /// Request head limit in bytes, the peer's slack included.
    pub head_bytes: usize,
    pub transport: Transport,
    pub client_ip: ClientIp,
    /// `router.error_body`, rendered; `None`: the plain text answer.
    pub body_404: Option<Vec<u8>>,
    pub body_405: Option<Vec<u8>>,
    pub return_error_msg: bool,
    /// `sluice/errors`, for answers that no endpoint gives.
    pub errors: Option<Box<errors::ErrorsPlan>>,
    /// `None`: disabled.
    pub health_path: Option<String>,
    pub auto_options: bool,
    pub redirect_trailing_slash: bool,
    pub redirect_fixed_path: bool,
    pub method_not_allowed: bool,
    pub paths: path::PathRules,
    pub params: path::ParamRules,
    pub access_log: bool,
    pub access_log_skip: Vec<String>,
    pub hide_version: bool,
    pub debug_endpoint: bool,
    pub echo_endpoint: bool,
}

/// `None` = no limit.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    pub head: Option<Duration>,
    pub idle: Option<Duration>,
    /// `read_timeout`: whole request, when the file sets it.
    pub read: Option<Duration>,
    /// `write_timeout`: from the end of the head to the end of the answer, when the file sets it.
    pub write: Option<Duration>,
    /// Between two pieces of a request body, or of an answer that the client reads slowly.
    pub body_gap: Option<Duration>,
    pub shutdown: Option<Duration>,
}

/// Transport to the backends, resolved and divided by the number of shards.
#[derive(Clone, Copy, Debug)]
pub struct Transport {
    /// Idle connections of this shard in all; `None` = no limit.
    pub idle_max: Option<usize>,
    pub idle_per_host: usize,
    pub idle_timeout: Option<Duration>,
    pub fallback_delay: Duration,
    pub tcp_keep_alive: Option<Duration>,
    pub keep_alives: bool,
    /// Ask backends for gzip.
    pub compression: bool,
}

/// Which address counts as the client's (traffic-security: client IP).
#[derive(Clone, Debug)]
pub struct ClientIp {
    /// `router.forwarded_by_client_ip`.
    pub from_headers: bool,
    /// Lower-case names; `X-Forwarded-For`, `X-Real-Ip` unless configured.
    pub headers: Vec<String>,
    /// `None`: everyone is trusted (KrakenD's default).
    pub trusted: Option<Vec<Cidr>>,
}

/// An address block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    pub address: IpAddr,
    pub bits: u8,
}

/// `sluice/runtime`, resolved.
#[derive(Clone, Debug)]
pub struct RuntimePlan {
    pub shards: usize,
    pub pin_cores: bool,
    pub driver: Driver,
    pub ring_entries: u32,
    pub backlog: i32,
    /// Client connections of the whole process.
    pub max_connections: usize,
    pub strict: bool,
}

/// Kernel interface of the shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Auto,
    IoUring,
    Epoll,
}

/// A distinct backend host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPlan {
    pub tls: bool,
    /// `host[:port]` as it goes into the Host field.
    pub authority: String,
    pub name: HostName,
    pub port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostName {
    Ip(IpAddr),
    /// Resolved on the control thread.
    Dns(Arc<str>),
}

/// Where the calls of a backend go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostSet {
    /// Indexes into `Plan::hosts`, a host as often as it is written; empty when the configuration
    /// names none.
    Written(Vec<u32>),
    /// Index into `Plan::discovered`.
    Discovered(u32),
}

/// A service that is found by its SRV records, KrakenD keys `"sd": "dns"` and `sd_scheme`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredPlan {
    /// What is looked up, `_http._tcp.api.example`.
    pub name: Arc<str>,
    pub tls: bool,
}

/// One endpoint, compiled.
pub struct EndpointPlan {
    pub method: Method,
    /// Log form of the route, `/a/:id`.
    pub route: String,
    /// Parameter names as written.
    pub params: Vec<String>,
    pub timeout: Duration,
    /// Where it stands.
    pub timeout_source: budget::Source,
    /// Budget of the merge stage: 85 % of `timeout` with several backends, else all of it.
    pub merge_timeout: Duration,
    pub lane: Lane,
    pub headers: Names,
    pub query: Names,
    /// Rendered `Cache-Control` value for complete answers.
    pub cache_control: Option<String>,
    /// How the answer is rendered.
    pub output: Renderer,
    /// Calls made at the same time to each backend, KrakenD key `concurrent_calls`; at least 1.
    pub calls: usize,
    /// Budget of the calls of one backend when there are several: 75 % of `timeout`.
    pub race_timeout: Duration,
    /// What counts: all but the shadows.
    pub backends: Vec<BackendPlan>,
    /// Endpoint-tier filters, outermost first.
    pub filters: Vec<FilterPlan>,
    /// Pipe-tier filters, outermost first.
    pub pipe: Vec<FilterPlan>,
    /// No key of the answer can meet another.
    pub keys_disjoint: bool,
    /// What is done to the merged data; `None` = nothing.
    pub finish: Option<Box<FinishPlan>>,
    pub shadows: Vec<ShadowPlan>,
    /// `sluice/errors`; `None` = as KrakenD.
    pub errors: Option<Box<errors::ErrorsPlan>>,
}

/// What is done to merged data, in this order.
#[derive(Debug, Default)]
pub struct FinishPlan {
    /// `proxy.flatmap_filter`; not when a backend failed.
    pub flatmap: Option<Flatmap>,
    /// `proxy.static`.
    pub static_data: Option<StaticData>,
}

/// A backend that gets a copy of the request and whose answer nobody sees, KrakenD key
/// `proxy.shadow`.
pub struct ShadowPlan {
    pub backend: BackendPlan,
    /// `shadow_timeout`.
    pub timeout: Duration,
}

/// The shortest driver for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// no-op: stream through, no JSON.
    Relay,
    /// One backend, decoded.
    Single,
    /// Several backends at once; also one, when there are shadows beside it.
    Merge,
    /// The same with several calls to each backend, of which the first complete answer counts.
    Race,
    /// Several backends one after the other, KrakenD key `proxy.sequential`.
    Sequence,
}

/// Which headers or query strings pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// None but the default (Content-Type for headers of an endpoint, all for a backend's filter).
    Default,
    All,
    /// Headers: lower-case. Query strings: exact.
    Listed(Vec<String>),
}

/// One call of an endpoint, compiled.
pub struct BackendPlan {
    pub method: Method,
    /// `url_pattern` in its log form, `/b/{{.Id}}`.
    pub pattern: String,
    pub target: Vec<Piece>,
    /// The target has a query of its own: what the client sent is added with `&`, else with `?`.
    pub target_has_query: bool,
    pub hosts: HostSet,
    pub headers: Names,
    pub query: Names,
    /// How the body is decoded.
    pub encoding: Decoder,
    /// The body is an array, for the decoders that ask.
    pub is_collection: bool,
    pub shape: Shape,
    /// A later call of the sequence puts this body, which is not decoded, into its target.
    pub keep_body: bool,
    pub errors: ErrorMode,
    /// How long its calls and their parts may take.
    pub budgets: Budgets,
    /// Backend-tier filters, outermost first.
    pub filters: Vec<FilterPlan>,
}

/// A piece of a compiled `url_pattern`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Literal(Vec<u8>),
    /// In the path: index into the endpoint's parameters.
    Param(usize),
    /// The same in the pattern's own query, which has other rules of encoding.
    QueryParam(usize),
    /// `{respN_path}`: out of what an earlier backend of the sequence gave.
    Earlier(Earlier),
}

/// A placeholder for a value of an earlier backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Index into the endpoint's backends.
    pub backend: usize,
    /// Names of the members on the way to the value; empty = the whole body.
    pub path: Box<[Box<str>]>,
    /// It stands in the pattern's own query.
    pub in_query: bool,
}

/// `backend/http`: what becomes of a status other than 200 and 201.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorMode {
    Fault,
    /// `return_error_code`.
    Code,
    /// `return_error_details`: the data key, `error_NAME`.
    Details(String),
}
