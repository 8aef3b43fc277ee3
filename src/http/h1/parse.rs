//! Complete heads into tables: strict request and answer parsing on httparse; knows no socket.
//!
//! This is the one place that decides how a message is framed. Everything after it acts on the
//! table, so that what was routed, what is read and what is forwarded cannot differ.
//!
//! hot: a warm parse allocates nothing; the tables of the caller are filled again.

use super::fields::{self, Facts};
use super::target;
use crate::http::ascii::{self, TARGET};
use crate::http::body::Framing;
use crate::http::fault::{Fault, Kind, Whose};
use crate::http::head::{Method, RequestHead, ResponseHead, Span, Version};
use crate::limits::{HEADER_FIELDS, METHOD_BYTES};
use std::mem::MaybeUninit;

/// The request line, split.
struct Line<'a> {
    method: &'a [u8],
    target: &'a [u8],
    version: Version,
}

/// Parses a complete request head, as [`HeadScanner`](super::scan::HeadScanner) cuts it, into `out`.
///
/// The spans of `out` are offsets in `head`. After an error `out` holds no particular value.
///
/// # Errors
/// `BadRequest` with the rule for what RFC 9112 does not allow, `UnsupportedVersion`,
/// `UnsupportedTransferEncoding`, `ExpectationFailed`, `TooManyFields`. After any of them the
/// connection ends: where the next message would start is not known.
pub fn parse_request(head: &[u8], out: &mut RequestHead) -> Result<(), Fault> {
    let bytes = head.strip_prefix(b"\r\n").unwrap_or(head);
    check_ends(bytes, Whose::Client)?;
    let mut slots = [const { MaybeUninit::uninit() }; HEADER_FIELDS];
    let mut parsed = httparse::Request::new(&mut []);
    match parsed.parse_with_uninit_headers(bytes, &mut slots) {
        Ok(httparse::Status::Complete(n)) if n == bytes.len() => {}
        Ok(_) => return Err(Fault::malformed(Whose::Client, "empty line inside the head")),
        Err(error) => return parse_odd_request(head, bytes, error, out),
    }
    let line = Line {
        method: parsed.method.unwrap_or_default().as_bytes(),
        target: parsed.path.unwrap_or_default().as_bytes(),
        version: version(parsed.version),
    };
    fill_request(head, &line, parsed.headers, out)
}

/// What every head must look like at its two ends; httparse is more lenient there.
fn check_ends(bytes: &[u8], whose: Whose) -> Result<(), Fault> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(Fault::head_too_large(whose));
    }
    if matches!(bytes.first(), None | Some(b'\r' | b'\n')) {
        return Err(Fault::malformed(whose, "empty line before the head"));
    }
    if !bytes.ends_with(b"\r\n\r\n") {
        return Err(Fault::malformed(whose, "head without its end"));
    }
    Ok(())
}

fn version(minor: Option<u8>) -> Version {
    if minor == Some(1) {
        Version::Http11
    } else {
        Version::Http10
    }
}

fn fill_request(
    head: &[u8],
    line: &Line<'_>,
    headers: &[httparse::Header<'_>],
    out: &mut RequestHead,
) -> Result<(), Fault> {
    let bad = |rule| Fault::malformed(Whose::Client, rule);
    let base = head.as_ptr() as usize;
    if line.method.len() > METHOD_BYTES {
        return Err(bad("method too long"));
    }
    out.method = Method::from_bytes(line.method);
    out.method_token = fields::span(base, line.method);
    out.version = line.version;
    let place = fields::span(base, line.target);
    let target = target::split(line.target, place.start, out.method).map_err(bad)?;
    let facts = fields::collect(head, headers, &mut out.fields, Whose::Client)?;
    out.path = target.path;
    out.query = target.query;
    out.host = host(head, &facts, line.version)?;
    if let Some(authority) = target.authority {
        out.host = authority;
    }
    out.framing = request_framing(&facts, line.version)?;
    out.keep_alive = keeps_alive(&facts, line.version);
    out.expect_continue = expects_continue(&facts, line.version, out.framing)?;
    Ok(())
}

/// The Host field (RFC 9112 section 3.2): one in HTTP/1.1, at most one in 1.0, checked in both.
fn host(head: &[u8], facts: &Facts, version: Version) -> Result<Span, Fault> {
    let Some(host) = facts.host else {
        return match version {
            Version::Http10 => Ok(Span::default()),
            Version::Http11 => Err(Fault::malformed(Whose::Client, "no Host")),
        };
    };
    if host.is_empty() || target::is_authority(host.of(head)) {
        Ok(host)
    } else {
        Err(Fault::malformed(Whose::Client, "invalid Host"))
    }
}

/// RFC 9112 section 6.3 for requests, with its choices taken towards refusal.
fn request_framing(facts: &Facts, version: Version) -> Result<Framing, Fault> {
    if facts.encodings == 0 {
        return Ok(length_framing(facts.length).unwrap_or(Framing::None));
    }
    if version == Version::Http10 {
        return Err(Fault::malformed(Whose::Client, "Transfer-Encoding in HTTP/1.0"));
    }
    if facts.length.is_some() {
        return Err(Fault::malformed(Whose::Client, "Content-Length with Transfer-Encoding"));
    }
    if facts.encodings > 1 || !facts.chunked {
        return Err(Fault::client(Kind::UnsupportedTransferEncoding));
    }
    Ok(Framing::Chunked)
}

fn length_framing(length: Option<u64>) -> Option<Framing> {
    length.map(Framing::Length)
}

/// RFC 9112 section 9.3.
fn keeps_alive(facts: &Facts, version: Version) -> bool {
    !facts.close && (version == Version::Http11 || facts.keep_alive)
}

/// RFC 9110 section 10.1.1: an expectation of an HTTP/1.0 client is not answered, nor one without
/// a body to wait for.
fn expects_continue(facts: &Facts, version: Version, framing: Framing) -> Result<bool, Fault> {
    if facts.expects == 0 {
        return Ok(false);
    }
    if facts.expects > 1 || !facts.expects_continue {
        return Err(Fault::client(Kind::ExpectationFailed));
    }
    let body = !matches!(framing, Framing::None | Framing::Length(0));
    Ok(body && version == Version::Http11)
}

/// A request that httparse refused: finds out why, and lets raw bytes from 0x80 on in the target
/// pass that are not UTF-8 (Go's parser takes them).
#[cold]
fn parse_odd_request(
    head: &[u8],
    bytes: &[u8],
    error: httparse::Error,
    out: &mut RequestHead,
) -> Result<(), Fault> {
    let refusal = fields::refusal(bytes, error, Whose::Client);
    if !matches!(error, httparse::Error::Token | httparse::Error::Version) {
        return Err(refusal);
    }
    let Some((line, rest)) = memchr::memmem::find(bytes, b"\r\n").map(|n| bytes.split_at(n + 2)) else {
        return Err(refusal);
    };
    let mut words = line[..line.len() - 2].splitn(3, |&b| b == b' ');
    let (Some(method), Some(target), Some(word)) = (words.next(), words.next(), words.next()) else {
        return Err(refusal);
    };
    if !fields::is_token(method) || target.is_empty() || !ascii::all(target, TARGET) {
        return Err(refusal);
    }
    let version = match word {
        b"HTTP/1.1" => Version::Http11,
        b"HTTP/1.0" => Version::Http10,
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            return Err(Fault::client(Kind::UnsupportedVersion));
        }
        _ => return Err(Fault::malformed(Whose::Client, "invalid protocol version")),
    };
    let mut slots = [httparse::EMPTY_HEADER; HEADER_FIELDS];
    match httparse::parse_headers(rest, &mut slots) {
        Ok(httparse::Status::Complete((n, headers))) if n == rest.len() => {
            fill_request(head, &Line { method, target, version }, headers, out)
        }
        Ok(_) => Err(Fault::malformed(Whose::Client, "empty line inside the head")),
        Err(error) => Err(fields::refusal(bytes, error, Whose::Client)),
    }
}

