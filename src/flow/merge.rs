//! Endpoints whose answer is data: the calls, in the way of the endpoint's lane; knows no socket.
//!
//! hot: bodies stay in their read buffers until they are joined.

use super::body;
use super::compose::finish;
use super::ctx::Ctx;
use super::fan::{fetch, At, Fetch, Order, Send};
use super::io::{Client, Io};
use super::race::race;
use super::sequence::sequence;
use super::{shadow, Done, Shared};
use crate::base::chunk::{give_buffer, Chunk};
use crate::http::fault::{Budget, Due, Fault};
use crate::http::head::Method;
use crate::limits::REQUEST_BODY_BUFFER_BYTES;
use crate::plan::{EndpointPlan, Lane};
use futures_util::future::join_all;
use std::future::Future;

/// Futures that one `join_all` polls all each time. With more of them it polls only those that were
/// woken, and a deadline wakes the task, not the call.
const JOINED: usize = 30;

/// Runs the one call of an endpoint and answers.
pub async fn single<I: Io, C: Client>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    index: usize,
    client: &mut C,
) -> Done {
    let endpoint = &ctx.built.plan.endpoints[index];
    let due = Due::new(ctx.start.after(endpoint.merge_timeout), Budget::Endpoint);
    let result = one(io, ctx, index, client, due).await;
    finish(io, shared, ctx, endpoint, &mut [result], client).await
}

/// Runs several calls and answers.
pub async fn several<I: Io, C: Client>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    index: usize,
    client: &mut C,
) -> Done {
    let endpoint = &ctx.built.plan.endpoints[index];
    let due = Due::new(ctx.start.after(endpoint.merge_timeout), Budget::Endpoint);
    let body = match whole_body(ctx, endpoint, client, due).await {
        Ok(body) => body,
        Err(fault) => return finish(io, shared, ctx, endpoint, &mut [Err(fault.into())], client).await,
    };
    let body = body.as_deref();
    if !endpoint.shadows.is_empty() {
        shadow::send(io, ctx, index, body);
    }
    let mut results = match endpoint.lane {
        Lane::Sequence => {
            // alloc: once per sequence
            Box::pin(sequence::<I, C::Body>(io, shared, ctx, index, body, due)).await
        }
        Lane::Race => {
            let call = |i, body| race::<I, C::Body>(io, shared, ctx, at(ctx, index, i), body, &[], due);
            all(endpoint, body, call).await
        }
        Lane::Merge | Lane::Single | Lane::Relay => {
            let call = |i, body: Option<_>| {
                let body = body.map_or(Send::<C::Body>::None, Send::Whole);
                fetch(io, ctx, at(ctx, index, i), Order { body, earlier: &[], due })
            };
            all(endpoint, body, call).await
        }
    };
    finish(io, shared, ctx, endpoint, &mut results, client).await
}

async fn one<'c, I: Io, C: Client>(
    io: &I,
    ctx: &Ctx<'c>,
    index: usize,
    client: &mut C,
    due: Due,
) -> Fetch<'c> {
    let at = at(ctx, index, 0);
    match body::take(ctx, client).await? {
        body::Taken::None => {
            let order = Order { body: Send::<C::Body>::None, earlier: &[], due };
            fetch(io, ctx, at, order).await
        }
        body::Taken::Whole(bytes) => {
            let order = Order { body: Send::<C::Body>::Whole(&bytes), earlier: &[], due };
            fetch(io, ctx, at, order).await
        }
        body::Taken::Stream(length) => {
            let order = Order { body: Send::Stream(client.halves().0, length), earlier: &[], due };
            fetch(io, ctx, at, order).await
        }
    }
}

/// The request's body, if a backend gets one: each needs a copy of it.
async fn whole_body<C: Client>(
    ctx: &Ctx<'_>,
    endpoint: &EndpointPlan,
    client: &mut C,
    due: Due,
) -> Result<Option<Chunk>, Fault> {
    let shadows = endpoint.shadows.iter().map(|shadow| &shadow.backend);
    if takes_body(endpoint, Method::Get)
        || endpoint.backends.iter().chain(shadows).any(|b| b.method.may_have_body())
    {
        return body::collect(ctx, client, REQUEST_BODY_BUFFER_BYTES, due).await;
    }
    Ok(None)
}

/// Of several backends, those with GET get no body (a shared stream would go to whoever reads
/// first).
fn takes_body(endpoint: &EndpointPlan, method: Method) -> bool {
    method.may_have_body() || endpoint.backends.len() == 1
}

/// Runs one call per backend, all at once.
async fn all<'a, F: Future>(
    endpoint: &EndpointPlan,
    body: Option<&'a [u8]>,
    call: impl Fn(usize, Option<&'a [u8]>) -> F,
) -> Vec<F::Output> {
    let backends = &endpoint.backends;
    let start = |i: usize| call(i, body.filter(|_| takes_body(endpoint, backends[i].method)));
    if backends.len() <= JOINED {
        return join_all((0..backends.len()).map(start)).await; // alloc: two per merge, the calls and their results
    }
    let mut results = Vec::with_capacity(backends.len()); // alloc: a merge of very many
    let groups = (0..backends.len()).step_by(JOINED);
    let group = |from: usize| join_all((from..(from + JOINED).min(backends.len())).map(start));
    for group in join_all(groups.map(group)).await {
        results.extend(group);
    }
    results
}

/// A backend of an endpoint.
pub fn at<'c>(ctx: &Ctx<'c>, endpoint: usize, backend: usize) -> At<'c> {
    let plan = &ctx.built.plan.endpoints[endpoint];
    At {
        endpoint: plan,
        backend: &plan.backends[backend],
        built: &ctx.built.endpoints[endpoint].backends[backend],
    }
}

impl Done {
    /// Books the last send of an answer with `bytes` of body.
    pub fn sent(mut self, bytes: usize, result: Result<Vec<u8>, Fault>) -> Done {
        match result {
            Ok(buffer) => {
                self.bytes += bytes as u64;
                give_buffer(buffer);
            }
            Err(fault) => {
                self.fault = Some(fault);
                self.abort = true;
            }
        }
        self
    }
}
