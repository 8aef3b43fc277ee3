//! Data of several calls joined to one answer, and what stands in for data when there is none;
//! knows no socket.
//!
//! hot: bodies are cut and joined from the read buffers into one output buffer, one write.

use super::blame::{error_text, name};
use super::ctx::Ctx;
use super::fan::{Data, Failed, Fetch, Fetched};
use super::io::{Client, Io, Out};
use super::reply::{self, Head, HEAD_GAP, JSON};
use super::{failure, Done, Shared};
use crate::base::chunk::{give_buffer, take_buffer};
use crate::encoding::{Decoded, Decoder, Renderer};
use crate::filter::Outcome;
use crate::http::fault::{Fault, Kind};
use crate::json::{flatmap, Added, DecodeError, Merger, Shape};
use crate::plan::{BackendPlan, EndpointPlan, FinishPlan};

/// Writes what one answer alone gives into `values`: its data after manipulation, or the body as it
/// is. The second value says whether it is complete.
///
/// # Errors
/// The body cannot be decoded: that is a failure of its backend.
pub fn extract<'b>(
    shared: &Shared,
    backend: &BackendPlan,
    mut fetched: Fetched<'b>,
    values: &mut Vec<u8>,
) -> Result<(Fetched<'b>, bool), Failed> {
    let complete = match &fetched.data {
        Data::Body(body) => {
            let mut merger = shared.merger.borrow_mut();
            merger.begin(values, false);
            let added = match add(&mut merger, values, body, backend) {
                Ok(added) => added,
                Err(error) => {
                    fetched.entered.ended(Outcome::Failure);
                    return Err(undecodable(backend, &error));
                }
            };
            merger.finish(values);
            !added.null
        }
        Data::Member { .. } => false,
        Data::Nothing | Data::Empty => true,
        Data::Raw(body) => {
            values.extend_from_slice(body);
            true
        }
    };
    Ok((fetched, complete))
}

/// `extract` for a caller that only asks whether the answer can be decoded and is complete.
///
/// # Errors
/// As `extract`.
pub fn check<'b>(
    shared: &Shared,
    backend: &BackendPlan,
    fetched: Fetched<'b>,
) -> Result<(Fetched<'b>, bool), Failed> {
    let mut values = take_buffer();
    let checked = extract(shared, backend, fetched, &mut values);
    give_buffer(values);
    checked
}

fn undecodable(backend: &BackendPlan, error: &DecodeError) -> Failed {
    Failed { about: name(backend), ..Fault::upstream(Kind::Decode(error.0)).into() }
}

/// Decodes a body and appends what the backend's shape makes of it.
fn add(
    merger: &mut Merger,
    out: &mut Vec<u8>,
    body: &[u8],
    backend: &BackendPlan,
) -> Result<Added, DecodeError> {
    if backend.encoding == Decoder::Json {
        return merger.add(out, body, &backend.shape);
    }
    let mut text = take_buffer();
    let decoded = backend.encoding.decode(backend.is_collection, body, &mut text);
    let added = decoded.and_then(|decoded| {
        let text = if decoded == Decoded::Passthrough { body } else { &text };
        merger.add(out, text, &backend.shape)
    });
    give_buffer(text);
    added
}

