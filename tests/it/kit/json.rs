//! JSON as the recorded cases need it: strings are bytes (a lone surrogate stands for a byte that
//! is not UTF-8), numbers keep their text, both of which `serde_json` cannot give.

use std::fmt::Write;

/// Deepest nesting that is read.
const DEPTH: usize = 500;

/// A value. Object keys are unique: the last of equal keys wins, at the place of the first.
#[derive(Clone, Debug)]
pub enum Json {
    Null,
    Bool(bool),
    /// The text of a number; also `NaN` and `Infinity`, which the recording tool takes.
    Num(String),
    Str(Vec<u8>),
    Arr(Vec<Json>),
    Obj(Vec<(Vec<u8>, Json)>),
}

impl Json {
    pub fn str(text: impl AsRef<[u8]>) -> Json {
        Json::Str(text.as_ref().to_vec())
    }

    pub fn num(n: impl std::fmt::Display) -> Json {
        Json::Num(n.to_string())
    }

    /// The text, parsed whole (blanks around it are fine).
    pub fn parse(text: &[u8]) -> Result<Json, String> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let value = parser.value()?;
        parser.blanks();
        if parser.at == text.len() {
            Ok(value)
        } else {
            Err(parser.fault("text after the value"))
        }
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Obj(members) => members.iter().find(|(k, _)| k == key.as_bytes()).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Adds or replaces a member of an object.
    pub fn set(&mut self, key: impl AsRef<[u8]>, value: Json) {
        let Json::Obj(members) = self else { panic!("{self:?} is no object") };
        match members.iter_mut().find(|(k, _)| k == key.as_ref()) {
            Some((_, old)) => *old = value,
            None => members.push((key.as_ref().to_vec(), value)),
        }
    }

    /// The bytes of a string.
    pub fn bytes(&self) -> Option<&[u8]> {
        if let Json::Str(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    /// A string that is UTF-8.
    pub fn text(&self) -> Option<&str> {
        self.bytes().and_then(|b| std::str::from_utf8(b).ok())
    }

    pub fn int(&self) -> Option<u64> {
        if let Json::Num(text) = self {
            text.parse().ok()
        } else {
            None
        }
    }

    pub fn is_true(&self) -> bool {
        matches!(self, Json::Bool(true))
    }

    /// The elements of an array; none for every other value.
    pub fn items(&self) -> &[Json] {
        if let Json::Arr(items) = self {
            items
        } else {
            &[]
        }
    }

    /// The members of an object; none for every other value.
    pub fn members(&self) -> &[(Vec<u8>, Json)] {
        if let Json::Obj(members) = self {
            members
        } else {
            &[]
        }
    }

    /// ASCII text with blanks after `,` and `:`, as Python's `json.dumps` writes it.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, false);
        out
    }

    /// The same with sorted keys: equal values have equal text but for numbers.
    pub fn sorted(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    fn write(&self, out: &mut String, sort: bool) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Json::Num(text) => out.push_str(text),
            Json::Str(bytes) => quote(out, bytes),
            Json::Arr(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    item.write(out, sort);
                }
                out.push(']');
            }
            Json::Obj(members) => {
                let mut members: Vec<&(Vec<u8>, Json)> = members.iter().collect();
                if sort {
                    members.sort_by(|a, b| a.0.cmp(&b.0));
                }
                out.push('{');
                for (i, (key, value)) in members.into_iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    quote(out, key);
                    out.push_str(": ");
                    value.write(out, sort);
                }
                out.push('}');
            }
        }
    }

    /// Equal as JSON: member order means nothing, 1 is 1.0.
    pub fn same(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Null, Json::Null) => true,
            (Json::Bool(a), Json::Bool(b)) => a == b,
            (Json::Num(a), Json::Num(b)) => same_number(a, b),
            (Json::Str(a), Json::Str(b)) => a == b,
            (Json::Arr(a), Json::Arr(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Json::Obj(a), Json::Obj(b)) => {
                let other = |key: &[u8]| b.iter().find(|(k, _)| k == key).map(|(_, v)| v);
                a.len() == b.len() && a.iter().all(|(k, v)| other(k).is_some_and(|o| v.same(o)))
            }
            _ => false,
        }
    }
}

/// Whole numbers by their digits, others by their value.
fn same_number(a: &str, b: &str) -> bool {
    let whole = |t: &str| !t.contains(['.', 'e', 'E', 'N', 'I']);
    if whole(a) && whole(b) {
        return a == b || [a, b].iter().all(|t| *t == "0" || *t == "-0");
    }
    let value = |t: &str| t.replace("Infinity", "inf").parse::<f64>().ok();
    matches!((value(a), value(b)), (Some(a), Some(b)) if a == b)
}

fn quote(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                ' '..='\u{7f}' => out.push(c),
                _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escape(out, u32::from(*unit))),
            }
        }
        chunk.invalid().iter().for_each(|&byte| escape(out, 0xdc00 + u32::from(byte)));
    }
    out.push('"');
}

