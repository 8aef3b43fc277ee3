//! Budgets of time: which key counts, and which is of no use.

use super::*;
use crate::plan::budget::{Budgets, Limit, Source};

fn times(value: Value) -> Extra {
    extra("endpoints[0].", &[("sluice/timeout", value)])
}

#[test]
fn the_nearest_key_counts() {
    let limit = |ms, source| Some(Limit { time: Duration::from_millis(ms), source });
    let own = Backend { extra: times(json!({"total": "500ms", "connect": "20ms"})), ..backend(0, "/") };
    let extra = times(json!({"total": "900ms", "idle": "70ms"}));
    let transport = TransportKeys {
        dialer_timeout: Some(Duration::from_secs(3)),
        response_header_timeout: Some(Duration::from_secs(4)),
        ..TransportKeys::default()
    };
    let two = endpoint("/x", vec![own, backend(1, "/")]);
    let config = Config { transport, ..config(vec![Endpoint { extra, ..two }]) };
    let compiled = plan(&config).endpoints.swap_remove(0);
    assert_eq!((compiled.timeout, compiled.timeout_source), (Duration::from_secs(2), Source::Default));
    let head = limit(4000, Source::Service);
    let idle = limit(70, Source::Endpoint);
    let first =
        Budgets { total: limit(500, Source::Backend), connect: limit(20, Source::Backend), head, idle };
    let second =
        Budgets { total: limit(900, Source::Endpoint), connect: limit(3000, Source::Service), head, idle };
    assert_eq!([compiled.backends[0].budgets, compiled.backends[1].budgets], [first, second]);
    assert_eq!(one(endpoint("/x", vec![backend(0, "/")])).backends[0].budgets, Budgets::default());
}

#[test]
fn the_timeout_knows_its_place() {
    let second = Some(Duration::from_secs(1));
    for (service, of_endpoint, source) in [
        (None, None, Source::Default),
        (second, None, Source::Service),
        (second, second, Source::Endpoint),
        (second, Some(Duration::ZERO), Source::Service),
    ] {
        let endpoint = Endpoint { timeout: of_endpoint, ..endpoint("/x", vec![backend(0, "/")]) };
        let plan = plan(&Config { timeout: service, ..config(vec![endpoint]) });
        assert_eq!(plan.endpoints[0].timeout_source, source);
    }
}

#[test]
fn a_total_beyond_the_timeout_is_named() {
    let own = |total: &str| Backend { extra: times(json!({ "total": total })), ..backend(0, "/") };
    let at = "endpoints[0].extra_config[\"sluice/timeout\"].total";
    let found = |backends| places(&config(vec![endpoint("/x", backends)]));
    assert_eq!(found(vec![own("2s")]), [""; 0]);
    assert_eq!(found(vec![own("2001ms")]), [at]);
    assert_eq!(found(vec![own("1700ms"), backend(1, "/")]), [""; 0]);
    assert_eq!(found(vec![own("1701ms"), backend(1, "/")]), [at]);
}
