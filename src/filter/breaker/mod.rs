//! `qos/circuit-breaker`: stops calling a backend that keeps failing; knows calls only by how they
//! ended.
//!
//! hot: with a healthy backend two reads of one word, no write.

mod options;

use crate::base::clock::{self, Time};
use crate::config::{Finding, Raw};
use crate::filter::notes::{self, Note};
use crate::filter::{Blueprint, Feature, Filter, FilterCx, Hooks, Level, Outcome, Scope, Step, Tier};
use crate::http::fault::{Fault, Kind};
use crate::port::log;
use crate::shared::breaker::{Breaker, Change, Ended, Refusal, Ticket};
use options::Options;
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

/// The feature.
pub struct CircuitBreaker;

impl Feature for CircuitBreaker {
    fn namespace(&self) -> &'static str {
        "qos/circuit-breaker"
    }

    fn places(&self) -> &'static [(Level, Tier)] {
        &[(Level::Backend, Tier::Backend)]
    }

    fn about(&self) -> &'static str {
        "Fails calls at once while a backend keeps failing, and lets one probe find out when it is back."
    }

    fn compile(
        &self,
        raw: &Raw,
        scope: &Scope<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<Box<dyn Blueprint>> {
        let options = Options::read(raw, findings)?;
        let breaker = Breaker::new(options.rule, clock::now());
        let announce =
            options.announce.then(|| Announce { name: options.name, backend: scope.url_pattern.into() });
        Some(Box::new(Compiled(Arc::new(Watch { breaker, announce })))) // alloc: start-up
    }
}

/// The process-wide state of one backend.
struct Watch {
    breaker: Breaker,
    announce: Option<Announce>,
}

/// `log_status_change`: what the log calls it.
struct Announce {
    name: String,
    backend: Arc<str>,
}

impl Watch {
    #[cold]
    fn changed(&self, change: Change) {
        if let Some(announce) = &self.announce {
            let (name, from, to) = (&announce.name, change.from.as_str(), change.to.as_str());
            let text = format!("[CB] Circuit breaker named '{name}' went from '{from}' to '{to}'"); // alloc: rare
            let about = Arc::clone(&announce.backend);
            notes::leave(Note { level: log::Level::Warning, about, text });
        }
    }
}

struct Compiled(Arc<Watch>);

impl Blueprint for Compiled {
    fn hooks(&self) -> Hooks {
        Hooks { request: true, done: true }
    }

    fn build(&self, _: Option<Box<dyn Any>>) -> Rc<dyn Filter> {
        Rc::new(Guard(Arc::clone(&self.0)))
    }
}

struct Guard(Arc<Watch>);

impl Filter for Guard {
    fn request(&self, cx: &mut FilterCx<'_>) -> Step {
        let (answer, change) = self.0.breaker.ask(cx.now);
        if let Some(change) = change {
            self.0.changed(change);
        }
        match answer {
            Ok(ticket) => {
                cx.slot = ticket.to_word();
                Step::Next
            }
            Err(Refusal::Open) => Step::Fail(Fault::upstream(Kind::CircuitOpen)),
            Err(Refusal::Busy) => Step::Fail(Fault::upstream(Kind::CircuitBusy)),
        }
    }

    fn done(&self, slot: u64, outcome: Outcome, now: Time) {
        let ended = match outcome {
            Outcome::Success => Ended::Success,
            Outcome::Failure => Ended::Failure,
            Outcome::Abandoned => Ended::Abandoned,
        };
        if let Some(change) = self.0.breaker.end(Ticket::from_word(slot), ended, now) {
            self.0.changed(change);
        }
    }
}

#[cfg(test)]
mod tests;
