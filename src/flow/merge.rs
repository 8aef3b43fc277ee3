//! Endpoints whose answer is data: calls, merge, one write; knows no socket.
//!
//! hot: bodies are cut and joined from the read buffers into one output buffer.

use super::body;
use super::ctx::Ctx;
use super::fan::{fetch, At, Data, Failed, Fetched, Send};
use super::io::{Client, Io, Out};
use super::reply::{self, Head, HEAD_GAP, JSON};
use super::{Done, Shared};
use crate::base::chunk::{give_buffer, take_buffer};
use crate::base::clock::Time;
use crate::filter::Outcome;
use crate::http::fault::{Fault, Kind};
use crate::http::head::Method;
use crate::limits::REQUEST_BODY_BUFFER_BYTES;
use crate::plan::{EndpointPlan, Lane};

type Fetch<'b> = Result<Fetched<'b>, Failed>;

/// Runs the calls of a decoding endpoint and answers.
pub async fn answer<I: Io, C: Client>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    index: usize,
    client: &mut C,
) -> Done {
    let endpoint = &ctx.built.plan.endpoints[index];
    let deadline = ctx.start.after(endpoint.merge_timeout);
    if endpoint.lane == Lane::Merge {
        match many(io, ctx, index, client, deadline).await {
            Ok(mut results) => finish(io, shared, ctx, endpoint, &mut results, client).await,
            Err(fault) => finish(io, shared, ctx, endpoint, &mut [Err(fault.into())], client).await,
        }
    } else {
        let result = one(io, ctx, index, client, deadline).await;
        finish(io, shared, ctx, endpoint, &mut [result], client).await
    }
}

async fn one<'c, I: Io, C: Client>(
    io: &I,
    ctx: &Ctx<'c>,
    index: usize,
    client: &mut C,
    deadline: Time,
) -> Fetch<'c> {
    let at = at(ctx, index, 0);
    match body::take(ctx, client).await? {
        body::Taken::None => fetch(io, ctx, at, Send::<C::Body>::None, deadline).await,
        body::Taken::Whole(bytes) => fetch(io, ctx, at, Send::<C::Body>::Whole(&bytes), deadline).await,
        body::Taken::Stream(length) => {
            fetch(io, ctx, at, Send::Stream(client.halves().0, length), deadline).await
        }
    }
}

async fn many<'c, I: Io, C: Client>(
    io: &I,
    ctx: &Ctx<'c>,
    index: usize,
    client: &mut C,
    deadline: Time,
) -> Result<Vec<Fetch<'c>>, Fault> {
    let backends = &ctx.built.plan.endpoints[index].backends;
    // GET backends get no body (a shared stream would go to whoever reads first).
    let takes_body = |method: Method| method != Method::Get;
    let body = if backends.iter().any(|b| takes_body(b.method)) {
        body::collect(ctx, client, REQUEST_BODY_BUFFER_BYTES, deadline).await?
    } else {
        None
    };
    let calls = backends.iter().enumerate().map(|(i, backend)| {
        let send = match &body {
            Some(bytes) if takes_body(backend.method) => Send::<C::Body>::Whole(bytes),
            _ => Send::None,
        };
        fetch(io, ctx, at(ctx, index, i), send, deadline)
    });
    Ok(futures_util::future::join_all(calls).await) // alloc: two per merge, the calls and their results
}

fn at<'c>(ctx: &Ctx<'c>, endpoint: usize, backend: usize) -> At<'c> {
    let plan = &ctx.built.plan.endpoints[endpoint];
    At {
        endpoint: plan,
        backend: &plan.backends[backend],
        built: &ctx.built.endpoints[endpoint].backends[backend],
    }
}

/// What the results came to.
struct Composed {
    complete: bool,
    /// At least one backend gave data.
    any: bool,
}

/// Joins all data at `out[HEAD_GAP..]`. A body that cannot be decoded is that backend's failure.
fn compose(
    shared: &Shared,
    endpoint: &EndpointPlan,
    results: &mut [Fetch<'_>],
    out: &mut Vec<u8>,
) -> Composed {
    let mut merger = shared.merger.borrow_mut();
    let mut composed = Composed { complete: true, any: false };
    let mut null = false;
    merger.begin(out, endpoint.keys_disjoint);
    for (result, backend) in results.iter_mut().zip(&endpoint.backends) {
        let Ok(fetched) = result else {
            composed.complete = false;
            continue;
        };
        match &fetched.data {
            Data::Body(body) => match merger.add(out, body, &backend.shape) {
                Ok(added) => {
                    null = added.null;
                    composed.complete &= !added.null;
                    fetched.entered.ended(Outcome::Success);
                }
                Err(error) => {
                    fetched.entered.ended(Outcome::Failure);
                    *result = Err(Fault::upstream(Kind::Decode(error.0)).into());
                    composed.complete = false;
                    continue;
                }
            },
            Data::Member { key, json } => {
                merger.add_member(out, key, json);
                fetched.entered.ended(Outcome::Success);
                composed.complete = false;
            }
            Data::Nothing => fetched.entered.ended(Outcome::Success),
        }
        composed.any = true;
    }
    let finished = merger.finish(out);
    composed.complete &= finished.members > 0;
    if null && endpoint.backends.len() == 1 && finished.members == 0 {
        out.truncate(HEAD_GAP);
        out.extend_from_slice(b"null");
    }
    composed
}

async fn finish<I: Io, C: Client>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    endpoint: &EndpointPlan,
    results: &mut [Fetch<'_>],
    client: &mut C,
) -> Done {
    let mut out = take_buffer();
    out.resize(HEAD_GAP, 0);
    let composed = compose(shared, endpoint, results, &mut out);
    io.log_notes();
    let mut done = Done::new(200);
    let mut head = Head {
        status: 200,
        content_type: JSON,
        completed: Some(composed.complete),
        gateway: true,
        cache_control: if composed.complete { endpoint.cache_control.as_deref() } else { None },
        ..Head::default()
    };
    for failed in results.iter_mut().filter_map(|r| r.as_mut().err()) {
        done.fault.get_or_insert(failed.fault);
        done.errors.push(message(failed));
    }
    let mut code = None;
    if !composed.any {
        out.truncate(HEAD_GAP);
        head.content_type = b"";
        if let [Err(failed)] = results {
            code = failed.answer.take();
            head.status = code.as_ref().map_or_else(|| reply::status(&failed.fault), |a| a.status);
        } else {
            head.status = 500;
        }
        if ctx.built.plan.service.return_error_msg {
            head.content_type = reply::TEXT;
            match &code {
                Some(answer) => {
                    out.extend_from_slice(&answer.body);
                    if !answer.content_type.is_empty() {
                        head.content_type = &answer.content_type;
                    }
                }
                None => out.extend_from_slice(done.errors.join("\n").as_bytes()),
            }
        }
        done.status = head.status;
    }
    let from = reply::seal(&mut out, ctx, &head);
    done.sent(out.len() - HEAD_GAP, client.halves().1.send(out, from).await)
}

fn message(failed: &mut Failed) -> String {
    failed.text.take().unwrap_or_else(|| reply::text(&failed.fault).to_owned())
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
