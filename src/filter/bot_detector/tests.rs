use super::*;
use crate::base::clock::Time;
use crate::config::Severity;
use crate::http::head::{Field, RequestHead, Span};
use serde_json::{json, Value};
use std::net::{IpAddr, Ipv4Addr};

fn compile(value: Value) -> (Option<Box<dyn Blueprint>>, Vec<Finding>) {
    let raw = Raw { at: "b".into(), value };
    let scope = Scope { level: Level::Endpoint, endpoint: "/x", params: &[], url_pattern: "", shards: 1 };
    let mut findings = Vec::new();
    let blueprint = BotDetector.compile(&raw, &scope, &mut findings);
    (blueprint, findings)
}

/// The status for a request with these User-Agent lines; 200 = it passes.
fn status(filter: &dyn Filter, agents: &[&[u8]]) -> u16 {
    let bytes = agents.concat();
    let mut head = RequestHead::default();
    let mut start = 0;
    for agent in agents {
        let end = start + agent.len() as u32;
        let value = Span { start, end };
        head.fields.push(Field { value, known: Known::UserAgent, ..Field::default() });
        start = end;
    }
    let mut cx = FilterCx {
        now: Time(0),
        client_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        head: &head,
        head_bytes: &bytes,
        params: &[],
        slot: 0,
    };
    match filter.request(&mut cx) {
        Step::Next => 200,
        Step::Reply(reply) => reply.status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn decides_as_recorded() {
    let settings = |cache: i64| {
        json!({"deny": ["evil-bot/1.0", "both"], "allow": ["both", "crawler-friendly"],
               "patterns": ["^crawler", "(?i)SPIDER", "scan(ner)?$", "[^ -~]$"], "cache_size": cache})
    };
    let table: &[(&[&[u8]], u16)] = &[
        (&[b"evil-bot/1.0"], 403),
        (&[b"Evil-bot/1.0"], 200),
        (&[b"both"], 200),
        (&[b"crawler-friendly"], 200),
        (&[b"crawler-x"], 403),
        (&[b"Crawler-x"], 200),
        (&[b"my Spider"], 403),
        (&[b"port scan"], 403),
        (&[b"scanner x"], 200),
        (&[b""], 200),
        (&[], 200),
        (&[b"good", b"evil-bot/1.0"], 200),
        (&[b"evil-bot/1.0", b"good"], 403),
        (&[b"odd\xff"], 403),
    ];
    for cache in [0, 3, 1_000_000] {
        let filter = compile(settings(cache)).0.expect("valid").build(None);
        for round in 0..2 {
            for (agents, want) in table {
                assert_eq!(status(&*filter, agents), *want, "{agents:?}, cache {cache}, round {round}");
            }
        }
    }
}

#[test]
fn an_empty_agent_is_looked_at_before_the_lists() {
    let filter =
        compile(json!({"empty_user_agent_is_bot": true, "allow": [""]})).0.expect("valid").build(None);
    assert_eq!(status(&*filter, &[b""]), 403);
    assert_eq!(status(&*filter, &[]), 403);
    assert_eq!(status(&*filter, &[b"x"]), 200);
}

#[test]
fn settings_that_refuse_nothing_are_no_filter() {
    for settings in [json!({}), json!({"allow": ["x"], "cache_size": 5})] {
        let (blueprint, findings) = compile(settings);
        assert!(blueprint.is_none() && findings.is_empty());
    }
}

#[test]
fn wrong_settings_refuse_the_start() {
    let table = [
        (json!([]), "b"),
        (json!({"deny": "x"}), "b.deny"),
        (json!({"allow": [1]}), "b.allow[0]"),
        (json!({"patterns": ["ok", "("]}), "b.patterns[1]"),
        (json!({"patterns": ["(a{1000}){1000}"]}), "b.patterns[0]"),
        (json!({"cache_size": -1, "deny": ["x"]}), "b.cache_size"),
        (json!({"empty_user_agent_is_bot": "yes"}), "b.empty_user_agent_is_bot"),
    ];
    for (settings, place) in table {
        let (blueprint, findings) = compile(settings.clone());
        assert!(blueprint.is_none(), "{settings}");
        assert_eq!(findings.len(), 1, "{settings}: {findings:?}");
        assert_eq!((findings[0].severity, findings[0].at.as_str()), (Severity::Error, place));
    }
}

#[test]
fn a_large_cache_is_held_at_its_bound() {
    let (blueprint, findings) = compile(json!({"deny": ["x"], "cache_size": 1e9}));
    assert!(blueprint.is_some());
    assert_eq!((findings[0].severity, findings[0].at.as_str()), (Severity::Warning, "b.cache_size"));
}
