//! The tables of keys name what is read, all of it and nothing else.

use crate::config::keys::{sample, ROOT};
use crate::config::{load_text, path};
use std::collections::BTreeSet;

/// Keys that are looked for only to say that they have no effect where they stand.
fn only_warned_about(at: &str, key: &str) -> bool {
    const ENTERPRISE: [&str; 2] = ["max_payload", "decompress_gzip"];
    let ends =
        |level: &str, component: &str| at == path::member(&path::member(level, "extra_config"), component);
    let elsewhere: &[&str] = if ends("endpoints", "proxy") {
        &["shadow", "shadow_timeout"]
    } else if ends("endpoints.backend", "proxy") {
        &["sequential", "sequential_propagated_params", "static", "force_sandboxed_request"]
    } else {
        &[]
    };
    elsewhere.contains(&key)
        || (ENTERPRISE.contains(&key) && (at.ends_with("proxy") || at.ends_with("router")))
}

/// What the readers say when a value is of another kind than they want.
fn is_about_a_type(text: &str) -> bool {
    let kinds = ["a text", "true or false", "a whole number", "a list", "an object", "a number"];
    kinds.iter().any(|kind| text.contains(&format!(", allowed is {kind}")))
}

#[test]
fn tables_name_what_is_read() {
    let text = sample::object(ROOT).to_string();
    let read = sample::read_by(|| {
        let loaded = load_text("f.json", &text, &[]);
        let unknown: Vec<_> = loaded.findings.iter().filter(|f| f.text.contains("is not a key")).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let wrong: Vec<_> = loaded.findings.iter().filter(|f| is_about_a_type(&f.text)).collect();
        assert!(wrong.is_empty(), "the kind in the table is not that of the reader: {wrong:?}");
    });
    let mut named = BTreeSet::new();
    sample::places("", ROOT, &mut named);
    // Nobody reads the components of an agent's backends: agents do not run.
    named.retain(|(at, _)| !at.starts_with("async_agent.backend.extra_config"));
    let missing: Vec<_> = read.difference(&named).filter(|(at, key)| !only_warned_about(at, key)).collect();
    assert!(missing.is_empty(), "read, but in no table of config/keys or config/own: {missing:#?}");
    let unread: Vec<_> = named.difference(&read).collect();
    assert!(unread.is_empty(), "in a table of config/keys or config/own, but never read: {unread:#?}");
}
