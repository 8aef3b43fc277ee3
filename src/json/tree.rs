//! The rules of decoding, shaping and merging over a plain value tree: slow, obvious, and
//! independent of the span writer, which the tests and fuzz targets hold against it.
//!
//! Nothing here recurses on the depth of a document, not even dropping or writing one.

use super::text::{char_len, hex4, is_blank, write_json_string};
use super::{DecodeError, ShapeSpec};
use crate::limits::JSON_DEPTH;
use std::collections::{btree_map, BTreeMap};
use std::mem::take;
use std::slice;

/// A JSON value; numbers keep their text.
#[derive(Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Box<str>),
    String(String),
    Array(Array),
    Object(Object),
}

/// Elements of an array.
#[derive(Debug, Default)]
pub struct Array(pub Vec<Value>);

/// Members of an object; of equal names the last one stayed.
#[derive(Debug, Default)]
pub struct Object(pub BTreeMap<String, Value>);

impl Drop for Array {
    fn drop(&mut self) {
        drop_flat(take(&mut self.0));
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        drop_flat(take(&mut self.0).into_values().collect());
    }
}

fn drop_flat(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(mut array) => pending.append(&mut array.0),
            Value::Object(mut object) => pending.extend(take(&mut object.0).into_values()),
            _ => {}
        }
    }
}

/// What `parse` found.
#[derive(Debug)]
pub struct Parsed {
    pub value: Value,
    /// Bytes read: the value and the blanks before it.
    pub used: usize,
    /// Something was broken and became U+FFFD.
    pub replaced: bool,
}

enum Open {
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>, String),
}

/// Reads the first value of `text` as Go's `json.Decoder` with `UseNumber` does.
///
/// # Errors
/// When there is no valid JSON value.
pub fn parse(text: &[u8]) -> Result<Parsed, DecodeError> {
    let mut input = Input { text, at: 0, replaced: false };
    let mut open: Vec<Open> = Vec::new();
    loop {
        input.blanks();
        let mut value = match input.next()? {
            b'{' => {
                enter(&open)?;
                if !input.eat(b'}') {
                    let key = input.key()?;
                    open.push(Open::Object(BTreeMap::new(), key));
                    continue;
                }
                Value::Object(Object::default())
            }
            b'[' => {
                enter(&open)?;
                if !input.eat(b']') {
                    open.push(Open::Array(Vec::new()));
                    continue;
                }
                Value::Array(Array::default())
            }
            first => input.scalar(first)?,
        };
        loop {
            match open.pop() {
                None => return Ok(Parsed { value, used: input.at, replaced: input.replaced }),
                Some(Open::Array(mut items)) => {
                    items.push(value);
                    if input.eat(b',') {
                        open.push(Open::Array(items));
                        break;
                    }
                    input.expect(b']')?;
                    value = Value::Array(Array(items));
                }
                Some(Open::Object(mut members, key)) => {
                    members.insert(key, value);
                    if input.eat(b',') {
                        let key = input.key()?;
                        open.push(Open::Object(members, key));
                        break;
                    }
                    input.expect(b'}')?;
                    value = Value::Object(Object(members));
                }
            }
        }
    }
}

fn enter(open: &[Open]) -> Result<(), DecodeError> {
    if open.len() < JSON_DEPTH {
        Ok(())
    } else {
        Err(DecodeError("too deep"))
    }
}

struct Input<'a> {
    text: &'a [u8],
    at: usize,
    replaced: bool,
}

