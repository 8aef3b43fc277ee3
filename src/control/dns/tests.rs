//! The service as a shard meets it: through the port, with a real name server behind.

use super::fake::{Answers, FakeServer};
use crate::control::{start, Control, Settings};
use crate::port::call::{Answer, Call};
use crate::port::handle::Pending;
use crate::port::log::{lane, Level, LogFeed, Record};
use crate::shared::names::{NameTable, NameView};
use crate::shared::services::{Group, ServiceTable, Target, TargetName};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn ips(list: &[&str]) -> Arc<[IpAddr]> {
    list.iter().map(|a| a.parse::<IpAddr>().expect("address")).collect()
}

fn wait(pending: Pending) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(pending)
}

fn begin(server: &FakeServer, names: &[&str]) -> (Control, Arc<NameTable>, LogFeed) {
    let table = Arc::new(NameTable::new(names.iter().map(|n| Arc::from(*n))));
    let (log, feed) = lane(Some(Level::Debug), false);
    let settings = Settings {
        names: Arc::clone(&table),
        name_servers: Some(vec![server.address()]),
        ..Settings::default()
    };
    (start(settings, log).expect("control thread"), table, feed)
}

const BOTH: Answers = Answers { v4: &["192.0.2.1"], v6: &["2001:db8::1"], ttl: (60, 60) };

#[test]
fn a_name_is_looked_up_once_for_all_who_ask_and_published() {
    let server = FakeServer::start(&[("both.test.", BOTH)]);
    let (control, table, _feed) = begin(&server, &["both.test"]);
    let mut view = NameView::new(table);
    assert!(view.addresses(0).is_none());
    let pending: Vec<Pending> =
        (0..50).map(|_| control.ask().ask(Call::Resolve(Arc::from("both.test")))).collect();
    let expected = ips(&["2001:db8::1", "192.0.2.1"]);
    for pending in pending {
        assert_eq!(wait(pending), Answer::Addresses(Arc::clone(&expected)));
    }
    assert_eq!(server.queries("both.test."), 2, "A and AAAA");
    assert_eq!(view.addresses(0), Some(&expected));
    control.stop();
}

#[test]
fn a_failure_is_answered_and_logged_once() {
    let server = FakeServer::start(&[]);
    let (control, _table, mut feed) = begin(&server, &[]);
    for _ in 0..3 {
        let answer = wait(control.ask().ask(Call::Resolve(Arc::from("absent.test"))));
        assert!(matches!(answer, Answer::Failed(_)), "{answer:?}");
    }
    assert_eq!(server.queries("absent.test."), 2, "the failure is believed for a moment");
    control.stop();
    let Some(Record::Event(event)) = feed.pop() else { panic!("no event") };
    assert_eq!(event.level, Level::Warning);
    assert!(event.text.starts_with("cannot resolve absent.test: "), "{}", event.text);
    assert!(feed.pop().is_none());
}

#[test]
fn a_name_that_nobody_waits_for_any_more_is_still_found() {
    let server = FakeServer::start(&[("both.test.", BOTH)]);
    let (control, _table, _feed) = begin(&server, &["both.test"]);
    drop(control.ask().ask(Call::Resolve(Arc::from("both.test"))));
    let answer = wait(control.ask().ask(Call::Resolve(Arc::from("both.test"))));
    assert_eq!(answer, Answer::Addresses(ips(&["2001:db8::1", "192.0.2.1"])));
    control.stop();
}

/// Hosts of the first service, `name:port`.
fn hosts(table: &ServiceTable) -> Option<Vec<String>> {
    let group: Arc<Group> = table.services()[0].group.latest()?;
    let text = |target: &Target| match &target.name {
        TargetName::Ip(ip) => format!("{ip}:{}", target.port),
        TargetName::Dns(slot) => format!("{}:{}", slot.name(), target.port),
    };
    Some(group.targets.iter().map(text).collect())
}

fn until(what: &str, mut met: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !met() {
        assert!(Instant::now() < end, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_service_is_looked_up_at_start_followed_and_kept_while_lookups_fail() {
    const SERVICE: &str = "_http._tcp.test";
    let server = FakeServer::start(&[("one.test.", BOTH), ("two.test.", BOTH)]);
    server.set("_http._tcp.test.", &[(0, 1, 80, "one.test.")]);
    let services = Arc::new(ServiceTable::new([Arc::from(SERVICE)]));
    let (log, _feed) = lane(Some(Level::Debug), false);
    let settings = Settings {
        services: Arc::clone(&services),
        name_servers: Some(vec![server.address()]),
        name_ttl: Some(Duration::from_secs(1)),
        ..Settings::default()
    };
    let control = start(settings, log).expect("control thread");
    assert_eq!(wait(control.ask().ask(Call::Discover(Arc::from(SERVICE)))), Answer::Published);
    assert_eq!(hosts(&services).unwrap(), ["one.test:80"]);
    let group = services.services()[0].group.latest().unwrap();
    let TargetName::Dns(slot) = &group.targets[0].name else { panic!("no name") };
    until("the addresses come without a question", || slot.latest().is_some());
    server.set("_http._tcp.test.", &[(0, 1, 80, "one.test."), (0, 1, 81, "two.test.")]);
    until("the change is seen", || hosts(&services).unwrap() == ["one.test:80", "two.test:81"]);
    let asked = server.queries("_http._tcp.test.");
    server.set("_http._tcp.test.", &[]);
    until("it is asked for again", || server.queries("_http._tcp.test.") >= asked + 2);
    assert_eq!(hosts(&services).unwrap(), ["one.test:80", "two.test:81"]);
    assert_eq!(wait(control.ask().ask(Call::Discover(Arc::from("_other._tcp.test")))), Answer::Unavailable);
    control.stop();
}
