//! Answers of backends: the status line, framing, and whether the connection may be kept.

use super::{check_row, verdict, Got, Row, Want, NO_BODY};
use crate::http::body::{BodyDecoder, Framing};
use crate::http::fault::{Fault, Kind, Whose};
use crate::http::h1::parse::parse_response;
use crate::http::head::{Method, ResponseHead};
use crate::limits::HEADER_FIELDS;

macro_rules! ok {
    ($fields:expr, $body:expr) => {
        concat!("HTTP/1.1 200 OK\r\n", $fields, "\r\n\r\n", $body).as_bytes()
    };
}

macro_rules! status {
    ($line:expr) => {
        concat!($line, "\r\nContent-Length: 2\r\n\r\nhi").as_bytes()
    };
}

const HI: Want = Want::Body("hi");

const ROWS: &[Row] = &[
    ("plain", status!("HTTP/1.1 200 OK"), HI),
    ("http-1.0", status!("HTTP/1.0 200 OK"), HI),
    ("reason-empty", status!("HTTP/1.1 200 "), HI),
    ("reason-absent", status!("HTTP/1.1 200"), HI),
    ("reason-obs-text", b"HTTP/1.1 200 \xfcber\r\nContent-Length: 2\r\n\r\nhi", HI),
    ("reason-long", status!("HTTP/1.1 404 there is no such thing"), HI),
    ("reason-control", status!("HTTP/1.1 200 O\x01K"), Want::Bad),
    ("reason-cr", status!("HTTP/1.1 200 O\rK"), Want::Bad),
    ("reason-lf", status!("HTTP/1.1 200 OK\nA: b"), Want::Bad),
    ("status-99", status!("HTTP/1.1 099 OK"), Want::Bad),
    ("status-000", status!("HTTP/1.1 000 OK"), Want::Bad),
    ("status-600", status!("HTTP/1.1 600 OK"), Want::Bad),
    ("status-999", status!("HTTP/1.1 999 OK"), Want::Bad),
    ("status-599", status!("HTTP/1.1 599 OK"), HI),
    ("status-two-digits", status!("HTTP/1.1 20 OK"), Want::Bad),
    ("status-four-digits", status!("HTTP/1.1 2000 OK"), Want::Bad),
    ("status-text", status!("HTTP/1.1 OK"), Want::Bad),
    ("status-sign", status!("HTTP/1.1 +20 OK"), Want::Bad),
    ("status-absent", status!("HTTP/1.1"), Want::Bad),
    ("two-blanks", status!("HTTP/1.1  200 OK"), Want::Bad),
    ("tab", status!("HTTP/1.1\t200 OK"), Want::Bad),
    ("version-2", status!("HTTP/2.0 200 OK"), Want::Bad),
    ("version-1.2", status!("HTTP/1.2 200 OK"), Want::Bad),
    ("version-lower", status!("http/1.1 200 OK"), Want::Bad),
    ("icy", status!("ICY 200 OK"), Want::Bad),
    ("garbage", b"hello\r\n\r\n", Want::Bad),
    ("empty-line-first", b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Want::Bad),
    ("bare-lf", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", Want::Bad),
    ("nul", ok!("A: \0", ""), Want::Bad),
    ("folded", ok!("A: b\r\n c", ""), Want::Bad),
    ("blank-before-colon", ok!("Content-Length : 2", "hi"), Want::Bad),
    ("switch", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Want::Bad),
    ("interim", b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 2", Want::Left("", 10)),
    ("continue", b"HTTP/1.1 100 Continue\r\n\r\n", NO_BODY),
    ("cl", ok!("Content-Length: 2", "hi"), HI),
    ("cl-zero", ok!("Content-Length: 0", ""), NO_BODY),
    ("cl-more-bytes", ok!("Content-Length: 2", "hi!"), Want::Left("hi", 1)),
    ("cl-short", ok!("Content-Length: 3", "hi"), Want::Wait),
    ("cl-two-equal", ok!("Content-Length: 2\r\nContent-Length: 2", "hi"), HI),
    ("cl-list-equal", ok!("Content-Length: 2, 2", "hi"), HI),
    ("cl-two-different", ok!("Content-Length: 2\r\nContent-Length: 3", "hi"), Want::Bad),
    ("cl-list-different", ok!("Content-Length: 2,3", "hi"), Want::Bad),
    ("cl-list-open", ok!("Content-Length: 2,", "hi"), Want::Bad),
    ("cl-negative", ok!("Content-Length: -1", "hi"), Want::Bad),
    ("cl-plus", ok!("Content-Length: +2", "hi"), Want::Bad),
    ("cl-text", ok!("Content-Length: two", "hi"), Want::Bad),
    ("cl-empty", ok!("Content-Length:", "hi"), Want::Bad),
    ("cl-overflow", ok!("Content-Length: 9223372036854775808", "hi"), Want::Bad),
    ("cl-te", ok!("Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), Want::Bad),
    ("te-cl", ok!("Transfer-Encoding: chunked\r\nContent-Length: 2", "0\r\n\r\n"), Want::Bad),
    ("te", ok!("Transfer-Encoding: Chunked", "2\r\nhi\r\n0\r\n\r\n"), HI),
    ("te-gzip", ok!("Transfer-Encoding: gzip", "hi"), Want::Bad),
    ("te-identity", ok!("Transfer-Encoding: identity", "hi"), Want::Bad),
    ("te-list", ok!("Transfer-Encoding: gzip, chunked", "hi"), Want::Bad),
    ("te-twice", ok!("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", ""), Want::Bad),
    ("te-empty", ok!("Transfer-Encoding:", ""), Want::Bad),
    ("te-1.0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Want::Bad),
    ("te-bad-size", ok!("Transfer-Encoding: chunked", "x\r\n"), Want::BadBody),
    ("te-no-crlf", ok!("Transfer-Encoding: chunked", "2\r\nhi0\r\n\r\n"), Want::BadBody),
    ("te-lf", ok!("Transfer-Encoding: chunked", "2\nhi\n0\n\n"), Want::BadBody),
    ("te-more-bytes", ok!("Transfer-Encoding: chunked", "0\r\n\r\nHTTP"), Want::Left("", 4)),
    ("no-length", ok!("A: b", "hi"), Want::Wait),
    ("204", b"HTTP/1.1 204 No Content\r\n\r\n", NO_BODY),
    ("204-with-body", b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", Want::Left("", 2)),
    ("304", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", NO_BODY),
];

#[test]
fn answers() {
    for row in ROWS {
        check_row(row, Whose::Upstream, Method::Get);
    }
}

#[test]
fn answers_to_head_have_no_body() {
    let rows: &[Row] = &[
        ("cl", ok!("Content-Length: 2", ""), NO_BODY),
        ("te", ok!("Transfer-Encoding: chunked", ""), NO_BODY),
        ("none", ok!("A: b", ""), NO_BODY),
        ("bytes-behind", ok!("Content-Length: 2", "hi"), Want::Left("", 2)),
        ("cl-te", ok!("Content-Length: 2\r\nTransfer-Encoding: chunked", ""), Want::Bad),
    ];
    for row in rows {
        check_row(row, Whose::Upstream, Method::Head);
    }
}

fn parsed(head: &str, method: Method) -> Result<ResponseHead, Fault> {
    let mut out = ResponseHead::default();
    parse_response(head.as_bytes(), method, &mut out).map(|()| out)
}

#[test]
fn kept_connections_are_beyond_doubt() {
    let rows = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2", Method::Get, true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", Method::Get, true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close", Method::Get, false),
        ("HTTP/1.1 200 OK", Method::Get, false),
        ("HTTP/1.1 200 OK", Method::Head, true),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2", Method::Get, false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive", Method::Get, true),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive", Method::Get, false),
        ("HTTP/1.1 204 No Content", Method::Get, true),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 0", Method::Get, true),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 2", Method::Get, false),
        ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked", Method::Get, false),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 2", Method::Get, true),
        ("HTTP/1.1 200 OK", Method::Connect, false),
    ];
    for (text, method, keeps) in rows {
        let head = parsed(&format!("{text}\r\n\r\n"), method).map(|h| h.keep_alive);
        assert_eq!(head, Ok(keeps), "{text}");
    }
}

#[test]
fn a_body_until_close_ends_with_the_connection() {
    let head = parsed("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", Method::Get);
    assert_eq!(head.map(|h| (h.status, h.framing)), Ok((200, Framing::UntilClose)));
    let mut decoder = BodyDecoder::new(Framing::UntilClose, Whose::Upstream);
    assert!(!decoder.is_done());
    assert_eq!(decoder.at_eof(), Ok(()));
    assert!(decoder.is_done());
}

#[test]
fn the_number_of_fields_is_bounded() {
    let head = |count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(count));
    let most = parsed(&head(HEADER_FIELDS), Method::Get).map(|h| h.fields.len());
    assert_eq!(most, Ok(HEADER_FIELDS));
    let got = verdict("more", Whose::Upstream, Method::Get, head(HEADER_FIELDS + 1).as_bytes());
    assert_eq!(got, Got::Head(Fault::upstream(Kind::BadAnswer("too many header fields"))));
}
