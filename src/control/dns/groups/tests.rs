//! The life of a service: found, changed, failing, back again. Time is a number here.

use super::*;
use crate::limits::NAME_RETRY_MIN_S;
use crate::port::call::Call;
use crate::port::handle::{pair, Ask, Inbox, Pending};
use std::future::Future;
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};

struct World {
    groups: Groups,
    table: Arc<ServiceTable>,
    now: Time,
    ask: Ask,
    inbox: Inbox,
    /// Names for which a slot was made.
    slots: Vec<String>,
}

const NAME: &str = "_http._tcp.test";

impl World {
    fn new(ttl: Option<Duration>) -> World {
        let table = Arc::new(ServiceTable::new([Arc::from(NAME)]));
        let now = Time(1_000_000_000);
        let (ask, inbox) = pair();
        let groups = Groups::new(Arc::clone(&table), ttl, now);
        World { groups, table, now, ask, inbox, slots: Vec::new() }
    }

    /// Asks; the position of a service that is to be looked up.
    fn ask(&mut self) -> (Pending, Option<usize>) {
        let pending = self.ask.ask(Call::Discover(Arc::from(NAME)));
        let Poll::Ready(Some(request)) = poll(pin!(self.inbox.next())) else { panic!("no question") };
        let lookup = self.groups.ask(NAME, request.reply, self.now);
        (pending, lookup)
    }

    fn found(&mut self, targets: &[&str]) -> Option<(Level, String)> {
        let record =
            |target: &&str| Record { priority: 0, weight: 1, port: 80, target: (*target).to_owned() };
        let records = targets.iter().map(record).collect();
        let slots = &mut self.slots;
        self.groups.done(0, Ok(records), self.now, |name| {
            slots.push(name.to_owned());
            Arc::new(Slot::new(Arc::from(name)))
        })
    }

    fn failed(&mut self) -> Option<(Level, String)> {
        self.groups.done(0, Err(Arc::from("broken")), self.now, |_| panic!("no host was found"))
    }

    /// Goes to the next planned moment, where the service has to be looked up. How far that was.
    fn wake(&mut self) -> Duration {
        let at = self.groups.next_wake().expect("something is planned");
        let waited = at.since(self.now);
        self.now = at;
        assert_eq!(self.groups.wake(at), [(0, Arc::from(NAME))]);
        assert!(self.groups.wake(at).is_empty() && self.groups.next_wake().is_none(), "one at a time");
        waited
    }

    fn published(&self) -> Option<usize> {
        self.table.services()[0].group.latest().map(|group| group.targets.len())
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn answered(mut pending: Pending) -> Option<Answer> {
    match poll(Pin::new(&mut pending)) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

#[test]
fn it_is_looked_up_at_start_and_at_the_interval_used_or_not() {
    for (ttl, expected) in [(None, 30_000), (Some(5_000), 5_000), (Some(999), 30_000)] {
        let mut world = World::new(ttl.map(Duration::from_millis));
        assert_eq!(world.wake(), Duration::ZERO);
        for _ in 0..3 {
            world.found(&["a"]);
            assert_eq!(world.wake(), Duration::from_millis(expected));
        }
    }
}

#[test]
fn who_asks_before_the_first_answer_waits_for_one_lookup() {
    let mut world = World::new(None);
    let (first, lookup) = world.ask();
    assert_eq!(lookup, Some(0), "the lookup that is due starts now");
    let (second, lookup) = world.ask();
    assert_eq!(lookup, None);
    world.found(&["a", "b"]);
    assert_eq!([answered(first), answered(second)], [Some(Answer::Published), Some(Answer::Published)]);
    let (third, lookup) = world.ask();
    assert_eq!((answered(third), lookup), (Some(Answer::Published), None));
}

#[test]
fn only_a_change_is_published_and_said() {
    let mut world = World::new(None);
    world.wake();
    let note = world.found(&["a", "10.0.0.1"]);
    assert_eq!(note, Some((Level::Info, format!("{NAME} has 2 hosts"))));
    let before = world.table.services()[0].group.latest().unwrap();
    assert_eq!(world.found(&["10.0.0.1", "a"]), None);
    let after = world.table.services()[0].group.latest().unwrap();
    assert!(Arc::ptr_eq(&before, &after));
    assert_eq!(world.slots, ["a"], "an address needs no slot");
    assert!(world.found(&["b"]).is_some());
    assert_eq!(world.published(), Some(1));
    let names: Vec<_> = world.groups.slots().iter().map(|slot| slot.name().to_string()).collect();
    assert_eq!(names, ["b"]);
}

#[test]
fn old_hosts_stay_while_lookups_fail_and_pauses_grow_up_to_the_interval() {
    let mut world = World::new(None);
    world.wake();
    world.found(&["a"]);
    world.wake();
    let (level, text) = world.failed().expect("a note");
    assert_eq!(level, Level::Warning);
    assert!(text.contains(NAME) && text.contains("old hosts") && text.contains("broken"), "{text}");
    let mut last = Duration::ZERO;
    for _ in 0..40 {
        let pause = world.wake();
        assert!(pause >= last && pause <= Duration::from_secs(30), "{pause:?}");
        last = pause;
        assert_eq!(world.failed(), None, "said once");
        assert_eq!(world.published(), Some(1));
    }
    assert_eq!(last, Duration::from_secs(30));
    assert_eq!(world.found(&["a"]), Some((Level::Info, format!("{NAME} is found again"))));
}

#[test]
fn a_failure_without_old_hosts_is_an_answer_for_a_moment() {
    let mut world = World::new(None);
    let (pending, _) = world.ask();
    world.failed();
    assert_eq!(answered(pending), Some(Answer::Failed(Arc::from("broken"))));
    let (pending, lookup) = world.ask();
    assert_eq!((answered(pending), lookup), (Some(Answer::Failed(Arc::from("broken"))), None));
    world.now = world.now.after(Duration::from_millis(NAME_FAILED_MS));
    let (pending, lookup) = world.ask();
    assert_eq!(lookup, Some(0));
    assert_eq!(answered(pending), None);
    world.failed();
    assert!(world.wake() >= Duration::from_secs(NAME_RETRY_MIN_S), "it is tried again without a request");
}

#[test]
fn a_service_that_says_it_is_not_available_has_no_hosts() {
    let mut world = World::new(None);
    world.wake();
    world.found(&["a"]);
    let (level, text) = world.found(&[]).expect("a note");
    assert!(level == Level::Warning && text.contains("not available"), "{text}");
    assert_eq!(world.published(), Some(0));
    let (pending, _) = world.ask();
    assert_eq!(answered(pending), Some(Answer::Published));
}
