//! The header fields of a head: what they are, whose they are, and what they say of the framing.
//!
//! Shared by requests and answers; where the rules differ, `Whose` tells them apart.
//!
//! hot: one pass over the fields, a second one only for what `Connection` names.

use crate::http::ascii::{self, TOKEN};
use crate::http::fault::{Fault, Whose};
use crate::http::head::{Field, Known, Span};
use crate::limits::CONNECTION_OPTIONS;

/// What the fields say in sum.
#[derive(Default)]
pub(super) struct Facts {
    pub host: Option<Span>,
    pub length: Option<u64>,
    /// Transfer-Encoding fields; the only one that is understood is a single `chunked`.
    pub encodings: u32,
    pub chunked: bool,
    pub close: bool,
    pub keep_alive: bool,
    pub expects: u32,
    pub expects_continue: bool,
    connection: bool,
}

/// Offsets of `piece`, which lies in the head that starts at the address `base`.
#[inline]
pub(super) fn span(base: usize, piece: &[u8]) -> Span {
    let start = (piece.as_ptr() as usize).wrapping_sub(base) as u32;
    Span { start, end: start + piece.len() as u32 }
}

/// Fills `out` with the fields of `head` and gathers what they say.
///
/// # Errors
/// A line that does not end in CRLF, a second Host, a Content-Length that RFC 9112 section 6.3
/// calls invalid (of a request: any repeat), too many connection options.
pub(super) fn collect(
    head: &[u8],
    headers: &[httparse::Header<'_>],
    out: &mut Vec<Field>,
    whose: Whose,
) -> Result<Facts, Fault> {
    let base = head.as_ptr() as usize;
    let mut facts = Facts::default();
    out.clear();
    out.reserve(headers.len()); // alloc: grows to the largest head seen, then stays
    for header in headers {
        let name = span(base, header.name.as_bytes());
        let start = name.start as usize;
        if head.get(start.wrapping_sub(2)..start) != Some(b"\r\n") {
            return Err(Fault::malformed(whose, "bare LF in the head"));
        }
        let known = classify(header.name.as_bytes());
        let value = span(base, header.value);
        if known != Known::Other {
            facts.take(known, header.value, value, whose)?;
        }
        out.push(Field { name, value, known, hop: is_hop(known) });
    }
    if facts.connection {
        facts.read_connection(head, out, whose)?;
    }
    Ok(facts)
}

impl Facts {
    fn take_host(&mut self, place: Span) -> Result<(), Fault> {
        match self.host.replace(place) {
            None => Ok(()),
            Some(_) => Err(Fault::malformed(Whose::Client, "more than one Host")),
        }
    }

    fn take(&mut self, known: Known, value: &[u8], place: Span, whose: Whose) -> Result<(), Fault> {
        match known {
            Known::Host if whose == Whose::Client => self.take_host(place)?,
            Known::ContentLength => self.take_length(value, whose)?,
            Known::TransferEncoding => {
                self.encodings += 1;
                self.chunked = value.eq_ignore_ascii_case(b"chunked");
            }
            Known::Expect => {
                self.expects += 1;
                self.expects_continue = value.eq_ignore_ascii_case(b"100-continue");
            }
            Known::Connection => self.connection = true,
            _ => {}
        }
        Ok(())
    }

    /// A request may give its length once; of an answer equal repeats count as one
    /// (RFC 9112 section 6.3, rule 5).
    fn take_length(&mut self, value: &[u8], whose: Whose) -> Result<(), Fault> {
        if whose == Whose::Client {
            let length = parse_length(value).ok_or(Fault::malformed(whose, "invalid Content-Length"))?;
            if self.length.replace(length).is_some() {
                return Err(Fault::malformed(whose, "more than one Content-Length"));
            }
            return Ok(());
        }
        for item in value.split(|&b| b == b',') {
            let length = parse_length(trim(item)).ok_or(Fault::malformed(whose, "invalid Content-Length"))?;
            if self.length.replace(length).is_some_and(|other| other != length) {
                return Err(Fault::malformed(whose, "different Content-Lengths"));
            }
        }
        Ok(())
    }

    /// Reads the connection options and marks the fields that they name (RFC 9110 section 7.6.1).
    ///
    /// Content-Length and Host stay: to take those away from the next hop would change the message.
    fn read_connection(&mut self, head: &[u8], fields: &mut [Field], whose: Whose) -> Result<(), Fault> {
        let mut options = 0;
        for at in 0..fields.len() {
            if fields[at].known != Known::Connection {
                continue;
            }
            for option in fields[at].value.of(head).split(|&b| b == b',') {
                let option = trim(option);
                if option.is_empty() {
                    continue;
                }
                options += 1;
                if options > CONNECTION_OPTIONS {
                    return Err(Fault::malformed(whose, "too many connection options"));
                }
                if option.eq_ignore_ascii_case(b"close") {
                    self.close = true;
                } else if option.eq_ignore_ascii_case(b"keep-alive") {
                    self.keep_alive = true;
                } else {
                    nominate(option, head, fields);
                }
            }
        }
        Ok(())
    }
}

fn nominate(option: &[u8], head: &[u8], fields: &mut [Field]) {
    for field in fields {
        if !matches!(field.known, Known::ContentLength | Known::Host)
            && field.name.of(head).eq_ignore_ascii_case(option)
        {
            field.hop = true;
        }
    }
}

/// `1*DIGIT` that fits an i64, Go's bound, so that sums of lengths cannot wrap.
fn parse_length(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    i64::try_from(value).ok().map(|_| value)
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Hop-by-hop by itself (RFC 9110 section 7.6.1; `Proxy-Connection` by its appendix).
const fn is_hop(known: Known) -> bool {
    matches!(
        known,
        Known::Connection
            | Known::KeepAlive
            | Known::ProxyConnection
            | Known::Te
            | Known::Trailer
            | Known::TransferEncoding
            | Known::Upgrade
    )
}

/// The known field of a name, compared without case. Length and first letter leave at most two
/// names to compare.
pub(super) fn classify(name: &[u8]) -> Known {
    let Some(first) = name.first() else { return Known::Other };
    let (text, known): (&[u8], Known) = match (name.len(), first | 0x20) {
        (2, b't') => (b"te", Known::Te),
        (4, b'h') => (b"host", Known::Host),
        (4, b'd') => (b"date", Known::Date),
        (6, b'e') => (b"expect", Known::Expect),
        (6, b's') => (b"server", Known::Server),
        (7, b't') => (b"trailer", Known::Trailer),
        (7, b'u') => (b"upgrade", Known::Upgrade),
        (8, b'l') => (b"location", Known::Location),
        (10, b'c') => (b"connection", Known::Connection),
        (10, b'k') => (b"keep-alive", Known::KeepAlive),
        (10, b'u') => (b"user-agent", Known::UserAgent),
        (12, b'c') => (b"content-type", Known::ContentType),
        (13, b'c') => (b"cache-control", Known::CacheControl),
        (14, b'c') => (b"content-length", Known::ContentLength),
        (15, b'a') => (b"accept-encoding", Known::AcceptEncoding),
        (15, b'x') => return classify_forwarded(name),
        (16, b'c') => (b"content-encoding", Known::ContentEncoding),
        (16, b'p') => (b"proxy-connection", Known::ProxyConnection),
        (16, b'x') => (b"x-forwarded-host", Known::XForwardedHost),
        (17, b't') => (b"transfer-encoding", Known::TransferEncoding),
        _ => return Known::Other,
    };
    if name.eq_ignore_ascii_case(text) {
        known
    } else {
        Known::Other
    }
}

fn classify_forwarded(name: &[u8]) -> Known {
    if name.eq_ignore_ascii_case(b"x-forwarded-for") {
        Known::XForwardedFor
    } else if name.eq_ignore_ascii_case(b"x-forwarded-via") {
        Known::XForwardedVia
    } else {
        Known::Other
    }
}

/// What is wrong with a head that httparse refused: its error with the texts of our rules.
#[cold]
pub(super) fn refusal(head: &[u8], error: httparse::Error, whose: Whose) -> Fault {
    let rule = match error {
        httparse::Error::TooManyHeaders => return Fault::too_many_fields(whose),
        httparse::Error::HeaderName if folds(head) => "folded header line",
        httparse::Error::HeaderName => "invalid header name",
        httparse::Error::HeaderValue => "invalid byte in a header value",
        httparse::Error::NewLine => "invalid line end",
        httparse::Error::Status => "invalid status line",
        httparse::Error::Token => "invalid request line",
        httparse::Error::Version => "invalid protocol version",
    };
    Fault::malformed(whose, rule)
}

fn folds(head: &[u8]) -> bool {
    head.windows(3).any(|w| matches!(w, b"\r\n " | b"\r\n\t"))
}

/// Whether `text` is a token (RFC 9110 section 5.6.2).
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && ascii::all(text, TOKEN)
}
