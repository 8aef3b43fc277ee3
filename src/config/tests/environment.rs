//! `KRAKEND_*` variables.

use super::lines;
use crate::config::{load_text, Loaded, Severity};

const FILE: &str = r#"{"version": 3, "Port": 8070, "host": ["http://h:80"],
 "tls": {"disabled": false}, "extra_config": {"router": {}}}"#;

fn with(pairs: &[(&str, &str)]) -> Loaded {
    let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_string(), (*v).to_string())).collect();
    load_text("f.json", FILE, &pairs)
}

fn off(more: &[(&str, &str)]) -> Loaded {
    let mut pairs = vec![("KRAKEND_TLS.DISABLED", "true")];
    pairs.extend_from_slice(more);
    with(&pairs)
}

fn good(pairs: &[(&str, &str)]) -> crate::config::Config {
    let loaded = off(pairs);
    assert_eq!(lines(&loaded, Severity::Error), Vec::<String>::new(), "{pairs:?}");
    loaded.config.expect("a configuration")
}

#[test]
fn a_variable_replaces_a_key_of_the_root() {
    assert_eq!(good(&[]).port, Some(8070));
    assert_eq!(good(&[("KRAKEND_PORT", "9191")]).port, Some(9191));
    assert_eq!(good(&[("KRAKEND_PORT", "")]).port, None, "empty is the default");
    assert_eq!(good(&[("KRAKEND_NAME", "x")]).name, "x");
    assert_eq!(good(&[("KRAKEND_HOST", "g.example")]).host, ["http://g.example"]);
    assert!(good(&[("KRAKEND_HOST", "")]).host.is_empty());
    assert!(good(&[("KRAKEND_DEBUG_ENDPOINT", "t")]).debug_endpoint);
}

#[test]
fn names_that_are_no_key_are_ignored() {
    let loaded = off(&[
        ("KRAKEND_SERVICE_HOST", "10.0.0.7"),
        ("KRAKEND_FOO", "1"),
        ("PORT", "1"),
        ("krakend_port", "1"),
    ]);
    assert!(loaded.findings.is_empty(), "{:?}", loaded.findings);
    assert_eq!(loaded.config.and_then(|c| c.port), Some(8070));
    // An underscore does not reach inside.
    assert!(with(&[("KRAKEND_TLS_DISABLED", "true")]).has_errors());
}

#[test]
fn a_dot_reaches_inside() {
    assert!(with(&[]).has_errors(), "TLS is on in the file");
    assert!(!good(&[]).tls);
    let config = good(&[("KRAKEND_EXTRA_CONFIG.ROUTER.HEALTH_PATH", "/up"), ("KRAKEND_PLUGIN.FOLDER", "x")]);
    assert_eq!(config.router.health_path, "/up");
    assert!(config.plugin);
}

#[test]
fn refusals_name_the_variable() {
    let table = [
        ("KRAKEND_PORT", "tcp://10.0.0.7:8080", "at 'port': found text \"tcp://10.0.0.7:8080\""),
        ("KRAKEND_TIMEOUT", "soon", "at 'timeout': found text \"soon\""),
        ("KRAKEND_TIMEOUT", "", "at 'timeout': found text \"\""),
        ("KRAKEND_ENDPOINTS", "x", "at 'endpoints': found text \"x\", allowed is a list of objects"),
        ("KRAKEND_EXTRA_CONFIG", "x", "at 'extra_config': found text"),
        ("KRAKEND_LISTEN_IP", "x", "at 'listen_ip': found \"x\""),
        ("KRAKEND_HOST", "ftp://x", "at 'host[0]': found \"ftp://x\""),
        (
            "KRAKEND_EXTRA_CONFIG.router.auto_options",
            "true",
            "at 'extra_config.router.auto_options': found text \"true\"",
        ),
    ];
    for (name, value, rest) in table {
        let loaded = off(&[(name, value)]);
        let errors = lines(&loaded, Severity::Error);
        let start = format!("environment variable {name}: error: {rest}");
        assert!(errors.len() == 1 && errors[0].starts_with(&start), "{errors:?}");
    }
}

#[test]
fn a_variable_that_cannot_reach_its_key_is_named() {
    let loaded = off(&[("KRAKEND_NAME.X", "1"), ("KRAKEND_HOST.0", "x")]);
    let warnings = lines(&loaded, Severity::Warning);
    assert_eq!(
        warnings.iter().filter(|w| w.contains("reaches inside a value that is no object")).count(),
        1,
        "{warnings:?}"
    );
    let loaded = off(&[("KRAKEND_TLS..X", "1")]);
    assert!(lines(&loaded, Severity::Error)[0].contains("environment variable KRAKEND_TLS..X"));
}

#[test]
fn nesting_is_bounded_here_too() {
    let name = format!("KRAKEND_EXTRA_CONFIG{}", ".a".repeat(100_000));
    assert!(lines(&off(&[(&name, "x")]), Severity::Error)[0].contains("no path of keys"));
}

#[test]
fn flexible_configuration_is_refused_until_it_is_built() {
    assert!(lines(&off(&[("FC_ENABLE", "0")]), Severity::Error)[0].contains("FC_ENABLE"));
    assert!(off(&[("FC_ENABLE", "")]).findings.is_empty());
}