/// Puts the rendering of the data at `out[HEAD_GAP..]` in its place. Returns its content type.
fn render(ctx: &Ctx<'_>, renderer: Renderer, out: &mut Vec<u8>) -> Result<&'static [u8], Fault> {
    let mut fields = ctx.head.fields.iter();
    let accept = fields.find(|f| f.name.of(ctx.head_bytes).eq_ignore_ascii_case(b"accept"));
    let accept = accept.map(|f| f.value.of(ctx.head_bytes));
    let mut rendered = take_buffer();
    rendered.resize(HEAD_GAP, 0);
    let result = renderer.render(&out[HEAD_GAP..], accept, &mut rendered);
    let data = std::mem::replace(out, rendered);
    give_buffer(data);
    result.map(str::as_bytes)
}

/// What the results came to.
struct Composed {
    complete: bool,
    /// There is data.
    any: bool,
    /// All succeeded, and none of them has a body: nor has the answer.
    empty: bool,
    /// Whatever was wrong with data that all backends gave.
    fault: Option<Fault>,
}

impl Composed {
    /// What data there is does not count.
    fn fail(&mut self) {
        (self.any, self.empty, self.complete) = (false, false, false);
    }
}

/// Joins all data at `out[HEAD_GAP..]`. A body that cannot be decoded is that backend's failure.
fn compose(
    shared: &Shared,
    endpoint: &EndpointPlan,
    results: &mut [Fetch<'_>],
    out: &mut Vec<u8>,
) -> Composed {
    let mut merger = shared.merger.borrow_mut();
    let mut composed = Composed { complete: true, any: false, empty: false, fault: None };
    let mut null = false;
    merger.begin(out, endpoint.keys_disjoint);
    for (result, backend) in results.iter_mut().zip(&endpoint.backends) {
        let Ok(fetched) = result else {
            composed.complete = false;
            continue;
        };
        match &fetched.data {
            Data::Body(body) => match add(&mut merger, out, body, backend) {
                Ok(added) => {
                    null = added.null;
                    composed.complete &= !added.null;
                    fetched.entered.ended(Outcome::Success);
                }
                Err(error) => {
                    fetched.entered.ended(Outcome::Failure);
                    *result = Err(undecodable(backend, &error));
                    composed.complete = false;
                    continue;
                }
            },
            Data::Member { key, json } => {
                merger.add_member(out, key, json);
                fetched.entered.ended(Outcome::Success);
                composed.complete = false;
            }
            Data::Nothing | Data::Empty | Data::Raw(_) => fetched.entered.ended(Outcome::Success),
        }
        composed.any = true;
    }
    let failed = results.iter().any(Result::is_err);
    let members = match &endpoint.finish {
        None => merger.finish(out).members,
        Some(plan) => complete(&mut merger, plan, out, &mut composed, failed),
    };
    let is_empty = |result: &Fetch<'_>| matches!(result, Ok(Fetched { data: Data::Empty, .. }));
    composed.empty = members == 0 && composed.any && results.iter().all(is_empty);
    composed.complete &= members > 0 || composed.empty;
    if null && endpoint.backends.len() == 1 && members == 0 {
        out.truncate(HEAD_GAP);
        out.extend_from_slice(b"null");
    }
    composed
}

/// `proxy.flatmap_filter` and `proxy.static` on the joined data, which the merger is still at.
/// Returns the number of members.
fn complete(
    merger: &mut Merger,
    plan: &FinishPlan,
    out: &mut Vec<u8>,
    composed: &mut Composed,
    failed: bool,
) -> usize {
    let fixed = plan.static_data.as_ref().filter(|data| data.applies(failed, composed.complete));
    // As in KrakenD, a filter leaves alone what is there beside an error.
    let Some(filter) = plan.flatmap.as_ref().filter(|_| !failed) else {
        if let Some(data) = fixed {
            merger.add_members(out, data);
            composed.any = true;
        }
        return merger.finish(out).members;
    };
    merger.finish(out);
    let mut members = match flatmap::apply_to_text(filter, out, HEAD_GAP) {
        Ok(left) => left.members,
        Err(error) => {
            composed.fault = Some(Fault::upstream(Kind::Decode(error.0)));
            (composed.any, composed.complete) = (false, false);
            out.truncate(HEAD_GAP);
            out.extend_from_slice(b"{}");
            0
        }
    };
    let has_error = composed.fault.is_some();
    let fixed = plan.static_data.as_ref().filter(|data| data.applies(has_error, composed.complete));
    if let Some(data) = fixed {
        let mut text = take_buffer();
        text.extend_from_slice(&out[HEAD_GAP..]);
        out.truncate(HEAD_GAP);
        merger.begin(out, false);
        // The text was written by the filter: it is an object or `null`, and it parses.
        if let Err(error) = merger.add(out, &text, &Shape::default()) {
            composed.fault = Some(Fault::gateway(Kind::Internal(error.0)));
        }
        give_buffer(text);
        merger.add_members(out, data);
        members = merger.finish(out).members;
        composed.any = true;
    }
    members
}

/// Joins the results of all calls and answers.
pub async fn finish<I: Io, C: Client>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    endpoint: &EndpointPlan,
    results: &mut [Fetch<'_>],
    client: &mut C,
) -> Done {
    let mut out = take_buffer();
    out.resize(HEAD_GAP, 0);
    let errors = endpoint.errors.as_deref();
    let mut composed = compose(shared, endpoint, results, &mut out);
    if errors.is_some_and(|errors| errors.fail_partial) && results.iter().any(Result::is_err) {
        composed.fail();
    }
    let mut content_type = JSON;
    if composed.empty {
        out.truncate(HEAD_GAP);
        content_type = b"";
    } else if endpoint.output != Renderer::Json && composed.any {
        match render(ctx, endpoint.output, &mut out) {
            Ok(name) => content_type = name,
            Err(fault) => {
                composed.fail();
                composed.fault = Some(fault);
            }
        }
    }
    io.log_notes();
    let mut done = Done::new(200);
    let mut texts = Vec::new(); // alloc: none unless a call failed
    for failed in results.iter_mut().filter_map(|r| r.as_mut().err()) {
        done.fault.get_or_insert(failed.fault);
        let text = message(failed);
        done.errors.push(error_text(&text, &failed.about));
        texts.push(text);
    }
    if let Some(fault) = composed.fault {
        done.fault = Some(fault);
        done.errors.push(reply::text(&fault).to_owned()); // alloc: a failing answer
        texts.push(reply::text(&fault).to_owned()); // alloc: a failing answer
    }
    let status = failure::common_status(errors, results);
    let mut head = Head {
        // Data may have come from elsewhere (`proxy.static`).
        status: if reply::is_bodyless(status) && !composed.empty { 200 } else { status },
        content_type,
        completed: Some(composed.complete),
        gateway: true,
        cache_control: endpoint.cache_control.as_deref().filter(|_| composed.complete && !composed.empty),
        ..Head::default()
    };
    if !composed.any {
        let failed = failure::fill(ctx, endpoint, results, composed.fault, &texts, &mut out);
        (head.status, head.content_type) = (failed.status, failed.content_type);
    }
    done.status = head.status;
    let from = reply::seal(&mut out, ctx, &head);
    done.sent(out.len() - HEAD_GAP, client.halves().1.send(out, from).await)
}

fn message(failed: &mut Failed) -> String {
    failed.text.take().unwrap_or_else(|| reply::text(&failed.fault).to_owned())
}

/// Calls that gave neither an answer nor a failure.
#[must_use]
pub fn no_answer() -> Failed {
    Fault::gateway(Kind::Internal("no call was made")).into()
}
