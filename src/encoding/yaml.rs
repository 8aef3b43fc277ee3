//! YAML answers: the JSON values in block style; knows no other format.
//!
//! Written so that YAML 1.1 and 1.2 readers agree: a string stays plain only where no reader could
//! take it for anything else, every other one is double-quoted as in JSON. Numbers keep their text.

use super::{check_rendered, NOT_JSON};
use crate::http::fault::Fault;
use crate::json::tree::{self, Value};
use crate::limits::YAML_BLOCK_DEPTH;
use std::collections::btree_map;
use std::slice;

/// Longest key that is written without the `? ` mark, bytes; YAML readers stop at 1024.
const KEY_BYTES: usize = 512;

/// Appends the document; members are sorted by name. No data at all (`null`) is an empty mapping,
/// as with the peer.
pub(super) fn render(json: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let parsed = tree::parse(json).map_err(|_| NOT_JSON)?;
    match &parsed.value {
        Value::Null => {
            out.extend_from_slice(b"{}\n");
            Ok(())
        }
        data => document(data, out),
    }
}

/// A list or mapping that is being written, one line an entry.
enum Block<'v> {
    List(slice::Iter<'v, Value>),
    Mapping(btree_map::Iter<'v, String, Value>),
}

/// Where an entry of a block starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the start of a line.
    Line,
    /// Behind the `- ` of the list around it.
    Dash,
}

fn document(root: &Value, out: &mut Vec<u8>) -> Result<(), Fault> {
    let start = out.len();
    let mut open: Vec<Block<'_>> = Vec::new();
    let mut at = At::Line;
    match block(root, 0) {
        Some(first) => open.push(first),
        None => line(root, out),
    }
    loop {
        check_rendered(out, start)?;
        let depth = open.len().saturating_sub(1);
        let Some(current) = open.last_mut() else { return Ok(()) };
        let (key, value) = match current {
            Block::List(items) => (None, items.next()),
            Block::Mapping(members) => match members.next() {
                Some((key, value)) => (Some(key), Some(value)),
                None => (None, None),
            },
        };
        let Some(value) = value else {
            open.pop();
            continue;
        };
        if at == At::Line {
            out.resize(out.len() + 2 * depth, b' ');
        }
        at = entry(key, depth, out);
        match block(value, depth + 1) {
            Some(inner) => {
                if at == At::Line {
                    out.push(b'\n');
                }
                open.push(inner);
            }
            None => {
                if at == At::Line {
                    out.push(b' ');
                }
                line(value, out);
                at = At::Line;
            }
        }
    }
}

/// The start of an entry: a dash, or a key and its colon. The result says where its value stands.
fn entry(key: Option<&String>, depth: usize, out: &mut Vec<u8>) -> At {
    let Some(key) = key else {
        out.extend_from_slice(b"- ");
        return At::Dash;
    };
    if key.len() > KEY_BYTES {
        out.extend_from_slice(b"? ");
        text(key, out);
        out.push(b'\n');
        out.resize(out.len() + 2 * depth, b' ');
    } else {
        text(key, out);
    }
    out.push(b':');
    At::Line
}

/// The value as a block; none when it stands on the line of its key.
fn block(value: &Value, depth: usize) -> Option<Block<'_>> {
    match value {
        _ if depth >= YAML_BLOCK_DEPTH => None,
        Value::Array(array) if !array.0.is_empty() => Some(Block::List(array.0.iter())),
        Value::Object(object) if !object.0.is_empty() => Some(Block::Mapping(object.0.iter())),
        _ => None,
    }
}

fn line(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(string) => text(string, out),
        Value::Array(array) if !array.0.is_empty() => flow(value, out),
        Value::Object(object) if !object.0.is_empty() => flow(value, out),
        scalar => scalar.write(out),
    }
    out.push(b'\n');
}

/// What lies too deep for blocks: JSON, which is YAML's flow style but for two details.
fn flow(value: &Value, out: &mut Vec<u8>) {
    let mut json = Vec::new();
    value.write(&mut json);
    let mut in_string = false;
    let mut escaped = false;
    for c in String::from_utf8_lossy(&json).chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_string = !in_string,
            // Without the blank, a reader may take `"a":-1` for a plain text.
            ':' if !in_string => {
                out.extend_from_slice(b": ");
                continue;
            }
            _ => {}
        }
        push_printable(c, out);
    }
}

/// A string, plain or quoted.
fn text(string: &str, out: &mut Vec<u8>) {
    if is_plain(string) {
        out.extend_from_slice(string.as_bytes());
        return;
    }
    out.push(b'"');
    for c in string.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            c => push_printable(c, out),
        }
    }
    out.push(b'"');
}

/// A character inside of double quotes, escaped if YAML does not take it there as it is
/// (YAML 1.2 section 5.1, and the line breaks of YAML 1.1).
fn push_printable(c: char, out: &mut Vec<u8>) {
    let printable = matches!(c, ' '..='~' | '\u{A0}'..='\u{2027}' | '\u{202A}'..='\u{D7FF}'
        | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}' | '\u{10000}'..);
    if printable {
        let mut buffer = [0; 4];
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        return;
    }
    out.extend_from_slice(b"\\u");
    // Nothing above U+FFFF comes here.
    for shift in [12, 8, 4, 0] {
        let digit = char::from_digit(u32::from(c) >> shift & 15, 16).unwrap_or('0');
        out.push(u8::try_from(digit).unwrap_or(b'0'));
    }
}

/// Words that YAML 1.1 or 1.2 readers take for something else than text.
const WORDS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan"];

/// Starts with a letter and holds nothing that has a meaning in YAML.
fn is_plain(string: &str) -> bool {
    let inner = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ' | '@' | '+' | '(' | ')')
    };
    string.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !string.ends_with(' ')
        && string.chars().all(|c| inner(c) || (c > '\u{A0}' && c.is_alphanumeric()))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(string))
}
