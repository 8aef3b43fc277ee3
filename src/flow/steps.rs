//! Running filters: the only place that awaits what a filter asks for.
//!
//! hot: an empty list is one compare; each hook is one virtual call.

use super::built::BuiltFilter;
use super::ctx::Ctx;
use super::io::Io;
use crate::base::clock::{self, Time};
use crate::filter::{Filter, Outcome, Reply, Step};
use crate::http::fault::{Fault, Kind};
use crate::limits::ASKS_PER_REQUEST;
use smallvec::SmallVec;
use std::rc::Rc;

/// Why a list of filters did not let the request pass.
pub enum Stop {
    Reply(Reply),
    Fail(Fault),
}

/// Filters that let the request pass and want to know how it ended. Their `done` runs exactly
/// once, also when the request is dropped halfway.
pub struct Entered<'a> {
    filters: &'a [BuiltFilter],
    slots: SmallVec<[(u8, u64); 4]>,
}

impl Entered<'_> {
    /// Tells the filters how it ended, innermost first. Without it they hear `Abandoned`.
    pub fn ended(&mut self, outcome: Outcome) {
        if self.slots.is_empty() {
            return;
        }
        let now = clock::now();
        while let Some((index, slot)) = self.slots.pop() {
            self.filters[index as usize].filter.done(slot, outcome, now);
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.ended(Outcome::Abandoned);
    }
}

/// Filters of a call that goes on without its request, to be told how it ended.
#[derive(Default)]
pub struct Held(Vec<(Rc<dyn Filter>, u64)>);

impl Held {
    /// Tells the filters how it ended, innermost first. Without it they hear `Abandoned`.
    pub fn ended(&mut self, outcome: Outcome) {
        let now = clock::now();
        while let Some((filter, slot)) = self.0.pop() {
            filter.done(slot, outcome, now);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.ended(Outcome::Abandoned);
    }
}

/// Runs the request hooks of a call that nobody waits for, without waiting. `None`: it is not made;
/// that is also so when a filter wants to ask somebody.
pub fn enter_now(filters: &[BuiltFilter], ctx: &Ctx<'_>, now: Time) -> Option<Held> {
    let mut held = Held::default();
    if filters.is_empty() {
        return Some(held);
    }
    let mut cx = ctx.filter_cx(now);
    for built in filters {
        cx.slot = 0;
        if built.hooks.request && !matches!(built.filter.request(&mut cx), Step::Next) {
            return None;
        }
        if built.hooks.done {
            held.0.push((built.filter.clone(), cx.slot)); // alloc: reference count, and a shadow call
        }
    }
    Some(held)
}

/// Runs the request hooks of `filters`, outermost first.
pub async fn enter<'a, I: Io>(
    io: &I,
    filters: &'a [BuiltFilter],
    ctx: &Ctx<'_>,
    deadline: Time,
) -> Result<Entered<'a>, Stop> {
    let mut entered = Entered { filters, slots: SmallVec::new() };
    if filters.is_empty() {
        return Ok(entered);
    }
    let mut cx = ctx.filter_cx(io.now());
    for (index, built) in filters.iter().enumerate() {
        cx.slot = 0;
        if built.hooks.request {
            let mut step = built.filter.request(&mut cx);
            let mut asked = 0;
            loop {
                match step {
                    Step::Next => break,
                    Step::Reply(reply) => return Err(Stop::Reply(reply)),
                    Step::Fail(fault) => return Err(Stop::Fail(fault)),
                    Step::Ask(_) if asked == ASKS_PER_REQUEST => {
                        return Err(Stop::Fail(Fault::gateway(Kind::Internal("a filter asks without end"))));
                    }
                    Step::Ask(call) => {
                        asked += 1;
                        let answer = io.ask(call, deadline).await;
                        cx.now = io.now();
                        step = built.filter.resume(&mut cx, &answer);
                    }
                }
            }
        }
        if built.hooks.done {
            entered.slots.push((u8::try_from(index).unwrap_or(u8::MAX), cx.slot));
        }
    }
    Ok(entered)
}
