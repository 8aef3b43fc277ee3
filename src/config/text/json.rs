//! Strict JSON (RFC 8259) with the place of every value; bounded in depth and in values, says
//! where it stopped and what stood there.

use super::{Kind, Member, Node, Place};
use crate::limits::{CONFIG_DEPTH, CONFIG_VALUES};

/// Why and where reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxFault {
    /// Byte offset.
    pub offset: usize,
    /// What was found and what is allowed there.
    pub text: String,
}

/// Reads a whole text as one JSON value.
///
/// # Errors
/// The first fault: JSON cannot be read on after it.
pub fn parse_json(text: &str) -> Result<Node, SyntaxFault> {
    let mut reader = Reader { text, at: 0, values: 0 };
    if text.starts_with('\u{feff}') {
        return Err(reader.fault("found a byte order mark, allowed is plain UTF-8 without one"));
    }
    reader.blanks();
    if reader.peek().is_none() {
        return Err(reader.fault("found an empty file, allowed is a JSON object"));
    }
    let node = reader.value(0)?;
    reader.blanks();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.unexpected("nothing after the end of the value")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn place(&self) -> Place {
        // The loader bounds the size of the text far below 4 GiB.
        Place::Byte(u32::try_from(self.at).unwrap_or(u32::MAX))
    }

    fn fault(&self, text: impl Into<String>) -> SyntaxFault {
        SyntaxFault { offset: self.at, text: text.into() }
    }

    /// "found X, allowed Y" for what stands at the current place.
    fn unexpected(&self, allowed: &str) -> SyntaxFault {
        let rest = self.text.get(self.at..).unwrap_or("");
        let found = match rest.chars().next() {
            None => "the end of the file".to_string(),
            Some('/') if rest.starts_with("//") || rest.starts_with("/*") => "a comment".to_string(),
            Some(c) if c.is_ascii_alphanumeric() => {
                let word: String = rest.chars().take_while(char::is_ascii_alphanumeric).take(20).collect();
                format!("'{word}'")
            }
            Some(c) => format!("'{}'", c.escape_debug()),
        };
        self.fault(format!("found {found}, allowed is {allowed}"))
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxFault> {
        self.values += 1;
        if self.values > CONFIG_VALUES {
            return Err(self.fault(format!("found more than {CONFIG_VALUES} values in one file")));
        }
        let place = self.place();
        let kind = match self.peek() {
            Some(b'{' | b'[') if depth >= CONFIG_DEPTH => {
                return Err(self.fault(format!("found more than {CONFIG_DEPTH} levels of nesting")));
            }
            Some(b'{') => Kind::Object(self.object(depth + 1)?),
            Some(b'[') => Kind::List(self.list(depth + 1)?),
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(b't') if self.word("true") => Kind::Bool(true),
            Some(b'f') if self.word("false") => Kind::Bool(false),
            Some(b'n') if self.word("null") => Kind::Null,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { place, kind })
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.text.get(self.at..).unwrap_or("");
        let found =
            rest.strip_prefix(word).is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_alphanumeric()));
        if found {
            self.at += word.len();
        }
        found
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, SyntaxFault> {
        self.at += 1;
        let mut list = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(list);
        }
        loop {
            self.blanks();
            if !list.is_empty() && self.peek() == Some(b']') {
                return Err(self.unexpected("a value after the comma"));
            }
            list.push(self.value(depth)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(list);
                }
                _ => return Err(self.unexpected("',' or ']'")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, SyntaxFault> {
        self.at += 1;
        let mut members = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            self.blanks();
            let place = self.place();
            if self.peek() != Some(b'"') {
                let allowed = if members.is_empty() {
                    "a key in quotes or '}'"
                } else {
                    "a key in quotes after the comma"
                };
                return Err(self.unexpected(allowed));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("':' after the key"));
            }
            self.at += 1;
            self.blanks();
            let node = self.value(depth)?;
            members.push(Member { key, place, node });
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(members);
                }
                _ => return Err(self.unexpected("',' or '}'")),
            }
        }
    }

    fn number(&mut self) -> Result<String, SyntaxFault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.unexpected("no digit after a leading zero"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or("0").to_string())
    }

    fn digits(&mut self) -> Result<(), SyntaxFault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.unexpected("a digit"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, SyntaxFault> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            let stop = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            out.push_str(rest.get(..stop).unwrap_or(""));
            self.at += stop;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                None => return Err(self.unexpected("the '\"' that ends the text")),
                Some(_) => {
                    return Err(
                        self.unexpected("no control character inside a text (write \\n, \\t or \\u00XX)")
                    )
                }
            }
        }
    }

    /// Reads an escape; lone surrogates become U+FFFD, as Go reads them.
    fn escape(&mut self) -> Result<char, SyntaxFault> {
        self.at += 1;
        let simple = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.unexpected("one of \" \\ / b f n r t u after the backslash")),
        };
        self.at += 1;
        Ok(simple)
    }

    fn unicode(&mut self) -> Result<char, SyntaxFault> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first) && self.text.get(self.at..).is_some_and(|r| r.starts_with("\\u"))
        {
            let back = self.at;
            self.at += 1;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or('\u{fffd}'))
    }

    /// Reads `uXXXX`.
    fn hex(&mut self) -> Result<u32, SyntaxFault> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return Err(self.unexpected("four hexadecimal digits after \\u")) };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}
