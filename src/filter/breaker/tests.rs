use super::*;
use crate::http::head::RequestHead;
use crate::shared::breaker::Phase;
use serde_json::{json, Value};
use std::net::{IpAddr, Ipv4Addr};

const S: u64 = 1_000_000_000;

fn compile(value: Value) -> (Option<Rc<dyn Filter>>, Vec<Finding>) {
    let raw = Raw { at: "c".into(), value };
    let scope = Scope { level: Level::Backend, endpoint: "/x", params: &[], url_pattern: "/b", shards: 1 };
    let mut findings = Vec::new();
    let blueprint = CircuitBreaker.compile(&raw, &scope, &mut findings);
    (blueprint.map(|b| b.build(None)), findings)
}

fn ask(filter: &dyn Filter, now: u64) -> Result<u64, Kind> {
    let head = RequestHead::default();
    let mut cx = FilterCx {
        now: Time(now),
        client_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        head: &head,
        head_bytes: b"",
        params: &[],
        slot: 0,
    };
    match filter.request(&mut cx) {
        Step::Next => Ok(cx.slot),
        Step::Fail(fault) => Err(fault.kind),
        other => panic!("{other:?}"),
    }
}

fn call(filter: &dyn Filter, outcome: Outcome, now: u64) -> Result<(), Kind> {
    let slot = ask(filter, now)?;
    filter.done(slot, outcome, Time(now));
    Ok(())
}

#[test]
fn one_failure_more_than_allowed_opens() {
    for max_errors in 0..3 {
        let (filter, findings) = compile(json!({"interval": 60, "timeout": 60, "max_errors": max_errors}));
        let filter = filter.expect("a breaker");
        assert!(findings.is_empty());
        for _ in 0..=max_errors {
            assert_eq!(call(&*filter, Outcome::Failure, 1), Ok(()));
        }
        assert_eq!(call(&*filter, Outcome::Success, 1), Err(Kind::CircuitOpen));
    }
}

#[test]
fn the_probe_closes_and_an_abandoned_one_frees_its_place() {
    let filter = compile(json!({"timeout": 2, "max_errors": 0, "interval": 9})).0.expect("a breaker");
    let start = clock::now().0;
    assert_eq!(call(&*filter, Outcome::Failure, start), Ok(()));
    let probe = ask(&*filter, start + 3 * S).expect("the probe");
    assert_eq!(ask(&*filter, start + 3 * S), Err(Kind::CircuitBusy));
    filter.done(probe, Outcome::Abandoned, Time(start + 3 * S));
    assert_eq!(call(&*filter, Outcome::Success, start + 4 * S), Ok(()));
    assert_eq!(call(&*filter, Outcome::Success, start + 4 * S), Ok(()));
}

#[test]
fn changes_are_noted_when_asked_for() {
    let settings =
        |log: bool| json!({"timeout": 2, "max_errors": 0, "name": "one", "log_status_change": log});
    let start = clock::now().0;
    for log in [false, true] {
        let filter = compile(settings(log)).0.expect("a breaker");
        assert_eq!(call(&*filter, Outcome::Failure, start), Ok(()));
        assert_eq!(call(&*filter, Outcome::Success, start + 3 * S), Ok(()));
        let texts: Vec<_> = std::iter::from_fn(notes::take).map(|n| n.text).collect();
        let line = |from: Phase, to: Phase| {
            format!("[CB] Circuit breaker named 'one' went from '{}' to '{}'", from.as_str(), to.as_str())
        };
        let want = [
            line(Phase::Closed, Phase::Open),
            line(Phase::Open, Phase::HalfOpen),
            line(Phase::HalfOpen, Phase::Closed),
        ];
        assert_eq!(texts, if log { &want[..] } else { &[] });
    }
}

#[test]
fn breakers_share_nothing() {
    let settings = json!({"timeout": 60, "max_errors": 0, "name": "same", "interval": 60});
    let (one, two) = (compile(settings.clone()).0.expect("one"), compile(settings).0.expect("two"));
    assert_eq!(call(&*one, Outcome::Failure, 1), Ok(()));
    assert_eq!(call(&*one, Outcome::Success, 1), Err(Kind::CircuitOpen));
    assert_eq!(call(&*two, Outcome::Success, 1), Ok(()));
}

#[test]
fn settings() {
    // (settings, is there a breaker, warnings)
    let table = [
        (json!({"interval": 0, "timeout": 0, "max_errors": 0}), false, 1),
        (json!({"interval": "60", "timeout": "60", "max_errors": "0"}), false, 4),
        (json!([]), false, 1),
        (json!({"name": "x"}), true, 1),
        (json!({"log_status_change": true}), true, 1),
        (json!({"max_errors": 1}), true, 0),
        (json!({"max_errors": -1, "timeout": -3}), true, 1),
        (json!({"interval": 1e30, "timeout": 1e30, "max_errors": 1e30}), true, 0),
    ];
    for (settings, exists, warnings) in table {
        let (filter, findings) = compile(settings.clone());
        assert_eq!((filter.is_some(), findings.len()), (exists, warnings), "{settings}: {findings:?}");
    }
}
