//! What is known of each name, and when to look again; does no lookup and reads no clock.
//!
//! A name that is used is looked up again before its time to live ends, so that requests do not
//! wait. A name that is not used lapses: its slot is emptied and the next request asks. While
//! lookups fail, old addresses go on serving (RFC 8767) and the lookup is repeated with growing
//! pauses.

use crate::base::clock::Time;
use crate::limits::{
    NAMES, NAME_FAILED_MS, NAME_RETRY_MAX_S, NAME_RETRY_MIN_S, NAME_STALE_MAX_S, NAME_TTL_MAX_S,
    NAME_TTL_MIN_S, NAME_WAITERS,
};
use crate::port::call::Answer;
use crate::port::handle::Reply;
use crate::port::log::Level;
use crate::shared::names::{NameTable, Slot};
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a name without addresses is remembered after its last failure.
const FORGET: Duration = Duration::from_secs(60);

/// A successful lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// In the order in which they are to be tried; never empty.
    pub addresses: Vec<IpAddr>,
    /// As the name server said; the book applies the bounds.
    pub ttl: Duration,
}

/// All names.
pub(super) struct Book {
    table: Arc<NameTable>,
    /// Configured time to live (`dns_cache_ttl`), instead of the name server's.
    ttl: Option<Duration>,
    entries: HashMap<Arc<str>, Entry>,
    due: BTreeSet<(Time, Arc<str>)>,
    waiters: usize,
}

#[derive(Default)]
struct Entry {
    /// `None` for a name that neither the configuration nor a discovered service mentions.
    slot: Option<Arc<Slot>>,
    /// The slot is that of a discovered host, and forgotten with it.
    found: bool,
    known: Option<Known>,
    /// `known` is in the slot.
    published: bool,
    /// Lookups that failed since the last good one.
    failures: u32,
    error: Arc<str>,
    /// Until then a failure without old addresses is the answer.
    believe_error_until: Time,
    /// When to look at this name again; also in `Book::due`.
    due: Option<Time>,
    /// Asked for since the last good lookup.
    used: bool,
    in_flight: bool,
    waiters: Vec<Reply>,
}

/// Addresses from a good lookup.
struct Known {
    addresses: Arc<[IpAddr]>,
    expires: Time,
}

impl Book {
    /// Takes over what is published in the table already (by a service that broke off): it is old,
    /// and due.
    pub fn new(table: Arc<NameTable>, ttl: Option<Duration>, now: Time) -> Book {
        let mut book = Book { table, ttl, entries: HashMap::new(), due: BTreeSet::new(), waiters: 0 };
        let table = Arc::clone(&book.table);
        for slot in table.slots().iter().take(NAMES) {
            book.take_over(slot, now);
        }
        book
    }

    /// Makes an entry of what a slot holds already. Whether it holds anything.
    fn take_over(&mut self, slot: &Arc<Slot>, now: Time) -> bool {
        let Some(addresses) = slot.latest() else { return false };
        let entry = Entry {
            slot: Some(Arc::clone(slot)),
            known: Some(Known { addresses, expires: now }),
            published: true,
            used: true,
            due: Some(now),
            ..Entry::default()
        };
        self.due.insert((now, Arc::clone(slot.name())));
        self.entries.insert(Arc::clone(slot.name()), entry);
        true
    }

    /// Answers, now or later. `true`: the caller has to start a lookup of this name.
    pub fn ask(&mut self, name: &Arc<str>, reply: Reply, now: Time) -> bool {
        if !self.entries.contains_key(name) {
            if self.entries.len() >= NAMES {
                reply.send(Answer::Failed(Arc::from("too many names")));
                return false;
            }
            let slot = self.table.find(name).and_then(|index| self.table.slots().get(index));
            let entry = Entry { slot: slot.map(Arc::clone), ..Entry::default() };
            self.entries.insert(Arc::clone(name), entry);
        }
        let Some(entry) = self.entries.get_mut(name) else { return false };
        entry.used = true;
        if let Some(answer) = entry.answer(now) {
            reply.send(answer);
            return false;
        }
        if self.waiters >= NAME_WAITERS {
            reply.send(Answer::Unavailable);
            return false;
        }
        self.waiters += 1;
        entry.waiters.push(reply);
        if entry.in_flight {
            return false;
        }
        entry.in_flight = true;
        schedule(&mut self.due, name, entry, None);
        true
    }

