//! Targets of backend calls: `url_pattern` compiled to pieces, and the pieces written with the
//! values of a request; knows neither hosts nor queries that a client sent.
//!
//! hot: a target is written into a buffer of the caller.
//!
//! A value is percent-encoded where it could change the structure of the target; plain values
//! look as they came. What the configuration itself wrote goes out as written, but for bytes that
//! a request line cannot hold.

use super::path::{encode, is_escape, push_escape, Bytes};
use super::{Earlier, Piece};
use crate::json::values::{lookup, Lookup};
use smallvec::SmallVec;

/// What a value may hold in a path: `/`, `?`, `#`, `%` and the like would end its segment.
const PATH_VALUE: Bytes = Bytes::unreserved_and(b"!$&'()*+,;=:@");
/// What a value may hold in a query: `&`, `=`, `+`, `;`, `#`, `%` would change the query.
const QUERY_VALUE: Bytes = Bytes::unreserved_and(b"!$'()*,/:?@");
/// What goes out as written: every byte of a path or query (RFC 3986), and the brackets, which Go
/// leaves as they are, too.
const WRITTEN: Bytes = Bytes::unreserved_and(b"!$&'()*+,;=:@/?[]");

/// A compiled `url_pattern`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub pieces: Vec<Piece>,
    /// It has a query of its own: what the client sent is added with `&`.
    pub has_query: bool,
    /// Log form, `/b/{{.Id}}`.
    pub log: String,
    /// Placeholders for values that nothing provides (`{JWT.sub}`, `{resp0_x}` where no backend 0
    /// was asked before): they go out as KrakenD sends them then.
    pub unresolved: Vec<String>,
    /// A fragment was cut off: it is never sent.
    pub fragment: bool,
}

impl Target {
    /// Compiles a pattern for an endpoint with these parameters; a slash is added in front if
    /// missing. `base`: path of the host, put in front of everything. `earlier`: backends of the
    /// sequence that were asked before this one.
    ///
    /// # Errors
    /// The placeholders that are no parameters of the endpoint.
    pub fn compile(
        pattern: &str,
        base: &str,
        params: &[String],
        earlier: usize,
    ) -> Result<Target, Vec<String>> {
        let mut target = Target {
            pieces: Vec::new(), // alloc: start-up
            has_query: false,
            log: String::with_capacity(pattern.len() + 8),
            unresolved: Vec::new(), // alloc: start-up
            fragment: false,
        };
        let slash = if pattern.starts_with('/') { "" } else { "/" };
        target.log.push_str(slash);
        let mut writer = Writer { target: &mut target, literal: Vec::new() }; // alloc: start-up
        writer.literal(base);
        writer.literal(slash);
        let mut undefined = Vec::new(); // alloc: start-up
        let mut rest = pattern;
        while let Some((before, name, after)) = next_placeholder(rest) {
            writer.log_and_literal(before);
            // Of equal names the last one counts, as in a table filled from left to right.
            if let Some(index) = params.iter().rposition(|p| p == name) {
                writer.param(name, index);
            } else if let Some((backend, path)) = of_an_answer(name) {
                if backend < earlier {
                    writer.earlier(name, backend, path);
                } else {
                    writer.unresolved(name);
                }
            } else if is_of_the_token(name) {
                writer.unresolved(name);
            } else {
                undefined.push(name.to_string()); // alloc: start-up
            }
            rest = after;
        }
        writer.log_and_literal(rest);
        writer.flush();
        if undefined.is_empty() {
            Ok(target)
        } else {
            Err(undefined)
        }
    }
}

struct Writer<'t> {
    target: &'t mut Target,
    literal: Vec<u8>,
}

