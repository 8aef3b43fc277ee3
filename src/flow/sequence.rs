//! Backends one after the other, KrakenD key `proxy.sequential`: later targets take values from
//! earlier answers.

use super::ctx::Ctx;
use super::fan::{fetch, At, Fetch, Order, Send};
use super::io::{Body, Io};
use super::merge::at;
use super::race::race;
use super::{compose, Shared};
use crate::base::chunk::{give_buffer, take_buffer};
use crate::http::fault::Due;

/// Calls the backends of an endpoint in their order and stops at the first that fails or whose
/// data is not complete.
pub async fn sequence<'c, I: Io, B: Body>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'c>,
    index: usize,
    body: Option<&[u8]>,
    due: Due,
) -> Vec<Fetch<'c>> {
    let count = ctx.built.plan.endpoints[index].backends.len();
    let mut results = Vec::with_capacity(count);
    let mut earlier: Vec<Vec<u8>> = Vec::with_capacity(count);
    for step in 0..count {
        let at = at(ctx, index, step);
        let body = body.filter(|_| at.backend.method.may_have_body());
        let result = one::<I, B>(io, shared, ctx, at, body, &earlier, due).await;
        let mut values = take_buffer();
        let result = result.and_then(|fetched| compose::extract(shared, at.backend, fetched, &mut values));
        earlier.push(values);
        let goes_on = matches!(&result, Ok((_, true)));
        results.push(result.map(|(fetched, _)| fetched));
        if !goes_on {
            break;
        }
    }
    earlier.into_iter().for_each(give_buffer);
    results
}

async fn one<'b, I: Io, B: Body>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    at: At<'b>,
    body: Option<&[u8]>,
    earlier: &[Vec<u8>],
    due: Due,
) -> Fetch<'b> {
    if at.endpoint.calls > 1 {
        return race::<I, B>(io, shared, ctx, at, body, earlier, due).await;
    }
    let body = body.map_or(Send::<B>::None, Send::Whole);
    fetch(io, ctx, at, Order { body, earlier, due }).await
}
