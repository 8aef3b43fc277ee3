//! The components that the core itself reads.

use super::{good, lines, load, refused, root, warned};
use crate::config::router::parse_block;
use crate::config::runtime::RUNTIME_KEYS;
use crate::config::{Config, DriverKey, LogFormat, LogLevel, Severity, SlashKey};

fn service(namespace: &str, block: &str) -> String {
    root(&format!(r#""extra_config": {{"{namespace}": {block}}}"#))
}

fn proxy(endpoint: &str, backend: &str) -> String {
    root(&format!(
        r#""endpoints": [{{"endpoint": "/a", "extra_config": {{"proxy": {endpoint}}},
        "backend": [{{"url_pattern": "/", "extra_config": {{"proxy": {backend}}}}}]}}]"#
    ))
}

#[test]
fn router_keys() {
    let config = good(&service(
        "router",
        r#"{"return_error_msg": true, "error_body": {"404": {"m": 1}, "405": "no"}, "disable_health": true,
        "health_path": "/up", "auto_options": true, "disable_redirect_trailing_slash": true,
        "disable_redirect_fixed_path": true, "disable_handle_method_not_allowed": true, "remove_extra_slash": true,
        "disable_path_decoding": true, "forwarded_by_client_ip": false, "remote_ip_headers": ["X-Ip"],
        "trusted_proxies": ["10.0.0.0/8", "::1"], "logger_skip_paths": ["/a"], "disable_access_log": true,
        "Hide_Version_Header": true, "max_multipart_memory": 5, "@c": 1}"#,
    ));
    let router = config.router;
    let flags = [
        router.return_error_msg,
        router.disable_health,
        router.auto_options,
        router.disable_redirect_trailing_slash,
        router.disable_redirect_fixed_path,
        router.disable_handle_method_not_allowed,
        router.remove_extra_slash,
        router.disable_path_decoding,
        router.disable_access_log,
        router.hide_version_header,
    ];
    assert_eq!(flags, [true; 10]);
    assert_eq!(router.error_404, Some(serde_json::json!({"m": 1})));
    assert_eq!(router.error_405, Some(serde_json::json!("no")));
    assert_eq!((router.health_path.as_str(), router.forwarded_by_client_ip), ("/up", Some(false)));
    assert_eq!(
        (router.remote_ip_headers, router.logger_skip_paths),
        (vec!["X-Ip".to_string()], vec!["/a".to_string()])
    );
    assert_eq!(router.trusted_proxies.len(), 2);
}

