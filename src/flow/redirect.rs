//! Redirects of backends: the next request, written from the one that was sent and the Location of
//! its answer; knows no endpoint.
//!
//! The rules are those of browsers and of Go's client: 301, 302 and 303 become a GET without a
//! body, 307 and 308 repeat method and body; `Referer` names the request before, unless the client's
//! own was passed on. Credentials do not follow to another site.

use super::hosts;
use super::io::{Exchange, Io, Outgoing, To};
use crate::base::chunk::{give_buffer, take_buffer};
use crate::http::fault::{Fault, Kind};
use crate::http::head::{values, Known, Method, ResponseHead};
use crate::limits::REDIRECTS;
use crate::plan::budget::Times;
use crate::plan::path::{is_escape, push_escape};
use crate::plan::{HostName, HostPlan, Plan};
use std::borrow::Cow;

/// What was heard of a backend.
pub enum Heard<T> {
    Answer(T),
    /// It is to be asked elsewhere.
    Moved(Moved),
}

/// A redirect that is to be followed.
pub struct Moved {
    /// 307 and 308.
    repeat: bool,
    location: Vec<u8>,
}

/// Statuses that name another place.
#[must_use]
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl Moved {
    /// `None`: this answer is the answer, because it names no place or because the request would
    /// have to be sent again and cannot be.
    #[must_use]
    pub fn of(head: &ResponseHead, bytes: &[u8], repeatable: bool) -> Option<Moved> {
        let repeat = matches!(head.status, 307 | 308);
        let location = values(&head.fields, Known::Location, bytes).next()?;
        let follow = !location.is_empty() && (repeatable || !repeat);
        follow.then(|| Moved { repeat, location: location.to_vec() })
    }
}

/// A request that was answered with a redirect.
pub struct Hop {
    to: To,
    method: Method,
    /// Head, and the body if it was sent with it.
    bytes: Vec<u8>,
    times: Times,
    /// `Referer` was set here, not by the client.
    referred: bool,
}

/// Asks where `moved` points, and on, until an answer comes that is no redirect. `read` reads one.
///
/// # Errors
/// Those of the calls and of `read`; a Location that leads nowhere; more than `REDIRECTS` of them.
pub async fn follow<I, T, R>(
    io: &I,
    plan: &Plan,
    mut hop: Hop,
    mut moved: Moved,
    mut read: R,
) -> Result<T, Fault>
where
    I: Io,
    R: AsyncFnMut(&mut <I::Exchange as Exchange>::Rx) -> Result<Heard<T>, Fault>,
{
    for _ in 0..REDIRECTS {
        let from = match &hop.to {
            To::Host(index) => hosts::at(io, plan, *index).map(|host| HostPlan::clone(&host)),
            To::Elsewhere(host) => Some(HostPlan::clone(host)),
        };
        let from = from.ok_or(broken("the request before a redirect"))?;
        hop = hop.next(&from, &moved, &plan.hosts)?;
        let (to, bytes) = (hop.to.clone(), std::mem::take(&mut hop.bytes));
        let request = Outgoing { to, method: hop.method, bytes, times: hop.times };
        let (bytes, called) = io.call(request).await;
        hop.bytes = bytes;
        let mut exchange = called?;
        let heard = read(exchange.halves().1).await?;
        exchange.release();
        match heard {
            Heard::Answer(answer) => {
                give_buffer(hop.bytes);
                return Ok(answer);
            }
            Heard::Moved(further) => moved = further,
        }
    }
    Err(Fault::upstream(Kind::BadAnswer("stopped after too many redirects")))
}

impl Hop {
    #[must_use]
    pub fn new(to: To, method: Method, bytes: Vec<u8>, times: Times) -> Hop {
        Hop { to, method, bytes, times, referred: false }
    }

