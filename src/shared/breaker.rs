//! The circuit breaker's state machine, one per backend for the whole process, with time passed
//! in; knows nothing of calls, only that they are asked for and how they ended.
//!
//! hot: a call to a healthy backend reads the state twice and writes nothing.
//!
//! The rules are KrakenD's (traffic-security.md section 2): closed counts consecutive failures in
//! fixed windows; more than `max_errors` of them open it; after `timeout` one probe decides.
//!
//! Writers and readers: every shard. The whole state is one 128-bit word and every change is one
//! compare-and-swap, so no mixture of two states is ever seen; `Relaxed`, nothing else hangs on it.

use crate::base::clock::Time;
use portable_atomic::{AtomicU128, Ordering};
use std::time::Duration;

/// Settings of one breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Window of the closed state after which failures are forgotten; `None` = never.
    pub interval: Option<Duration>,
    /// How long it stays open.
    pub timeout: Duration,
    /// Opens when **more** consecutive calls failed; held at `FAILURES - 1`.
    pub max_errors: u32,
}

/// The state as others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Closed,
    Open,
    HalfOpen,
}

impl Phase {
    /// As KrakenD's log says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Closed => "closed",
            Phase::Open => "open",
            Phase::HalfOpen => "half-open",
        }
    }
}

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Open: "circuit breaker is open".
    Open,
    /// Half-open with its probe under way: "too many requests".
    Busy,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Success,
    Failure,
    /// Says nothing about the backend; a probe's place becomes free again.
    Abandoned,
}

/// A change of phase that the caller may log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub from: Phase,
    pub to: Phase,
}

/// A call that was let through: the generation it belongs to. Results of an earlier generation do
/// not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u32);

impl Ticket {
    /// As a word, for `FilterCx::slot`.
    #[must_use]
    pub const fn to_word(self) -> u64 {
        self.0 as u64
    }

    #[must_use]
    pub const fn from_word(word: u64) -> Ticket {
        Ticket(word as u32) // the half that `to_word` filled
    }
}

/// Failures are counted up to here.
pub const FAILURES: u32 = (1 << 29) - 1;

/// Layout of the word: deadline 64, generation 32, failures 29, probe 1, phase 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    phase: Phase,
    /// Half-open only: the probe is under way.
    probe: bool,
    /// Consecutive, of the current window.
    failures: u32,
    /// Goes up with every change of phase and every window.
    generation: u32,
    /// End of the window or of the open time; `NEVER` where there is none.
    until: Time,
}

impl State {
    fn pack(self) -> u128 {
        let low = self.phase as u32 | u32::from(self.probe) << 2 | self.failures << 3;
        u128::from(self.until.0) << 64 | u128::from(self.generation) << 32 | u128::from(low)
    }

    fn unpack(word: u128) -> State {
        let low = word as u32; // the lowest quarter
        let phase = match low & 3 {
            0 => Phase::Closed,
            1 => Phase::Open,
            _ => Phase::HalfOpen,
        };
        State {
            phase,
            probe: low & 4 != 0,
            failures: low >> 3,
            generation: (word >> 32) as u32,
            until: Time((word >> 64) as u64),
        }
    }

    /// The next generation in `phase`, counters cleared.
    fn enter(self, phase: Phase, rule: &Rule, now: Time) -> State {
        let until = match phase {
            Phase::Closed => rule.interval.map_or(Time::NEVER, |window| now.after(window)),
            Phase::Open => now.after(rule.timeout),
            Phase::HalfOpen => Time::NEVER,
        };
        State { phase, probe: false, failures: 0, generation: self.generation.wrapping_add(1), until }
    }

    /// What time alone makes of it.
    fn at(self, rule: &Rule, now: Time) -> State {
        match self.phase {
            Phase::Closed if self.until < now => self.enter(Phase::Closed, rule, now),
            Phase::Open if self.until < now => self.enter(Phase::HalfOpen, rule, now),
            _ => self,
        }
    }

    /// After a call was asked for.
    fn ask(self, rule: &Rule, now: Time) -> (State, Result<Ticket, Refusal>) {
        let mut state = self.at(rule, now);
        let result = match state.phase {
            Phase::Open => Err(Refusal::Open),
            Phase::HalfOpen if state.probe => Err(Refusal::Busy),
            Phase::HalfOpen => {
                state.probe = true;
                Ok(Ticket(state.generation))
            }
            Phase::Closed => Ok(Ticket(state.generation)),
        };
        (state, result)
    }

    /// After a call ended.
    fn end(self, rule: &Rule, ticket: Ticket, ended: Ended, now: Time) -> State {
        let mut state = self.at(rule, now);
        if ticket.0 != state.generation {
            return state;
        }
        match (state.phase, ended) {
            (Phase::HalfOpen, Ended::Success) => return state.enter(Phase::Closed, rule, now),
            (Phase::HalfOpen, Ended::Failure) => return state.enter(Phase::Open, rule, now),
            (Phase::HalfOpen, Ended::Abandoned) => state.probe = false,
            (Phase::Closed, Ended::Success) => state.failures = 0,
            (Phase::Closed, Ended::Failure) => {
                state.failures = (state.failures + 1).min(FAILURES);
                if state.failures > rule.max_errors.min(FAILURES - 1) {
                    return state.enter(Phase::Open, rule, now);
                }
            }
            (Phase::Closed, Ended::Abandoned) | (Phase::Open, _) => {}
        }
        state
    }
}

/// A breaker for the whole process, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub struct Breaker {
    state: AtomicU128,
    rule: Rule,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(rule: Rule, now: Time) -> Breaker {
        let nothing =
            State { phase: Phase::Closed, probe: false, failures: 0, generation: 0, until: Time::NEVER };
        Breaker { state: AtomicU128::new(nothing.enter(Phase::Closed, &rule, now).pack()), rule }
    }

    /// Asks for a call. Every ticket must come back through `end`, or a probe blocks the breaker.
    pub fn ask(&self, now: Time) -> (Result<Ticket, Refusal>, Option<Change>) {
        self.update(|state| state.ask(&self.rule, now))
    }

    /// Takes back a ticket.
    pub fn end(&self, ticket: Ticket, ended: Ended, now: Time) -> Option<Change> {
        self.update(|state| (state.end(&self.rule, ticket, ended, now), ())).1
    }

    /// The phase as last written; time that passed since is not looked at.
    #[must_use]
    pub fn phase(&self) -> Phase {
        State::unpack(self.state.load(Ordering::Relaxed)).phase
    }

    fn update<T>(&self, step: impl Fn(State) -> (State, T)) -> (T, Option<Change>) {
        let mut seen = self.state.load(Ordering::Relaxed);
        loop {
            let before = State::unpack(seen);
            let (after, result) = step(before);
            let change =
                (before.phase != after.phase).then_some(Change { from: before.phase, to: after.phase });
            if before == after {
                return (result, change);
            }
            let swap =
                self.state.compare_exchange_weak(seen, after.pack(), Ordering::Relaxed, Ordering::Relaxed);
            match swap {
                Ok(_) => return (result, change),
                Err(other) => seen = other,
            }
        }
    }
}

#[cfg(test)]
mod tests;
