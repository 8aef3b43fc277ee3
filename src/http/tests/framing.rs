//! Content-Length and Transfer-Encoding of requests.

use super::{check_requests, post, request, Row, Want, NO_BODY};
use crate::http::body::Framing;
use crate::http::fault::Kind;

const CODING: Want = Want::Is(Kind::UnsupportedTransferEncoding);
const HELLO: Want = Want::Body("hello");

const LENGTHS: &[Row] = &[
    ("plain", post!("Content-Length: 5", "hello"), HELLO),
    ("case", post!("cOnTeNt-LeNgTh: 5", "hello"), HELLO),
    ("blanks-around", post!("Content-Length: \t5 \t", "hello"), HELLO),
    ("zero", post!("Content-Length: 0", ""), NO_BODY),
    ("leading-zeros", post!("Content-Length: 0000000000000000000000005", "hello"), HELLO),
    ("next-request-behind", post!("Content-Length: 5", "helloGET /"), Want::Left("hello", 5)),
    ("short-body", post!("Content-Length: 5", "hell"), Want::Wait),
    ("none-then-bytes", post!("A: b", "hello"), Want::Left("", 5)),
    ("two-equal", post!("Content-Length: 5\r\nContent-Length: 5", "hello"), Want::Bad),
    ("two-different", post!("Content-Length: 5\r\nContent-Length: 6", "hello"), Want::Bad),
    ("zero-and-five", post!("Content-Length: 0\r\nContent-Length: 5", "hello"), Want::Bad),
    ("list-equal", post!("Content-Length: 5, 5", "hello"), Want::Bad),
    ("list-different", post!("Content-Length: 5,6", "hello"), Want::Bad),
    ("list-open", post!("Content-Length: 5,", "hello"), Want::Bad),
    ("plus", post!("Content-Length: +5", "hello"), Want::Bad),
    ("minus", post!("Content-Length: -5", "hello"), Want::Bad),
    ("minus-zero", post!("Content-Length: -0", ""), Want::Bad),
    ("empty", post!("Content-Length:", ""), Want::Bad),
    ("only-blanks", post!("Content-Length:  \t", ""), Want::Bad),
    ("hex", post!("Content-Length: 0x5", "hello"), Want::Bad),
    ("hex-digits", post!("Content-Length: a", "hello"), Want::Bad),
    ("fraction", post!("Content-Length: 5.0", "hello"), Want::Bad),
    ("exponent", post!("Content-Length: 5e0", "hello"), Want::Bad),
    ("underscore", post!("Content-Length: 1_0", "hello"), Want::Bad),
    ("blank-inside", post!("Content-Length: 1 0", "hello"), Want::Bad),
    ("quoted", post!("Content-Length: \"5\"", "hello"), Want::Bad),
    ("parameter", post!("Content-Length: 5;a", "hello"), Want::Bad),
    ("overflow-u64", post!("Content-Length: 18446744073709551621", "hello"), Want::Bad),
    ("overflow-i64", post!("Content-Length: 9223372036854775808", "hello"), Want::Bad),
    ("overflow-far", post!("Content-Length: 99999999999999999999999999999999", "hello"), Want::Bad),
    ("nominated", post!("Connection: Content-Length\r\nContent-Length: 5", "hello"), HELLO),
    ("blank-before-colon", post!("Content-Length : 5", "hello"), Want::Bad),
    ("control-inside", post!("Content-Length: 5\x0b", "hello"), Want::Bad),
    ("full-width-digit", post!("Content-Length: ５", "hello"), Want::Bad),
    ("not-the-name", post!("Content_Length: 5", ""), NO_BODY),
    ("http-1.0", b"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", HELLO),
];

