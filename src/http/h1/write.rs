//! Writers that append the pieces of outgoing messages to a buffer; they know no policy.
//!
//! hot: plain appends; the caller's buffer grows to the largest message and stays. CR, LF and NUL
//! never get into a line through a value: a debug build stops, a release build leaves them out.

use crate::http::ascii::{self, HEX_UPPER, SEGMENT};

/// Ends the fields of a head.
pub const HEAD_END: &[u8] = b"\r\n";
/// Ends the data of a chunk.
pub const CHUNK_END: &[u8] = b"\r\n";
/// Ends a chunked body, without trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
/// Tells a waiting client to send its body.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

const OK_LINE: &[u8] = b"HTTP/1.1 200 OK\r\n";

/// `METHOD path?query HTTP/1.1`; the pieces are in their encoded form.
pub fn request_line(out: &mut Vec<u8>, method: &[u8], path: &[u8], query: Option<&[u8]>) {
    request_start(out, method);
    word(out, path);
    if let Some(query) = query {
        out.push(b'?');
        word(out, query);
    }
    request_end(out);
}

/// The part of a request line before the target, for callers that compose the target in place.
pub fn request_start(out: &mut Vec<u8>, method: &[u8]) {
    word(out, method);
    out.push(b' ');
}

/// The part of a request line after the target.
pub fn request_end(out: &mut Vec<u8>) {
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

/// The status line with the reason phrase of [`reason`]; always HTTP/1.1 (RFC 9110 section 6.2).
///
/// A status without three digits is a bug of the caller and goes out as 500.
pub fn status_line(out: &mut Vec<u8>, status: u16) {
    if status == 200 {
        out.extend_from_slice(OK_LINE);
        return;
    }
    debug_assert!((100..=999).contains(&status), "status {status}");
    let status = if (100..=999).contains(&status) { status } else { 500 };
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason(status).as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// One field line.
pub fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    line_text(out, name);
    out.extend_from_slice(b": ");
    line_text(out, value);
    out.extend_from_slice(b"\r\n");
}

/// The `Content-Length` line.
pub fn content_length(out: &mut Vec<u8>, bytes: u64) {
    out.extend_from_slice(b"Content-Length: ");
    out.extend_from_slice(itoa::Buffer::new().format(bytes).as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// The `Transfer-Encoding: chunked` line.
pub fn transfer_chunked(out: &mut Vec<u8>) {
    out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
}

/// The line before the data of a chunk; [`CHUNK_END`] follows the data.
///
/// `bytes` is not zero: a chunk of no data would end the body. Zero writes nothing, so that the
/// mistake breaks the framing in plain sight and does not pass for a complete body.
pub fn chunk_start(out: &mut Vec<u8>, bytes: usize) {
    debug_assert!(bytes > 0, "an empty chunk ends the body");
    if bytes == 0 {
        return;
    }
    let digits = (usize::BITS - bytes.leading_zeros()).div_ceil(4);
    for place in (0..digits).rev() {
        out.push(HEX_UPPER[bytes >> (place * 4) & 15]);
    }
    out.extend_from_slice(b"\r\n");
}

/// One whole chunk; nothing for no data.
pub fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        chunk_start(out, data.len());
        out.extend_from_slice(data);
        out.extend_from_slice(CHUNK_END);
    }
}

/// A value as one path segment: every byte that could change the structure of a URL, and all of
/// `%`, blanks, controls and bytes from 0x80 on, goes out as an escape (RFC 3986 section 3.3).
///
/// Dots stay, so that a segment `.` or `..` has to be refused before.
pub fn encode_segment(out: &mut Vec<u8>, value: &[u8]) {
    escape(out, value, SEGMENT);
}

/// Appends `value` with every byte outside `kept` as `%XX`.
pub(crate) fn escape(out: &mut Vec<u8>, mut value: &[u8], kept: u8) {
    while let Some(cut) = value.iter().position(|&b| !ascii::is(b, kept)) {
        let byte = value[cut];
        out.extend_from_slice(&value[..cut]);
        out.extend_from_slice(&[b'%', HEX_UPPER[(byte >> 4) as usize], HEX_UPPER[(byte & 15) as usize]]);
        value = &value[cut + 1..];
    }
    out.extend_from_slice(value);
}

/// Appends text of a field line.
fn line_text(out: &mut Vec<u8>, text: &[u8]) {
    if memchr::memchr3(b'\r', b'\n', 0, text).is_none() {
        out.extend_from_slice(text);
        return;
    }
    debug_assert!(false, "line end or NUL in a field");
    filtered(out, text, |b| !matches!(b, b'\r' | b'\n' | 0));
}

/// Appends a word of a request line.
fn word(out: &mut Vec<u8>, text: &[u8]) {
    if ascii::all(text, ascii::TARGET) {
        out.extend_from_slice(text);
        return;
    }
    debug_assert!(false, "blank or control in a request line");
    filtered(out, text, |b| ascii::is(b, ascii::TARGET));
}

#[cold]
pub(super) fn filtered(out: &mut Vec<u8>, text: &[u8], keep: impl Fn(u8) -> bool) {
    out.extend(text.iter().copied().filter(|&b| keep(b)));
}

/// The reason phrase of a registered status, in the words of Go's net/http, which KrakenD's clients
/// know; empty for others.
#[must_use]
pub const fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300..=399 => redirect_reason(status),
        400..=499 => client_reason(status),
        500..=599 => server_reason(status),
        _ => "",
    }
}

const fn redirect_reason(status: u16) -> &'static str {
    match status {
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        _ => "",
    }
}

const fn client_reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        414 => "Request URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Requested Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Entity",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        _ => "",
    }
}

const fn server_reason(status: u16) -> &'static str {
    match status {
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    }
}
