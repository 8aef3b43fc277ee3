//! The resolver service: addresses for the host names of backends, kept fresh in their slots.
//!
//! One lookup per name at a time, whoever asks; the rules are in `book`, the lookups in `lookup`.

mod book;
#[cfg(test)]
mod fake;
mod lookup;

use self::book::{Book, Found};
use self::lookup::System;
use super::Context;
use crate::base::clock::now;
use crate::limits::{NAME_LOOKUPS, RESOLVE_TIMEOUT_MS};
use crate::port::call::Call;
use crate::port::handle::Request;
use crate::port::log::EventTag;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, Semaphore};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

type Outcome = (Arc<str>, Result<Found, Arc<str>>);

/// Serves until no more questions can come.
pub(super) async fn run(cx: Rc<Context>, questions: flume::Receiver<Request>) {
    let system = Rc::new(System::new(cx.settings.name_servers.clone()));
    // Unbounded in form only: there is at most one outcome on its way per name.
    let (sender, mut outcomes) = mpsc::unbounded_channel();
    let lookups = Lookups { system, permits: Arc::new(Semaphore::new(NAME_LOOKUPS)), sender };
    let mut book = Book::new(Arc::clone(&cx.settings.names), cx.settings.name_ttl, now());
    loop {
        let pause = book.next_wake().map(|at| at.since(now()));
        tokio::select! {
            question = questions.recv_async() => match question {
                Ok(Request { call: Call::Resolve(name), reply }) => {
                    if book.ask(&name, reply, now()) {
                        lookups.start(name);
                    }
                }
                Ok(Request { call: Call::Discover(_), .. }) => {}
                Err(_) => return,
            },
            Some((name, result)) = outcomes.recv() => {
                if let Some((level, text)) = book.done(&name, result, now()) {
                    cx.log.event(level, EventTag::Service("DNS"), text);
                }
            }
            () = sleep(pause.unwrap_or(Duration::MAX)), if pause.is_some() => {
                for name in book.wake(now()) {
                    lookups.start(name);
                }
            }
        }
    }
}

/// Starts lookups, a bounded number at a time.
struct Lookups {
    system: Rc<System>,
    permits: Arc<Semaphore>,
    sender: mpsc::UnboundedSender<Outcome>,
}

impl Lookups {
    fn start(&self, name: Arc<str>) {
        let system = Rc::clone(&self.system);
        let permits = Arc::clone(&self.permits);
        let mut report = Report { name, told: false, sender: self.sender.clone() };
        spawn_local(async move {
            let _permit = permits.acquire_owned().await;
            let limit = Duration::from_millis(RESOLVE_TIMEOUT_MS);
            let result = timeout(limit, system.lookup(&report.name)).await;
            report.tell(match result {
                Ok(result) => result.map_err(Arc::from),
                Err(_) => Err(Arc::from("timed out")),
            });
        });
    }
}

/// Tells the service how a lookup ended, also when it broke off in a panic.
struct Report {
    name: Arc<str>,
    told: bool,
    sender: mpsc::UnboundedSender<Outcome>,
}

impl Report {
    fn tell(&mut self, result: Result<Found, Arc<str>>) {
        self.told = true;
        let _ = self.sender.send((Arc::clone(&self.name), result)); // nobody listens at the end
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.told {
            self.tell(Err(Arc::from("the lookup broke off")));
        }
    }
}

#[cfg(test)]
mod tests;
