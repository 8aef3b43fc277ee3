//! What is known of each discovered service, and when to look again; does no lookup and reads no
//! clock.
//!
//! Every service is looked up at start and then at a fixed interval, used or not. While lookups
//! fail, the hosts that were found last go on serving, without an end (as with KrakenD), and the
//! lookup is repeated with growing pauses.

use super::book::retry_pause;
use super::weights::{choose, Choice, Record};
use crate::base::clock::Time;
use crate::limits::{NAME_FAILED_MS, NAME_WAITERS, SERVICE_INTERVAL_S, SERVICE_TARGETS};
use crate::port::call::Answer;
use crate::port::handle::Reply;
use crate::port::log::Level;
use crate::shared::names::Slot;
use crate::shared::services::{Group, ServiceSlot, ServiceTable, Target, TargetName};
use std::sync::Arc;
use std::time::Duration;

/// All services.
pub(super) struct Groups {
    table: Arc<ServiceTable>,
    interval: Duration,
    /// By position in the table.
    entries: Vec<Entry>,
    waiters: usize,
}

struct Entry {
    /// `None` while a lookup is under way.
    due: Option<Time>,
    /// Lookups that failed since the last good one.
    failures: u32,
    error: Arc<str>,
    /// Until then a failure without hosts is the answer.
    believe_error_until: Time,
    waiters: Vec<Reply>,
}

impl Groups {
    /// All services are due. What is published already (by a resolver that broke off) stays.
    pub fn new(table: Arc<ServiceTable>, ttl: Option<Duration>, now: Time) -> Groups {
        let entry = |_: &ServiceSlot| Entry {
            due: Some(now),
            failures: 0,
            error: Arc::from(""),
            believe_error_until: Time::default(),
            waiters: Vec::new(),
        };
        let entries = table.services().iter().map(entry).collect();
        Groups { table, interval: interval(ttl), entries, waiters: 0 }
    }

    /// The names of targets that are published.
    pub fn slots(&self) -> Vec<Arc<Slot>> {
        let groups = self.table.services().iter().filter_map(|service| service.group.latest());
        let mut slots = Vec::new();
        for target in groups.flat_map(|group| group.targets.clone()) {
            if let TargetName::Dns(slot) = target.name {
                slots.push(slot);
            }
        }
        slots
    }

    /// Answers, now or later. The position of a service that the caller has to look up.
    pub fn ask(&mut self, name: &str, reply: Reply, now: Time) -> Option<usize> {
        let index = self.table.find(name)?;
        let service = self.table.services().get(index)?;
        let entry = self.entries.get_mut(index)?;
        if service.group.latest().is_some() {
            reply.send(Answer::Published);
            return None;
        }
        if entry.failures > 0 && now < entry.believe_error_until {
            reply.send(Answer::Failed(Arc::clone(&entry.error)));
            return None;
        }
        if self.waiters >= NAME_WAITERS {
            reply.send(Answer::Unavailable);
            return None;
        }
        self.waiters += 1;
        entry.waiters.push(reply);
        entry.due.take().map(|_| index)
    }

    /// When `wake` has something to do.
    pub fn next_wake(&self) -> Option<Time> {
        self.entries.iter().filter_map(|entry| entry.due).min()
    }

    /// Positions and names of the services that the caller has to look up.
    pub fn wake(&mut self, now: Time) -> Vec<(usize, Arc<str>)> {
        let mut due = Vec::new();
        for (index, (entry, service)) in self.entries.iter_mut().zip(self.table.services()).enumerate() {
            if entry.due.take_if(|at| *at <= now).is_some() {
                due.push((index, Arc::clone(&service.name)));
            }
        }
        due
    }

    /// The result of a lookup that `ask` or `wake` asked for. `slot` gives the place where the
    /// addresses of a name are kept. The text is for the log.
    pub fn done(
        &mut self,
        index: usize,
        result: Result<Vec<Record>, Arc<str>>,
        now: Time,
        slot: impl FnMut(&str) -> Arc<Slot>,
    ) -> Option<(Level, String)> {
        let service = self.table.services().get(index)?;
        let entry = self.entries.get_mut(index)?;
        self.waiters -= entry.waiters.len();
        let (answer, pause, note) = match result {
            Ok(records) => {
                let again = std::mem::take(&mut entry.failures) > 0;
                let note = publish(service, choose(records), slot);
                let back = || again.then(|| (Level::Info, format!("{} is found again", service.name)));
                (Answer::Published, self.interval, note.or_else(back))
            }
            Err(error) => {
                entry.failures = entry.failures.saturating_add(1);
                entry.error = Arc::clone(&error);
                entry.believe_error_until = now.after(Duration::from_millis(NAME_FAILED_MS));
                let pause = retry_pause(entry.failures).min(self.interval);
                let known = service.group.latest().is_some();
                let note = (entry.failures == 1).then(|| failure(&service.name, known, &error));
                (if known { Answer::Published } else { Answer::Failed(error) }, pause, note)
            }
        };
        entry.waiters.drain(..).for_each(|reply| reply.send(answer.clone()));
        entry.due = Some(now.after(pause));
        note
    }
}

/// `dns_cache_ttl`; KrakenD ignores less than a second.
fn interval(ttl: Option<Duration>) -> Duration {
    ttl.filter(|ttl| *ttl >= Duration::from_secs(1)).unwrap_or(Duration::from_secs(SERVICE_INTERVAL_S))
}

fn failure(name: &str, known: bool, error: &str) -> (Level, String) {
    let stale = if known { ", its old hosts go on serving" } else { "" };
    (Level::Warning, format!("cannot discover {name}{stale}: {error}"))
}

/// Publishes what changed; the shards keep what they have when nothing did.
fn publish(
    service: &ServiceSlot,
    choice: Choice,
    mut slot: impl FnMut(&str) -> Arc<Slot>,
) -> Option<(Level, String)> {
    let Choice { targets, turns, left_out } = choice;
    let same = |old: &Group| {
        let mut pairs = old.targets.iter().zip(&targets);
        old.turns == turns
            && old.targets.len() == targets.len()
            && pairs.all(|(old, new)| old.is(&new.0, new.1))
    };
    if service.group.latest().is_some_and(|old| same(&old)) {
        return None;
    }
    let target = |(name, port): (String, u16)| Target {
        name: match name.parse() {
            Ok(ip) => TargetName::Ip(ip),
            Err(_) => TargetName::Dns(slot(&name)),
        },
        port,
    };
    let targets: Vec<Target> = targets.into_iter().map(target).collect();
    let name = &service.name;
    let note = match targets.len() {
        0 => (Level::Warning, format!("{name} is not available: its SRV records name no host")),
        many if left_out > 0 => (
            Level::Warning,
            format!("{name} has {many} hosts, {left_out} beyond {SERVICE_TARGETS} are left out"),
        ),
        1 => (Level::Info, format!("{name} has 1 host")),
        many => (Level::Info, format!("{name} has {many} hosts")),
    };
    service.group.publish(Arc::new(Group { targets, turns }));
    Some(note)
}

#[cfg(test)]
mod tests;
