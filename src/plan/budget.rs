//! How much time a call to a backend may take, and which key said so; counts no time itself.

use crate::base::clock::Time;
use crate::http::fault::{Budget, Due};
use std::time::Duration;

/// Where a key stands that set a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Backend,
    Endpoint,
    Service,
    /// No key: what holds without one.
    Default,
}

/// A budget that somebody set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub time: Duration,
    pub source: Source,
}

/// The budgets of one call, `sluice/timeout`; below them the service's keys of the transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    pub total: Option<Limit>,
    pub connect: Option<Limit>,
    pub head: Option<Limit>,
    pub idle: Option<Limit>,
}

/// The deadlines of one call.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Request and answer must be over by then.
    pub due: Due,
    /// The head of the answer must have come by then.
    pub head_due: Due,
    /// What its parts may take.
    pub budgets: Budgets,
}

impl Times {
    /// A call that starts now and has until `due`, or less when its backend says so.
    #[must_use]
    pub fn starting(now: Time, due: Due, budgets: Budgets) -> Times {
        let due = match budgets.total {
            None => due,
            Some(limit) => Due::new(now.after(limit.time), Budget::Total).min(due),
        };
        Times { due, head_due: due, budgets }
    }
}