    /// Where the addresses of a name are kept that a discovered service mentions. `true`: the caller
    /// has to start a lookup of this name.
    pub fn slot(&mut self, name: &Arc<str>, now: Time) -> (Arc<Slot>, bool) {
        if let Some(index) = self.table.find(name) {
            if let Some(slot) = self.table.slots().get(index) {
                return (Arc::clone(slot), false);
            }
        }
        let slot = match self.entries.get(name).and_then(|entry| entry.slot.as_ref()) {
            Some(slot) => Arc::clone(slot),
            None => Arc::new(Slot::new(Arc::clone(name))),
        };
        let lookup = self.keep(&slot, now);
        (slot, lookup)
    }

    /// Fills a slot that a discovered service uses, for as long as it does. `true`: the caller has
    /// to start a lookup of its name.
    pub fn keep(&mut self, slot: &Arc<Slot>, now: Time) -> bool {
        let name = slot.name();
        if !self.entries.contains_key(name) {
            // Beyond the bound a shard asks for each call, and is told so.
            if self.entries.len() >= NAMES {
                return false;
            }
            if !self.take_over(slot, now) {
                self.entries.insert(Arc::clone(name), Entry::default());
            }
        }
        let Some(entry) = self.entries.get_mut(name) else { return false };
        if entry.slot.is_none() {
            entry.slot = Some(Arc::clone(slot));
            entry.published = false;
            entry.publish();
        }
        entry.found = true;
        // The first request to a new host does not wait.
        let lookup = entry.known.is_none() && entry.failures == 0 && !entry.in_flight;
        if lookup {
            entry.in_flight = true;
            schedule(&mut self.due, name, entry, None);
        }
        lookup
    }

    /// The result of a lookup that `ask` or `wake` asked for. The text is for the log.
    pub fn done(
        &mut self,
        name: &Arc<str>,
        result: Result<Found, Arc<str>>,
        now: Time,
    ) -> Option<(Level, String)> {
        let entry = self.entries.get_mut(name)?;
        entry.in_flight = false;
        self.waiters -= entry.waiters.len();
        let (again, note) = match result {
            Ok(found) if !found.addresses.is_empty() => {
                let ttl = time_to_live(self.ttl, found.ttl);
                entry.succeed(found.addresses, ttl, now, name)
            }
            Ok(_) => entry.fail(Arc::from("no addresses"), now, name),
            Err(error) => entry.fail(error, now, name),
        };
        schedule(&mut self.due, name, entry, Some(again));
        note
    }

    /// When `wake` has something to do.
    pub fn next_wake(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Does what is due; the caller has to start a lookup of each name returned.
    pub fn wake(&mut self, now: Time) -> Vec<Arc<str>> {
        let mut lookups = Vec::new();
        while let Some((at, name)) = self.due.first() {
            if *at > now {
                break;
            }
            let name = Arc::clone(name);
            let Some(entry) = self.entries.get_mut(&name) else {
                self.due.pop_first();
                continue;
            };
            schedule(&mut self.due, &name, entry, None);
            entry.used |= entry.slot.as_ref().is_some_and(|slot| slot.take_used());
            match &entry.known {
                Some(_) if entry.used => {
                    entry.in_flight = true;
                    lookups.push(name);
                }
                Some(known) if now < known.expires => {
                    let expires = known.expires;
                    schedule(&mut self.due, &name, entry, Some(expires));
                }
                _ => {
                    entry.lapse();
                    if entry.is_forgotten() {
                        self.entries.remove(&name);
                    } else if entry.found {
                        schedule(&mut self.due, &name, entry, Some(now.after(FORGET)));
                    }
                }
            }
        }
        lookups
    }
}

impl Entry {
    /// What can be said without a lookup.
    fn answer(&self, now: Time) -> Option<Answer> {
        match &self.known {
            // After a failure old addresses are as good as it gets; the next lookup is planned.
            Some(known) if now < known.expires || self.failures > 0 => {
                Some(Answer::Addresses(Arc::clone(&known.addresses)))
            }
            None if self.failures > 0 && now < self.believe_error_until => {
                Some(Answer::Failed(Arc::clone(&self.error)))
            }
            _ => None,
        }
    }

