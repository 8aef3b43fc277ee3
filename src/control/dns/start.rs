//! Starting lookups, a bounded number at a time, and hearing how they ended; knows no rules.

use super::book::Found;
use super::lookup::System;
use super::weights::Record;
use crate::limits::{NAME_LOOKUPS, NAME_LOOKUPS_OPEN};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{mpsc, Semaphore};
use tokio::task::spawn_local;
use tokio::time::timeout;

/// What is looked up.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// Addresses of a host name.
    Name(Arc<str>),
    /// SRV records: position of the service, and its name.
    Service(usize, Arc<str>),
}

/// How a lookup ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Name(Arc<str>, Result<Found, Arc<str>>),
    Service(usize, Result<Vec<Record>, Arc<str>>),
}

/// The lookups under way.
pub(super) struct Lookups {
    system: Rc<System>,
    permits: Arc<Semaphore>,
    /// Started and not yet heard of; the queue of outcomes has room for so many.
    open: usize,
    most: usize,
    sender: mpsc::Sender<Outcome>,
    outcomes: mpsc::Receiver<Outcome>,
}

impl Lookups {
    pub fn new(system: System) -> Lookups {
        Lookups::bounded(system, NAME_LOOKUPS_OPEN)
    }

    fn bounded(system: System, most: usize) -> Lookups {
        let (sender, outcomes) = mpsc::channel(most);
        let permits = Arc::new(Semaphore::new(NAME_LOOKUPS));
        Lookups { system: Rc::new(system), permits, open: 0, most, sender, outcomes }
    }

    /// Starts a lookup. The outcome, when it cannot start: too many are open.
    pub fn start(&mut self, asked: Asked) -> Option<Outcome> {
        if self.open >= self.most {
            return Some(asked.failed("too many lookups at once"));
        }
        self.open += 1;
        let (system, permits) = (Rc::clone(&self.system), Arc::clone(&self.permits));
        let mut report = Report { asked, told: false, sender: self.sender.clone() };
        spawn_local(async move {
            let _permit = permits.acquire_owned().await;
            let outcome = match &report.asked {
                Asked::Name(name) => {
                    Outcome::Name(Arc::clone(name), bounded(&system, system.lookup(name)).await)
                }
                Asked::Service(index, name) => {
                    Outcome::Service(*index, bounded(&system, system.services(name)).await)
                }
            };
            report.tell(outcome);
        });
        None
    }

    /// The next outcome. Never ends: a sender is kept here.
    pub async fn outcome(&mut self) -> Outcome {
        let outcome = self.outcomes.recv().await;
        self.open = self.open.saturating_sub(1);
        match outcome {
            Some(outcome) => outcome,
            None => std::future::pending().await,
        }
    }
}

async fn bounded<T>(system: &System, lookup: impl Future<Output = Result<T, String>>) -> Result<T, Arc<str>> {
    match timeout(system.patience(), lookup).await {
        Ok(result) => result.map_err(Arc::from),
        Err(_) => Err(Arc::from("timed out")),
    }
}

impl Asked {
    fn failed(&self, why: &str) -> Outcome {
        match self {
            Asked::Name(name) => Outcome::Name(Arc::clone(name), Err(Arc::from(why))),
            Asked::Service(index, _) => Outcome::Service(*index, Err(Arc::from(why))),
        }
    }
}

/// Tells the service how a lookup ended, also when it broke off in a panic.
struct Report {
    asked: Asked,
    told: bool,
    sender: mpsc::Sender<Outcome>,
}

impl Report {
    fn tell(&mut self, outcome: Outcome) {
        self.told = true;
        let _ = self.sender.try_send(outcome); // there is room for each; at the end nobody listens
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.told {
            self.tell(self.asked.failed("the lookup broke off"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::dns::fake::{Answers, FakeServer};
    use tokio::task::LocalSet;

    #[test]
    fn one_lookup_too_many_fails_at_once_and_the_others_do_not() {
        let names = ["a.test.", "b.test.", "c.test."];
        let answers = Answers { v4: &["192.0.2.1"], v6: &[], ttl: (60, 60) };
        let server = FakeServer::start(&names.map(|name| (name, answers)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        LocalSet::new().block_on(&runtime, async {
            let mut lookups = Lookups::bounded(System::new(Some(vec![server.address()])), 2);
            assert!(lookups.start(Asked::Name(Arc::from("a.test"))).is_none());
            assert!(lookups.start(Asked::Service(7, Arc::from("b.test"))).is_none());
            let refused = lookups.start(Asked::Name(Arc::from("c.test")));
            assert!(matches!(refused, Some(Outcome::Name(_, Err(_)))), "{refused:?}");
            for _ in 0..2 {
                let ended = lookups.outcome().await;
                assert!(matches!(ended, Outcome::Name(_, Ok(_)) | Outcome::Service(7, Err(_))), "{ended:?}");
            }
            assert!(lookups.start(Asked::Name(Arc::from("c.test"))).is_none(), "there is room again");
        });
    }
}