#[test]
fn router_faults() {
    for (block, parts) in [
        (
            r#"{"auto_options": "true"}"#,
            ["'extra_config.router.auto_options': found text \"true\"", "allowed is true or false"],
        ),
        (r#"{"health_path": 1}"#, ["found number 1", "allowed is a text"]),
        (r#"{"health_path": "up"}"#, ["found \"up\"", "a path that begins with '/'"]),
        (r#"{"max_multipart_memory": 1.5}"#, ["found number 1.5", "allowed is a whole number"]),
        (r#"{"remote_ip_headers": "x"}"#, ["found text \"x\"", "allowed is a list of texts"]),
        (r#"{"remote_ip_headers": [1]}"#, ["router.remote_ip_headers[0]", "allowed is a text"]),
        (
            r#"{"trusted_proxies": ["10.0.0.0/33"]}"#,
            ["router.trusted_proxies[0]", "allowed is an address or a block"],
        ),
        (r#"{"error_body": []}"#, ["router.error_body", "allowed is an object"]),
        (r#""x""#, ["'extra_config.router': found text \"x\"", "allowed is an object"]),
    ] {
        refused(&service("router", block), &parts);
    }
    for (block, part) in [
        (r#"{"retun_error_msg": true}"#, "did you mean 'return_error_msg'?"),
        (r#"{"max_payload": 1}"#, "only KrakenD Enterprise acts on it"),
        (r#"{"app_engine": true}"#, "'app_engine' is not built yet"),
        (r#"{"error_body": {"500": 1}}"#, "'500' is not a key of error_body"),
    ] {
        warned(&service("router", block), &[part]);
    }
    assert!(load(&service("router", "null")).findings.is_empty());
}

#[test]
fn address_blocks() {
    for (text, bits) in [("10.0.0.1", 32), ("10.0.0.0/8", 8), ("0.0.0.0/0", 0), ("::/0", 0), ("::1", 128)] {
        assert_eq!(parse_block(text).map(|(_, bits)| bits), Some(bits), "{text}");
    }
    for text in ["", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "::/129", "10.0.0/8"] {
        assert_eq!(parse_block(text), None, "{text}");
    }
}

#[test]
fn runtime_keys() {
    let config = good(&service(
        "sluice/runtime",
        r#"{"shards": 2, "pin_cores": false, "driver": "epoll", "ring_entries": 1024, "backlog": 100, "max_connections": 5, "strict": true}"#,
    ));
    let runtime = config.runtime;
    assert_eq!((runtime.shards, runtime.pin_cores, runtime.driver), (Some(2), Some(false), DriverKey::Epoll));
    assert_eq!(
        (runtime.ring_entries, runtime.backlog, runtime.max_connections),
        (Some(1024), Some(100), Some(5))
    );
    assert!(runtime.strict);
    assert_eq!(Config::default().runtime.driver, DriverKey::Auto);
    for (block, parts) in [
        (r#"{"shard": 2}"#, ["'extra_config[\"sluice/runtime\"].shard'", "did you mean 'shards'?"]),
        (r#"{"shards": -1}"#, ["found -1", "allowed is 0 to 1024"]),
        (r#"{"shards": "2"}"#, ["found text \"2\"", "allowed is a whole number"]),
        (r#"{"driver": "uring"}"#, ["found \"uring\"", "allowed is one of auto, io_uring, epoll"]),
        (r#"{"driver": "epol"}"#, ["found \"epol\"", "did you mean 'epoll'?"]),
        (r#"{"ring_entries": 1000}"#, ["found 1000", "allowed is a power of two"]),
        (r#"{"ring_entries": 65536}"#, ["found 65536", "allowed is 8 to 32768"]),
        (r#"{"backlog": 0}"#, ["found 0", "allowed is 1 to 65535"]),
        (r#"{"strict": 1}"#, ["found number 1", "allowed is true or false"]),
        ("[]", ["found a list", "allowed is an object"]),
    ] {
        refused(&service("sluice/runtime", block), &parts);
    }
}

#[test]
fn routing_keys() {
    let read = |block: &str| good(&service("sluice/router", block)).routing;
    assert!(read(r#"{"auto_head": true}"#).auto_head && !read("{}").auto_head);
    let written = read(r#"{"encoded_slash": "Keep", "encoded_params": true}"#);
    assert_eq!((written.encoded_slash, written.encoded_params), (Some(SlashKey::Keep), true));
    assert_eq!((read("{}").encoded_slash, read("{}").encoded_params), (None, false));
    for (block, parts) in [
        (r#"{"encoded_slash": "kepp"}"#, ["allowed is one of decode, keep, reject", "did you mean 'keep'?"]),
        (r#"{"encoded_slash": true}"#, ["found true", "allowed is a text"]),
        (r#"{"auto_head": 1}"#, ["found number 1", "allowed is true or false"]),
        (r#"{"auto_haed": true}"#, ["'auto_haed' is not a key", "did you mean 'auto_head'?"]),
    ] {
        refused(&service("sluice/router", block), &parts);
    }
}

#[test]
fn the_help_lists_every_runtime_key() {
    for key in RUNTIME_KEYS {
        // A value of no key's type: a key that is read says what it allows.
        refused(
            &service("sluice/runtime", &format!("{{\"{}\": {{}}}}", key.name)),
            &["found an object, allowed is"],
        );
    }
    // And no key beside them: the hint knows them all.
    assert_eq!(RUNTIME_KEYS.len(), 7);
}

#[test]
fn logging_keys() {
    let config =
        good(&service("telemetry/logging", r#"{"level": "warning", "stdout": true, "prefix": "[K]"}"#));
    let logging = config.logging.expect("the block");
    assert_eq!((logging.level, logging.stdout, logging.prefix.as_str()), (LogLevel::Warning, true, "[K]"));
    assert!(good(&root("\"name\": \"x\"")).logging.is_none());
    let empty = good(&service("telemetry/logging", "{}")).logging.expect("the block");
    assert_eq!((empty.level, empty.format), (LogLevel::Info, LogFormat::Default));
    for (block, parts) in [
        (r#"{"level": "LOUD"}"#, ["found \"LOUD\"", "allowed is one of DEBUG, INFO, NOTICE"]),
        (r#"{"level": "WARNNG"}"#, ["found \"WARNNG\"", "did you mean 'WARNING'?"]),
        (r#"{"stdout": "true"}"#, ["telemetry/logging\"].stdout'", "allowed is true or false"]),
        (r#"{"prefix": 1}"#, ["found number 1", "allowed is a text"]),
    ] {
        refused(&service("telemetry/logging", block), &parts);
    }
    for (block, part) in [
        (r#"{"syslog": true}"#, "syslog is not built yet"),
        (r#"{"format": "logstash"}"#, "this format is not built yet"),
        (r#"{"format": "custm"}"#, "did you mean 'custom'?"),
        (r#"{"access_log_format": "json"}"#, "'access_log_format' is not built yet"),
        (r#"{"levl": "INFO"}"#, "did you mean 'level'?"),
    ] {
        warned(&service("telemetry/logging", block), &[part]);
    }
}

#[test]
fn backend_http_keys() {
    let text = |block: &str| {
        root(&format!(
            r#""endpoints": [{{"endpoint": "/a", "backend": [{{"url_pattern": "/", "extra_config": {{"backend/http": {block}}}}}]}}]"#
        ))
    };
    let http = |block: &str| good(&text(block)).endpoints[0].backend[0].http.clone();
    assert!(http(r#"{"return_error_code": true}"#).return_error_code);
    assert_eq!(http(r#"{"return_error_details": "x"}"#).return_error_details, "x");
    assert!(!http(r#"{"return_error_code": "true"}"#).return_error_code);
    warned(&text(r#"{"return_error_code": "true"}"#), &["found text \"true\", allowed is true or false"]);
    warned(&text(r#"{"return_error_cod": true}"#), &["did you mean 'return_error_code'?"]);
}

#[test]
fn proxy_keys() {
    for (endpoint, backend) in [
        (r#"{"sequential": false, "combiner": "default"}"#, r#"{"shadow": false}"#),
        (
            r#"{"sequential": true, "static": {"data": {}}, "flatmap_filter": []}"#,
            r#"{"shadow": true, "flatmap_filter": []}"#,
        ),
    ] {
        assert!(load(&proxy(endpoint, backend)).findings.is_empty());
    }
    for (endpoint, backend, part) in [
        (
            r#"{"force_sandboxed_request": true}"#,
            "{}",
            "'endpoints[0].extra_config.proxy.force_sandboxed_request': 'force_sandboxed_request' has no effect yet",
        ),
        (r#"{"sequential_propagated_params": ["resp0_id"]}"#, "{}", "only scripts"),
        (r#"{"shadow": true}"#, "{}", "'shadow' has no effect on an endpoint; it works on a backend"),
        ("{}", r#"{"sequential": true}"#, "'sequential' has no effect on a backend"),
        (r#"{"combiner": "x"}"#, "{}", "found \"x\", which counts as \"default\""),
        (r#"{"max_payload": 1}"#, "{}", "only KrakenD Enterprise"),
        (r#"{"sequentail": true}"#, "{}", "did you mean 'sequential'?"),
        (r#"{"sequential": "yes"}"#, "{}", "found text \"yes\", allowed is true or false"),
        (r#"{"static": []}"#, "{}", "found a list, allowed is an object"),
    ] {
        warned(&proxy(endpoint, backend), &[part]);
    }
    assert_eq!(lines(&load(&proxy(r#"{"static": {}, "shadow": true}"#, "{}")), Severity::Warning).len(), 2);
}