impl Writer<'_> {
    fn log_and_literal(&mut self, text: &str) {
        self.target.log.push_str(text);
        self.literal(text);
    }

    fn literal(&mut self, text: &str) {
        if self.target.fragment {
            return;
        }
        let end = text.find('#').unwrap_or(text.len());
        self.target.fragment = end < text.len();
        let bytes = &text.as_bytes()[..end];
        self.target.has_query |= bytes.contains(&b'?');
        for (at, byte) in bytes.iter().enumerate() {
            if WRITTEN.has(*byte) || is_escape(&bytes[at..]) {
                self.literal.push(*byte);
            } else {
                push_escape(*byte, &mut self.literal);
            }
        }
    }

    fn param(&mut self, name: &str, index: usize) {
        self.log_placeholder(name);
        if !self.target.fragment {
            self.flush();
            let in_query = self.target.has_query;
            self.target.pieces.push(if in_query { Piece::QueryParam(index) } else { Piece::Param(index) });
        }
    }

    fn earlier(&mut self, name: &str, backend: usize, path: &str) {
        self.log_placeholder(name);
        if !self.target.fragment {
            self.flush();
            let path = path.split('.').filter(|_| !path.is_empty()).map(Box::from).collect();
            let in_query = self.target.has_query;
            self.target.pieces.push(Piece::Earlier(Earlier { backend, path, in_query }));
        }
    }

    fn unresolved(&mut self, name: &str) {
        let from = self.target.log.len();
        self.log_placeholder(name);
        let written = self.target.log[from..].to_string(); // alloc: start-up
        self.literal(&written);
        self.target.unresolved.push(name.to_string()); // alloc: start-up
    }

    /// KrakenD's template form: the first letter in upper case.
    fn log_placeholder(&mut self, name: &str) {
        let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
        self.target.log.extend(["{{.", &first.to_uppercase(), rest, "}}"]);
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.target.pieces.push(Piece::Literal(std::mem::take(&mut self.literal)));
        }
    }
}

/// The text before the first `{name}`, the name, and the text after it.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'/');
    for (open, _) in text.match_indices('{') {
        let inner = &text[open + 1..];
        let end = inner.bytes().position(|b| !allowed(b)).unwrap_or(inner.len());
        if end > 0 && inner[end..].starts_with('}') {
            return Some((&text[..open], &inner[..end], &inner[end + 1..]));
        }
    }
    None
}

/// `JWT.claim`.
fn is_of_the_token(name: &str) -> bool {
    name.strip_prefix("JWT.").is_some_and(|claim| !claim.is_empty())
}

/// `resp0_name`: of backend 0's answer; `resp0`: all of it. A number too large for any list counts
/// as the last possible one.
fn of_an_answer(name: &str) -> Option<(usize, &str)> {
    let rest = name.strip_prefix("resp")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, path) = rest.split_at(digits);
    let path = match path.strip_prefix('_') {
        Some(path) if !path.is_empty() => path,
        None if path.is_empty() => path,
        _ => return None,
    };
    (digits > 0).then(|| (number.parse().unwrap_or(usize::MAX), path))
}

/// The values that a target can be filled with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// Decoded, in the order of the endpoint's parameters.
    pub params: &'a [&'a [u8]],
    /// What the earlier backends of a sequence gave: an object as JSON text, or a body as it is.
    pub earlier: &'a [Vec<u8>],
}

/// The earlier answer has no such value, or none that can stand in a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing<'p>(pub &'p Earlier);

/// Appends the target with the values of a request.
///
/// # Errors
/// A value of an earlier answer is missing (KrakenD sends the placeholder itself then).
#[inline]
pub fn write_target<'p>(
    pieces: &'p [Piece],
    values: Values<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Missing<'p>> {
    // Compiled indexes are below the number of parameters, so nothing is ever left out.
    let value = |index: usize| values.params.get(index).copied().unwrap_or_default();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.extend_from_slice(text),
            Piece::Param(index) => encode(value(*index), &PATH_VALUE, out),
            Piece::QueryParam(index) => encode(value(*index), &QUERY_VALUE, out),
            Piece::Earlier(earlier) => write_earlier(earlier, values.earlier, out)?,
        }
    }
    Ok(())
}

fn write_earlier<'p>(wanted: &'p Earlier, answers: &[Vec<u8>], out: &mut Vec<u8>) -> Result<(), Missing<'p>> {
    let answer = answers.get(wanted.backend).ok_or(Missing(wanted))?;
    let plain = if wanted.in_query { &QUERY_VALUE } else { &PATH_VALUE };
    if wanted.path.is_empty() {
        encode(answer, plain, out);
        return Ok(());
    }
    let path: SmallVec<[&str; 8]> = wanted.path.iter().map(|name| &**name).collect();
    let mut value = crate::base::chunk::take_small_buffer();
    let found = lookup(answer, &path, &mut value);
    if found == Lookup::Found {
        encode(&value, plain, out);
    }
    crate::base::chunk::give_buffer(value);
    // `null` and objects are no values that anyone could mean here.
    if found == Lookup::Found {
        Ok(())
    } else {
        Err(Missing(wanted))
    }
}

impl std::fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Missing(Earlier { backend, path, .. }) = self;
        if path.is_empty() {
            write!(f, "the answer of backend {backend} is not there for {{resp{backend}}}")
        } else {
            write!(f, "backend {backend} gave no value for {{resp{backend}_{}}}", path.join("."))
        }
    }
}

#[cfg(test)]
mod tests;