const ENCODINGS: &[Row] = &[
    ("plain", post!("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"), HELLO),
    ("case", post!("TRANSFER-encoding: ChunKed", "5\r\nhello\r\n0\r\n\r\n"), HELLO),
    ("blanks-around", post!("Transfer-Encoding:\t chunked \t", "0\r\n\r\n"), NO_BODY),
    ("cl-te", post!("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), Want::Bad),
    ("te-cl", post!("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), Want::Bad),
    ("cl0-te", post!("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), Want::Bad),
    (
        "cl-te-smuggle",
        post!("Content-Length: 30\r\nTransfer-Encoding: chunked", "0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n"),
        Want::Bad,
    ),
    ("cl-odd-te", post!("Content-Length: 5\r\nTransfer-Encoding: gzip", "hello"), Want::Bad),
    ("bad-cl-te", post!("Content-Length: x\r\nTransfer-Encoding: chunked", ""), Want::Bad),
    ("two-chunked", post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", ""), CODING),
    ("chunked-identity", post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", ""), CODING),
    ("identity-chunked", post!("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", ""), CODING),
    ("empty-chunked", post!("Transfer-Encoding:\r\nTransfer-Encoding: chunked", ""), CODING),
    ("list-twice", post!("Transfer-Encoding: chunked, chunked", ""), CODING),
    ("gzip-chunked", post!("Transfer-Encoding: gzip, chunked", ""), CODING),
    ("chunked-gzip", post!("Transfer-Encoding: chunked, gzip", ""), CODING),
    ("identity", post!("Transfer-Encoding: identity", ""), CODING),
    ("gzip", post!("Transfer-Encoding: gzip", ""), CODING),
    ("empty", post!("Transfer-Encoding:", ""), CODING),
    ("open-list", post!("Transfer-Encoding: chunked,", ""), CODING),
    ("open-list-first", post!("Transfer-Encoding: ,chunked", ""), CODING),
    ("parameter", post!("Transfer-Encoding: chunked;a=b", ""), CODING),
    ("quoted", post!("Transfer-Encoding: \"chunked\"", ""), CODING),
    ("single-quoted", post!("Transfer-Encoding: 'chunked'", ""), CODING),
    ("misspelt", post!("Transfer-Encoding: xchunked", ""), CODING),
    ("misspelt-end", post!("Transfer-Encoding: chunkedx", ""), CODING),
    ("blank-inside", post!("Transfer-Encoding: chun ked", ""), CODING),
    ("obs-text", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \xa0chunked\r\n\r\n", CODING),
    ("long-s", post!("Transfer-Encoding: \u{17f}chunked", ""), CODING),
    ("vertical-tab", post!("Transfer-Encoding: \x0bchunked", ""), Want::Bad),
    ("form-feed", post!("Transfer-Encoding: chunked\x0c", ""), Want::Bad),
    ("nul", post!("Transfer-Encoding: chunked\0", ""), Want::Bad),
    ("blank-before-colon", post!("Transfer-Encoding : chunked", ""), Want::Bad),
    ("tab-before-colon", post!("Transfer-Encoding\t: chunked", ""), Want::Bad),
    ("blank-first", post!(" Transfer-Encoding: chunked", ""), Want::Bad),
    ("folded", post!("Transfer-Encoding:\r\n chunked", ""), Want::Bad),
    ("folded-behind", post!("A: b\r\n Transfer-Encoding: chunked", ""), Want::Bad),
    ("bare-lf", post!("A: b\nTransfer-Encoding: chunked", ""), Want::Bad),
    ("bare-cr", post!("A: b\rTransfer-Encoding: chunked", ""), Want::Bad),
    ("not-the-name", post!("Transfer_Encoding: chunked", ""), NO_BODY),
    ("nominated", post!("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), NO_BODY),
    ("http-1.0", b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Want::Bad),
    (
        "http-1.0-keep-alive",
        b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Want::Bad,
    ),
    ("http-1.0-odd", b"POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n", Want::Bad),
    (
        "next-request-behind",
        post!("Transfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\nGET"),
        Want::Left("x", 3),
    ),
];

#[test]
fn lengths() {
    check_requests(LENGTHS);
}

#[test]
fn encodings() {
    check_requests(ENCODINGS);
}

#[test]
fn the_framing_comes_out() {
    let rows = [
        ("A: b", Framing::None),
        ("Content-Length: 0", Framing::Length(0)),
        ("Content-Length: 9223372036854775807", Framing::Length(i64::MAX as u64)),
        ("Transfer-Encoding: chunked", Framing::Chunked),
    ];
    for (field, framing) in rows {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
        assert_eq!(request(head.as_bytes()).framing, framing, "{field}");
    }
}
