//! Answers without data: which of the failing backends counts, and what the client gets of it;
//! knows no socket.

use super::ctx::Ctx;
use super::fan::{Failed, Fetch};
use super::reply::{self, HEAD_GAP};
use crate::http::fault::{Fault, Whose};
use crate::http::h1::write;
use crate::limits::REQUEST_ID_BYTES;
use crate::plan::errors::{ErrorBody, ErrorsPlan, Facts};
use crate::plan::{EndpointPlan, ErrorMode};

/// Status and content type of an answer without data, whose body was written.
pub struct Failure<'r> {
    pub status: u16,
    pub content_type: &'r [u8],
}

/// Writes the body for results of which none gives the answer. `own`: what is wrong is not one of
/// the results. `texts`: what the log says.
pub fn fill<'r>(
    ctx: &Ctx<'_>,
    endpoint: &EndpointPlan,
    results: &'r [Fetch<'_>],
    own: Option<Fault>,
    texts: &[String],
    out: &mut Vec<u8>,
) -> Failure<'r> {
    out.truncate(HEAD_GAP);
    let errors = endpoint.errors.as_deref();
    let alone = matches!(results, [Err(_)]);
    let speaks = errors.is_some_and(|e| e.backend_status || e.gateway_status);
    let chosen = if own.is_some() { None } else { worst(results, errors) };
    let fault = own.or(chosen.map(|(_, failed)| failed.fault));
    let passed =
        chosen.filter(|(n, _)| alone && is_code(endpoint, *n)).and_then(|(_, f)| f.answer.as_deref());
    let status = match (passed, fault) {
        (Some(answer), _) => answer.status,
        (None, Some(fault)) if speaks || (alone && own.is_none()) => reply::status_by(&fault, errors),
        _ => 500,
    };
    let mut failure = Failure { status, content_type: b"" };
    let body = errors.map_or(&ErrorBody::None, |errors| &errors.body);
    let answer = chosen.and_then(|(_, failed)| failed.answer.as_deref());
    match (body, answer) {
        (ErrorBody::Json(_), _) => {
            let backend = chosen.filter(|(_, failed)| failed.fault.whose != Whose::Client);
            let backend = backend.and_then(|(n, _)| endpoint.backends.get(n));
            let facts = Facts {
                status,
                message: fault.as_ref().map_or("", reply::message),
                endpoint: &endpoint.route,
                backend: backend.map_or("", |b| &b.pattern),
                ..Facts::default()
            };
            write_json(ctx, errors, &facts, out);
            failure.content_type = reply::JSON;
        }
        (ErrorBody::Backend, Some(answer)) => {
            out.extend_from_slice(&answer.body);
            failure.content_type = &answer.content_type;
        }
        _ if ctx.built.plan.service.return_error_msg => {
            failure.content_type = reply::TEXT;
            match passed {
                Some(answer) => {
                    out.extend_from_slice(&answer.body);
                    if !answer.content_type.is_empty() {
                        failure.content_type = &answer.content_type;
                    }
                }
                None => out.extend_from_slice(texts.join("\n").as_bytes()),
            }
        }
        _ => {}
    }
    if reply::is_bodyless(status) {
        out.truncate(HEAD_GAP);
        failure.content_type = b"";
    }
    failure
}

fn is_code(endpoint: &EndpointPlan, backend: usize) -> bool {
    endpoint.backends.get(backend).is_some_and(|b| b.errors == ErrorMode::Code)
}

/// The failing backend that counts: 5xx before 4xx before the rest, and of equal ones the first in
/// the list.
fn worst<'r, 'b>(results: &'r [Fetch<'b>], errors: Option<&ErrorsPlan>) -> Option<(usize, &'r Failed)> {
    let rank = |failed: &Failed| reply::status_by(&failed.fault, errors) / 100;
    let rank = |failed: &Failed| match rank(failed) {
        class @ (4 | 5) => class,
        _ => 0,
    };
    let failed = results.iter().enumerate().filter_map(|(n, r)| Some((n, r.as_ref().err()?)));
    failed.reduce(|best, next| if rank(next.1) > rank(best.1) { next } else { best })
}

/// Appends the JSON body of an error, if bodies are JSON; fills in what is known of the request.
pub fn write_json(ctx: &Ctx<'_>, errors: Option<&ErrorsPlan>, facts: &Facts<'_>, out: &mut Vec<u8>) -> bool {
    let Some(template) = errors.and_then(ErrorsPlan::template) else { return false };
    let head = ctx.head;
    let mut fields = head.fields.iter();
    let id = fields.find(|f| f.name.of(ctx.head_bytes).eq_ignore_ascii_case(b"x-request-id"));
    let id = id.map(|f| f.value.of(ctx.head_bytes)).unwrap_or_default();
    let facts = Facts {
        method: head.method_token.of(ctx.head_bytes),
        request_id: &id[..id.len().min(REQUEST_ID_BYTES)],
        ..*facts
    };
    template.render(&facts, out);
    true
}

/// What is said of a refusal that has no words of its own.
#[must_use]
pub fn words(status: u16, reason: &'static str) -> &'static str {
    if reason.is_empty() {
        write::reason(status)
    } else {
        reason
    }
}

/// Whether a status is a success that is kept, `any_2xx`.
#[must_use]
pub fn is_kept(errors: Option<&ErrorsPlan>, status: u16) -> bool {
    errors.is_some_and(|e| e.any_2xx) && (200..300).contains(&status)
}

/// `any_2xx`: the status that all answers have; 200 where they differ or one failed.
#[must_use]
pub fn common_status(errors: Option<&ErrorsPlan>, results: &[Fetch<'_>]) -> u16 {
    if !errors.is_some_and(|e| e.any_2xx) {
        return 200;
    }
    let status = |result: &Fetch<'_>| result.as_ref().map_or(200, |fetched| fetched.status);
    let first = results.first().map_or(200, status);
    if results.iter().all(|result| status(result) == first) && (200..300).contains(&first) {
        first
    } else {
        200
    }
}
