//! The life of a name: found, refreshed, lapsed, failing, back again. Time is a number here.

use super::{Book, Found};
use crate::base::clock::Time;
use crate::limits::{NAMES, NAME_RETRY_MAX_S, NAME_STALE_MAX_S, NAME_TTL_MAX_S, NAME_WAITERS};
use crate::port::call::{Answer, Call};
use crate::port::handle::{pair, Ask, Inbox, Pending};
use crate::port::log::Level;
use crate::shared::names::{NameTable, NameView};
use std::future::Future;
use std::net::IpAddr;
use std::pin::{pin, Pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A book with one configured name, and a shard that looks at it.
struct World {
    book: Book,
    now: Time,
    view: NameView,
    ask: Ask,
    inbox: Inbox,
}

const NAME: &str = "a.test";

impl World {
    fn new(ttl: Option<Duration>) -> World {
        let table = Arc::new(NameTable::new([Arc::from(NAME)]));
        let now = Time(1_000_000_000);
        let (ask, inbox) = pair();
        let book = Book::new(Arc::clone(&table), ttl, now);
        World { book, now, view: NameView::new(table), ask, inbox }
    }

    /// Asks; `true` when a lookup has to start.
    fn ask(&mut self, name: &str) -> (Pending, bool) {
        let name: Arc<str> = Arc::from(name);
        let pending = self.ask.ask(Call::Resolve(Arc::clone(&name)));
        let Poll::Ready(Some(request)) = poll(pin!(self.inbox.next())) else { panic!("no question") };
        let lookup = self.book.ask(&name, request.reply, self.now);
        (pending, lookup)
    }

    fn found(&mut self, name: &str, addresses: &[&str], ttl: u64) -> Option<(Level, String)> {
        let found = Found { addresses: ips(addresses), ttl: Duration::from_secs(ttl) };
        self.book.done(&Arc::from(name), Ok(found), self.now)
    }

    fn failed(&mut self, name: &str) -> Option<(Level, String)> {
        self.book.done(&Arc::from(name), Err(Arc::from("broken")), self.now)
    }

    fn pass_ms(&mut self, ms: u64) {
        self.now = self.now.after(Duration::from_millis(ms));
    }

    /// Goes to the next planned moment; what has to be looked up then.
    fn wake(&mut self) -> Vec<Arc<str>> {
        self.now = self.book.next_wake().expect("something is planned");
        self.book.wake(self.now)
    }

    fn seen(&mut self) -> Option<Vec<IpAddr>> {
        self.view.addresses(0).map(|a| a.to_vec())
    }

    /// Asked for and found.
    fn warm(ttl: u64) -> World {
        let mut world = World::new(None);
        let (_, lookup) = world.ask(NAME);
        assert!(lookup);
        world.found(NAME, &["192.0.2.1"], ttl);
        world
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn answer(pending: &mut Pending) -> Option<Answer> {
    match poll(Pin::new(pending)) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

fn ips(list: &[&str]) -> Vec<IpAddr> {
    list.iter().map(|a| a.parse().expect("address")).collect()
}

fn addresses(list: &[&str]) -> Option<Answer> {
    Some(Answer::Addresses(Arc::from(ips(list))))
}

#[test]
fn everyone_who_asks_shares_one_lookup() {
    let mut world = World::new(None);
    let (mut first, lookup) = world.ask(NAME);
    assert!(lookup);
    let (mut second, lookup) = world.ask(NAME);
    assert!(!lookup, "one is on its way");
    let (_, lookup) = world.ask("b.test");
    assert!(lookup, "another name");
    assert_eq!(answer(&mut first), None);
    world.found(NAME, &["2001:db8::1", "192.0.2.1"], 30);
    assert_eq!(answer(&mut first), addresses(&["2001:db8::1", "192.0.2.1"]));
    assert_eq!(answer(&mut second), addresses(&["2001:db8::1", "192.0.2.1"]));
    assert_eq!(world.seen(), Some(ips(&["2001:db8::1", "192.0.2.1"])), "published for all shards");
    let (mut third, lookup) = world.ask(NAME);
    assert!(!lookup);
    assert_eq!(answer(&mut third), addresses(&["2001:db8::1", "192.0.2.1"]));
}

#[test]
fn the_time_to_live_is_bounded_and_can_be_configured() {
    let minute = Some(Duration::from_secs(60));
    let cases = [
        (None, 0, 1),
        (None, 30, 30),
        (None, 86_400, NAME_TTL_MAX_S),
        (minute, 0, 60),
        (minute, 86_400, 60),
        (Some(Duration::ZERO), 30, 1),
        (Some(Duration::from_secs(3600)), 30, 3600),
    ];
    for (configured, given, expected) in cases {
        let mut world = World::new(configured);
        let _ = world.ask(NAME);
        world.found(NAME, &["192.0.2.1"], given);
        world.pass_ms(expected * 1000 - 1);
        let (_, lookup) = world.ask(NAME);
        assert!(!lookup, "{configured:?} {given}: still believed");
        world.pass_ms(1);
        let (_, lookup) = world.ask(NAME);
        assert!(lookup, "{configured:?} {given}: expired");
    }
}

#[test]
fn a_used_name_is_refreshed_before_it_expires() {
    let mut world = World::warm(100);
    let start = world.now;
    world.seen(); // a shard uses it
    assert_eq!(world.wake(), [Arc::from(NAME)]);
    assert_eq!(world.now.since(start), Duration::from_secs(90));
    assert_eq!(world.seen(), Some(ips(&["192.0.2.1"])), "serves meanwhile");
    assert_eq!(world.found(NAME, &["192.0.2.9"], 100), None, "nothing to say");
    assert_eq!(world.seen(), Some(ips(&["192.0.2.9"])));
}

#[test]
fn an_unused_name_lapses_and_the_next_request_asks_again() {
    let mut world = World::warm(100);
    let start = world.now;
    assert!(world.wake().is_empty(), "nobody used it since it was found");
    assert!(world.wake().is_empty());
    assert_eq!(world.now.since(start), Duration::from_secs(100));
    assert_eq!(world.book.next_wake(), None, "nothing is planned for it");
    assert_eq!(world.seen(), None);
    let (mut pending, lookup) = world.ask(NAME);
    assert!(lookup);
    assert_eq!(answer(&mut pending), None);
    world.found(NAME, &["192.0.2.1"], 100);
    assert_eq!(world.seen(), Some(ips(&["192.0.2.1"])), "the same addresses are published again");
}

#[test]
fn use_between_refresh_time_and_expiry_still_refreshes() {
    let mut world = World::warm(100);
    assert!(world.wake().is_empty());
    world.seen();
    assert_eq!(world.wake(), [Arc::from(NAME)]);
}

#[test]
fn old_addresses_serve_while_the_lookup_fails_and_pauses_grow() {
    let mut world = World::warm(10);
    world.seen();
    world.wake();
    let (level, text) = world.failed(NAME).expect("a warning");
    assert_eq!(level, Level::Warning);
    assert!(text.contains(NAME) && text.contains("broken"), "{text}");
    let mut pauses = Vec::new();
    for _ in 0..7 {
        let before = world.now;
        assert_eq!(world.seen(), Some(ips(&["192.0.2.1"])));
        assert_eq!(world.wake(), [Arc::from(NAME)], "tried again");
        pauses.push(world.now.since(before).as_secs());
        let (mut pending, lookup) = world.ask(NAME);
        assert!(!lookup);
        assert_eq!(answer(&mut pending), addresses(&["192.0.2.1"]), "at once, although expired");
        assert_eq!(world.failed(NAME), None, "one warning is enough");
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, NAME_RETRY_MAX_S, NAME_RETRY_MAX_S]);
    world.seen();
    world.wake();
    let (level, _) = world.found(NAME, &["192.0.2.2"], 10).expect("a note");
    assert_eq!(level, Level::Info);
    assert_eq!(world.seen(), Some(ips(&["192.0.2.2"])));
}

#[test]
fn a_lapsed_name_falls_back_to_its_old_addresses() {
    let mut world = World::warm(10);
    world.wake();
    world.wake();
    let (mut pending, lookup) = world.ask(NAME);
    assert!(lookup);
    assert_eq!(answer(&mut pending), None, "a new lookup is worth waiting for");
    world.failed(NAME);
    assert_eq!(answer(&mut pending), addresses(&["192.0.2.1"]));
    assert_eq!(world.seen(), Some(ips(&["192.0.2.1"])));
}

#[test]
fn addresses_that_are_too_old_are_given_up() {
    let mut world = World::warm(10);
    world.seen();
    world.wake();
    world.pass_ms(NAME_STALE_MAX_S * 1000);
    world.failed(NAME);
    assert!(world.seen().is_some(), "a second short of the limit");
    world.wake();
    world.failed(NAME);
    assert_eq!(world.seen(), None);
}

#[test]
fn a_name_without_addresses_fails_and_the_failure_is_believed_for_a_moment() {
    let mut world = World::new(None);
    let (mut pending, _) = world.ask(NAME);
    assert!(world.failed(NAME).is_some());
    let broken = Some(Answer::Failed(Arc::from("broken")));
    assert_eq!(answer(&mut pending), broken);
    world.pass_ms(999);
    let (mut pending, lookup) = world.ask(NAME);
    assert!(!lookup);
    assert_eq!(answer(&mut pending), broken);
    world.pass_ms(1);
    let (mut pending, lookup) = world.ask(NAME);
    assert!(lookup, "asked again");
    world.book.done(&Arc::from(NAME), Ok(Found { addresses: vec![], ttl: Duration::ZERO }), world.now);
    assert_eq!(answer(&mut pending), Some(Answer::Failed(Arc::from("no addresses"))));
}

#[test]
fn rotated_answers_are_no_change() {
    let mut world = World::new(None);
    let _ = world.ask(NAME);
    world.found(NAME, &["192.0.2.1", "192.0.2.2"], 10);
    let before = world.view.addresses(0).map(Arc::clone).expect("published");
    world.wake();
    world.found(NAME, &["192.0.2.2", "192.0.2.1"], 10);
    let after = world.view.addresses(0).expect("published");
    assert!(Arc::ptr_eq(&before, after));
}

#[test]
fn names_outside_the_configuration_are_answered_and_forgotten() {
    let mut world = World::new(None);
    for (name, good) in [("b.test", true), ("c.test", false)] {
        let (mut pending, lookup) = world.ask(name);
        assert!(lookup);
        if good {
            world.found(name, &["192.0.2.5"], 10);
            assert_eq!(answer(&mut pending), addresses(&["192.0.2.5"]));
        } else {
            world.failed(name);
        }
    }
    while world.book.next_wake().is_some() {
        assert!(world.wake().is_empty());
    }
    assert!(world.book.entries.is_empty());
    assert_eq!(world.book.waiters, 0);
}

#[test]
fn names_and_waiters_are_bounded() {
    let mut world = World::new(None);
    for n in 0..NAMES {
        world.book.entries.insert(Arc::from(format!("{n}.test")), super::Entry::default());
    }
    let (mut pending, lookup) = world.ask(NAME);
    assert!(!lookup);
    assert_eq!(answer(&mut pending), Some(Answer::Failed(Arc::from("too many names"))));
    world.book.waiters = NAME_WAITERS;
    let (mut pending, lookup) = world.ask("0.test");
    assert!(!lookup);
    assert_eq!(answer(&mut pending), Some(Answer::Unavailable));
}

#[test]
fn a_new_book_takes_over_what_is_published() {
    let World { view, now, ask, inbox, .. } = World::warm(100);
    let table = Arc::new(NameTable::new(view.table().slots().iter().map(|s| Arc::clone(s.name()))));
    table.slots()[0].publish(Arc::from(ips(&["192.0.2.1"])));
    let book = Book::new(Arc::clone(&table), None, now);
    let mut world = World { book, now, view: NameView::new(table), ask, inbox };
    assert_eq!(world.wake(), [Arc::from(NAME)], "looked up at once");
    world.failed(NAME);
    assert_eq!(world.seen(), Some(ips(&["192.0.2.1"])), "and kept when that fails");
}

#[test]
fn the_slot_of_a_found_host_is_filled_shared_and_forgotten_with_it() {
    let mut world = World::new(None);
    let name: Arc<str> = Arc::from("found.test");
    let (slot, lookup) = world.book.slot(&name, world.now);
    assert!(lookup, "its addresses are there before the first request");
    let (again, lookup) = world.book.slot(&name, world.now);
    assert!(Arc::ptr_eq(&slot, &again) && !lookup);
    drop(again);
    world.found(&name, &["192.0.2.7"], 10);
    assert_eq!(slot.latest().map(|a| a.to_vec()), Some(ips(&["192.0.2.7"])));
    let mut seen = crate::shared::snapshot::Seen::default();
    slot.look(&mut seen);
    assert_eq!(world.wake(), std::slice::from_ref(&name), "used: looked up again in time");
    world.found(&name, &["192.0.2.7"], 10);
    for _ in 0..3 {
        assert!(world.wake().is_empty(), "not used: it lapses");
    }
    assert!(slot.latest().is_none());
    let (pending, lookup) = world.ask(&name);
    assert!(lookup, "used again");
    world.found(&name, &["192.0.2.8"], 10);
    assert_eq!(slot.latest().map(|a| a.to_vec()), Some(ips(&["192.0.2.8"])), "in the same slot");
    drop((pending, slot));
    for _ in 0..4 {
        if world.book.next_wake().is_some() {
            assert!(world.wake().is_empty() || world.found(&name, &["192.0.2.8"], 10).is_none());
        }
    }
    assert!(world.book.next_wake().is_none(), "nobody knows it any more");
}

#[test]
fn a_name_of_the_configuration_keeps_its_slot_when_it_is_found_too() {
    let mut world = World::warm(10);
    let (slot, lookup) = world.book.slot(&Arc::from(NAME), world.now);
    assert!(!lookup && slot.latest().is_some());
}

#[test]
fn what_a_found_slot_holds_already_is_taken_over() {
    let mut world = World::new(None);
    let slot = Arc::new(crate::shared::names::Slot::new(Arc::from("found.test")));
    slot.publish(ips(&["192.0.2.7"]).into());
    assert!(!world.book.keep(&slot, world.now));
    assert_eq!(world.wake(), [Arc::from("found.test")], "it is old");
    world.found("found.test", &["192.0.2.8"], 10);
    assert_eq!(slot.latest().map(|a| a.to_vec()), Some(ips(&["192.0.2.8"])));
}
