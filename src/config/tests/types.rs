//! The table of weak types, key by key.

use super::{backend, endpoint, good, lines, load, refused, root};
use crate::config::Severity;
use std::time::Duration;

#[test]
fn whole_numbers() {
    let table = [
        ("9000", Some(9000)),
        ("9000.9", Some(9000)),
        ("9e3", Some(9000)),
        ("\"9000\"", Some(9000)),
        ("\"+9000\"", Some(9000)),
        ("\"0x2328\"", Some(9000)),
        ("\"0o21450\"", Some(9000)),
        ("\"021450\"", Some(9000)),
        ("\"0b101\"", Some(5)),
        ("true", Some(1)),
        ("false", None),
        ("\"\"", None),
        ("0", None),
        ("\"0\"", None),
        ("null", None),
    ];
    for (written, port) in table {
        assert_eq!(good(&root(&format!("\"port\": {written}"))).port, port, "{written}");
    }
    for written in
        ["\"abc\"", "\"80.5\"", "\"80 \"", "\"--1\"", "\"0x\"", "\"0x-1\"", "[]", "[80]", "{}", "1e30"]
    {
        refused(&root(&format!("\"port\": {written}")), &["at 'port': found", "allowed is a whole number"]);
    }
}

#[test]
fn ports_have_a_range() {
    for written in ["65536", "-1", "\"70000\""] {
        refused(&root(&format!("\"port\": {written}")), &["at 'port': found", "allowed is 1 to 65535"]);
    }
    assert_eq!(good(&root("\"port\": 65535")).port, Some(65_535));
}

#[test]
fn booleans() {
    let yes = ["true", "1", "7", "\"true\"", "\"TRUE\"", "\"True\"", "\"t\"", "\"T\"", "\"1\""];
    let no = [
        "false",
        "0",
        "0.0",
        "\"false\"",
        "\"FALSE\"",
        "\"False\"",
        "\"f\"",
        "\"F\"",
        "\"0\"",
        "\"\"",
        "null",
    ];
    for (values, read) in [(&yes[..], true), (&no[..], false)] {
        for written in values {
            let config = good(&root(&format!("\"debug_endpoint\": {written}")));
            assert_eq!(config.debug_endpoint, read, "{written}");
        }
    }
    for written in ["\"yes\"", "\"on\"", "\"tRUE\"", "\" true\"", "[]", "{}"] {
        let text = root(&format!("\"debug_endpoint\": {written}"));
        refused(&text, &["at 'debug_endpoint': found", "allowed is true or false"]);
    }
}

