//! Sending a call: its host, its deadlines, the request written for that host; reads no body of an
//! answer.
//!
//! hot: one pooled buffer for head and body.

use super::blame::blame;
use super::ctx::Ctx;
use super::fan::{At, Failed};
use super::hosts::{self, Host};
use super::io::{Io, Outgoing, To};
use super::request::{self, write_request, Draft, OutBody, Written};
use crate::base::chunk::take_buffer;
use crate::base::clock::Time;
use crate::http::fault::{Due, Fault, Kind};
use crate::http::head::Method;
use crate::plan::budget::Times;
use crate::plan::target::Missing;
use crate::plan::Plan;

/// What a call is made of, besides its body.
#[derive(Clone, Copy)]
pub struct Call<'b, 'e> {
    pub at: At<'b>,
    /// What the earlier backends of a sequence gave.
    pub earlier: &'e [Vec<u8>],
    pub times: Times,
}

/// Where a request went.
pub struct Place<'p> {
    /// Index of the host.
    pub index: u32,
    pub host: Host<'p>,
    pub method: Method,
    /// Where the target starts and ends in the request.
    pub target: (usize, usize),
    /// gzip is asked for by the gateway, not by the client.
    pub asks_gzip: bool,
}

/// A call that was sent, as far as that went.
pub struct Sent<'p, E> {
    pub place: Place<'p>,
    /// The request; kept for the log and for redirects.
    pub bytes: Vec<u8>,
    pub exchange: Result<E, Fault>,
}

impl<'b, 'e> Call<'b, 'e> {
    /// A call that has until `due`, or less when its backend says so.
    pub fn new<I: Io>(io: &I, at: At<'b>, earlier: &'e [Vec<u8>], due: Due) -> Call<'b, 'e> {
        let budgets = at.backend.budgets;
        // Without a budget of its own the clock is not read.
        let now = budgets.total.map_or(Time::default(), |_| io.now());
        Call { at, earlier, times: Times::starting(now, due, budgets) }
    }

    /// Sends the request with all of its body and waits for the head of the answer.
    ///
    /// # Errors
    /// There was nothing to send, or nobody to send it to.
    pub async fn send<'p, I: Io>(
        &self,
        io: &I,
        ctx: &Ctx<'p>,
        body: Option<&[u8]>,
    ) -> Result<Sent<'p, I::Exchange>, Failed> {
        let framing = body.map_or(OutBody::None, |bytes| OutBody::Length(bytes.len() as u64));
        let (place, mut request) = self.write(io, ctx, framing).await?;
        request.bytes.extend_from_slice(body.unwrap_or_default());
        let (bytes, exchange) = io.call(request).await;
        Ok(Sent { place, bytes, exchange })
    }

    /// Sends the head of a request whose body is still coming; `None`: of unknown length.
    ///
    /// # Errors
    /// As `send`.
    pub async fn open<'p, I: Io>(
        &self,
        io: &I,
        ctx: &Ctx<'p>,
        length: Option<u64>,
    ) -> Result<Sent<'p, I::Exchange>, Failed> {
        let framing = length.map_or(OutBody::Chunked, OutBody::Length);
        let (place, request) = self.write(io, ctx, framing).await?;
        let (bytes, exchange) = io.open(request).await;
        Ok(Sent { place, bytes, exchange })
    }

    /// Chooses a host and writes the head of the request for it.
    async fn write<'p, I: Io>(
        &self,
        io: &I,
        ctx: &Ctx<'p>,
        body: OutBody,
    ) -> Result<(Place<'p>, Outgoing), Failed> {
        let At { endpoint, backend, built } = self.at;
        let plan = &*ctx.built.plan;
        let candidates = hosts::candidates(io, &backend.hosts, self.times.head_due.at).await;
        let candidates = candidates.map_err(|fault| self.nobody(plan, fault))?;
        let Some(index) = built.pick(&candidates) else {
            return Err(self.nobody(plan, Fault::upstream(Kind::NoHosts)));
        };
        let Some(host) = hosts::at(io, plan, index) else {
            return Err(Fault::gateway(Kind::Internal("host index out of range")).into());
        };
        let draft = Draft { endpoint, backend, host: &host, earlier: self.earlier, body };
        let mut bytes = take_buffer();
        let written = write_request(&mut bytes, ctx, &draft).map_err(|missing| missing_value(&missing))?;
        let method = request::method(ctx, endpoint, backend);
        let request = Outgoing { to: To::Host(index), method, bytes, times: self.times };
        let Written { target, asks_gzip } = written;
        Ok((Place { index, host, method, target, asks_gzip }, request))
    }

    #[cold]
    fn nobody(&self, plan: &Plan, fault: Fault) -> Failed {
        Failed { text: hosts::explain(plan, &fault), about: blame(&fault, self.at, None), ..fault.into() }
    }
}

/// KrakenD sends the placeholder itself.
fn missing_value(missing: &Missing<'_>) -> Failed {
    let fault = Fault::upstream(Kind::BadAnswer("a value for url_pattern is missing"));
    Failed { text: Some(missing.to_string()), ..fault.into() } // alloc: a failing call
}
