//! The tokens of an XML text, checked and bounded; knows nothing of what is made of them.
//!
//! quick-xml finds the markup. This file adds what it leaves to its user: names, characters,
//! references, limits. A document type declaration is skipped; the only entities are the five
//! of XML itself, so there is nothing that could expand or be fetched.

use super::names::{is_legal, split};
use crate::json::DecodeError;
use crate::limits::{XML_DEPTH, XML_NODES};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::Reader;

/// An attribute: its name as written, its value with references resolved.
pub(in crate::encoding) struct Attr {
    pub name: String,
    pub value: String,
}

pub(in crate::encoding) enum Token {
    Start {
        /// The name as written; a valid name with at most one colon.
        name: String,
        attrs: Vec<Attr>,
        /// Where the content of the element starts in the text.
        at: usize,
    },
    End {
        /// Where the content of the element ends.
        at: usize,
    },
    /// One run of text, or one CDATA section; comments and instructions cut a run.
    Text(String),
    /// The document ended; never inside of an element.
    Eof,
}

/// How much a document may bend the rules.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::encoding) enum Rules {
    Strict,
    /// Feeds: `&` that starts no known reference is text.
    Lenient,
}

pub(in crate::encoding) struct Scanner<'a> {
    reader: Reader<&'a [u8]>,
    rules: Rules,
    /// What ended a run of text, and where it started.
    pending: Option<(Event<'a>, usize)>,
    depth: usize,
    nodes: usize,
}

const BROKEN: DecodeError = DecodeError("XML: not well-formed");
const UNKNOWN: DecodeError = DecodeError("XML: unknown reference");
/// How far the end of a reference is looked for in an attribute.
const REFERENCE_BYTES: usize = 64;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str, rules: Rules) -> Scanner<'a> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = rules == Rules::Strict;
        config.allow_dangling_amp = rules == Rules::Lenient;
        Scanner { reader, rules, pending: None, depth: 0, nodes: 0 }
    }

    /// The next token.
    ///
    /// # Errors
    /// Text that is not well-formed, or a limit reached.
    pub fn next(&mut self) -> Result<Token, DecodeError> {
        let mut run = String::new();
        loop {
            let (event, at) = match self.pending.take() {
                Some(pending) => pending,
                None => {
                    let at = self.position();
                    (self.reader.read_event().map_err(|_| BROKEN)?, at)
                }
            };
            match event {
                Event::Text(text) => self.push_text(&mut run, &text.xml10_content())?,
                Event::GeneralRef(name) if push_reference(&mut run, &name) => {}
                Event::GeneralRef(_) if self.rules == Rules::Strict => return Err(UNKNOWN),
                Event::GeneralRef(name) => {
                    run.push('&');
                    self.push_text(&mut run, &name)?;
                    run.push(';');
                }
                other if run.is_empty() => {
                    if let Some(token) = self.token(other, at)? {
                        return Ok(token);
                    }
                }
                other => {
                    self.pending = Some((other, at));
                    return Ok(Token::Text(run));
                }
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn token(&mut self, event: Event<'a>, at: usize) -> Result<Option<Token>, DecodeError> {
        match event {
            Event::Start(start) | Event::Empty(start) => self.start(&start).map(Some),
            Event::End(_) => {
                self.depth = self.depth.checked_sub(1).ok_or(BROKEN)?;
                Ok(Some(Token::End { at }))
            }
            Event::CData(data) => {
                let data = data.xml10_content();
                check_legal(&data)?;
                Ok(Some(Token::Text(data.into_owned())))
            }
            Event::Decl(declaration) => check_version(&declaration).map(|()| None),
            Event::Eof if self.depth > 0 => Err(DecodeError("XML: an element does not end")),
            Event::Eof => Ok(Some(Token::Eof)),
            Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Text(_) | Event::GeneralRef(_) => {
                Ok(None)
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'a>) -> Result<Token, DecodeError> {
        self.depth += 1;
        if self.depth > XML_DEPTH {
            return Err(DecodeError("XML: too deep"));
        }
        self.count()?;
        let name = start.name().0;
        split(name).ok_or(DecodeError("XML: invalid name"))?;
        let mut attrs = Vec::new();
        for attr in start.attributes().with_checks(false) {
            let attr = attr.map_err(|_| BROKEN)?;
            self.count()?;
            split(attr.key.0).ok_or(DecodeError("XML: invalid name"))?;
            let value = attribute_value(&attr.value, self.rules)?;
            attrs.push(Attr { name: attr.key.0.to_owned(), value });
        }
        Ok(Token::Start { name: name.to_owned(), attrs, at: self.position() })
    }

    fn count(&mut self) -> Result<(), DecodeError> {
        self.nodes += 1;
        if self.nodes > XML_NODES {
            return Err(DecodeError("XML: too many elements and attributes"));
        }
        Ok(())
    }

    fn push_text(&self, run: &mut String, text: &str) -> Result<(), DecodeError> {
        check_legal(text)?;
        if self.rules == Rules::Strict && text.contains("]]>") {
            return Err(DecodeError("XML: ]]> outside of CDATA"));
        }
        run.push_str(text);
        Ok(())
    }
}

fn check_legal(text: &str) -> Result<(), DecodeError> {
    if text.chars().all(is_legal) {
        Ok(())
    } else {
        Err(DecodeError("XML: illegal character"))
    }
}

fn check_version(declaration: &BytesDecl<'_>) -> Result<(), DecodeError> {
    match declaration.version() {
        Ok(version) if version == "1.0" => Ok(()),
        _ => Err(DecodeError("XML: unsupported version")),
    }
}

/// Appends what the reference `name` stands for. False: nothing, or a character that XML text
/// may not hold.
fn push_reference(out: &mut String, name: &str) -> bool {
    let Some(number) = name.strip_prefix('#') else {
        let known = resolve_predefined_entity(name);
        out.push_str(known.unwrap_or_default());
        return known.is_some();
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    let code = Some(digits).filter(|digits| digits.chars().all(|c| c.is_digit(radix)));
    let code = code.and_then(|digits| u32::from_str_radix(digits, radix).ok());
    let c = code.and_then(char::from_u32).filter(|c| is_legal(*c));
    out.extend(c);
    c.is_some()
}

/// The value of an attribute. White space stays as it is written, but for line ends.
fn attribute_value(raw: &str, rules: Rules) -> Result<String, DecodeError> {
    if rules == Rules::Strict && raw.contains('<') {
        return Err(DecodeError("XML: < in an attribute"));
    }
    check_legal(raw)?;
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        push_lines(&mut value, &rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(REFERENCE_BYTES).position(|b| matches!(b, b';' | b'&'));
        match end.filter(|end| rest[*end..].starts_with(';') && push_reference(&mut value, &rest[..*end])) {
            Some(end) => rest = &rest[end + 1..],
            None if rules == Rules::Strict => return Err(UNKNOWN),
            None => value.push('&'),
        }
    }
    push_lines(&mut value, rest);
    Ok(value)
}

/// Line ends become `\n` (XML 1.0 section 2.11).
fn push_lines(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('\r') {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
}
