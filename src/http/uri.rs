//! Percent-encoding of paths and queries as Go's net/url does it; knows no route and no request.
//!
//! hot: decodes into buffers that the caller keeps, and copies whole runs where nothing is escaped.

use super::ascii::{self, UNRESERVED};
use super::h1::write;
use crate::limits::QUERY_PAIRS;

/// A `%` that two hexadecimal digits do not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEscape;

/// Decodes a path (or a piece of one) into `out`, which is emptied first, and says whether
/// decoding changed it. `+` stays `+` (Go: url.PathUnescape).
///
/// # Errors
/// A broken escape; Go refuses such a request target with 400.
pub fn percent_decode_path(input: &[u8], out: &mut Vec<u8>) -> Result<bool, BadEscape> {
    out.clear();
    let mut rest = input;
    let mut changed = false;
    while let Some(cut) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..cut]);
        out.push(escaped(&rest[cut..]).ok_or(BadEscape)?);
        rest = &rest[cut + 3..];
        changed = true;
    }
    out.extend_from_slice(rest);
    Ok(changed)
}

/// The byte that an escape at the start of `text` stands for.
#[inline]
fn escaped(text: &[u8]) -> Option<u8> {
    let [_, high, low, ..] = text else { return None };
    Some(ascii::hex_value(*high)? << 4 | ascii::hex_value(*low)?)
}

/// Decodes a key or value of a query into `out`, which is emptied first: escapes, and `+` as a
/// blank (Go: url.QueryUnescape).
///
/// # Errors
/// A broken escape.
pub fn decode_query(input: &[u8], out: &mut Vec<u8>) -> Result<(), BadEscape> {
    out.clear();
    let mut rest = input;
    while let Some(cut) = memchr::memchr2(b'%', b'+', rest) {
        out.extend_from_slice(&rest[..cut]);
        if rest[cut] == b'+' {
            out.push(b' ');
            rest = &rest[cut + 1..];
        } else {
            out.push(escaped(&rest[cut..]).ok_or(BadEscape)?);
            rest = &rest[cut + 3..];
        }
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// Encodes a key or value of a query as Go's url.QueryEscape: letters, digits and `-_.~` stay, a
/// blank becomes `+`, all else `%XX` in upper case. Appends to `out`.
pub fn encode_query(out: &mut Vec<u8>, value: &[u8]) {
    let mut words = value.split(|&b| b == b' ');
    if let Some(first) = words.next() {
        write::escape(out, first, UNRESERVED);
    }
    for word in words {
        out.push(b'+');
        write::escape(out, word, UNRESERVED);
    }
}

/// The pairs of a query, in order, with the rules of Go's url.ParseQuery: a pair that holds a `;`
/// or a broken escape is dropped whole, an empty one is skipped, a key without `=` has an empty
/// value.
#[derive(Clone, Copy, Debug)]
pub struct QueryPairs<'a> {
    rest: &'a [u8],
}

impl<'a> QueryPairs<'a> {
    /// Over the text after the `?`. A query of more than `QUERY_PAIRS` pairs has none.
    #[must_use]
    pub fn new(query: &'a [u8]) -> QueryPairs<'a> {
        // So many separators need as many bytes, so that usual queries are not counted.
        let excess =
            query.len() >= QUERY_PAIRS && memchr::memchr_iter(b'&', query).nth(QUERY_PAIRS - 1).is_some();
        QueryPairs { rest: if excess { b"" } else { query } }
    }

    /// Decodes the next pair into the two buffers; `false` at the end of the query.
    pub fn next_into(&mut self, key: &mut Vec<u8>, value: &mut Vec<u8>) -> bool {
        while !self.rest.is_empty() {
            let pair = self.cut_pair();
            if pair.is_empty() || memchr::memchr(b';', pair).is_some() {
                continue;
            }
            let (name, text) = match memchr::memchr(b'=', pair) {
                Some(cut) => (&pair[..cut], &pair[cut + 1..]),
                None => (pair, &b""[..]),
            };
            if decode_query(name, key).is_ok() && decode_query(text, value).is_ok() {
                return true;
            }
        }
        false
    }

    fn cut_pair(&mut self) -> &'a [u8] {
        let (pair, rest) = match memchr::memchr(b'&', self.rest) {
            Some(cut) => (&self.rest[..cut], &self.rest[cut + 1..]),
            None => (self.rest, &b""[..]),
        };
        self.rest = rest;
        pair
    }
}
