//! Answers of the gateway: heads, and the only place that maps a fault to a status and a text.
//!
//! hot: the body stands in the buffer first, the head is written in front of it, one send.

use super::ctx::Ctx;
use crate::base::clock::Time;
use crate::base::date::http_date;
use crate::http::fault::{Budget, Fault, Kind};
use crate::http::h1::write;
use crate::http::head::{Method, Version};
use crate::plan::errors::ErrorsPlan;
use smallvec::SmallVec;

/// Room kept in front of a body for its head, bytes. A longer head costs one move of the body.
pub const HEAD_GAP: usize = 512;

/// What clients and tests of the peer know as its version field.
pub const VERSION: &str = concat!("Version ", env!("CARGO_PKG_VERSION"));

pub const JSON: &[u8] = b"application/json; charset=utf-8";
pub const TEXT: &[u8] = b"text/plain; charset=utf-8";

/// What the head of an answer says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    pub status: u16,
    pub content_type: &'a [u8],
    /// `X-Krakend-Completed`; `None` leaves it out.
    pub completed: Option<bool>,
    /// Adds `X-Krakend`.
    pub gateway: bool,
    pub cache_control: Option<&'a str>,
    /// `Allow` of 405 and OPTIONS answers.
    pub allow: Option<&'a str>,
    pub location: Option<&'a [u8]>,
}

/// The status that the client sees for a fault.
#[must_use]
pub fn status(fault: &Fault) -> u16 {
    match fault.kind {
        Kind::BadRequest(_) => 400,
        Kind::HeadTooLarge | Kind::TooManyFields => 431,
        Kind::UnsupportedTransferEncoding => 501,
        Kind::UnsupportedVersion => 505,
        Kind::ExpectationFailed => 417,
        Kind::BodyTooLarge => 413,
        Kind::ClientTimeout => 408,
        // Never seen by the client: for the access log, as nginx names it.
        Kind::ClientGone => 499,
        Kind::Overload | Kind::ShuttingDown => 503,
        _ => 500,
    }
}

/// The status for a fault where `sluice/errors` speaks: whose fault it is becomes visible.
#[must_use]
pub fn status_by(fault: &Fault, errors: Option<&ErrorsPlan>) -> u16 {
    let Some(errors) = errors else { return status(fault) };
    match fault.kind {
        Kind::Status(code) if errors.backend_status => code,
        _ if !errors.gateway_status => status(fault),
        Kind::NoHosts | Kind::CircuitOpen | Kind::CircuitBusy | Kind::RateLimited => 503,
        Kind::Deadline(_) => 504,
        Kind::Resolve
        | Kind::Connect
        | Kind::Broken
        | Kind::BadAnswer(_)
        | Kind::Truncated
        | Kind::AnswerTooLarge
        | Kind::Status(_)
        | Kind::Decode(_) => 502,
        _ => status(fault),
    }
}

/// What a client is told of a fault: nothing of hosts and paths behind the gateway.
#[must_use]
pub fn message(fault: &Fault) -> &'static str {
    match fault.kind {
        Kind::Status(code) => write::reason(code),
        _ => text(fault),
    }
}

/// Statuses whose answers have no body (RFC 9110 sections 15.3.5 and 15.4.5).
#[must_use]
pub fn is_bodyless(status: u16) -> bool {
    matches!(status, 204 | 205 | 304)
}

/// The text of a fault, for the log and for `return_error_msg`; KrakenD's words where it has some.
#[must_use]
pub fn text(fault: &Fault) -> &'static str {
    match fault.kind {
        Kind::BadRequest(text) | Kind::BadAnswer(text) | Kind::Decode(text) | Kind::Internal(text) => text,
        Kind::HeadTooLarge => "request head too large",
        Kind::TooManyFields => "too many header fields",
        Kind::UnsupportedTransferEncoding => "unsupported transfer encoding",
        Kind::UnsupportedVersion => "unsupported protocol version",
        Kind::ExpectationFailed => "unknown expectation",
        Kind::BodyTooLarge => "request body too large",
        Kind::ClientTimeout => "client too slow",
        Kind::Refused => "refused",
        Kind::ClientGone => "client closed the connection",
        Kind::NotDiscovered(_) => "no hosts available",
        Kind::NoHosts => "no hosts available",
        Kind::Resolve => "host name not resolved",
        Kind::Connect => "connection refused or not possible",
        Kind::Broken => "connection broken by the backend",
        Kind::Truncated => "unexpected EOF",
        Kind::AnswerTooLarge => "answer too large",
        Kind::Status(_) => "invalid status code",
        Kind::Deadline(Budget::Connect) => "connection not made in time",
        Kind::Deadline(_) => "context deadline exceeded",
        Kind::CircuitOpen => "circuit breaker is open",
        Kind::CircuitBusy => "too many requests",
        Kind::RateLimited => "rate limit exceded",
        Kind::Panic => "internal error",
        Kind::Overload => "overloaded",
        Kind::ShuttingDown => "shutting down",
    }
}

