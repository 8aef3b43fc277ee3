//! Copies of requests for backends whose answers nobody sees, KrakenD key `proxy.shadow`.

use super::ctx::Ctx;
use super::hosts;
use super::io::{Io, Outgoing, To};
use super::request::{write_request, Draft, OutBody};
use super::steps::enter_now;
use crate::base::chunk::{give_buffer, take_buffer};
use crate::http::fault::{Budget, Due};
use crate::plan::budget::Times;

/// Sends the request to every shadow of an endpoint and waits for nothing.
pub fn send<I: Io>(io: &I, ctx: &Ctx<'_>, index: usize, body: Option<&[u8]>) {
    let plan = &ctx.built.plan;
    let endpoint = &plan.endpoints[index];
    for (shadow, built) in endpoint.shadows.iter().zip(&ctx.built.endpoints[index].shadows) {
        let backend = &shadow.backend;
        let now = io.now();
        let Some(candidates) = hosts::known(io, &backend.hosts) else { continue };
        let Some(index) = built.pick(&candidates) else { continue };
        let Some(host) = hosts::at(io, plan, index) else { continue };
        let Some(held) = enter_now(&built.filters, ctx, now) else { continue };
        let body = body.filter(|_| backend.method.may_have_body());
        let framing = body.map_or(OutBody::None, |bytes| OutBody::Length(bytes.len() as u64));
        let draft = Draft { endpoint, backend, host: &host, earlier: &[], body: framing };
        let mut bytes = take_buffer();
        if write_request(&mut bytes, ctx, &draft).is_err() {
            give_buffer(bytes);
            continue;
        }
        bytes.extend_from_slice(body.unwrap_or_default());
        let due = Due::new(now.after(shadow.timeout), Budget::Endpoint);
        let times = Times::starting(now, due, backend.budgets);
        io.detach(Outgoing { to: To::Host(index), method: backend.method, bytes, times }, held);
    }
}
