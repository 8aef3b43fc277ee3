//! Sluice's own components of endpoints and backends.

use super::{good, refused, root};
use crate::config::TimeoutKeys;
use std::time::Duration;

/// One endpoint and one backend, with an `extra_config` each.
fn both(endpoint: &str, backend: &str) -> String {
    root(&format!(
        r#""endpoints": [{{"endpoint": "/a", "extra_config": {{{endpoint}}},
        "backend": [{{"url_pattern": "/", "extra_config": {{{backend}}}}}]}}]"#
    ))
}

#[test]
fn timeouts() {
    let ms = |n| Some(Duration::from_millis(n));
    let mut config = good(&both(
        r#""sluice/timeout": {"total": "1s", "head": "250ms"}"#,
        r#""sluice/timeout": {"connect": "100ms", "idle": "1m", "@why": 1}"#,
    ));
    let endpoint = config.endpoints.remove(0);
    assert_eq!(endpoint.times, TimeoutKeys { total: ms(1000), head: ms(250), ..TimeoutKeys::default() });
    let backend = &endpoint.backend[0];
    assert_eq!(backend.times, TimeoutKeys { connect: ms(100), idle: ms(60_000), ..TimeoutKeys::default() });
    let faults = [
        (r#"{"total": "0s"}"#, r#"["sluice/timeout"].total"#, "above zero"),
        (r#"{"head": "-1s"}"#, r#"["sluice/timeout"].head"#, "no negative time"),
        (r#"{"idle": 5}"#, r#"["sluice/timeout"].idle"#, "allowed is a text"),
        (r#"{"totl": "1s"}"#, r#"["sluice/timeout"].totl"#, "did you mean 'total'"),
        ("1", r#"["sluice/timeout"]"#, "allowed is an object"),
    ];
    for (block, place, text) in faults {
        let block = format!(r#""sluice/timeout": {block}"#);
        refused(&both(&block, ""), &[place, text]);
        refused(&both("", &block), &[place, text]);
    }
}
