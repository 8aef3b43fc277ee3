//! Single values of a JSON text, written as the placeholders of sequential endpoints take them
//! (`{resp0_user.id}`); knows no request.
//!
//! The text is the gateway's own, so it is scanned and not checked; a text that is no JSON gives
//! `Missing`, or part of itself.

use super::text::is_blank;
use super::tree::{parse, Array, Object, Value};
use std::collections::btree_map;
use std::slice;

/// What a path led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A text, number, boolean or array: what was written is meant for a placeholder.
    Found,
    /// `null`; KrakenD's text for it is written, `<nil>`.
    Null,
    /// An object; KrakenD's text for it is written, `map[k:v]`.
    Object,
    /// A member on the way is not there or no object. Nothing was written.
    Missing,
}

/// Appends the value at `path` of the object `json`: a text raw, a number as it stands there, an
/// array with commas between its elements. Parts of arrays are written as Go prints them, like
/// `[1 2]`, `map[k:v]` and `<nil>`. Paths walk objects only; of equal names the last counts.
pub fn lookup(json: &[u8], path: &[&str], out: &mut Vec<u8>) -> Lookup {
    let mut at = skip_blanks(json, 0);
    let mut end = json.len();
    for name in path {
        match member(&json[..end], at, name) {
            Some(found) => (at, end) = found,
            None => return Lookup::Missing,
        }
    }
    let text = &json[at..end];
    match text.first() {
        Some(b'"' | b'[' | b'{') => {}
        Some(b'n') => {
            out.extend_from_slice(NIL);
            return Lookup::Null;
        }
        Some(_) => {
            out.extend_from_slice(text);
            return Lookup::Found;
        }
        None => return Lookup::Missing,
    }
    match parse(text).map(|parsed| parsed.value) {
        Ok(Value::Array(array)) => {
            for (i, item) in array.0.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                print(item, out);
            }
            Lookup::Found
        }
        Ok(value) => {
            print(&value, out);
            if matches!(value, Value::Object(_)) {
                Lookup::Object
            } else {
                Lookup::Found
            }
        }
        Err(_) => Lookup::Missing,
    }
}

const NIL: &[u8] = b"<nil>";

/// Start and end of the value of the last member with this name of the object at `at`.
fn member(json: &[u8], at: usize, name: &str) -> Option<(usize, usize)> {
    let mut found = None;
    if json.get(at) != Some(&b'{') {
        return None;
    }
    let mut at = skip_blanks(json, at + 1);
    while json.get(at) == Some(&b'"') {
        let key_end = string_end(json, at);
        let colon = skip_blanks(json, key_end);
        let start = skip_blanks(json, colon + 1);
        let end = value_end(json, start);
        if start >= end {
            break;
        }
        if is_named(&json[at..key_end], name) {
            found = Some((start, end));
        }
        at = skip_blanks(json, end);
        if json.get(at) != Some(&b',') {
            break;
        }
        at = skip_blanks(json, at + 1);
    }
    found
}

/// Is this JSON string, quotes included, the name?
fn is_named(quoted: &[u8], name: &str) -> bool {
    if quoted.contains(&b'\\') {
        return matches!(parse(quoted).map(|parsed| parsed.value), Ok(Value::String(text)) if text == name);
    }
    quoted.len() == name.len() + 2 && quoted[1..].starts_with(name.as_bytes())
}

fn skip_blanks(json: &[u8], mut at: usize) -> usize {
    while json.get(at).is_some_and(|&b| is_blank(b)) {
        at += 1;
    }
    at
}

/// Offset behind the string whose opening quote stands at `at`.
fn string_end(json: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// Offset behind the value that starts at `at`.
fn value_end(json: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = at;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                at = string_end(json, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' if depth == 1 => return at + 1,
            b'}' | b']' => return at,
            b',' if depth == 0 => return at,
            byte if depth == 0 && is_blank(*byte) => return at,
            _ => {}
        }
        at += 1;
    }
    json.len()
}

enum Open<'v> {
    Array(slice::Iter<'v, Value>),
    Object(btree_map::Iter<'v, String, Value>),
}

/// Appends a value as Go's `%v` prints what Go decodes it to.
fn print(value: &Value, out: &mut Vec<u8>) {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut value = value;
    loop {
        match value {
            Value::Null => out.extend_from_slice(NIL),
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
            Value::Number(text) => out.extend_from_slice(text.as_bytes()),
            Value::String(text) => out.extend_from_slice(text.as_bytes()),
            Value::Array(Array(items)) => {
                out.push(b'[');
                open.push(Open::Array(items.iter()));
            }
            Value::Object(Object(members)) => {
                out.extend_from_slice(b"map[");
                open.push(Open::Object(members.iter()));
            }
        }
        let first = matches!(value, Value::Array(_) | Value::Object(_));
        match next(&mut open, first, out) {
            Some(following) => value = following,
            None => return,
        }
    }
}

/// The next value to print; closes what ends before it. `first`: nothing of the innermost
/// container is printed yet.
fn next<'v>(open: &mut Vec<Open<'v>>, mut first: bool, out: &mut Vec<u8>) -> Option<&'v Value> {
    loop {
        let (key, value) = match open.last_mut()? {
            Open::Array(items) => (None, items.next()),
            Open::Object(members) => members.next().map_or((None, None), |(k, v)| (Some(k), Some(v))),
        };
        let Some(value) = value else {
            out.push(b']');
            open.pop();
            first = false;
            continue;
        };
        if !first {
            out.push(b' ');
        }
        if let Some(key) = key {
            out.extend_from_slice(key.as_bytes());
            out.push(b':');
        }
        return Some(value);
    }
}
