//! Targets of backend calls: `url_pattern` compiled to pieces, and the pieces written with the
//! values of a request; knows neither hosts nor queries that a client sent.
//!
//! hot: a target is written into a buffer of the caller.
//!
//! A value is percent-encoded where it could change the structure of the target; plain values
//! look as they came. What the configuration itself wrote goes out as written, but for bytes that
//! a request line cannot hold.

use super::path::{encode, is_escape, push_escape, Bytes};
use super::Piece;

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
    /// Placeholders for values that are not there yet (`{resp0_x}`, `{JWT.sub}`): they go out as
    /// KrakenD sends them when the value is missing.
    pub unresolved: Vec<String>,
    /// A fragment was cut off: it is never sent.
    pub fragment: bool,
}

impl Target {
    /// Compiles a pattern for an endpoint with these parameters; a slash is added in front if
    /// missing. `base`: path of the host, put in front of everything.
    ///
    /// # Errors
    /// The placeholders that are no parameters of the endpoint.
    pub fn compile(pattern: &str, base: &str, params: &[String]) -> Result<Target, Vec<String>> {
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
            } else if is_of_an_answer(name) {
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

/// `resp0_name`, `resp0`: of an earlier backend's answer; `JWT.claim`: of the token.
fn is_of_an_answer(name: &str) -> bool {
    if name.strip_prefix("JWT.").is_some_and(|claim| !claim.is_empty()) {
        return true;
    }
    let Some(rest) = name.strip_prefix("resp") else { return false };
    let field = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    field.len() < rest.len() && (field.is_empty() || (field.starts_with('_') && field.len() > 1))
}

/// Appends the target with the values of a request, decoded and in the order of the endpoint's
/// parameters.
#[inline]
pub fn write_target(pieces: &[Piece], params: &[&[u8]], out: &mut Vec<u8>) {
    // Compiled indexes are below the number of parameters, so nothing is ever left out.
    let value = |index: usize| params.get(index).copied().unwrap_or_default();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.extend_from_slice(text),
            Piece::Param(index) => encode(value(*index), &PATH_VALUE, out),
            Piece::QueryParam(index) => encode(value(*index), &QUERY_VALUE, out),
        }
    }
}

#[cfg(test)]
mod tests;
