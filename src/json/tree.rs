//! JSON values as a tree, for the few features that need values and not spans (`flatmap_filter`);
//! knows Go's grammar and no rule of any feature.
//!
//! Nothing here recurses on the depth of a document, not even dropping or writing one.

use super::text::{char_len, hex4, is_blank, write_json_string};
use super::DecodeError;
use crate::limits::{JSON_DEPTH, JSON_TREE_BYTES};
use std::collections::{btree_map, BTreeMap};
use std::mem::take;
use std::slice;

/// A JSON value; numbers keep their text.
#[derive(Debug, Default)]
pub enum Value {
    #[default]
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

/// What an element of an array takes: lists grow by doubling.
const ELEMENT_BYTES: usize = 2 * size_of::<Value>();
/// Members that the nodes of a map hold at least, once there are several nodes.
const NODE_MEMBERS: usize = 5;
/// What such a node takes.
const NODE_BYTES: usize = 11 * (size_of::<Value>() + size_of::<String>()) + 128;

/// Reads the first value of `text` as Go's `json.Decoder` with `UseNumber` does.
///
/// # Errors
/// When there is no valid JSON value, or one that takes more than `JSON_TREE_BYTES`.
pub fn parse(text: &[u8]) -> Result<Parsed, DecodeError> {
    parse_within(text, JSON_DEPTH)
}

/// `parse` with another bound of nesting.
///
/// # Errors
/// As `parse`.
pub fn parse_within(text: &[u8], depth: usize) -> Result<Parsed, DecodeError> {
    let mut input = Input { text, at: 0, replaced: false, budget: JSON_TREE_BYTES };
    let mut open: Vec<Open> = Vec::new();
    loop {
        input.blanks();
        let mut value = match input.next()? {
            b'{' => {
                enter(&open, depth)?;
                if !input.eat(b'}') {
                    let key = input.key()?;
                    open.push(Open::Object(BTreeMap::new(), key));
                    continue;
                }
                Value::Object(Object::default())
            }
            b'[' => {
                enter(&open, depth)?;
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
                    input.charge(ELEMENT_BYTES)?;
                    items.push(value);
                    if input.eat(b',') {
                        open.push(Open::Array(items));
                        break;
                    }
                    input.expect(b']')?;
                    value = Value::Array(Array(items));
                }
                Some(Open::Object(mut members, key)) => {
                    if members.len() % NODE_MEMBERS == 0 {
                        input.charge(NODE_BYTES)?;
                    }
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

fn enter(open: &[Open], depth: usize) -> Result<(), DecodeError> {
    if open.len() < depth {
        Ok(())
    } else {
        Err(DecodeError("too deep"))
    }
}

struct Input<'a> {
    text: &'a [u8],
    at: usize,
    replaced: bool,
    /// Bytes that the tree may still take.
    budget: usize,
}

impl Input<'_> {
    fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.budget = self.budget.checked_sub(bytes).ok_or(DecodeError("JSON of too many values"))?;
        Ok(())
    }

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
        self.charge(len)?;
        Ok(Value::Number(String::from_utf8_lossy(&rest[..len]).into()))
    }

    fn string(&mut self) -> Result<String, DecodeError> {
        let mut text = String::new();
        loop {
            match self.next()? {
                b'"' => {
                    self.charge(text.capacity())?;
                    return Ok(text);
                }
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
