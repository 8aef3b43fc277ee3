//! Service level of a configuration: listener, timeouts, transport, router options, runtime; knows
//! no endpoints.

use super::{non_zero, CompileEnv, Compiler};
use crate::config::{DriverKey, RouterKeys, RoutingKeys, RuntimeKeys, ServerKeys, SlashKey, TransportKeys};
use crate::limits::{
    BODY_GAP_TIMEOUT_MS, HEAD_TIMEOUT_MS, IDLE_PER_HOST, IDLE_TIMEOUT_MS, LISTEN_BACKLOG, REQUEST_HEAD_BYTES,
    REQUEST_HEAD_SLACK_BYTES, RING_ENTRIES,
};
use crate::plan::path::{EncodedSlash, ParamRules, PathRules};
use crate::plan::{Cidr, ClientIp, Driver, RuntimePlan, Service, Timeouts, Transport};
use std::net::IpAddr;
use std::time::Duration;

const PORT: u16 = 8080;
const HEALTH_PATH: &str = "/__health";
/// Go's defaults for what the file leaves at 0.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(15);
const FALLBACK_DELAY: Duration = Duration::from_millis(300);
/// Most that `max_header_bytes` can ask for: spans of a head are 32 bits wide.
const HEAD_BYTES_MAX: usize = 1 << 30;

/// `sluice/runtime` with its defaults.
pub(super) fn runtime(keys: &RuntimeKeys, env: &CompileEnv) -> RuntimePlan {
    // The rest is for files, backends and the log.
    let clients = env.fd_limit / 10 * 9;
    RuntimePlan {
        shards: non_zero(keys.shards).unwrap_or(env.shards).max(1),
        pin_cores: keys.pin_cores.unwrap_or(true),
        driver: match keys.driver {
            DriverKey::Auto => Driver::Auto,
            DriverKey::IoUring => Driver::IoUring,
            DriverKey::Epoll => Driver::Epoll,
        },
        ring_entries: keys.ring_entries.unwrap_or(RING_ENTRIES),
        backlog: keys.backlog.unwrap_or(LISTEN_BACKLOG),
        max_connections: non_zero(keys.max_connections).unwrap_or(clients).max(1),
        strict: keys.strict,
    }
}

/// Everything else of the service level.
pub(super) fn service(compiler: &mut Compiler<'_>, router: &RouterKeys) -> Service {
    let config = compiler.config;
    not_built(compiler);
    let encoded_slash = encoded_slash(&config.routing);
    let health = if router.health_path.is_empty() { HEALTH_PATH } else { &router.health_path };
    let body = |value: &Option<serde_json::Value>| value.as_ref().map(|v| v.to_string().into_bytes());
    Service {
        name: config.name.clone(),
        listen_ip: listen_ip(compiler),
        port: non_zero(config.port).unwrap_or(PORT),
        timeouts: timeouts(&config.server),
        head_bytes: head_bytes(config.server.max_header_bytes),
        transport: transport(&config.transport, compiler.shards),
        client_ip: client_ip(compiler, router),
        body_404: body(&router.error_404),
        body_405: body(&router.error_405),
        return_error_msg: router.return_error_msg,
        errors: compiler.service_errors(),
        health_path: (!router.disable_health).then(|| health.to_owned()),
        auto_options: router.auto_options,
        redirect_trailing_slash: !router.disable_redirect_trailing_slash,
        redirect_fixed_path: !router.disable_redirect_fixed_path,
        method_not_allowed: !router.disable_handle_method_not_allowed,
        paths: PathRules { remove_extra_slash: router.remove_extra_slash, encoded_slash },
        params: ParamRules {
            plain: !router.disable_path_decoding && !config.routing.encoded_params,
            slashes: encoded_slash == EncodedSlash::Keep,
        },
        access_log: !router.disable_access_log,
        access_log_skip: router.logger_skip_paths.clone(),
        hide_version: router.hide_version_header,
        debug_endpoint: config.debug_endpoint,
        echo_endpoint: config.echo_endpoint,
    }
}

/// Encoded parameters stay one segment unless the file says otherwise.
fn encoded_slash(keys: &RoutingKeys) -> EncodedSlash {
    match keys.encoded_slash {
        Some(SlashKey::Decode) => EncodedSlash::Decode,
        Some(SlashKey::Keep) => EncodedSlash::Keep,
        Some(SlashKey::Reject) => EncodedSlash::Reject,
        None if keys.encoded_params => EncodedSlash::Keep,
        None => EncodedSlash::Decode,
    }
}

