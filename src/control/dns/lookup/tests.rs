//! Lookups against a small name server on this machine.

use super::{interleave, Record, System};
use crate::control::dns::fake::{Answers, FakeServer};
use crate::limits::{NAME_ADDRESSES, RESOLVE_TIMEOUT_MS};
use std::net::IpAddr;
use std::time::Duration;

fn ips(list: &[&str]) -> Vec<IpAddr> {
    list.iter().map(|a| a.parse().expect("address")).collect()
}

fn look_up(server: &FakeServer, name: &str) -> Result<(Vec<IpAddr>, Duration), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let system = System::new(Some(vec![server.address()]));
    runtime.block_on(system.lookup(name)).map(|found| (found.addresses, found.ttl))
}

#[test]
fn families_are_interleaved_and_capped() {
    let v6 = ips(&["2001:db8::1", "2001:db8::2", "2001:db8::3"]);
    let v4 = ips(&["192.0.2.1"]);
    assert_eq!(interleave(&v6, &v4), ips(&["2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3"]));
    assert_eq!(interleave(&v6, &[]), v6);
    assert_eq!(interleave(&[], &v4), v4);
    let many: Vec<IpAddr> = (0..100).map(|n| IpAddr::from([192, 0, 2, n])).collect();
    assert_eq!(interleave(&v6, &many).len(), NAME_ADDRESSES);
}

#[test]
fn both_families_are_asked_for_and_the_shortest_time_to_live_counts() {
    let server = FakeServer::start(&[
        ("both.test.", Answers { v4: &["192.0.2.1", "192.0.2.2"], v6: &["2001:db8::1"], ttl: (60, 30) }),
        ("four.test.", Answers { v4: &["192.0.2.1"], v6: &[], ttl: (7, 0) }),
        ("six.test.", Answers { v4: &[], v6: &["2001:db8::1"], ttl: (0, 9) }),
        ("zero.test.", Answers { v4: &["192.0.2.1"], v6: &[], ttl: (0, 0) }),
    ]);
    let cases: [(&str, &[&str], u64); 5] = [
        ("both.test", &["2001:db8::1", "192.0.2.1", "192.0.2.2"], 30),
        ("BOTH.test.", &["2001:db8::1", "192.0.2.1", "192.0.2.2"], 30),
        ("four.test", &["192.0.2.1"], 7),
        ("six.test", &["2001:db8::1"], 9),
        ("zero.test", &["192.0.2.1"], 0),
    ];
    for (name, addresses, ttl) in cases {
        assert_eq!(look_up(&server, name), Ok((ips(addresses), Duration::from_secs(ttl))), "{name}");
    }
}

#[test]
fn nothing_is_cached_below_the_book() {
    let answers = Answers { v4: &["192.0.2.1"], v6: &["2001:db8::1"], ttl: (60, 60) };
    let server = FakeServer::start(&[("both.test.", answers)]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let system = System::new(Some(vec![server.address()]));
    for n in 1..=3 {
        runtime.block_on(system.lookup("both.test")).expect("addresses");
        assert_eq!(server.queries("both.test."), 2 * n, "one for each family");
    }
}

#[test]
fn a_silent_family_does_not_hold_up_the_other() {
    // The server never answers questions about AAAA of names that begin with "mute6".
    let answers = Answers { v4: &["192.0.2.1"], v6: &[], ttl: (60, 60) };
    let server = FakeServer::start(&[("mute6.test.", answers)]);
    // Without an answer the resolver itself gives up after half of the time at the earliest.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let system = System::new(Some(vec![server.address()]));
    let limit = Duration::from_millis(RESOLVE_TIMEOUT_MS / 2 - 100);
    let found = runtime.block_on(async { tokio::time::timeout(limit, system.lookup("mute6.test")).await });
    assert_eq!(found.expect("in time").map(|f| f.addresses), Ok(ips(&["192.0.2.1"])));
}

#[test]
fn what_does_not_resolve_says_why() {
    let server = FakeServer::start(&[("empty.test.", Answers { v4: &[], v6: &[], ttl: (0, 0) })]);
    for name in ["absent.test", "empty.test", "", ".", "a..b", &"x".repeat(64), &"x.".repeat(200)] {
        let error = look_up(&server, name).expect_err(name);
        assert!(!error.is_empty(), "{name}");
    }
}

#[test]
fn addresses_and_localhost_need_no_server() {
    let server = FakeServer::start(&[]);
    assert_eq!(look_up(&server, "192.0.2.8").map(|f| f.0), Ok(ips(&["192.0.2.8"])));
    assert_eq!(look_up(&server, "2001:db8::8").map(|f| f.0), Ok(ips(&["2001:db8::8"])));
    let (found, _) = look_up(&server, "localhost").expect("localhost");
    assert!(found.iter().all(|a| a.is_loopback()), "{found:?}");
    assert_eq!(server.total(), 0);
}

fn services(server: &FakeServer, name: &str) -> Result<Vec<String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let system = System::new(Some(vec![server.address()]));
    let records = runtime.block_on(system.services(name))?;
    let text = |r: &Record| format!("{} {} {} {}", r.priority, r.weight, r.port, r.target);
    Ok(records.iter().map(text).collect())
}

#[test]
fn srv_records_are_read_and_what_is_no_host_is_left_out() {
    let server = FakeServer::start(&[]);
    server.set("_a._tcp.test.", &[(1, 2, 80, "One.test."), (3, 4, 81, "two.test.")]);
    server.set("_odd._tcp.test.", &[(1, 1, 80, "a b.test."), (1, 1, 0, "a.test."), (1, 1, 80, "b.test.")]);
    server.set("_bad._tcp.test.", &[(1, 1, 80, "a/b.test.")]);
    server.set("_off._tcp.test.", &[(0, 0, 0, ".")]);
    server.set("_none._tcp.test.", &[]);
    let list = |name| services(&server, name);
    assert_eq!(list("_a._tcp.test").unwrap(), ["1 2 80 one.test", "3 4 81 two.test"]);
    assert_eq!(list("_odd._tcp.test").unwrap(), ["1 1 80 b.test"]);
    assert!(list("_bad._tcp.test").is_err());
    assert_eq!(list("_off._tcp.test").unwrap(), [""; 0], "a service that says that it is not available");
    assert!(list("_none._tcp.test").is_err());
}
