//! Finding a route among 1000 endpoints, and writing the target of a call: nanoseconds each.

#![allow(clippy::disallowed_methods)] // a benchmark reads the clock

use sluice::http::head::Method;
use sluice::plan::path;
use sluice::plan::pattern::Pattern;
use sluice::plan::route::{Match, ParamSpans, RouteOptions, Routes};
use sluice::plan::target::{write_target, Target, Values};
use std::hint::black_box;
use std::time::Instant;

const ENDPOINTS: usize = 1000;
const ROUNDS: usize = 2_000_000;

fn main() {
    let options = RouteOptions { method_not_allowed: true, ..RouteOptions::default() };
    let mut routes = Routes::new(options);
    for n in 0..ENDPOINTS {
        // A fifth each: flat, nested, with one and two parameters, another method.
        let (method, path) = match n % 5 {
            0 => (Method::Get, format!("/endpoint-{n}")),
            1 => (Method::Get, format!("/v1/group-{}/item-{n}", n % 37)),
            2 => (Method::Get, format!("/v1/users-{n}/{{id}}")),
            3 => (Method::Get, format!("/v2/{{tenant}}/orders-{n}/{{order}}")),
            _ => (Method::Post, format!("/v1/users-{}/{{id}}", n - 2)),
        };
        let pattern = Pattern::parse(&path, false).expect("a valid path");
        routes.add(method, &pattern.segments, n).expect("no duplicates");
    }
    let asked = [
        ("literal", "/endpoint-500", true),
        ("nested literal", "/v1/group-31/item-401", true),
        ("one parameter", "/v1/users-502/12345", true),
        ("two parameters", "/v2/acme/orders-503/67890", true),
        ("unknown", "/v1/users-502/12345/more", false),
    ];
    let mut params = ParamSpans::new();
    let mut decoded = Vec::with_capacity(256);
    for (name, raw, found) in asked {
        let matched = routes.find(Method::Get, raw.as_bytes(), &mut params);
        assert_eq!(matches!(matched, Match::Endpoint(_)), found, "{raw}");
        report(name, || {
            path::prepare(black_box(raw.as_bytes()), path::PathRules::default(), &mut decoded)
                .expect("no escapes");
            black_box(routes.find(Method::Get, &decoded, &mut params));
        });
    }
    let names = ["tenant".to_owned(), "order".to_owned()];
    let target =
        Target::compile("/internal/{tenant}/order/{order}?full=1", "", &names, 0).expect("a valid pattern");
    let params = [&b"acme"[..], b"67890"];
    let mut out = Vec::with_capacity(256);
    report("write target", || {
        out.clear();
        let values = Values { params: black_box(&params), earlier: &[] };
        assert!(write_target(black_box(&target.pieces), values, &mut out).is_ok());
    });
}

fn report(name: &str, mut step: impl FnMut()) {
    (0..ROUNDS / 10).for_each(|_| step());
    let start = Instant::now();
    (0..ROUNDS).for_each(|_| step());
    println!("{name:<16} {:7.1} ns", start.elapsed().as_nanos() as f64 / ROUNDS as f64);
}
