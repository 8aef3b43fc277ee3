//! The services of the control thread, one line each: which calls it takes, and how it runs.

use super::{dns, Context};
use crate::port::call::Call;
use crate::port::handle::Request;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// A service. `run` is called again after a panic.
pub(super) struct Service {
    /// As it stands in the log, `[SERVICE: DNS]`.
    pub name: &'static str,
    pub takes: fn(&Call) -> bool,
    pub run: fn(Rc<Context>, flume::Receiver<Request>) -> Running,
}

pub(super) type Running = Pin<Box<dyn Future<Output = ()>>>;

pub(super) const SERVICES: &[Service] = &[Service {
    name: "DNS",
    takes: |c| matches!(c, Call::Resolve(_) | Call::Discover(_)),
    run: |cx, mail| Box::pin(dns::run(cx, mail)),
}];