    /// The request that `moved`, an answer of `from`, asks for.
    fn next(self, from: &HostPlan, moved: &Moved, hosts: &[HostPlan]) -> Result<Hop, Fault> {
        let Some((head, body)) = split_head(&self.bytes) else {
            return Err(broken("the request before a redirect"));
        };
        let target = head.split(|b| *b == b' ').nth(1).unwrap_or(b"/");
        let place = resolve(from, target, &moved.location)?;
        let method = match self.method {
            kept if moved.repeat => kept,
            Method::Head => Method::Head,
            _ => Method::Get,
        };
        let to = match &place.host {
            None => self.to.clone(),
            Some(host) => find(hosts, host),
        };
        let host = place.host.as_ref().unwrap_or(from);
        let mut bytes = take_buffer();
        bytes.extend_from_slice(method.as_str().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(&place.target);
        bytes.extend_from_slice(b" HTTP/1.1\r\n");
        write_field(&mut bytes, "Host", host.authority.as_bytes());
        let rules = Rules {
            with_body: moved.repeat,
            same_site: is_same_site(&from.name, &host.name),
            drop_referer: self.referred,
        };
        let mut referred = true;
        for line in head.split(|b| *b == b'\n').skip(1) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Some(name) = line.split(|b| *b == b':').next().filter(|name| !name.is_empty()) else {
                continue;
            };
            if rules.passes(name) {
                referred &= !name.eq_ignore_ascii_case(b"referer");
                bytes.extend_from_slice(line);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        if referred {
            let url = [b"http://", from.authority.as_bytes(), target].concat();
            write_field(&mut bytes, "Referer", &url);
        }
        bytes.extend_from_slice(b"\r\n");
        if moved.repeat {
            bytes.extend_from_slice(body);
        }
        let times = self.times;
        give_buffer(self.bytes);
        Ok(Hop { to, method, bytes, times, referred })
    }
}

/// Which lines of the last request go into the next one.
struct Rules {
    with_body: bool,
    same_site: bool,
    drop_referer: bool,
}

impl Rules {
    fn passes(&self, name: &[u8]) -> bool {
        let is = |names: &[&str]| names.iter().any(|n| n.as_bytes().eq_ignore_ascii_case(name));
        if is(&["host"]) || (self.drop_referer && is(&["referer"])) {
            return false;
        }
        if !self.with_body
            && is(&[
                "content-length",
                "transfer-encoding",
                "content-type",
                "content-encoding",
                "content-language",
                "content-location",
            ])
        {
            return false;
        }
        self.same_site || !is(&["authorization", "www-authenticate", "cookie", "cookie2"])
    }
}

fn write_field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    crate::http::h1::write::field(out, name.as_bytes(), value);
}

fn broken(what: &'static str) -> Fault {
    Fault::gateway(Kind::Internal(what))
}

fn refused(why: &'static str) -> Fault {
    Fault::upstream(Kind::BadAnswer(why))
}

/// Head (without the empty line) and body of a request that was written here.
fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some((&bytes[..end], &bytes[end + 4..]))
}

/// A host by its number where the plan has it: its connections are kept.
fn find(hosts: &[HostPlan], host: &HostPlan) -> To {
    match hosts.iter().position(|h| h == host).and_then(|n| u32::try_from(n).ok()) {
        Some(index) => To::Host(index),
        None => To::Elsewhere(Box::new(host.clone())),
    }
}

/// Is `to` the host of `from`, or below it (Go's rule for credentials)? Ports do not count.
fn is_same_site(from: &HostName, to: &HostName) -> bool {
    match (from, to) {
        // Names are in lower case.
        (HostName::Dns(from), HostName::Dns(to)) => {
            from == to || to.strip_suffix(&**from).is_some_and(|rest| rest.ends_with('.'))
        }
        _ => from == to,
    }
}

/// Where a Location points.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// `None`: the same host.
    host: Option<HostPlan>,
    target: Vec<u8>,
}

/// Resolves a Location against the URL that it came from (RFC 3986 section 5.2).
fn resolve(from: &HostPlan, target: &[u8], location: &[u8]) -> Result<Place, Fault> {
    let location = String::from_utf8_lossy(location);
    let location = location.split('#').next().unwrap_or_default();
    let (scheme, rest) = match location.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme.to_ascii_lowercase()), rest),
        _ => (None, location),
    };
    match scheme.as_deref() {
        None if from.tls => return Err(refused("a redirect to https, which is not built yet")),
        None | Some("http") => {}
        Some("https") => return Err(refused("a redirect to https, which is not built yet")),
        Some(_) => return Err(refused("a redirect to an unsupported protocol scheme")),
    }
    if let Some(rest) = rest.strip_prefix("//") {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let host = HostPlan::parse(&format!("http://{authority}"));
        let host = host.filter(|_| !authority.is_empty()).ok_or(refused("a redirect to no valid host"))?;
        let host = (host != *from).then_some(host);
        return Ok(Place { host, target: clean_target(target) });
    }
    if scheme.is_some() {
        return Err(refused("a redirect to no valid host"));
    }
    let base = String::from_utf8_lossy(target);
    let path = base.split('?').next().unwrap_or_default();
    let joined: Cow<'_, str> = match rest.as_bytes().first() {
        Some(b'/') => rest.into(),
        Some(b'?') => format!("{path}{rest}").into(),
        None => base,
        Some(_) => {
            let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
            format!("{folder}{rest}").into()
        }
    };
    Ok(Place { host: None, target: clean_target(&joined) })
}

fn is_scheme(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(rest)
}

/// Path and query as a request line can hold them, without dot segments.
fn clean_target(text: &str) -> Vec<u8> {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    let mut out = Vec::with_capacity(text.len() + 8);
    for segment in kept {
        out.push(b'/');
        push_written(segment, &mut out);
    }
    if out.is_empty() {
        out.push(b'/');
    }
    if let Some(query) = query {
        out.push(b'?');
        push_written(query, &mut out);
    }
    out
}

/// What is no byte of a URL is escaped.
fn push_written(text: &str, out: &mut Vec<u8>) {
    for (at, byte) in text.bytes().enumerate() {
        let plain = byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
        if (plain && byte != b'%') || is_escape(&text.as_bytes()[at..]) {
            out.push(byte);
        } else {
            push_escape(byte, out);
        }
    }
}

#[cfg(test)]
mod tests;
