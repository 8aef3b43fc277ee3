//! The four forms of a request target, and the check of an authority; knows no header field.
//!
//! hot: one pass over the target, spans only.

use crate::http::ascii::{self, REG_NAME};
use crate::http::head::{Method, Span};

/// Pieces of a target; the spans are offsets in the head.
pub(super) struct Target {
    pub path: Span,
    pub query: Option<Span>,
    /// Of an absolute-form or CONNECT target; stands above the Host field.
    pub authority: Option<Span>,
}

/// Splits a target (RFC 9112 section 3.2) that holds only bytes of the class `TARGET`.
///
/// `start` is the offset of the target in the head. The error names the rule that it breaks.
pub(super) fn split(target: &[u8], start: u32, method: Method) -> Result<Target, &'static str> {
    if method == Method::Connect {
        return authority_form(target, start);
    }
    if target.first() == Some(&b'/') {
        let (path, query) = path_and_query(target, start)?;
        return Ok(Target { path, query, authority: None });
    }
    if target == b"*" {
        let path = Span { start, end: start + 1 };
        return match method {
            Method::Options => Ok(Target { path, query: None, authority: None }),
            _ => Err("target * is for OPTIONS only"),
        };
    }
    absolute_form(target, start)
}

fn authority_form(target: &[u8], start: u32) -> Result<Target, &'static str> {
    let has_port = target.last().is_some_and(u8::is_ascii_digit) && target.contains(&b':');
    if !has_port || !is_authority(target) {
        return Err("CONNECT needs host:port as its target");
    }
    let end = start + target.len() as u32;
    let path = Span { start: end, end };
    Ok(Target { path, query: None, authority: Some(Span { start, end }) })
}

#[cold]
fn absolute_form(target: &[u8], start: u32) -> Result<Target, &'static str> {
    let scheme = [&b"http://"[..], b"https://"]
        .into_iter()
        .find(|s| target.get(..s.len()).is_some_and(|t| t.eq_ignore_ascii_case(s)))
        .ok_or("target in none of the known forms")?
        .len();
    let rest = &target[scheme..];
    let length = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    if length == 0 || !is_authority(&rest[..length]) {
        return Err("invalid authority in the target");
    }
    let host = start + scheme as u32;
    let tail = host + length as u32;
    let (mut path, query) = path_and_query(&rest[length..], tail)?;
    if path.is_empty() {
        // An empty path means `/`: the last slash of the scheme lends its byte.
        path = Span { start: host - 1, end: host };
    }
    Ok(Target { path, query, authority: Some(Span { start: host, end: tail }) })
}

/// Cuts at the first `?`; a fragment is for user agents only and is refused.
fn path_and_query(text: &[u8], start: u32) -> Result<(Span, Option<Span>), &'static str> {
    let end = start + text.len() as u32;
    let Some(cut) = memchr::memchr2(b'?', b'#', text) else {
        return Ok((Span { start, end }, None));
    };
    if text[cut] == b'#' || memchr::memchr(b'#', &text[cut..]).is_some() {
        return Err("fragment in the target");
    }
    let cut = start + cut as u32;
    Ok((Span { start, end: cut }, Some(Span { start: cut + 1, end })))
}

/// `host[:port]` with a host that is not empty (RFC 3986 section 3.2, without user information,
/// zone and IPvFuture); a port is empty or 0..=65535.
pub(super) fn is_authority(text: &[u8]) -> bool {
    let host = match text.first() {
        Some(b'[') => ip_literal_length(text),
        _ => reg_name_length(text),
    };
    match host {
        None | Some(0) => false,
        Some(n) => match text[n..].split_first() {
            None => true,
            Some((b':', port)) => is_port(port),
            Some(_) => false,
        },
    }
}

/// Length of a reg-name or IPv4 address at the start, up to a colon or the end.
fn reg_name_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b if ascii::is(b, REG_NAME) => at += 1,
            b':' => break,
            b'%' => {
                let digits = text.get(at + 1..at + 3)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                at += 3;
            }
            _ => return None,
        }
    }
    Some(at)
}

/// Length of `[IPv6]` at the start.
fn ip_literal_length(text: &[u8]) -> Option<usize> {
    let close = text.iter().position(|&b| b == b']')?;
    let address = std::str::from_utf8(text.get(1..close)?).ok()?;
    address.parse::<std::net::Ipv6Addr>().ok()?;
    Some(close + 1)
}

fn is_port(digits: &[u8]) -> bool {
    if digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    digits.iter().fold(0u32, |port, d| port * 10 + u32::from(d - b'0')) <= 65_535
}
