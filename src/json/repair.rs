//! The slow path of decoding: a strict scanner with Go's grammar, for bodies that simd-json
//! refuses; knows no shape.
//!
//! It takes what Go's decoder takes: numbers of any size, lone surrogates and broken UTF-8 (both
//! become U+FFFD), anything after the first value. It writes two texts of equal length: one to
//! copy answers from, and its shadow, in which every number is `0` and blanks, which simd-json
//! takes and whose tape therefore is an index of the first.

use super::text::{char_len, hex4, is_blank, REPLACEMENT};
use super::DecodeError;
use crate::limits::JSON_DEPTH;

const ENDS_EARLY: DecodeError = DecodeError("unexpected end of JSON input");
const INVALID: DecodeError = DecodeError("invalid character in JSON input");
const INVALID_STRING: DecodeError = DecodeError("invalid character in JSON string");
const INVALID_NUMBER: DecodeError = DecodeError("invalid JSON number");
const TOO_DEEP: DecodeError = DecodeError("exceeded max JSON depth");

/// Two texts of the same layout, reused.
#[derive(Default)]
pub(super) struct Repaired {
    /// Valid JSON and UTF-8, one value, no blanks between tokens, number text as it came.
    pub(super) text: Vec<u8>,
    /// The same with blank numbers.
    pub(super) shadow: Vec<u8>,
    nesting: Vec<u8>,
}

#[derive(Clone, Copy)]
enum State {
    /// A value must follow.
    Value,
    /// After `[`.
    FirstElement,
    /// After `{`.
    FirstKey,
    /// After a comma in an object.
    Key,
    Colon,
    /// After a value inside an object or array.
    Rest,
    /// After the root value.
    Done,
}

impl Repaired {
    /// Reads the first value of `body`.
    ///
    /// # Errors
    /// When Go's decoder would refuse it.
    pub(super) fn read(&mut self, body: &[u8]) -> Result<(), DecodeError> {
        self.text.clear();
        self.shadow.clear();
        self.nesting.clear();
        let mut scan = Scan { body, at: 0, to: self };
        let mut state = State::Value;
        loop {
            scan.skip_blanks();
            let byte = *scan.body.get(scan.at).ok_or(ENDS_EARLY)?;
            state = match state {
                State::Value => scan.value(byte)?,
                State::FirstElement if byte == b']' => scan.close(byte)?,
                State::FirstElement => scan.value(byte)?,
                State::FirstKey if byte == b'}' => scan.close(byte)?,
                State::FirstKey | State::Key => scan.key(byte)?,
                State::Colon => scan.colon(byte)?,
                State::Rest => scan.rest(byte)?,
                State::Done => return Ok(()),
            };
            if matches!(state, State::Done) {
                return Ok(());
            }
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
        self.shadow.extend_from_slice(bytes);
    }

    /// What follows a value.
    fn after_value(&self) -> State {
        if self.nesting.is_empty() {
            State::Done
        } else {
            State::Rest
        }
    }
}

struct Scan<'a> {
    body: &'a [u8],
    at: usize,
    to: &'a mut Repaired,
}

impl Scan<'_> {
    fn skip_blanks(&mut self) {
        while self.body.get(self.at).is_some_and(|&b| is_blank(b)) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, DecodeError> {
        self.body.get(self.at).copied().ok_or(ENDS_EARLY)
    }

    /// Copies `len` bytes, which the caller has seen.
    fn take(&mut self, len: usize) {
        self.to.push(&self.body[self.at..self.at + len]);
        self.at += len;
    }

    fn value(&mut self, byte: u8) -> Result<State, DecodeError> {
        match byte {
            b'{' | b'[' => return self.open(byte),
            b'"' => self.string()?,
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return Err(INVALID),
        }
        Ok(self.to.after_value())
    }

    fn open(&mut self, byte: u8) -> Result<State, DecodeError> {
        if self.to.nesting.len() >= JSON_DEPTH {
            return Err(TOO_DEEP);
        }
        self.to.nesting.push(byte);
        self.take(1);
        Ok(if byte == b'{' { State::FirstKey } else { State::FirstElement })
    }

    fn close(&mut self, byte: u8) -> Result<State, DecodeError> {
        let opened = if byte == b'}' { b'{' } else { b'[' };
        if self.to.nesting.pop() != Some(opened) {
            return Err(INVALID);
        }
        self.take(1);
        Ok(self.to.after_value())
    }

    fn key(&mut self, byte: u8) -> Result<State, DecodeError> {
        if byte != b'"' {
            return Err(INVALID);
        }
        self.string()?;
        Ok(State::Colon)
    }

    fn colon(&mut self, byte: u8) -> Result<State, DecodeError> {
        if byte != b':' {
            return Err(INVALID);
        }
        self.take(1);
        Ok(State::Value)
    }

    fn rest(&mut self, byte: u8) -> Result<State, DecodeError> {
        match byte {
            b',' => {
                self.take(1);
                let in_object = self.to.nesting.last() == Some(&b'{');
                Ok(if in_object { State::Key } else { State::Value })
            }
            b'}' | b']' => self.close(byte),
            _ => Err(INVALID),
        }
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), DecodeError> {
        if !self.body[self.at..].starts_with(word) {
            return Err(INVALID);
        }
        self.take(word.len());
        Ok(())
    }

    /// RFC 8259 section 6.
    fn number(&mut self) -> Result<(), DecodeError> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.body.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.body.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.body.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.to.text.extend_from_slice(&self.body[start..self.at]);
        self.to.shadow.push(b'0');
        self.to.shadow.resize(self.to.text.len(), b' ');
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), DecodeError> {
        if !self.peek()?.is_ascii_digit() {
            return Err(INVALID_NUMBER);
        }
        while self.body.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), DecodeError> {
        self.take(1);
        loop {
            match self.peek()? {
                b'"' => {
                    self.take(1);
                    return Ok(());
                }
                b'\\' => self.escape()?,
                0..=0x1F => return Err(INVALID_STRING),
                0x80.. => match char_len(&self.body[self.at..]) {
                    Some(len) => self.take(len),
                    None => {
                        self.to.push(REPLACEMENT);
                        self.at += 1;
                    }
                },
                _ => self.plain(),
            }
        }
    }

    /// A run of characters that stand for themselves.
    fn plain(&mut self) {
        let rest = &self.body[self.at..];
        let special = |&b: &u8| !matches!(b, 0x20..=0x7F) || b == b'"' || b == b'\\';
        self.take(rest.iter().position(special).unwrap_or(rest.len()));
    }

    fn escape(&mut self) -> Result<(), DecodeError> {
        match self.body.get(self.at + 1).ok_or(ENDS_EARLY)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.take(2),
            b'u' => {
                let unit = self.unit_at(self.at).ok_or(INVALID_STRING)?;
                match unit {
                    0xD800..=0xDBFF if matches!(self.unit_at(self.at + 6), Some(0xDC00..=0xDFFF)) => {
                        self.take(12);
                    }
                    0xD800..=0xDFFF => {
                        self.to.push(b"\\ufffd");
                        self.at += 6;
                    }
                    _ => self.take(6),
                }
            }
            _ => return Err(INVALID_STRING),
        }
        Ok(())
    }

    /// The UTF-16 unit that an escape `\uXXXX` at `at` stands for.
    fn unit_at(&self, at: usize) -> Option<u16> {
        hex4(self.body.get(at..)?.strip_prefix(b"\\u")?)
    }
}
