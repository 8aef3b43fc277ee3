use super::*;
use crate::base::clock::Time;
use crate::config::Severity;
use crate::http::head::{Field, RequestHead, Span};
use serde_json::{json, Value};

fn compile(value: Value, params: &[&str]) -> (Option<Rc<dyn Filter>>, Vec<Finding>) {
    let raw = Raw { at: "r".into(), value };
    let params: Vec<String> = params.iter().map(|p| (*p).to_owned()).collect();
    let scope = Scope { level: Level::Endpoint, endpoint: "/x", params: &params, url_pattern: "", shards: 4 };
    let mut findings = Vec::new();
    let blueprint = RateEndpoint.compile(&raw, &scope, &mut findings);
    assert!(findings.iter().all(|f| f.severity == Severity::Warning));
    (blueprint.map(|b| b.build(None)), findings)
}

/// A request of this client; 200 = it passes. One time for all, so nothing is refilled.
fn ask(filter: &dyn Filter, fields: &[(&str, &str)], params: &[&[u8]], ip: &str) -> u16 {
    let mut bytes = Vec::new();
    let mut head = RequestHead::default();
    let mut span = |text: &str| {
        let start = bytes.len() as u32;
        bytes.extend_from_slice(text.as_bytes());
        Span { start, end: bytes.len() as u32 }
    };
    for (name, value) in fields {
        let (name, value) = (span(name), span(value));
        head.fields.push(Field { name, value, ..Field::default() });
    }
    let mut cx = FilterCx {
        now: Time(0),
        client_ip: ip.parse().expect("an address"),
        head: &head,
        head_bytes: &bytes,
        params,
        slot: 0,
    };
    match filter.request(&mut cx) {
        Step::Next => 200,
        Step::Reply(reply) => reply.status,
        other => panic!("{other:?}"),
    }
}

fn asks(filter: &dyn Filter, header: &str, times: usize) -> Vec<u16> {
    (0..times).map(|_| ask(filter, &[("X-K", header)], &[], "127.0.0.1")).collect()
}

#[test]
fn the_client_limit_is_looked_at_first() {
    let settings = json!({"client_max_rate": 1, "client_capacity": 2, "every": "10m", "strategy": "header",
                          "key": "X-K", "max_rate": 1, "capacity": 3});
    let (filter, findings) = compile(settings, &[]);
    let filter = filter.expect("a filter");
    assert!(findings.is_empty());
    assert_eq!(asks(&*filter, "a", 3), [200, 200, 429]);
    assert_eq!(asks(&*filter, "b", 3), [200, 503, 429]);
    assert_eq!(asks(&*filter, "c", 3), [503, 503, 429]);
}

#[test]
fn headers_tell_clients_apart() {
    let settings = json!({"client_max_rate": 1, "client_capacity": 2, "every": "10m", "strategy": "Header", "key": "X-Id"});
    let filter = compile(settings, &[]).0.expect("a filter");
    let ask = |fields: &[(&str, &str)]| ask(&*filter, fields, &[], "127.0.0.1");
    assert_eq!([ask(&[("x-id", "a")]), ask(&[("X-ID", "a")]), ask(&[("X-Id", "a")])], [200, 200, 429]);
    assert_eq!(ask(&[]), 429);
    assert_eq!(ask(&[("X-Id", "")]), 429);
    assert_eq!(ask(&[("X-Id", "b"), ("X-Id", "a")]), 200, "the first value counts");
    assert_eq!(ask(&[("X-Id", "A")]), 200, "values keep their case");
}

#[test]
fn addresses_tell_clients_apart() {
    let settings = |key: &str| json!({"client_max_rate": 1, "client_capacity": 1, "every": "10m", "strategy": "ip", "key": key});
    let plain = compile(settings(""), &[]).0.expect("a filter");
    let table = [
        ("127.0.0.1", 200),
        ("127.0.0.1", 429),
        ("::ffff:127.0.0.1", 429),
        ("203.0.113.7", 200),
        ("2001:db8::1", 200),
        ("2001:db8::1", 429),
    ];
    for (ip, want) in table {
        assert_eq!(ask(&*plain, &[("X-Real", "9.9.9.9")], &[], ip), want, "{ip}");
    }
    let keyed = compile(settings("X-Real"), &[]).0.expect("a filter");
    let table = [
        ("203.0.113.7, 203.0.113.8", 200),
        ("203.0.113.7", 429),
        ("203.0.113.8:4431", 200),
        (" 203.0.113.8 ,zzz", 429),
        ("not an ip", 200),
        ("", 429),
        ("2001:db8::1", 429),
        ("203.0.113.08", 429),
        ("198.51.100.1", 200),
    ];
    for (value, want) in table {
        assert_eq!(ask(&*keyed, &[("x-real", value)], &[], "127.0.0.1"), want, "{value:?}");
    }
}

