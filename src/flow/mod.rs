//! The request path: one async function that a request lives in; names no socket and no thread.
//!
//! hot: the list below is the whole path. 1 route; 2 reserved paths and redirects; 3 parameter
//! check; 4 edge filters; 5 endpoint filters; 6 the lane: relay, or calls and merge; 7 answer.

mod attempt;
mod blame;
mod body;
pub mod built;
mod compose;
pub mod ctx;
mod duplex;
mod failure;
mod fan;
mod fixed;
pub mod hosts;
pub mod io;
mod merge;
mod passage;
mod race;
mod redirect;
mod relay;
pub mod reply;
mod request;
mod sequence;
mod shadow;
pub mod steps;

use crate::base::clock::Time;
use crate::filter::Outcome;
use crate::http::fault::{Fault, Kind};
use crate::http::head::RequestHead;
use crate::json::Merger;
use crate::plan::path::EncodedSlash;
use crate::plan::route::{Match, ParamSpans};
use crate::plan::{client_ip, path as paths};
use crate::plan::{EndpointPlan, Lane};
use built::Built;
use ctx::{Ctx, Params};
use io::{Client, Io};
use std::cell::RefCell;
use std::net::IpAddr;
use steps::{enter, Stop};

/// What the requests of one shard share; used between two waits, never across one.
#[derive(Default)]
pub struct Shared {
    pub merger: RefCell<Merger>,
}

/// Buffers of one request, reused.
#[derive(Default)]
pub struct Scratch {
    path: Vec<u8>,
    params: ParamSpans,
}

/// A parsed request.
pub struct Input<'a> {
    pub built: &'a Built,
    pub head: &'a RequestHead,
    /// The bytes `head` points into.
    pub head_bytes: &'a [u8],
    pub peer: IpAddr,
    pub start: Time,
    pub draining: bool,
}

/// How a request ended.
#[derive(Debug, Default)]
pub struct Done {
    pub status: u16,
    /// Body bytes of the answer.
    pub bytes: u64,
    /// The connection must end in order.
    pub close: bool,
    /// The connection must be broken off: the answer is not whole.
    pub abort: bool,
    pub fault: Option<Fault>,
    /// For the log; empty when all went well.
    pub errors: Vec<String>,
    pub endpoint: Option<usize>,
    /// Belongs into the access log.
    pub logged: bool,
    pub client_ip: Option<IpAddr>,
}

impl Done {
    #[must_use]
    pub fn new(status: u16) -> Done {
        Done { status, logged: true, ..Done::default() }
    }

    /// The client left before its answer.
    #[must_use]
    pub fn gone() -> Done {
        let fault = Fault::client(Kind::ClientGone);
        Done { abort: true, fault: Some(fault), ..Done::new(reply::status(&fault)) }
    }
}

/// Serves one request.
pub async fn run<I: Io, C: Client>(
    io: &I,
    shared: &Shared,
    input: &Input<'_>,
    scratch: &mut Scratch,
    client: &mut C,
) -> Done {
    let Scratch { path, params } = scratch;
    let head = input.head;
    let plan = &input.built.plan;
    let rules = plan.service.paths;
    let decoded = paths::prepare(head.path.of(input.head_bytes), rules, path);
    let found = decoded.map(|()| plan.routes.find(head.method, path, params));
    if rules.encoded_slash == EncodedSlash::Keep && found.is_ok_and(Match::is_known) {
        paths::restore_slashes(path);
    }
    let mut ctx = Ctx {
        built: input.built,
        head,
        head_bytes: input.head_bytes,
        path,
        params: Params::new(),
        peer: input.peer,
        client_ip: client_ip::resolve(&plan.service.client_ip, input.peer, &head.fields, input.head_bytes),
        start: input.start,
        closing: !head.keep_alive || input.draining,
    };
    let mut done = match found {
        Err(fault) => fixed::bad_path(&ctx, fault, client).await,
        Ok(Match::Endpoint(index)) => {
            ctx.set_params(params);
            endpoint(io, shared, &ctx, index, client).await
        }
        Ok(other) => fixed::answer(io, &ctx, other, client).await,
    };
    done.client_ip = Some(ctx.client_ip);
    done
}

async fn endpoint<I: Io, C: Client>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    index: usize,
    client: &mut C,
) -> Done {
    let plan = &ctx.built.plan.endpoints[index];
    let built = &ctx.built.endpoints[index];
    let deadline = ctx.start.after(plan.timeout);
    if let Some(done) = fixed::bad_params(ctx, plan, client).await {
        return done;
    }
    let mut edge = match enter(io, &ctx.built.edge, ctx, deadline).await {
        Ok(entered) => entered,
        Err(stop) => return stopped(ctx, stop, Some(plan), client).await,
    };
    let mut filters = match enter(io, &built.filters, ctx, deadline).await {
        Ok(entered) => entered,
        Err(stop) => return stopped(ctx, stop, Some(plan), client).await,
    };
    let mut done = match plan.lane {
        Lane::Relay => relay::answer(io, ctx, index, client).await,
        Lane::Single => merge::single(io, shared, ctx, index, client).await,
        Lane::Merge | Lane::Race | Lane::Sequence => merge::several(io, shared, ctx, index, client).await,
    };
    let outcome = if done.fault.is_some() { Outcome::Failure } else { Outcome::Success };
    edge.ended(outcome);
    filters.ended(outcome);
    done.endpoint = Some(index);
    done
}

/// Answers for a filter that did not let the request pass; `endpoint`: it was on the way there.
async fn stopped<C: Client>(
    ctx: &Ctx<'_>,
    stop: Stop,
    endpoint: Option<&EndpointPlan>,
    client: &mut C,
) -> Done {
    let (status, fault, reason) = match stop {
        Stop::Reply(reply) => (reply.status, Fault::client(Kind::Refused), reply.reason),
        Stop::Fail(fault) => (reply::status(&fault), fault, reply::text(&fault)),
    };
    let mut done = fixed::refusal(ctx, status, reason, endpoint, client).await;
    if done.fault.is_none() {
        done.fault = Some(fault);
    }
    if !reason.is_empty() {
        done.errors.push(reason.to_owned()); // alloc: a refused request
    }
    done
}
