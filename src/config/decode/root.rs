//! The root of the configuration.

use super::{agent, endpoint, extra, tls};
use crate::config::finding::Finding;
use crate::config::text::Member;
use crate::config::weak::Keys;
use crate::config::{Config, ServerKeys, TransportKeys};
use std::time::Duration;

/// Reads the whole document.
pub fn root(members: &[Member], findings: &mut Vec<Finding>) -> Config {
    let mut keys = Keys::new("", members);
    keys.renamed(&[("cors", "extra_config.security/cors"), ("disable_strict_rest", "disable_rest")]);
    let version = keys.int("version");
    let mut config = Config {
        version: version.unwrap_or(0),
        name: keys.text("name"),
        host: keys.texts("host"),
        port: port(&mut keys),
        listen_ip: keys.text("listen_ip"),
        timeout: keys.timeout("timeout"),
        cache_ttl: keys.duration("cache_ttl"),
        output_encoding: keys.text("output_encoding"),
        disable_rest: keys.bool("disable_rest"),
        sequential_start: keys.bool("sequential_start"),
        debug_endpoint: keys.bool("debug_endpoint"),
        echo_endpoint: keys.bool("echo_endpoint"),
        use_h2c: keys.bool("use_h2c"),
        server: server(&mut keys),
        transport: transport(&mut keys),
        ..Config::default()
    };
    let mut inner = Vec::new();
    if let Some(plugin) = keys.object("plugin") {
        let mut plugin_keys = Keys::new(&plugin.at, plugin.members);
        plugin_keys.text("folder");
        plugin_keys.text("pattern");
        plugin_keys.finish("plugin", &mut inner);
        config.plugin = true;
    }
    config.tls = keys.object("tls").is_some_and(|child| tls::server(&child, &mut inner));
    config.client_tls = keys.object("client_tls").map(|child| tls::client(&child, &mut inner)).is_some();
    for child in keys.objects("endpoints") {
        config.endpoints.push(endpoint::endpoint(&child, &mut inner));
    }
    for child in keys.objects("async_agent") {
        config.agents.push(agent::agent(&child, &mut inner));
    }
    config.extra = extra::extra(&mut keys, &mut inner);
    keys.finish("the root", findings);
    findings.append(&mut inner);
    config
}

/// `port` as a number that a socket knows; 0 is the default, as for KrakenD.
fn port(keys: &mut Keys<'_>) -> Option<u16> {
    let written = keys.int("port")?;
    let read = u16::try_from(written).ok();
    if read.is_none() {
        keys.error("port", &format!("found {written}, allowed is 1 to 65535, or 0 for the default"));
    }
    read.filter(|port| *port != 0)
}

fn server(keys: &mut Keys<'_>) -> ServerKeys {
    ServerKeys {
        read_timeout: keys.duration("read_timeout"),
        read_header_timeout: keys.duration("read_header_timeout"),
        write_timeout: keys.duration("write_timeout"),
        idle_timeout: keys.duration("idle_timeout"),
        max_header_bytes: keys.int("max_header_bytes"),
        max_shutdown_wait_time: keys.timeout("max_shutdown_wait_time"),
    }
}

fn transport(keys: &mut Keys<'_>) -> TransportKeys {
    TransportKeys {
        max_idle_connections: keys.int("max_idle_connections"),
        max_idle_connections_per_host: keys.int("max_idle_connections_per_host"),
        idle_connection_timeout: keys.duration("idle_connection_timeout"),
        response_header_timeout: keys.duration("response_header_timeout"),
        expect_continue_timeout: keys.duration("expect_continue_timeout"),
        dialer_timeout: keys.timeout("dialer_timeout"),
        dialer_fallback_delay: switched(keys.nanoseconds("dialer_fallback_delay"), Duration::MAX),
        dialer_keep_alive: switched(keys.nanoseconds("dialer_keep_alive"), Duration::ZERO),
        disable_keep_alives: keys.bool("disable_keep_alives"),
        disable_compression: keys.bool("disable_compression"),
        allow_insecure_connections: keys.bool("allow_insecure_connections"),
        dns_cache_ttl: keys.duration("dns_cache_ttl"),
    }
}

/// Go's dialer switches the feature off with a negative value and takes its default for 0.
fn switched(nanoseconds: Option<i64>, off: Duration) -> Option<Duration> {
    match nanoseconds {
        None | Some(0) => None,
        Some(n) => Some(u64::try_from(n).map_or(off, Duration::from_nanos)),
    }
}