/// Puts the head in front of the body that stands at `out[HEAD_GAP..]`. Returns where the answer
/// starts. An answer to HEAD keeps its length field and loses its body.
pub fn seal(out: &mut Vec<u8>, ctx: &Ctx<'_>, head: &Head<'_>) -> usize {
    let length = out.len() - HEAD_GAP;
    let mut text: SmallVec<[u8; HEAD_GAP]> = SmallVec::new();
    let mut lines = Lines(&mut text);
    lines.status(head.status);
    if !head.content_type.is_empty() {
        lines.field(b"Content-Type: ", head.content_type);
    }
    if let Some(value) = head.cache_control {
        lines.field(b"Cache-Control: ", value.as_bytes());
    }
    if let Some(value) = head.allow {
        lines.field(b"Allow: ", value.as_bytes());
    }
    if let Some(value) = head.location {
        lines.field(b"Location: ", value);
    }
    if head.gateway {
        let hidden = ctx.built.plan.service.hide_version;
        lines.field(b"X-Krakend: ", if hidden { b"Version undefined" } else { VERSION.as_bytes() });
    }
    if let Some(completed) = head.completed {
        lines.field(b"X-Krakend-Completed: ", if completed { b"true" } else { b"false" });
    }
    lines.field(b"Date: ", &http_date(ctx.start));
    lines.connection(ctx);
    if head.status != 204 && head.status != 304 {
        lines.field(b"Content-Length: ", itoa::Buffer::new().format(length).as_bytes());
    }
    text.extend_from_slice(b"\r\n");
    if ctx.head.method == Method::Head {
        out.truncate(HEAD_GAP);
    }
    put_in_front(out, &text)
}

fn put_in_front(out: &mut Vec<u8>, head: &[u8]) -> usize {
    if head.len() <= HEAD_GAP {
        let start = HEAD_GAP - head.len();
        out[start..HEAD_GAP].copy_from_slice(head);
        return start;
    }
    out.splice(..HEAD_GAP, head.iter().copied());
    0
}

/// Appends head lines to a small buffer on the stack.
struct Lines<'a>(&'a mut SmallVec<[u8; HEAD_GAP]>);

impl Lines<'_> {
    fn status(&mut self, status: u16) {
        self.0.extend_from_slice(b"HTTP/1.1 ");
        self.0.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
        self.0.push(b' ');
        self.0.extend_from_slice(write::reason(status).as_bytes());
        self.0.extend_from_slice(b"\r\n");
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        self.0.extend_from_slice(name);
        self.0.extend_from_slice(value);
        self.0.extend_from_slice(b"\r\n");
    }

    fn connection(&mut self, ctx: &Ctx<'_>) {
        self.0.extend_from_slice(connection_line(ctx));
    }
}

/// What the answer says about the connection; nothing where the version's default holds.
#[must_use]
pub fn connection_line(ctx: &Ctx<'_>) -> &'static [u8] {
    match (ctx.closing, ctx.head.version) {
        (true, _) => b"Connection: close\r\n",
        (false, Version::Http10) => b"Connection: keep-alive\r\n",
        (false, Version::Http11) => b"",
    }
}

/// The answer to a request that could not be parsed: plain text, and the connection ends.
pub fn refuse(out: &mut Vec<u8>, fault: &Fault, now: Time) {
    let status = status(fault);
    let reason = write::reason(status);
    write::status_line(out, status);
    write::field(out, b"Content-Type", TEXT);
    write::field(out, b"Date", &http_date(now));
    write::field(out, b"Connection", b"close");
    write::content_length(out, reason.len() as u64 + 4);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason.as_bytes());
}
