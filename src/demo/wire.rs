//! Just enough HTTP/1.1 for a demo backend: one bounded request in, one answer with a length out;
//! knows nothing of the shop.

use super::shop::Answer;
use crate::limits::{DEMO_BODY_BYTES, DEMO_HEAD_BYTES};
use std::io::{self, BufRead, Read, Write};

/// What the demo backends look at of a request; its body was read and thrown away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    /// The connection stays open after the answer.
    pub(super) keep: bool,
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// The client went away, or was silent for too long.
    Gone,
    /// Answer with this status, then close.
    Refuse(u16),
}

impl From<io::Error> for Unfit {
    fn from(_: io::Error) -> Unfit {
        Unfit::Gone
    }
}

/// How a request body is framed (RFC 9112 section 6).
#[derive(Clone, Copy)]
enum Framing {
    Length(u64),
    Chunked,
}

/// What the fields of a head say.
struct Fields {
    framing: Framing,
    close: bool,
    keep_alive: bool,
    expects: bool,
}

/// Reads one request with its body. `continue_to` gets the interim answer that
/// `Expect: 100-continue` asks for.
pub(super) fn read(from: &mut impl BufRead, continue_to: &mut impl Write) -> Result<Request, Unfit> {
    let mut left = DEMO_HEAD_BYTES;
    let mut line = read_line(from, &mut left)?;
    if line.is_empty() {
        // RFC 9112 section 2.2: an empty line before the request line is ignored.
        line = read_line(from, &mut left)?;
    }
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Unfit::Refuse(400));
    };
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return Err(Unfit::Refuse(400));
    }
    let fields = read_fields(from, &mut left)?;
    if fields.expects {
        continue_to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    discard_body(from, fields.framing)?;
    Ok(Request {
        method: method.to_owned(),
        path: target.split('?').next().unwrap_or(target).to_owned(),
        keep: !fields.close && (version != "HTTP/1.0" || fields.keep_alive),
    })
}

fn read_fields(from: &mut impl BufRead, left: &mut usize) -> Result<Fields, Unfit> {
    let mut fields = Fields { framing: Framing::Length(0), close: false, keep_alive: false, expects: false };
    loop {
        let line = read_line(from, left)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let (name, value) = line.split_once(':').ok_or(Unfit::Refuse(400))?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                let length = value.parse().map_err(|_| Unfit::Refuse(400))?;
                fields.framing = Framing::Length(length);
            }
            "transfer-encoding" => {
                if !value.eq_ignore_ascii_case("chunked") {
                    return Err(Unfit::Refuse(501));
                }
                fields.framing = Framing::Chunked;
            }
            "connection" => {
                fields.close |= value.eq_ignore_ascii_case("close");
                fields.keep_alive |= value.eq_ignore_ascii_case("keep-alive");
            }
            "expect" => fields.expects = value.eq_ignore_ascii_case("100-continue"),
            _ => {}
        }
    }
}

fn discard_body(from: &mut impl BufRead, framing: Framing) -> Result<(), Unfit> {
    match framing {
        Framing::Length(length) => {
            if length > DEMO_BODY_BYTES {
                return Err(Unfit::Refuse(413));
            }
            discard(from, length)
        }
        Framing::Chunked => discard_chunks(from),
    }
}

fn discard_chunks(from: &mut impl BufRead) -> Result<(), Unfit> {
    let mut left = DEMO_BODY_BYTES;
    loop {
        let mut line_left = DEMO_HEAD_BYTES;
        let line = read_line(from, &mut line_left)?;
        let digits = line.split(';').next().unwrap_or("").trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| Unfit::Refuse(400))?;
        left = left.checked_sub(size).ok_or(Unfit::Refuse(413))?;
        if size == 0 {
            while !read_line(from, &mut line_left)?.is_empty() {}
            return Ok(());
        }
        discard(from, size)?;
        if !read_line(from, &mut line_left)?.is_empty() {
            return Err(Unfit::Refuse(400));
        }
    }
}

fn discard(from: &mut impl BufRead, length: u64) -> Result<(), Unfit> {
    let read = io::copy(&mut from.by_ref().take(length), &mut io::sink())?;
    if read == length {
        Ok(())
    } else {
        Err(Unfit::Gone)
    }
}

/// One line without its end; `left` is what the head may still take, in bytes.
fn read_line(from: &mut impl BufRead, left: &mut usize) -> Result<String, Unfit> {
    let mut line = Vec::new();
    let read = from.by_ref().take(*left as u64).read_until(b'\n', &mut line)?;
    *left = left.saturating_sub(read);
    if line.pop() != Some(b'\n') {
        return Err(if *left == 0 { Unfit::Refuse(431) } else { Unfit::Gone });
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| Unfit::Refuse(400))
}

/// Writes `answer` in one piece. `with_body` is false for HEAD: the length stays, the body goes.
pub(super) fn write(
    to: &mut impl Write,
    server: &str,
    answer: Answer,
    with_body: bool,
    keep: bool,
) -> io::Result<()> {
    let body = if with_body { answer.body } else { "" };
    let text = format!(
        "HTTP/1.1 {} {}\r\nServer: demo-{server}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{body}",
        answer.status,
        reason(answer.status),
        answer.body.len(),
        if keep { "" } else { "Connection: close\r\n" },
    );
    to.write_all(text.as_bytes())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}
