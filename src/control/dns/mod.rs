//! The resolver service: addresses for the host names of backends and hosts for their services,
//! kept fresh in their slots.
//!
//! One lookup per name at a time, whoever asks; the rules are in `book` and `groups`, the lookups
//! in `lookup`.

mod book;
#[cfg(test)]
mod fake;
mod groups;
mod lookup;
mod start;
mod weights;

use self::book::Book;
use self::groups::Groups;
use self::lookup::System;
use self::start::{Asked, Lookups, Outcome};
use super::Context;
use crate::base::clock::now;
use crate::port::call::Call;
use crate::port::handle::Request;
use crate::port::log::{EventTag, Level};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Serves until no more questions can come.
pub(super) async fn run(cx: Rc<Context>, questions: flume::Receiver<Request>) {
    let mut service = Service::new(&cx);
    loop {
        let pause = service.next_wake();
        tokio::select! {
            question = questions.recv_async() => match question {
                Ok(question) => service.ask(question),
                Err(_) => return,
            },
            outcome = service.lookups.outcome() => service.done(outcome, &cx),
            () = sleep(pause.unwrap_or(Duration::MAX)), if pause.is_some() => service.wake(),
        }
        while let Some(outcome) = service.refused.pop() {
            service.done(outcome, &cx);
        }
    }
}

struct Service {
    book: Book,
    groups: Groups,
    lookups: Lookups,
    /// Lookups that could not start.
    refused: Vec<Outcome>,
}

impl Service {
    fn new(cx: &Context) -> Service {
        let settings = &cx.settings;
        let book = Book::new(Arc::clone(&settings.names), settings.name_ttl, now());
        let groups = Groups::new(Arc::clone(&settings.services), settings.name_ttl, now());
        let lookups = Lookups::new(System::new(settings.name_servers.clone()));
        let mut service = Service { book, groups, lookups, refused: Vec::new() };
        for slot in service.groups.slots() {
            if service.book.keep(&slot, now()) {
                service.start(Asked::Name(Arc::clone(slot.name())));
            }
        }
        service
    }

    fn start(&mut self, asked: Asked) {
        self.refused.extend(self.lookups.start(asked));
    }

    fn next_wake(&self) -> Option<Duration> {
        let next = [self.book.next_wake(), self.groups.next_wake()].into_iter().flatten().min();
        next.map(|at| at.since(now()))
    }

    fn ask(&mut self, question: Request) {
        let reply = question.reply;
        match question.call {
            Call::Resolve(name) => {
                if self.book.ask(&name, reply, now()) {
                    self.start(Asked::Name(name));
                }
            }
            Call::Discover(name) => {
                if let Some(index) = self.groups.ask(&name, reply, now()) {
                    self.start(Asked::Service(index, name));
                }
            }
        }
    }

    fn wake(&mut self) {
        for name in self.book.wake(now()) {
            self.start(Asked::Name(name));
        }
        for (index, name) in self.groups.wake(now()) {
            self.start(Asked::Service(index, name));
        }
    }

    fn done(&mut self, outcome: Outcome, cx: &Context) {
        let note = match outcome {
            Outcome::Name(name, result) => self.book.done(&name, result, now()),
            Outcome::Service(index, result) => self.service_done(index, result),
        };
        if let Some((level, text)) = note {
            cx.log.event(level, EventTag::Service("DNS"), text);
        }
    }

    fn service_done(
        &mut self,
        index: usize,
        result: Result<Vec<weights::Record>, Arc<str>>,
    ) -> Option<(Level, String)> {
        let mut lookups = Vec::new();
        let book = &mut self.book;
        let note = self.groups.done(index, result, now(), |name| {
            let name = Arc::from(name);
            let (slot, lookup) = book.slot(&name, now());
            lookups.extend(lookup.then_some(name));
            slot
        });
        for name in lookups {
            self.start(Asked::Name(name));
        }
        note
    }
}

#[cfg(test)]
mod tests;