#[test]
fn parameters_tell_clients_apart() {
    let settings = |key: &str| json!({"client_max_rate": 1, "client_capacity": 2, "every": "10m", "strategy": "PARAM", "key": key});
    let (filter, findings) = compile(settings("Order"), &["id", "Order"]);
    let filter = filter.expect("a filter");
    assert!(findings.is_empty());
    let ask = |filter: &dyn Filter, params: &[&[u8]]| ask(filter, &[], params, "127.0.0.1");
    assert_eq!(ask(&*filter, &[b"1", b"5"]), 200);
    assert_eq!(ask(&*filter, &[b"2", b"5"]), 200);
    assert_eq!(ask(&*filter, &[b"3", b"5"]), 429);
    assert_eq!(ask(&*filter, &[b"3", b"6"]), 200);
    for key in ["order", "", "JWT.sub"] {
        let (filter, findings) = compile(settings(key), &["id", "Order"]);
        assert_eq!(ask(&*filter.expect("a filter"), &[b"1", b"5"]), 429);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].at, "r.key");
    }
}

#[test]
fn capacities_follow_the_scaled_rate() {
    // (settings, requests that pass at once)
    let table = [
        (json!({"max_rate": 2, "every": "10m"}), 1),
        (json!({"max_rate": 0.001}), 1),
        (json!({"max_rate": 0.001, "capacity": 0}), 1),
        (json!({"max_rate": 2.9}), 2),
        (json!({"max_rate": 1, "capacity": 2.9}), 2),
        (json!({"max_rate": 1, "capacity": 2, "every": "1h30m10s"}), 2),
        (json!({"max_rate": 0.001, "capacity": 2, "every": "10"}), 2),
        (json!({"max_rate": 0.001, "capacity": 2, "every": "10ms"}), 2),
        (json!({"max_rate": 0.001, "capacity": -1}), 20),
        (json!({"client_max_rate": 5, "strategy": "header", "key": "X-K"}), 1),
        (json!({"client_max_rate": 5, "max_rate": 100, "strategy": "header", "key": "X-K"}), 5),
        (
            json!({"client_max_rate": 5, "max_rate": 100, "every": "10m", "strategy": "header", "key": "X-K"}),
            1,
        ),
    ];
    for (settings, want) in table {
        let filter = compile(settings.clone(), &[]).0.expect("a filter");
        // The bucket's clock started at its creation, the request's stands at zero: no refill.
        let passed = asks(&*filter, "u", 20).iter().filter(|s| **s == 200).count();
        assert_eq!(passed, want, "{settings}");
    }
}

#[test]
fn what_is_not_understood_is_no_limit_and_is_named() {
    let table = [
        (json!({"client_max_rate": 1, "client_capacity": 1, "strategy": "cookie"}), "r.strategy"),
        (json!({"max_rate": "1", "capacity": 1}), "r.max_rate"),
        (json!([1, 2]), "r"),
        (json!({"max_rate": 0, "capacity": 1}), "r"),
        (json!({"max_rate": -1, "capacity": 1}), "r"),
        (json!({"client_max_rate": 0, "strategy": "ip"}), "r"),
    ];
    for (settings, place) in table {
        let (filter, findings) = compile(settings.clone(), &[]);
        assert!(filter.is_none(), "{settings}");
        assert_eq!(findings[0].at, place, "{settings}");
    }
    let (filter, findings) =
        compile(json!({"client_max_rate": 1, "client_capacity": 1, "max_rate": 1, "capacity": 2}), &[]);
    assert_eq!(asks(&*filter.expect("the common limit"), "u", 3), [200, 200, 503]);
    assert_eq!(findings.len(), 1);
}