#[test]
fn texts() {
    let table = [
        ("\"x\"", "x"),
        ("42", "42"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("1e21", "1000000000000000000000"),
        ("true", "1"),
        ("false", "0"),
        ("null", ""),
    ];
    for (written, read) in table {
        assert_eq!(good(&root(&format!("\"name\": {written}"))).name, read, "{written}");
    }
    for written in ["[]", "[\"x\"]", "{}"] {
        refused(&root(&format!("\"name\": {written}")), &["at 'name': found", "allowed is a text"]);
    }
}

#[test]
fn durations() {
    let table = [
        ("\"3s\"", Some(Duration::from_secs(3))),
        ("\"0\"", Some(Duration::ZERO)),
        ("0", Some(Duration::ZERO)),
        ("300", Some(Duration::from_nanos(300))),
        ("2.9", Some(Duration::from_nanos(2))),
        ("null", None),
    ];
    for (written, read) in table {
        assert_eq!(
            good(&endpoint(&format!("\"timeout\": {written}"))).endpoints[0].timeout,
            read,
            "{written}"
        );
    }
    for written in ["\"10\"", "\"1d\"", "\"2 s\"", "\"2S\"", "\"s\"", "\"\"", "[]", "{}", "true", "1e30"] {
        let text = endpoint(&format!("\"timeout\": {written}"));
        refused(&text, &["at 'endpoints[0].timeout': found", "allowed is a number with a unit"]);
    }
}

#[test]
fn negative_durations_are_what_go_makes_of_them() {
    let config = good(&root(
        r#""idle_timeout": "-1s", "cache_ttl": "-1s", "dialer_keep_alive": "-1s", "dialer_fallback_delay": "-1s""#,
    ));
    assert_eq!(config.server.idle_timeout, Some(Duration::ZERO));
    assert_eq!(config.cache_ttl, Some(Duration::ZERO));
    assert_eq!(config.transport.dialer_keep_alive, Some(Duration::ZERO));
    assert_eq!(config.transport.dialer_fallback_delay, Some(Duration::MAX));
    assert_eq!(good(&root(r#""dialer_keep_alive": "0s""#)).transport.dialer_keep_alive, None);
    for key in ["timeout", "dialer_timeout", "max_shutdown_wait_time"] {
        let text = root(&format!("\"{key}\": \"-1ms\""));
        refused(&text, &[&format!("at '{key}': found a negative duration, allowed is 0 or more")]);
    }
}

#[test]
fn lists_of_texts() {
    let table: [(&str, &[&str]); 6] = [
        ("[\"a\", \"b\"]", &["a", "b"]),
        ("[]", &[]),
        ("\"a\"", &["a"]),
        ("1", &["1"]),
        ("[1, true, null]", &["1", "1", ""]),
        ("null", &[]),
    ];
    for (written, read) in table {
        let config = good(&endpoint(&format!("\"input_headers\": {written}")));
        assert_eq!(config.endpoints[0].input_headers, read, "{written}");
    }
    refused(
        &endpoint("\"input_headers\": {}"),
        &["'endpoints[0].input_headers': found an object, allowed is a list of texts"],
    );
    refused(
        &endpoint("\"input_headers\": [\"a\", {}]"),
        &["'endpoints[0].input_headers[1]': found an object"],
    );
    refused(
        &endpoint("\"input_headers\": [[\"a\"]]"),
        &["'endpoints[0].input_headers[0]': found a list, allowed is a text"],
    );
}

#[test]
fn objects_and_lists_of_objects() {
    let single = r#"{"version": 3, "endpoints": {"endpoint": "/a", "backend": {"url_pattern": "/x", "host": "h:80"}}}"#;
    let config = good(single);
    assert_eq!(config.endpoints[0].backend[0].host, ["http://h:80"]);
    assert_eq!(config.endpoints[0].backend[0].at, "endpoints.backend");
    for (written, at) in [
        ("\"/a\"", "'endpoints': found text \"/a\", allowed is a list of objects"),
        ("7", "'endpoints': found number 7"),
        ("[null]", "'endpoints[0]': found null, allowed is an object"),
        ("[\"/a\"]", "'endpoints[0]': found text"),
    ] {
        refused(&root(&format!("\"endpoints\": {written}")), &[at]);
    }
    for written in ["[null]", "[1]", "1"] {
        let text = root(&format!(r#""endpoints": [{{"endpoint": "/a", "backend": {written}}}]"#));
        refused(&text, &["at 'endpoints[0].backend"]);
    }
    for written in ["\"x\"", "[{}]", "[\"x\"]", "1"] {
        refused(
            &root(&format!("\"extra_config\": {written}")),
            &["'extra_config': found", "allowed is an object"],
        );
    }
}

#[test]
fn mappings() {
    let config = good(&backend(r#""mapping": {"b": "x", "a": 1, "c": null}"#));
    let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
    assert_eq!(config.endpoints[0].backend[0].mapping, [pair("b", "x"), pair("a", "1"), pair("c", "")]);
    refused(&backend(r#""mapping": ["a", "b"]"#), &["'endpoints[0].backend[0].mapping': found a list"]);
    refused(&backend(r#""mapping": {"a": {}}"#), &["'endpoints[0].backend[0].mapping.a': found an object"]);
}

#[test]
fn keys_match_in_any_case_and_an_exact_one_wins() {
    let config = good(
        r#"{"VERSION": 3, "Port": 1, "EndPoints": [{"Endpoint": "/a", "BACKEND": [{"HOST": "h:80", "URL_Pattern": "/x"}]}]}"#,
    );
    assert_eq!((config.port, config.endpoints[0].endpoint.as_str()), (Some(1), "/a"));
    assert_eq!(config.endpoints[0].backend[0].url_pattern, "/x");
    assert_eq!(good(r#"{"version": 3, "port": 1, "PORT": 2}"#).port, Some(1));
    assert_eq!(good(r#"{"version": 3, "PORT": 2, "port": 1}"#).port, Some(1));
}

#[test]
fn all_faults_of_types_come_at_once_in_the_order_of_the_text() {
    let loaded = load(
        "{\"version\": 3,\n\"endpoints\": [\n {\"endpoint\": [],\n  \"timeout\": \"x\",\n  \"backend\": [{\"url_pattern\": \"/{id}\", \"allow\": {}}]}],\n\"port\": \"p\"}",
    );
    let errors = lines(&loaded, Severity::Error);
    let starts: Vec<&str> = errors.iter().map(|e| e.split(": found").next().unwrap_or("")).collect();
    let expected = [
        "f.json:3:15: error: at 'endpoints[0].endpoint'",
        "f.json:4:14: error: at 'endpoints[0].timeout'",
        "f.json:5:49: error: at 'endpoints[0].backend[0].allow'",
        "f.json:6:9: error: at 'port'",
    ];
    assert_eq!(starts, expected);
}
