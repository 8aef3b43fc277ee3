//! Namespaces: the table, old names, and what has no effect.

use super::{good, lines, load, root, warned};
use crate::config::namespaces::{short, NAMESPACES};
use crate::config::{check_namespaces, Finding, Level, Severity};

/// A configuration with one component at one level.
fn at(level: Level, namespace: &str) -> String {
    let extra = format!(r#""extra_config": {{"{namespace}": {{}}}}"#);
    let (service, endpoint, backend) = match level {
        Level::Service => (format!(", {extra}"), String::new(), String::new()),
        Level::Endpoint => (String::new(), format!(", {extra}"), String::new()),
        Level::Backend => (String::new(), String::new(), format!(", {extra}")),
    };
    root(&format!(
        r#""endpoints": [{{"endpoint": "/a", "backend": [{{"url_pattern": "/"{backend}}}]{endpoint}}}]{service}"#
    ))
}

fn findings(level: Level, namespace: &str, implemented: &[(&str, Level)], strict: bool) -> Vec<Finding> {
    check_namespaces(&good(&at(level, namespace)), implemented, strict)
}

fn only(level: Level, namespace: &str, strict: bool) -> Finding {
    let mut found = findings(level, namespace, &[], strict);
    assert_eq!(found.len(), 1, "{namespace}: {found:?}");
    found.remove(0)
}

const LEVELS: [Level; 3] = [Level::Service, Level::Endpoint, Level::Backend];

#[test]
fn every_namespace_of_the_table_at_every_level() {
    for entry in NAMESPACES {
        for level in LEVELS {
            let found = findings(level, entry.name, &[], false);
            let acts = entry.levels.contains(&level);
            if acts && entry.core {
                assert!(found.is_empty(), "{}: {found:?}", entry.name);
                continue;
            }
            let finding = only(level, entry.name, false);
            assert!(finding.text.contains(entry.name) && finding.at.contains(entry.name), "{finding:?}");
            let guards = ["auth/", "validation/", "security/"].iter().any(|p| entry.name.starts_with(p));
            let expected = if acts && guards { Severity::Error } else { Severity::Warning };
            assert_eq!(finding.severity, expected, "{finding:?}");
            assert_eq!(finding.text.contains("is not built yet and has no effect"), acts, "{finding:?}");
            assert_eq!(finding.text.contains("it works on"), !acts, "{finding:?}");
            assert_eq!(only(level, entry.name, true).severity, Severity::Error);
            if acts {
                assert!(findings(level, entry.name, &[(entry.name, level)], true).is_empty());
            }
        }
    }
}

#[test]
fn old_names_are_the_same_as_short_ones() {
    for entry in NAMESPACES.iter().filter(|e| !e.old.is_empty()) {
        assert_eq!(short(entry.old), Some(entry.name));
        let level = entry.levels[0];
        let config = good(&at(level, entry.old));
        let extra = match level {
            Level::Service => &config.extra,
            Level::Endpoint => &config.endpoints[0].extra,
            Level::Backend => &config.endpoints[0].backend[0].extra,
        };
        let raw = extra.get(entry.name).expect("under its short name");
        assert!(raw.at.contains(entry.old), "the place is where it was written: {}", raw.at);
        assert!(extra.get(entry.old).is_none());
    }
    let names: std::collections::HashSet<_> = NAMESPACES.iter().map(|e| e.name).collect();
    assert_eq!(names.len(), NAMESPACES.len());
}

#[test]
fn of_both_names_the_short_one_wins() {
    let text = root(
        r#""extra_config": {"router": {"auto_options": true}, "github_com/luraproject/lura/router/gin": {"auto_options": false}}"#,
    );
    assert!(good(&text).router.auto_options);
    warned(
        &text,
        &[
            "at 'extra_config[\"github_com/luraproject/lura/router/gin\"]'",
            "'router' counts, this one is ignored",
        ],
    );
}

#[test]
fn names_that_nothing_acts_on() {
    let table = [
        (Level::Service, "auth/api-keys", "only KrakenD Enterprise acts on it"),
        (Level::Endpoint, "governance/quota", "only KrakenD Enterprise"),
        (Level::Backend, "backend/soap", "only KrakenD Enterprise"),
        (Level::Service, "qos/ratelimit/service", "only KrakenD Enterprise"),
        (
            Level::Endpoint,
            "github.com/devopsfaith/krakend-ratelimit/juju/router",
            "its name is 'qos/ratelimit/router'",
        ),
        (
            Level::Backend,
            "github.com/devopsfaith/krakend-ratelimit/juju/proxy",
            "its name is 'qos/ratelimit/proxy'",
        ),
        (Level::Endpoint, "auth/validtor", "did you mean 'auth/validator'?"),
        (Level::Service, "sluice/runtme", "did you mean 'sluice/runtime'?"),
        (Level::Service, "sluice/nothing-like-it", "is not a known component and has no effect"),
        (Level::Backend, "my/own", "is not a known component and has no effect"),
    ];
    for (level, name, text) in table {
        let finding = only(level, name, false);
        assert!(finding.text.contains(text), "{finding:?}");
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(only(level, name, true).severity, Severity::Error);
    }
}

#[test]
fn a_filter_may_bring_its_own_namespace() {
    let own = [("sluice/geo", Level::Endpoint)];
    assert!(findings(Level::Endpoint, "sluice/geo", &own, true).is_empty());
    assert_eq!(findings(Level::Service, "sluice/geo", &own, false).len(), 1);
    let near = findings(Level::Endpoint, "sluice/gep", &own, false);
    assert!(near[0].text.contains("did you mean 'sluice/geo'?"), "{near:?}");
}

#[test]
fn findings_have_places() {
    let text = at(Level::Backend, "auth/validator");
    let loaded = load(&text);
    let config = loaded.config.as_ref().expect("a configuration");
    let found = check_namespaces(config, &[], false);
    let column = text.find("{}").expect("the block") + 1;
    let line = loaded.source.render(&found[0]);
    assert!(
        line.starts_with(&format!(
            "f.json:1:{column}: warning: at 'endpoints[0].backend[0].extra_config[\"auth/validator\"]'"
        )),
        "{line}"
    );
    assert_eq!(found[0].pointer(), "/endpoints/0/backend/0/extra_config/auth~1validator");
    assert!(lines(&loaded, Severity::Warning).is_empty());
}
