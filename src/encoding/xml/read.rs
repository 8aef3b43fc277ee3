//! The element tree as JSON; knows no feed.
//!
//! The rules are those of the peer: namespaces prefixes fall away, attributes get a `-`, names
//! that repeat make an array, values stay strings. Of text that children, comments or CDATA
//! sections cut into runs one run stays: the last one before the first child, or, where an
//! attribute or a child came first, the last one of all.

use super::names::split;
use super::scan::{Attr, Rules, Scanner, Token};
use super::to_utf8;
use crate::json::tree::{Array, Object, Value};
use crate::json::DecodeError;
use std::collections::btree_map::{BTreeMap, Entry};
use std::mem::take;

/// What is cut off both ends of a run of text.
const TRIMMED: [char; 5] = ['\t', '\r', '\u{8}', '\n', ' '];

/// An element that is still open.
struct Frame {
    name: String,
    members: BTreeMap<String, Value>,
    /// Text that came before any attribute or child.
    lead: Option<String>,
}

/// Appends the root element as an object with one member, under `collection` if `is_collection`.
/// What surrounds the root element is not looked at.
pub(in crate::encoding) fn decode(
    is_collection: bool,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let text = to_utf8(body)?;
    let (name, value) = root(&mut Scanner::new(&text, Rules::Strict))?;
    let root = Value::Object(Object(BTreeMap::from([(name, value)])));
    if is_collection {
        Value::Object(Object(BTreeMap::from([("collection".to_owned(), root)]))).write(out);
    } else {
        root.write(out);
    }
    Ok(())
}

fn root(scanner: &mut Scanner<'_>) -> Result<(String, Value), DecodeError> {
    let mut open: Vec<Frame> = Vec::new();
    loop {
        match scanner.next()? {
            Token::Start { name, attrs, .. } => open.push(frame(&name, attrs)),
            Token::Text(text) => {
                if let Some(frame) = open.last_mut() {
                    add_text(frame, &text);
                }
            }
            Token::End { .. } => {
                let Some(frame) = open.pop() else { return Err(DecodeError("XML: not well-formed")) };
                let (name, value) = close(frame);
                match open.last_mut() {
                    Some(parent) => add_child(parent, name, value),
                    None => return Ok((name, value)),
                }
            }
            Token::Eof => return Err(DecodeError("XML: no element")),
        }
    }
}

fn local(name: &str) -> String {
    split(name).map_or(name, |(_, local)| local).to_owned()
}

fn frame(name: &str, attrs: Vec<Attr>) -> Frame {
    let members = attrs.into_iter().map(|attr| {
        let name = split(&attr.name).map_or(&*attr.name, |(_, local)| local);
        (format!("-{name}"), Value::String(attr.value))
    });
    Frame { name: local(name), members: members.collect(), lead: None }
}

fn add_text(frame: &mut Frame, text: &str) {
    let text = text.trim_matches(TRIMMED);
    if text.is_empty() {
        return;
    }
    if frame.members.is_empty() {
        frame.lead = Some(text.to_owned());
    } else {
        frame.members.insert("#text".to_owned(), Value::String(text.to_owned()));
    }
}

fn add_child(parent: &mut Frame, name: String, value: Value) {
    match parent.members.entry(name) {
        Entry::Vacant(place) => {
            place.insert(value);
        }
        Entry::Occupied(mut place) => {
            if let Value::Array(array) = place.get_mut() {
                array.0.push(value);
            } else {
                let first = place.insert(Value::Null);
                place.insert(Value::Array(Array(vec![first, value])));
            }
        }
    }
}

fn close(mut frame: Frame) -> (String, Value) {
    let mut members = take(&mut frame.members);
    let value = match (members.is_empty(), frame.lead) {
        (true, lead) => Value::String(lead.unwrap_or_default()),
        (false, lead) => {
            if let Some(text) = lead {
                members.insert("#text".to_owned(), Value::String(text));
            }
            Value::Object(Object(members))
        }
    };
    (frame.name, value)
}
