//! JSON values as XML, by the rules of the peer where those give XML at all; knows no feed.
//!
//! Where the peer would write broken XML (a name that is none, a root that repeats) or nothing at
//! all (an attribute that is no scalar) this file writes well-formed XML instead.

use super::names::{is_legal, push_valid};
use crate::encoding::{check_rendered, NOT_JSON};
use crate::http::fault::Fault;
use crate::json::tree::{self, Object, Value};
use std::collections::btree_map::{BTreeMap, Entry};

/// Root element of data that has no single root.
const ROOT: &str = "doc";

/// Appends the document. Members are sorted by name, arrays repeat their element, `-name` is an
/// attribute, `#text` the text beside children.
pub(in crate::encoding) fn render(json: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let parsed = tree::parse(json).map_err(|_| NOT_JSON)?;
    let (name, value) = root(&parsed.value);
    element(name, value, out)
}

/// The root's name and value: a single member whose value is not an array is the root itself.
fn root(data: &Value) -> (&str, &Value) {
    if let Value::Object(object) = data {
        if let (1, Some((name, value))) = (object.0.len(), object.0.iter().next()) {
            let repeats = matches!(value, Value::Array(array) if !array.0.is_empty());
            if !repeats && attribute(name).is_none() && name != "#text" {
                return (name, value);
            }
        }
    }
    (ROOT, data)
}

/// What is still to be written, the next last.
enum Step<'v> {
    Element(&'v str, &'v Value),
    End(&'v str),
}

fn element<'v>(name: &'v str, value: &'v Value, out: &mut Vec<u8>) -> Result<(), Fault> {
    let start = out.len();
    let mut steps = vec![Step::Element(name, value)];
    while let Some(step) = steps.pop() {
        check_rendered(out, start)?;
        match step {
            Step::End(name) => end(name, out),
            Step::Element(name, Value::Array(array)) if !array.0.is_empty() => {
                steps.extend(array.0.iter().rev().map(|item| Step::Element(name, item)));
            }
            Step::Element(name, Value::Object(object)) => open(name, object, &mut steps, out),
            Step::Element(name, value) => {
                out.push(b'<');
                push_valid(out, name);
                let start = out.len();
                out.push(b'>');
                scalar(value, Place::Text, out);
                if out.len() == start + 1 {
                    out.truncate(start);
                    out.extend_from_slice(b"/>");
                } else {
                    end(name, out);
                }
            }
        }
    }
    Ok(())
}

fn end(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"</");
    push_valid(out, name);
    out.push(b'>');
}

/// The start tag of an object, its text, and the steps for its children.
fn open<'v>(name: &'v str, object: &'v Object, steps: &mut Vec<Step<'v>>, out: &mut Vec<u8>) {
    out.push(b'<');
    push_valid(out, name);
    let (attributes, children, text) = sort(object);
    for (name, value) in attributes {
        out.push(b' ');
        out.extend_from_slice(&name);
        out.extend_from_slice(b"=\"");
        scalar(value, Place::Attribute, out);
        out.push(b'"');
    }
    if children.is_empty() && text.is_none() {
        out.extend_from_slice(b"/>");
        return;
    }
    out.push(b'>');
    if let Some(text) = text {
        scalar(text, Place::Text, out);
    }
    steps.push(Step::End(name));
    steps.extend(children.into_iter().rev().map(|(name, value)| Step::Element(name, value)));
}

type Sorted<'v> = (BTreeMap<Vec<u8>, &'v Value>, Vec<(&'v str, &'v Value)>, Option<&'v Value>);

/// The attributes by their written names, the children, the text. What cannot be an attribute or
/// the text, and a second attribute of the same name, is a child.
fn sort(object: &Object) -> Sorted<'_> {
    let mut attributes = BTreeMap::new();
    let mut children = Vec::new();
    let mut text = None;
    for (name, value) in &object.0 {
        let is_scalar = !matches!(value, Value::Array(_) | Value::Object(_));
        if name == "#text" && is_scalar {
            text = Some(value);
            continue;
        }
        if let Some(attribute) = attribute(name).filter(|_| is_scalar) {
            let mut written = Vec::new();
            push_valid(&mut written, attribute);
            if let Entry::Vacant(place) = attributes.entry(written) {
                place.insert(value);
                continue;
            }
        }
        children.push((&**name, value));
    }
    (attributes, children, text)
}

/// The name of the attribute that the member `name` stands for.
fn attribute(name: &str) -> Option<&str> {
    name.strip_prefix('-').filter(|attribute| !attribute.is_empty())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Attribute,
}

fn scalar(value: &Value, place: Place, out: &mut Vec<u8>) {
    match value {
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(text) => out.extend_from_slice(text.as_bytes()),
        Value::String(text) => push_escaped(text, place, out),
        Value::Null | Value::Array(_) | Value::Object(_) => {}
    }
}

/// Text with what has a meaning in XML as references. Line ends are written so that a parser
/// does not change them; what XML cannot hold becomes U+FFFD.
fn push_escaped(text: &str, place: Place, out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    for c in text.chars() {
        let written: &[u8] = match c {
            '&' => b"&amp;",
            '<' => b"&lt;",
            '>' => b"&gt;",
            '"' => b"&quot;",
            '\'' => b"&apos;",
            '\r' => b"&#xD;",
            '\n' if place == Place::Attribute => b"&#xA;",
            '\t' if place == Place::Attribute => b"&#x9;",
            c if is_legal(c) => c.encode_utf8(&mut buffer).as_bytes(),
            _ => "\u{FFFD}".as_bytes(),
        };
        out.extend_from_slice(written);
    }
}
