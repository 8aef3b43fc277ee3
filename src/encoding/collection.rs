//! `json-collection`, and the way to one top-level member of a JSON text without building a tree;
//! knows no other format.
//!
//! hot: one pass over the text, copied once.

use crate::json::tree::{self, Value};

/// The value of `collection`; without it an empty array.
pub(super) fn render(json: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(member(json, b"collection").unwrap_or(b"[]"));
}

/// Text of the value of the top-level member `name`, of equal names the last. `json` is valid;
/// of anything else the answer is some part of it, or none.
pub(super) fn member<'j>(json: &'j [u8], name: &[u8]) -> Option<&'j [u8]> {
    let mut at = blanks(json, 0);
    if json.get(at) != Some(&b'{') {
        return None;
    }
    let mut found = None;
    loop {
        let key = blanks(json, at + 1);
        let key_end = value_end(json, key)?;
        let value = blanks(json, blanks(json, key_end) + 1);
        let value_end = value_end(json, value)?;
        if is_name(json.get(key..key_end)?, name) {
            found = json.get(value..value_end);
        }
        at = blanks(json, value_end);
        if json.get(at) != Some(&b',') {
            return found;
        }
    }
}

/// Whether the JSON string `text` says `name`, escapes or not.
fn is_name(text: &[u8], name: &[u8]) -> bool {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    if !inner.contains(&b'\\') {
        return inner == name;
    }
    matches!(tree::parse(text), Ok(parsed) if matches!(&parsed.value, Value::String(s) if s.as_bytes() == name))
}

/// The first place at or after `at` that is no blank.
pub(super) fn blanks(json: &[u8], at: usize) -> usize {
    let rest = json.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// Where the value that starts at `at` ends: by its quotes and brackets alone, so on valid JSON
/// it is the end, on anything else a text that a JSON parser refuses. None: it does not end.
pub(super) fn value_end(json: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = at;
    loop {
        match json.get(at)? {
            b'"' => at = string_end(json, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            _ if depth > 0 => at += 1,
            _ => return Some(at + json.get(at..)?.iter().take_while(|b| !is_end(**b)).count()),
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

const fn is_end(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b':' | b' ' | b'\t' | b'\n' | b'\r')
}

/// The place behind the string that starts at `at`.
fn string_end(json: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', json.get(at..)?)?;
        if json.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}