fn escape(out: &mut String, unit: u32) {
    write!(out, "\\u{unit:04x}").expect("a string grows");
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn fault(&self, what: &str) -> String {
        format!("{what} at byte {}", self.at)
    }

    fn blanks(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, word: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn value(&mut self) -> Result<Json, String> {
        self.blanks();
        let words: [(&[u8], Json); 3] =
            [(b"null", Json::Null), (b"true", Json::Bool(true)), (b"false", Json::Bool(false))];
        for (word, value) in words {
            if self.eat(word) {
                return Ok(value);
            }
        }
        for word in ["NaN", "Infinity", "-Infinity"] {
            if self.eat(word.as_bytes()) {
                return Ok(Json::Num(word.to_owned()));
            }
        }
        match self.text.get(self.at) {
            Some(b'"') => Ok(Json::Str(self.string()?)),
            Some(b'[' | b'{') if self.depth >= DEPTH => Err(self.fault("nesting too deep")),
            Some(b'[') => self
                .nested(b']', |p, items: &mut Vec<Json>| {
                    items.push(p.value()?);
                    Ok(())
                })
                .map(Json::Arr),
            Some(b'{') => self.nested(b'}', Parser::member).map(Json::Obj),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.fault("no value")),
        }
    }

    fn nested<T>(
        &mut self,
        end: u8,
        mut one: impl FnMut(&mut Self, &mut Vec<T>) -> Result<(), String>,
    ) -> Result<Vec<T>, String> {
        self.at += 1;
        self.depth += 1;
        let mut list = Vec::new();
        self.blanks();
        if !self.eat(&[end]) {
            loop {
                one(self, &mut list)?;
                self.blanks();
                if self.eat(&[end]) {
                    break;
                }
                if !self.eat(b",") {
                    return Err(self.fault("no comma"));
                }
            }
        }
        self.depth -= 1;
        Ok(list)
    }

    fn member(&mut self, members: &mut Vec<(Vec<u8>, Json)>) -> Result<(), String> {
        self.blanks();
        if self.text.get(self.at) != Some(&b'"') {
            return Err(self.fault("no key"));
        }
        let key = self.string()?;
        self.blanks();
        if !self.eat(b":") {
            return Err(self.fault("no colon"));
        }
        let value = self.value()?;
        match members.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => members.push((key, value)),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        self.eat(b"-");
        if !self.eat(b"0") && self.digits() == 0 {
            return Err(self.fault("no digits"));
        }
        let mut end = self.at;
        if self.eat(b".") {
            end = if self.digits() > 0 { self.at } else { end };
            self.at = end;
        }
        if self.eat(b"e") || self.eat(b"E") {
            let _ = self.eat(b"+") || self.eat(b"-");
            end = if self.digits() > 0 { self.at } else { end };
        }
        self.at = end;
        Ok(Json::Num(String::from_utf8_lossy(&self.text[start..end]).into_owned()))
    }

    fn digits(&mut self) -> usize {
        let rest = &self.text[self.at..];
        let n = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += n;
        n
    }

    fn string(&mut self) -> Result<Vec<u8>, String> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let Some(&b) = self.text.get(self.at) else { return Err(self.fault("string without end")) };
            self.at += 1;
            match b {
                b'"' => return Ok(out),
                b'\\' => self.escaped(&mut out)?,
                0..=31 => return Err(self.fault("control character")),
                _ => out.push(b),
            }
        }
    }

    fn escaped(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let Some(&b) = self.text.get(self.at) else { return Err(self.fault("escape without end")) };
        self.at += 1;
        let simple = match b {
            b'"' | b'\\' | b'/' => b,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'u' => return self.unit_pair(out),
            _ => return Err(self.fault("unknown escape")),
        };
        out.push(simple);
        Ok(())
    }

    fn unit_pair(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let mut unit = self.unit()?;
        if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.unit()?;
            if (0xdc00..0xe000).contains(&low) {
                unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            } else {
                self.at = back;
            }
        }
        match (char::from_u32(unit), unit) {
            (Some(c), _) => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            (None, 0xdc80..=0xdcff) => out.push((unit & 0xff) as u8),
            // Other lone surrogates: the three bytes that UTF-8 would have for them.
            (None, _) => out.extend([
                0xe0 | (unit >> 12) as u8,
                0x80 | (unit >> 6 & 63) as u8,
                0x80 | (unit & 63) as u8,
            ]),
        }
        Ok(())
    }

    fn unit(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let digits =
            digits.and_then(|d| std::str::from_utf8(d).ok()).ok_or_else(|| self.fault("bad \\u escape"))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|e| e.to_string())
    }
}

#[test]
fn numbers_keep_their_text_and_compare_by_value() {
    let parse = |t: &str| Json::parse(t.as_bytes()).unwrap();
    assert_eq!(parse("[1.10, 1e5, 12345678901234567890]").dump(), "[1.10, 1e5, 12345678901234567890]");
    assert!(parse("[1, -0, 1e2]").same(&parse("[1.0, 0, 100]")));
    assert!(!parse("12345678901234567890").same(&parse("12345678901234567891")));
    assert!(!parse("1").same(&parse("true")));
}

#[test]
fn strings_are_bytes() {
    let value = Json::parse(br#""\u00e9\udcff\ud83d\ude00\n""#).unwrap();
    assert_eq!(value.bytes().unwrap(), b"\xc3\xa9\xff\xf0\x9f\x98\x80\n");
    assert_eq!(value.dump(), r#""\u00e9\udcff\ud83d\ude00\n""#);
}

#[test]
fn broken_texts_are_refused() {
    for text in ["", "{", "[1,]", "01", "1.", "tru", "\"\n\"", "{\"a\" 1}", "{1:2}", "1 2", "\"\\x\"", "-"] {
        assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Json::parse("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn the_last_of_equal_keys_wins() {
    let value = Json::parse(br#"{"a":1,"b":2,"a":3}"#).unwrap();
    assert!(value.same(&Json::parse(br#"{"b":2,"a":3}"#).unwrap()));
}
