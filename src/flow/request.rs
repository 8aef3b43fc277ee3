//! Writing the request to a backend from parsed values: target, headers, query.
//!
//! hot: appends to one pooled buffer. Nothing of the client's head is copied unparsed.

use super::ctx::Ctx;
use crate::base::chunk::{give_buffer, take_small_buffer};
use crate::http::h1::write;
use crate::http::head::{Field, Known, Method};
use crate::http::uri::{encode_query, QueryPairs};
use crate::plan::client_ip::honours_chain;
use crate::plan::target::{write_target, Missing, Values};
use crate::plan::{BackendPlan, EndpointPlan, HostPlan, Lane, Names};
use smallvec::SmallVec;
use std::io::Write as _;
use std::net::IpAddr;

/// How the request's body goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutBody {
    None,
    Length(u64),
    Chunked,
}

/// What the gateway calls itself towards backends.
pub const AGENT: &str = concat!("Sluice Version ", env!("CARGO_PKG_VERSION"));

/// What a request to a backend is written from, besides the client's request.
#[derive(Clone, Copy)]
pub struct Draft<'p, 'e> {
    pub endpoint: &'p EndpointPlan,
    pub backend: &'p BackendPlan,
    pub host: &'p HostPlan,
    /// What the earlier backends of a sequence gave.
    pub earlier: &'e [Vec<u8>],
    pub body: OutBody,
}

/// A request head as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Where its target starts and ends in the buffer.
    pub target: (usize, usize),
    /// The gateway asks for gzip, of its own accord: a body that comes so is its to undo.
    pub asks_gzip: bool,
}

/// The method that a backend is called with. A no-op endpoint asks what the client asks: HEAD, where
/// that stands in for GET, so that no body comes that nobody wants.
#[must_use]
pub fn method(ctx: &Ctx<'_>, endpoint: &EndpointPlan, backend: &BackendPlan) -> Method {
    match (endpoint.lane, ctx.head.method, backend.method) {
        (Lane::Relay, Method::Head, Method::Get) => Method::Head,
        (_, _, configured) => configured,
    }
}

/// Appends a request head.
///
/// # Errors
/// The target needs a value that an earlier backend did not give.
pub fn write_request<'p>(
    out: &mut Vec<u8>,
    ctx: &Ctx<'_>,
    draft: &Draft<'p, '_>,
) -> Result<Written, Missing<'p>> {
    let Draft { endpoint, backend, host, earlier, body } = *draft;
    let method = method(ctx, endpoint, backend);
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b' ');
    let start = out.len();
    write_target(&backend.target, Values { params: &ctx.params, earlier }, out)?;
    write_query(out, ctx, endpoint, backend);
    let end = out.len();
    out.extend_from_slice(b" HTTP/1.1\r\n");
    write::field(out, b"Host", host.authority.as_bytes());
    let asks_gzip = write_headers(out, ctx, endpoint, backend);
    match body {
        OutBody::None if method.is_idempotent() => {}
        // A method that is expected to carry a body says that there is none (RFC 9110 8.6).
        OutBody::None => write::content_length(out, 0),
        OutBody::Length(n) => write::content_length(out, n),
        OutBody::Chunked => write::field(out, b"Transfer-Encoding", b"chunked"),
    }
    if !ctx.built.plan.service.transport.keep_alives {
        write::field(out, b"Connection", b"close");
    }
    out.extend_from_slice(b"\r\n");
    Ok(Written { target: (start, end), asks_gzip })
}

fn passes(names: &Names, name: &[u8], default: bool) -> bool {
    match names {
        Names::Default => default,
        Names::All => true,
        Names::Listed(list) => list.iter().any(|n| n.as_bytes().eq_ignore_ascii_case(name)),
    }
}