impl Input<'_> {
    fn blanks(&mut self) {
        while self.text.get(self.at).is_some_and(|&b| is_blank(b)) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Result<u8, DecodeError> {
        let byte = *self.text.get(self.at).ok_or(DecodeError("end of input"))?;
        self.at += 1;
        Ok(byte)
    }

    /// Skips blanks and, if it follows, `byte`.
    fn eat(&mut self, byte: u8) -> bool {
        self.blanks();
        let there = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), DecodeError> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(DecodeError("unexpected character"))
        }
    }

    fn key(&mut self) -> Result<String, DecodeError> {
        self.expect(b'"')?;
        let key = self.string()?;
        self.expect(b':')?;
        Ok(key)
    }

    fn scalar(&mut self, first: u8) -> Result<Value, DecodeError> {
        match first {
            b'"' => return Ok(Value::String(self.string()?)),
            b'-' | b'0'..=b'9' => return self.number(),
            _ => self.at -= 1,
        }
        let rest = &self.text[self.at..];
        let words = [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];
        for (word, value) in words {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(DecodeError("unexpected character"))
    }

    /// The longest text of number characters, cut where the grammar ends.
    fn number(&mut self) -> Result<Value, DecodeError> {
        let start = self.at - 1;
        let rest = &self.text[start..];
        let digits =
            |from: usize| rest[from.min(rest.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut len = usize::from(rest[0] == b'-');
        let whole = digits(len);
        len += if rest.get(len) == Some(&b'0') { 1 } else { whole };
        let mut bad = whole == 0;
        if rest.get(len) == Some(&b'.') {
            let fraction = digits(len + 1);
            bad |= fraction == 0;
            len += 1 + fraction;
        }
        if matches!(rest.get(len), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(len + 1), Some(b'+' | b'-')));
            let exponent = digits(len + 1 + sign);
            bad |= exponent == 0;
            len += 1 + sign + exponent;
        }
        if bad {
            return Err(DecodeError("bad number"));
        }
        self.at = start + len;
        Ok(Value::Number(String::from_utf8_lossy(&rest[..len]).into()))
    }

    fn string(&mut self) -> Result<String, DecodeError> {
        let mut text = String::new();
        loop {
            match self.next()? {
                b'"' => return Ok(text),
                b'\\' => text.push(self.escape()?),
                0..=0x1F => return Err(DecodeError("control character in string")),
                byte @ 0x20..=0x7F => text.push(char::from(byte)),
                _ => {
                    let rest = &self.text[self.at - 1..];
                    let len = char_len(rest);
                    self.replaced |= len.is_none();
                    text.push_str(&String::from_utf8_lossy(&rest[..len.unwrap_or(1)]));
                    self.at += len.unwrap_or(1) - 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, DecodeError> {
        let plain = match self.next()? {
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'u' => return self.unicode(),
            _ => return Err(DecodeError("unknown escape")),
        };
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, DecodeError> {
        let first = hex4(&self.text[self.at..]).ok_or(DecodeError("bad escape"))?;
        self.at += 4;
        let second = self.text[self.at..].strip_prefix(b"\\u").and_then(hex4);
        let pair = [first, second.unwrap_or(0)];
        let mut decoded = char::decode_utf16(pair);
        let Some(Ok(c)) = decoded.next() else {
            self.replaced = true;
            return Ok(char::REPLACEMENT_CHARACTER);
        };
        if c.len_utf16() == 2 {
            self.at += 6;
        }
        Ok(c)
    }
}

enum Step<'a> {
    Array(slice::Iter<'a, Value>),
    Object(btree_map::Iter<'a, String, Value>),
}

impl Value {
    /// Appends the value as JSON text, members sorted by name: equal values give equal texts.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut open: Vec<Step<'_>> = Vec::new();
        let mut value = self;
        loop {
            match value {
                Value::Null => out.extend_from_slice(b"null"),
                Value::Bool(true) => out.extend_from_slice(b"true"),
                Value::Bool(false) => out.extend_from_slice(b"false"),
                Value::Number(text) => out.extend_from_slice(text.as_bytes()),
                Value::String(text) => write_json_string(out, text.as_bytes()),
                Value::Array(array) => {
                    out.push(b'[');
                    open.push(Step::Array(array.0.iter()));
                }
                Value::Object(object) => {
                    out.push(b'{');
                    open.push(Step::Object(object.0.iter()));
                }
            }
            match next_value(&mut open, out) {
                Some(next) => value = next,
                None => return,
            }
        }
    }
}

/// The next value to write; closes what ends before it.
fn next_value<'a>(open: &mut Vec<Step<'a>>, out: &mut Vec<u8>) -> Option<&'a Value> {
    loop {
        let first = matches!(out.last(), Some(b'{' | b'['));
        let (next, end) = match open.last_mut()? {
            Step::Array(items) => (items.next().map(|value| (None, value)), b']'),
            Step::Object(members) => (members.next().map(|(key, value)| (Some(key), value)), b'}'),
        };
        let Some((key, value)) = next else {
            out.push(end);
            open.pop();
            continue;
        };
        if !first {
            out.push(b',');
        }
        if let Some(key) = key {
            write_json_string(out, key.as_bytes());
            out.push(b':');
        }
        return Some(value);
    }
}

/// One backend's data: decodes `body` and applies `spec`. None: the data is `null`.
///
/// # Errors
/// As `Merger::add`.
pub fn data(body: &[u8], spec: &ShapeSpec<'_>) -> Result<Option<Object>, DecodeError> {
    let mut data = match (parse(body)?.value, spec.is_collection) {
        (Value::Object(object), false) => Some(object),
        (Value::Null, false) => None,
        (value @ (Value::Array(_) | Value::Null), true) => {
            Some(Object(BTreeMap::from([("collection".to_owned(), value)])))
        }
        _ => return Err(DecodeError("wrong kind of value")),
    };
    if !spec.target.is_empty() {
        data = Some(target(data.unwrap_or_default(), spec.target));
    }
    if let Some(object) = &mut data {
        if !spec.allow.is_empty() {
            allow(object, spec.allow);
        } else {
            spec.deny.iter().for_each(|path| deny(object, path));
        }
        map(object, spec.mapping);
    }
    if !spec.group.is_empty() {
        let inner = data.map_or(Value::Null, Value::Object);
        data = Some(Object(BTreeMap::from([(spec.group.to_owned(), inner)])));
    }
    Ok(data)
}

fn target(mut object: Object, path: &str) -> Object {
    for part in path.split('.') {
        object = match object.0.remove(part) {
            Some(Value::Object(inner)) => inner,
            _ => return Object::default(),
        };
    }
    object
}

/// Walks to the object that holds the last name of `path`.
fn holder<'o, 'p>(object: &'o mut Object, path: &'p str) -> Option<(&'o mut Object, &'p str)> {
    let mut object = object;
    let mut rest = path;
    while let Some((part, after)) = rest.split_once('.') {
        object = match object.0.get_mut(part) {
            Some(Value::Object(inner)) => inner,
            _ => return None,
        };
        rest = after;
    }
    Some((object, rest))
}

fn deny(object: &mut Object, path: &str) {
    if let Some((object, name)) = holder(object, path) {
        object.0.remove(name);
    }
}

fn allow(object: &mut Object, paths: &[String]) {
    let mut leaves: Vec<&str> = Vec::new();
    let under = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
    for path in paths {
        leaves.retain(|leaf| !under(leaf, path) && !under(path, leaf));
        leaves.push(path);
    }
    let mut kept = Object::default();
    for path in leaves {
        let Some(value) = holder(object, path).and_then(|(object, name)| object.0.remove(name)) else {
            continue;
        };
        let mut place = &mut kept;
        let mut rest = path;
        while let Some((part, after)) = rest.split_once('.') {
            let inner = place.0.entry(part.to_owned()).or_insert_with(|| Value::Object(Object::default()));
            let Value::Object(inner) = inner else { return };
            place = inner;
            rest = after;
        }
        place.0.insert(rest.to_owned(), value);
    }
    *object = kept;
}

/// All renames at once: sources leave first, then each takes its new name in the list's order.
fn map(object: &mut Object, mapping: &[(String, String)]) {
    let mut renamed: Vec<(&str, Value)> = Vec::new();
    for (i, (from, to)) in mapping.iter().enumerate() {
        let to = to.split('.').next().unwrap_or_default();
        let again = mapping[i + 1..].iter().any(|(later, _)| later == from);
        match object.0.remove(from) {
            Some(value) if again => drop(object.0.insert(from.clone(), value)),
            Some(value) if from != to => renamed.push((to, value)),
            _ => {}
        }
    }
    for (to, value) in renamed {
        object.0.insert(to.to_owned(), value);
    }
}