    /// Returns when to look again: after nine tenths of the time to live, to be back in time.
    fn succeed(
        &mut self,
        addresses: Vec<IpAddr>,
        ttl: Duration,
        now: Time,
        name: &str,
    ) -> (Time, Option<(Level, String)>) {
        // Name servers rotate their answers: the same set is no change, and shards keep theirs.
        let same = self.known.as_ref().filter(|known| same_set(&known.addresses, &addresses));
        let addresses = match same {
            Some(known) => Arc::clone(&known.addresses),
            None => {
                self.published = false;
                Arc::from(addresses)
            }
        };
        self.known = Some(Known { addresses: Arc::clone(&addresses), expires: now.after(ttl) });
        self.publish();
        self.answer_all(&Answer::Addresses(addresses));
        self.used = false;
        if let Some(slot) = &self.slot {
            slot.take_used();
        }
        let note = (self.failures > 0).then(|| (Level::Info, format!("{name} resolves again")));
        self.failures = 0;
        (now.after(ttl - ttl / 10), note)
    }

    fn fail(&mut self, error: Arc<str>, now: Time, name: &str) -> (Time, Option<(Level, String)>) {
        let first = self.failures == 0;
        self.failures = self.failures.saturating_add(1);
        let stale = Duration::from_secs(NAME_STALE_MAX_S);
        self.known = self.known.take().filter(|known| now < known.expires.after(stale));
        let (again, text) = match &self.known {
            Some(known) => {
                let answer = Answer::Addresses(Arc::clone(&known.addresses));
                self.publish();
                self.answer_all(&answer);
                let text = format!("cannot resolve {name}, its old addresses go on serving: {error}");
                (now.after(retry_pause(self.failures)), text)
            }
            None => {
                self.withdraw();
                self.answer_all(&Answer::Failed(Arc::clone(&error)));
                self.believe_error_until = now.after(Duration::from_millis(NAME_FAILED_MS));
                (now.after(FORGET), format!("cannot resolve {name}: {error}"))
            }
        };
        self.error = error;
        (again, first.then_some((Level::Warning, text)))
    }

    /// Nobody used the name: the next one who does has to ask, and waits for a new lookup.
    fn lapse(&mut self) {
        self.withdraw();
        self.failures = 0;
        self.used = false;
    }

    /// Nobody else knows the slot: not the configuration, no service, no shard.
    fn is_forgotten(&self) -> bool {
        self.slot.as_ref().is_none_or(|slot| self.found && Arc::strong_count(slot) == 1)
    }

    fn publish(&mut self) {
        if let (Some(slot), Some(known), false) = (&self.slot, &self.known, self.published) {
            slot.publish(Arc::clone(&known.addresses));
            self.published = true;
        }
    }

    fn withdraw(&mut self) {
        if let (Some(slot), true) = (&self.slot, self.published) {
            slot.withdraw();
        }
        self.published = false;
    }

    fn answer_all(&mut self, answer: &Answer) {
        for reply in self.waiters.drain(..) {
            reply.send(answer.clone());
        }
    }
}

/// Plans the next look at a name, instead of the one that was planned.
fn schedule(due: &mut BTreeSet<(Time, Arc<str>)>, name: &Arc<str>, entry: &mut Entry, at: Option<Time>) {
    if let Some(old) = std::mem::replace(&mut entry.due, at) {
        due.remove(&(old, Arc::clone(name)));
    }
    if let Some(at) = at {
        due.insert((at, Arc::clone(name)));
    }
}

/// The configured time, else the name server's within bounds; never less than the lower one.
fn time_to_live(configured: Option<Duration>, given: Duration) -> Duration {
    let least = Duration::from_secs(NAME_TTL_MIN_S);
    match configured {
        Some(ttl) => ttl.max(least),
        None => given.clamp(least, Duration::from_secs(NAME_TTL_MAX_S)),
    }
}

/// 1, 2, 4 … seconds, within the bounds.
pub(super) fn retry_pause(failures: u32) -> Duration {
    let seconds = NAME_RETRY_MIN_S.saturating_mul(1 << failures.saturating_sub(1).min(16));
    Duration::from_secs(seconds.min(NAME_RETRY_MAX_S))
}

/// Neither list repeats an address.
fn same_set(one: &[IpAddr], other: &[IpAddr]) -> bool {
    one.len() == other.len() && one.iter().all(|address| other.contains(address))
}

#[cfg(test)]
mod tests;