/// Parses a complete answer head of a backend into `out`; `method` is the request's.
///
/// The spans of `out` are offsets in `head`. After an error `out` holds no particular value. Heads
/// of 1xx answers come out like others, with no body; the caller goes on to the next head.
///
/// # Errors
/// `BadAnswer` with the rule for what RFC 9112 does not allow, and for a 101, which the gateway
/// never asks for.
pub fn parse_response(head: &[u8], method: Method, out: &mut ResponseHead) -> Result<(), Fault> {
    let bad = |rule| Fault::malformed(Whose::Upstream, rule);
    check_ends(head, Whose::Upstream)?;
    let mut slots = [const { MaybeUninit::uninit() }; HEADER_FIELDS];
    let mut parsed = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    match config.parse_response_with_uninit_headers(&mut parsed, head, &mut slots) {
        Ok(httparse::Status::Complete(n)) if n == head.len() => {}
        Ok(_) => return Err(bad("empty line inside the head")),
        Err(error) => return Err(fields::refusal(head, error, Whose::Upstream)),
    }
    let status = parsed.code.unwrap_or_default();
    if !(100..=599).contains(&status) {
        return Err(bad("status outside 100 to 599"));
    }
    if status == 101 {
        return Err(bad("101 that was not asked for"));
    }
    out.status = status;
    out.version = version(parsed.version);
    let facts = fields::collect(head, parsed.headers, &mut out.fields, Whose::Upstream)?;
    out.framing = response_framing(&facts, out.version, status, method)?;
    out.keep_alive = keeps_alive(&facts, out.version)
        && out.framing != Framing::UntilClose
        && !is_doubtful(&facts, status, method);
    Ok(())
}

/// RFC 9112 section 6.3 for answers.
fn response_framing(facts: &Facts, version: Version, status: u16, method: Method) -> Result<Framing, Fault> {
    let bad = |rule| Err(Fault::malformed(Whose::Upstream, rule));
    if facts.encodings > 0 {
        if version == Version::Http10 {
            return bad("Transfer-Encoding in HTTP/1.0");
        }
        if facts.length.is_some() {
            return bad("Content-Length with Transfer-Encoding");
        }
        if facts.encodings > 1 || !facts.chunked {
            return bad("unknown Transfer-Encoding");
        }
    }
    if has_no_body(status, method) {
        return Ok(Framing::None);
    }
    if facts.chunked {
        return Ok(Framing::Chunked);
    }
    Ok(length_framing(facts.length).unwrap_or(Framing::UntilClose))
}

fn has_no_body(status: u16, method: Method) -> bool {
    method == Method::Head
        || matches!(status, 100..=199 | 204 | 304)
        || (method == Method::Connect && matches!(status, 200..=299))
}

/// An answer that must not have a body but announces one may send it all the same: what follows
/// on its connection cannot be trusted.
fn is_doubtful(facts: &Facts, status: u16, method: Method) -> bool {
    let announced = facts.chunked || facts.length.is_some_and(|n| n > 0);
    match status {
        100..=199 | 204 => announced,
        200..=299 => method == Method::Connect,
        _ => false,
    }
}
