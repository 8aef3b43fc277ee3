//! Tables of messages and verdicts. Every message is read in one piece, split at every byte, and
//! byte by byte, and must get the same verdict each time.

mod body;
mod chunk;
mod corpus;
mod fields;
mod framing;
mod host;
mod reqline;
mod response;
mod uri;

use super::body::{BodyDecoder, Framing, Step};
use super::fault::{Fault, Kind, Whose};
use super::h1::parse::{parse_request, parse_response};
use super::h1::scan::HeadScanner;
use super::head::{Method, RequestHead, ResponseHead};

/// What a reader made of the bytes.
#[derive(Clone, Debug, PartialEq)]
enum Got {
    /// Needs more bytes.
    Wait,
    /// The head is refused.
    Head(Fault),
    /// The body is refused.
    Body(Fault),
    /// A whole message: framing, data, whether the connection stays, bytes after the message.
    Message { framing: Framing, data: Vec<u8>, keep_alive: bool, left: usize },
}

/// What a row of a table asks for.
#[derive(Clone, Copy, Debug)]
enum Want {
    /// A message with this body and no byte left over.
    Body(&'static str),
    /// A message with this body, and so many bytes left over.
    Left(&'static str, usize),
    /// 400 for the head (of an answer: a bad answer).
    Bad,
    /// 400 for the body.
    BadBody,
    /// The head gets exactly this fault.
    Is(Kind),
    /// The body gets exactly this fault.
    BodyIs(Kind),
    Wait,
}

const NO_BODY: Want = Want::Body("");

type Row = (&'static str, &'static [u8], Want);

/// A request with the given line.
macro_rules! line {
    ($text:expr) => {
        concat!($text, "\r\nHost: a\r\n\r\n").as_bytes()
    };
}

/// A POST with the given field lines and what follows the head.
macro_rules! post {
    ($fields:expr, $body:expr) => {
        concat!("POST / HTTP/1.1\r\nHost: a\r\n", $fields, "\r\n\r\n", $body).as_bytes()
    };
}

use {line, post};

const LIMIT: usize = 4096;

struct Reader {
    scanner: HeadScanner,
    whose: Whose,
    method: Method,
    body: Option<(Framing, bool, BodyDecoder)>,
    data: Vec<u8>,
    /// Bytes that were taken for good.
    at: usize,
}

impl Reader {
    fn new(whose: Whose, method: Method) -> Reader {
        let scanner = match whose {
            Whose::Client => HeadScanner::request(LIMIT),
            _ => HeadScanner::response(LIMIT),
        };
        Reader { scanner, whose, method, body: None, data: Vec::new(), at: 0 }
    }

    fn head(&self, head: &[u8]) -> Result<(Framing, bool), Fault> {
        if self.whose == Whose::Client {
            let mut out = RequestHead::default();
            parse_request(head, &mut out)?;
            Ok((out.framing, out.keep_alive))
        } else {
            let mut out = ResponseHead::default();
            parse_response(head, self.method, &mut out)?;
            Ok((out.framing, out.keep_alive))
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Got {
        if self.body.is_none() {
            let head = match self.scanner.find_end(bytes) {
                Ok(None) => return Got::Wait,
                Ok(Some(end)) => self.head(&bytes[..end]).map(|h| (end, h)),
                Err(fault) => Err(fault),
            };
            match head {
                Err(fault) => return Got::Head(fault),
                Ok((end, (framing, keep_alive))) => {
                    self.at = end;
                    self.body = Some((framing, keep_alive, BodyDecoder::new(framing, self.whose)));
                }
            }
        }
        let Some((framing, keep_alive, decoder)) = self.body.as_mut() else { return Got::Wait };
        loop {
            match decoder.next(&bytes[self.at..]) {
                Err(fault) => return Got::Body(fault),
                Ok(Step::Data { skip, len }) => {
                    self.at += skip;
                    self.data.extend_from_slice(&bytes[self.at..self.at + len]);
                    self.at += len;
                }
                Ok(Step::More) => {
                    self.at = bytes.len();
                    return Got::Wait;
                }
                Ok(Step::End { skip }) => {
                    let left = bytes.len() - self.at - skip;
                    let data = self.data.clone();
                    return Got::Message { framing: *framing, data, keep_alive: *keep_alive, left };
                }
            }
        }
    }
}

/// Reads `input` as it grows to each of the given lengths.
fn read_growing(whose: Whose, method: Method, input: &[u8], lengths: impl Iterator<Item = usize>) -> Got {
    let mut reader = Reader::new(whose, method);
    for length in lengths {
        match reader.read(&input[..length]) {
            Got::Wait => {}
            Got::Message { framing, data, keep_alive, left } => {
                // What is left over counts to the end of the input, however it was cut.
                let left = left + input.len() - length;
                return Got::Message { framing, data, keep_alive, left };
            }
            verdict => return verdict,
        }
    }
    Got::Wait
}

/// The verdict on `input`, asserted to be the same for every way to cut it.
fn verdict(name: &str, whose: Whose, method: Method, input: &[u8]) -> Got {
    let whole = read_growing(whose, method, input, std::iter::once(input.len()));
    for cut in 0..input.len() {
        let split = read_growing(whose, method, input, [cut, input.len()].into_iter());
        assert_eq!(split, whole, "{name}: split at {cut}");
    }
    let bytes = read_growing(whose, method, input, 0..=input.len());
    assert_eq!(bytes, whole, "{name}: byte by byte");
    whole
}

fn is_malformed(fault: Fault) -> bool {
    matches!(fault.kind, Kind::BadRequest(_) | Kind::BadAnswer(_))
}

fn check_row(row: &Row, whose: Whose, method: Method) {
    let (name, input, want) = *row;
    let got = verdict(name, whose, method, input);
    let fits = match (want, &got) {
        (Want::Wait, Got::Wait) => true,
        (Want::Bad, Got::Head(fault)) | (Want::BadBody, Got::Body(fault)) => is_malformed(*fault),
        (Want::Is(kind), Got::Head(fault)) | (Want::BodyIs(kind), Got::Body(fault)) => fault.kind == kind,
        (Want::Body(body), Got::Message { data, left, .. }) => body.as_bytes() == data && *left == 0,
        (Want::Left(body, n), Got::Message { data, left, .. }) => body.as_bytes() == data && *left == n,
        _ => false,
    };
    assert!(fits, "{name}: wanted {want:?}, got {got:?}, of {}", input.escape_ascii());
    if let Got::Head(fault) | Got::Body(fault) = got {
        assert_eq!(fault.whose, whose, "{name}");
    }
}

fn check_requests(rows: &[Row]) {
    for row in rows {
        check_row(row, Whose::Client, Method::Get);
    }
}

/// A parsed request head; panics when it is refused.
fn request(head: &[u8]) -> RequestHead {
    let mut out = RequestHead::default();
    assert_eq!(parse_request(head, &mut out), Ok(()), "{}", head.escape_ascii());
    out
}
