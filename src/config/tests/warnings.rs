//! Everything that is doubtful and does not stop the start.

use super::{backend, endpoint, good, lines, load, root, warned};
use crate::config::near::nearest;
use crate::config::Severity;

#[test]
fn comments_are_silent() {
    let text = r##"{"version": 3, "$schema": "x", "@c": 1, "_c": {}, "#c": [], "extra_config": {"@c": 1}}"##;
    assert!(load(text).findings.is_empty());
}

#[test]
fn nulls_are_defaults() {
    let loaded = load(&root(
        r#""timeout": null, "port": null, "tls": null, "endpoints": [{"endpoint": "/a", "method": null,
        "extra_config": null, "input_headers": null, "backend": [{"url_pattern": "/", "host": null}]}]"#,
    ));
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
}

#[test]
fn unknown_keys_are_named() {
    warned(
        &root("\"timout\": \"3s\""),
        &["at 'timout': 'timout' is not a key of the root and is ignored; did you mean 'timeout'?"],
    );
    warned(&root("\"colour\": 1"), &["at 'colour': 'colour' is not a key of the root and is ignored"]);
    warned(
        &endpoint("\"input-headers\": []"),
        &["at 'endpoints[0].input-headers'", "a key of an endpoint", "did you mean 'input_headers'?"],
    );
    warned(&endpoint("\"headers_to_pass\": []"), &["its name is 'input_headers' since KrakenD 2"]);
    warned(
        &backend("\"alow\": []"),
        &["at 'endpoints[0].backend[0].alow'", "a key of a backend", "did you mean 'allow'?"],
    );
    warned(&backend("\"blacklist\": []"), &["its name is 'deny' since KrakenD 2"]);
    warned(&backend("\"timeout\": \"3s\""), &["'timeout' is not a key of a backend"]);
    warned(&root("\"a b\": 1"), &["at '[\"a b\"]': 'a b' is not a key"]);
    assert_eq!(lines(&load(&root("\"colour\": 1")), Severity::Warning)[0].matches("did you mean").count(), 0);
}

#[test]
fn keys_that_differ_in_case_are_named() {
    warned(
        r#"{"version": 3, "port": 1, "PORT": 2}"#,
        &["at 'PORT': 'PORT' and 'port' are the same key; 'port' counts"],
    );
}

#[test]
fn words_that_mean_nothing_are_named() {
    let output = "found \"Yaml\", allowed is one of json, ";
    warned(&root("\"output_encoding\": \"Yaml\""), &["at 'output_encoding'", output]);
    warned(
        &endpoint("\"output_encoding\": \"Yaml\""),
        &["at 'endpoints[0].output_encoding'", output, "did you mean 'yaml'?"],
    );
    warned(&backend("\"encoding\": \"yaml\""), &["at 'endpoints[0].backend[0].encoding'", "is read as json"]);
    warned(&endpoint("\"concurrent_calls\": -3"), &["found -3, allowed is 1 or more"]);
    assert!(load(&backend("\"encoding\": \"XML\"")).findings.is_empty());
}

#[test]
fn bare_numbers_are_nanoseconds() {
    warned(
        &endpoint("\"timeout\": 2000"),
        &["'endpoints[0].timeout': found number 2000, which counts nanoseconds"],
    );
    assert!(load(&endpoint("\"timeout\": 0")).findings.is_empty());
}

#[test]
fn what_is_not_built_is_named() {
    for (keys, at) in [
        ("\"client_tls\": {}", "at 'client_tls': 'client_tls' is not built yet"),
        ("\"plugin\": {\"folder\": \"x\"}", "at 'plugin': plugins are not built yet"),
        ("\"use_h2c\": true", "at 'use_h2c': HTTP/2 without TLS is not built yet"),
        ("\"extra_config\": {\"router\": {\"use_h2c\": true}}", "at 'extra_config.router.use_h2c': HTTP/2"),
        ("\"async_agent\": [{\"name\": \"orders\"}]", "at 'async_agent[0]': async agents are not built yet"),
    ] {
        warned(&root(keys), &[at]);
    }
}

#[test]
fn agents_are_read() {
    let config = good(&root(
        r#""async_agent": [{"name": "o", "connection": {"max_retries": 3, "health_interval": "2s"},
        "consumer": {"topic": "t", "workers": 2, "timeout": "2s", "max_rate": 0.5}, "backend": [{"host": "x", "url_pattern": "in"}]}]"#,
    ));
    let agent = &config.agents[0];
    assert_eq!((agent.name.as_str(), agent.topic.as_str(), agent.max_rate), ("o", "t", Some(0.5)));
    assert_eq!(
        (agent.backend[0].host[0].as_str(), agent.backend[0].url_pattern.as_str()),
        ("http://x", "/in")
    );
    assert_eq!(
        lines(&load(&root(r#""async_agent": [{"consumer": {"workers": "x"}}]"#)), Severity::Error).len(),
        1
    );
}

#[test]
fn backends_without_a_host_are_named() {
    let text = |extra: &str| {
        format!(
            r#"{{"version": 3, "endpoints": [{{"endpoint": "/a", "backend": [{{"url_pattern": "/"{extra}}}]}}]}}"#
        )
    };
    warned(&text(""), &["at 'endpoints[0].backend[0]': found no host here and none at the root"]);
    assert!(load(&text(r#", "extra_config": {"backend/lambda": {}}"#)).findings.is_empty());
}

#[test]
fn doubtful_paths_are_named() {
    let text = |path: &str| endpoint("\"method\": \"GET\"").replace("/a/{id}", path);
    warned(
        &text("/a/:id"),
        &["found segment \":id\", which is taken literally; a parameter is written '{id}'"],
    );
    warned(&text("/a?b=1"), &["'?' and '#' end a path"]);
    warned(&text(""), &["at 'endpoints[0]': found no path in 'endpoint': it serves \"/\""]);
}

#[test]
fn names_near_enough() {
    let known = ["timeout", "host", "input_headers", "sd"];
    let table = [
        ("timout", Some("timeout")),
        ("TIMEOUT", Some("timeout")),
        ("time_out", Some("timeout")),
        ("inputHeaders", Some("input_headers")),
        ("hots", Some("host")),
        ("ghost", Some("host")),
        ("ghosts", None),
        ("timeut", Some("timeout")),
        ("tmeut", None),
        ("SD", Some("sd")),
        ("id", None),
        ("backend", None),
        ("", None),
    ];
    for (found, name) in table {
        assert_eq!(nearest(found, known), name, "{found}");
    }
}