/// Read, but the ability does not exist yet.
fn not_built(compiler: &mut Compiler<'_>) {
    if compiler.config.transport.allow_insecure_connections {
        let text = "not built yet: certificates of backends are always verified";
        compiler.no_effect("allow_insecure_connections", text);
    }
}

fn listen_ip(compiler: &mut Compiler<'_>) -> Option<IpAddr> {
    let text = &compiler.config.listen_ip;
    if text.is_empty() {
        return None;
    }
    let parsed = text.parse().ok();
    if parsed.is_none() {
        compiler.refuse("listen_ip", format!("found {text:?}, allowed is an IP address"));
    }
    parsed
}

/// Absent = Sluice's default, 0 in the file = none (reliability.md section 2). As in Go, the head
/// and the idle timeout fall back on `read_timeout`.
fn timeouts(keys: &ServerKeys) -> Timeouts {
    let read = non_zero(keys.read_timeout);
    let or_default = |own: Option<Duration>, default_ms: u64| match own {
        Some(Duration::ZERO) => read,
        Some(own) => Some(own),
        None if keys.read_timeout.is_some() => read,
        None => Some(Duration::from_millis(default_ms)),
    };
    let gap = Duration::from_millis(BODY_GAP_TIMEOUT_MS);
    // Who allows minutes for a whole request allows them for a pause in it.
    let body_gap = match keys.read_timeout {
        None => Some(gap),
        Some(whole) => non_zero(Some(whole)).map(|whole| whole.max(gap)),
    };
    Timeouts {
        head: or_default(keys.read_header_timeout, HEAD_TIMEOUT_MS),
        idle: or_default(keys.idle_timeout, IDLE_TIMEOUT_MS),
        read,
        write: non_zero(keys.write_timeout),
        body_gap,
        shutdown: non_zero(keys.max_shutdown_wait_time),
    }
}

fn head_bytes(max_header_bytes: Option<i64>) -> usize {
    let wanted = max_header_bytes.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    wanted.unwrap_or(REQUEST_HEAD_BYTES).min(HEAD_BYTES_MAX) + REQUEST_HEAD_SLACK_BYTES
}

/// A shard's part of a number that is meant for the process; never none of it.
fn share(number: usize, shards: usize) -> usize {
    (number / shards.max(1)).max(1)
}

fn transport(keys: &TransportKeys, shards: usize) -> Transport {
    let positive = |n: Option<i64>| n.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let per_host = match keys.max_idle_connections_per_host {
        // Go keeps none.
        Some(negative) if negative < 0 => 0,
        number => share(positive(number).unwrap_or(IDLE_PER_HOST), shards),
    };
    Transport {
        idle_max: positive(keys.max_idle_connections).map(|n| share(n, shards)),
        idle_per_host: per_host,
        idle_timeout: non_zero(keys.idle_connection_timeout),
        fallback_delay: non_zero(keys.dialer_fallback_delay).unwrap_or(FALLBACK_DELAY),
        tcp_keep_alive: Some(non_zero(keys.dialer_keep_alive).unwrap_or(TCP_KEEP_ALIVE)),
        keep_alives: !keys.disable_keep_alives,
        compression: !keys.disable_compression,
    }
}

fn client_ip(compiler: &mut Compiler<'_>, router: &RouterKeys) -> ClientIp {
    let from_headers = router.forwarded_by_client_ip.unwrap_or(true);
    let mut headers: Vec<String> = router.remote_ip_headers.iter().map(|h| h.to_ascii_lowercase()).collect();
    if headers.is_empty() {
        headers = vec!["x-forwarded-for".to_owned(), "x-real-ip".to_owned()];
    }
    let mut blocks = Vec::with_capacity(router.trusted_proxies.len());
    for (n, text) in router.trusted_proxies.iter().enumerate() {
        match Cidr::parse(text) {
            Some(block) => blocks.push(block),
            None => {
                let at = format!("{}[{n}]", compiler.router_at("trusted_proxies"));
                let allowed = "allowed is an address or a block such as 10.0.0.0/8";
                compiler.refuse(at, format!("found {text:?}, {allowed}"));
            }
        }
    }
    let trusted = (!router.trusted_proxies.is_empty()).then_some(blocks);
    ClientIp { from_headers, headers, trusted }
}