/// The fields of the client that pass, and the gateway's own. Tells whether gzip is asked for.
fn write_headers(out: &mut Vec<u8>, ctx: &Ctx<'_>, endpoint: &EndpointPlan, backend: &BackendPlan) -> bool {
    let (mut agent, mut encoding) = (false, false);
    for field in &ctx.head.fields {
        let name = field.name.of(ctx.head_bytes);
        if !is_forwardable(field)
            || !passes(&endpoint.headers, name, field.known == Known::ContentType)
            || !passes(&backend.headers, name, true)
        {
            continue;
        }
        agent |= field.known == Known::UserAgent;
        // As Go's client: a range is one of the bytes that are stored, not of packed ones.
        encoding |= field.known == Known::AcceptEncoding || name.eq_ignore_ascii_case(b"range");
        write::field(out, name, field.value.of(ctx.head_bytes));
    }
    let own = |name: &[u8]| passes(&backend.headers, name, true);
    if agent {
        if own(b"x-forwarded-via") {
            write::field(out, b"X-Forwarded-Via", AGENT.as_bytes());
        }
    } else if own(b"user-agent") {
        write::field(out, b"User-Agent", AGENT.as_bytes());
    }
    if own(b"x-forwarded-for") {
        write_forwarded_for(out, ctx);
    }
    if own(b"x-forwarded-host") && !ctx.head.host.is_empty() {
        write::field(out, b"X-Forwarded-Host", ctx.head.host.of(ctx.head_bytes));
    }
    let compression = ctx.built.plan.service.transport.compression;
    let asks_gzip = compression && !encoding && method(ctx, endpoint, backend) != Method::Head;
    if asks_gzip {
        write::field(out, b"Accept-Encoding", b"gzip");
    }
    asks_gzip
}

/// Fields that may go to a backend at all: not those of this connection, and not those that the
/// gateway writes itself.
fn is_forwardable(field: &Field) -> bool {
    !field.hop
        && !matches!(
            field.known,
            Known::Host
                | Known::ContentLength
                | Known::Expect
                | Known::XForwardedFor
                | Known::XForwardedHost
                | Known::XForwardedVia
        )
}

/// The chain that came in, if the peer may say so, with the peer's address appended.
fn write_forwarded_for(out: &mut Vec<u8>, ctx: &Ctx<'_>) {
    out.extend_from_slice(b"X-Forwarded-For: ");
    let honoured = honours_chain(&ctx.built.plan.service.client_ip, ctx.peer);
    for value in crate::http::head::values(&ctx.head.fields, Known::XForwardedFor, ctx.head_bytes) {
        if honoured && !value.is_empty() {
            out.extend_from_slice(value);
            out.extend_from_slice(b", ");
        }
    }
    write_ip(out, ctx.peer);
    out.extend_from_slice(b"\r\n");
}

/// Appends an address as text; IPv4 in its own form also when it came in on an IPv6 socket.
pub fn write_ip(out: &mut Vec<u8>, ip: IpAddr) {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let mut digits = itoa::Buffer::new();
            for (i, octet) in v4.octets().into_iter().enumerate() {
                if i > 0 {
                    out.push(b'.');
                }
                out.extend_from_slice(digits.format(octet).as_bytes());
            }
        }
        IpAddr::V6(v6) => {
            let _ = write!(out, "{v6}"); // into memory: cannot fail
        }
    }
}

/// The query strings that both lists let through, sorted by name as Go encodes them.
fn write_query(out: &mut Vec<u8>, ctx: &Ctx<'_>, endpoint: &EndpointPlan, backend: &BackendPlan) {
    let Some(query) = ctx.head.query else { return };
    if endpoint.query == Names::Default {
        return;
    }
    let mut text: SmallVec<[u8; 256]> = SmallVec::new();
    let mut pairs: SmallVec<[(u32, u32, u32); 16]> = SmallVec::new();
    let mut raw = QueryPairs::new(query.of(ctx.head_bytes));
    let (mut key, mut value) = (take_small_buffer(), take_small_buffer());
    while raw.next_into(&mut key, &mut value) {
        if exact(&endpoint.query, &key, false) && exact(&backend.query, &key, true) {
            let at = text.len();
            text.extend_from_slice(&key);
            let middle = text.len();
            text.extend_from_slice(&value);
            pairs.push((at as u32, middle as u32, text.len() as u32));
        }
    }
    give_buffer(key);
    give_buffer(value);
    let key = |p: &(u32, u32, u32)| &text[p.0 as usize..p.1 as usize];
    // Stable: the values of one name keep their order.
    pairs.sort_by(|a, b| key(a).cmp(key(b)));
    let mut separator = if backend.target_has_query { b'&' } else { b'?' };
    for pair in &pairs {
        out.push(separator);
        encode_query(out, key(pair));
        out.push(b'=');
        encode_query(out, &text[pair.1 as usize..pair.2 as usize]);
        separator = b'&';
    }
}

fn exact(names: &Names, name: &[u8], default: bool) -> bool {
    match names {
        Names::Default => default,
        Names::All => true,
        Names::Listed(list) => list.iter().any(|n| n.as_bytes() == name),
    }
}
