//! Chunked framing of request bodies.

use super::{check_requests, check_row, Row, Want, NO_BODY};
use crate::http::body::{BodyDecoder, Framing};
use crate::http::fault::{Kind, Whose};
use crate::http::head::Method;
use crate::limits::{CHUNK_EXTENSION_BYTES, HEADER_FIELDS, TRAILER_BYTES};

macro_rules! chunked {
    ($body:expr) => {
        concat!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", $body).as_bytes()
    };
}

const HELLO: Want = Want::Body("hello");

const ROWS: &[Row] = &[
    ("plain", chunked!("5\r\nhello\r\n0\r\n\r\n"), HELLO),
    ("several", chunked!("2\r\nhe\r\n1\r\nl\r\n2\r\nlo\r\n0\r\n\r\n"), HELLO),
    ("empty", chunked!("0\r\n\r\n"), NO_BODY),
    ("upper-hex", chunked!("A\r\n0123456789\r\n0\r\n\r\n"), Want::Body("0123456789")),
    ("lower-hex", chunked!("b\r\n0123456789x\r\n0\r\n\r\n"), Want::Body("0123456789x")),
    ("leading-zeros", chunked!("0005\r\nhello\r\n000\r\n\r\n"), HELLO),
    ("sixteen-digits", chunked!("0000000000000005\r\nhello\r\n0\r\n\r\n"), HELLO),
    ("seventeen-digits", chunked!("00000000000000005\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("overflow", chunked!("10000000000000005\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("largest", chunked!("ffffffffffffffff\r\nhello"), Want::Wait),
    ("no-size", chunked!("\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("plus", chunked!("+5\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("minus", chunked!("-5\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("prefix", chunked!("0x5\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("not-hex", chunked!("5g\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("underscore", chunked!("0_5\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("fraction", chunked!("5.0\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("quoted", chunked!("\"5\"\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("blank-before", chunked!(" 5\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("blank-behind", chunked!("5 \r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("tab-behind", chunked!("5\t\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("blank-inside", chunked!("0 5\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("nul", chunked!("5\0\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("vertical-tab", chunked!("5\x0b\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("lf-behind-size", chunked!("5\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("cr-behind-size", chunked!("5\rhello\r\n0\r\n\r\n"), Want::BadBody),
    ("cr-cr-behind-size", chunked!("5\r\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("lf-behind-data", chunked!("5\r\nhello\n0\r\n\r\n"), Want::BadBody),
    ("cr-behind-data", chunked!("5\r\nhello\r0\r\n\r\n"), Want::BadBody),
    ("nothing-behind-data", chunked!("5\r\nhello0\r\n\r\n"), Want::BadBody),
    ("two-bytes-behind-data", chunked!("5\r\nhelloXX0\r\n\r\n"), Want::BadBody),
    ("data-too-long", chunked!("4\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("data-too-short", chunked!("6\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("lf-behind-last", chunked!("0\n\r\n"), Want::BadBody),
    ("lf-ends-body", chunked!("0\r\n\n"), Want::BadBody),
    ("lf-lf-ends-body", chunked!("0\n\n"), Want::BadBody),
    ("cr-ends-body", chunked!("0\r\n\rX"), Want::BadBody),
    ("garbage-behind-last", chunked!("0\r\nGET / HTTP/1.1\r\n\r\n"), Want::BadBody),
    ("extension", chunked!("5;a=b\r\nhello\r\n0;c\r\n\r\n"), HELLO),
    ("extension-quoted", chunked!("5;a=\"b;c d\"\r\nhello\r\n0\r\n\r\n"), HELLO),
    ("extension-blanks", chunked!("5 \t; a = b\r\nhello\r\n0\r\n\r\n"), HELLO),
    ("extension-empty", chunked!("5;\r\nhello\r\n0\r\n\r\n"), HELLO),
    ("extension-without-size", chunked!(";a\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("extension-lf", chunked!("5;a\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("extension-lf-inside", chunked!("5;a\nb\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("extension-cr-inside", chunked!("5;a\rb\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("extension-nul", chunked!("5;a\0\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("extension-control", chunked!("5;\x01\r\nhello\r\n0\r\n\r\n"), Want::BadBody),
    ("extension-lf-last", chunked!("0;a\n\r\n"), Want::BadBody),
    ("trailer", chunked!("5\r\nhello\r\n0\r\nA: b\r\n\r\n"), HELLO),
    ("trailers", chunked!("0\r\nA: b\r\nC:\r\nD: \t e\r\n\r\n"), NO_BODY),
    ("trailer-framing", chunked!("0\r\nContent-Length: 5\r\n\r\nhello"), Want::Left("", 5)),
    ("trailer-no-colon", chunked!("0\r\nA\r\n\r\n"), Want::BadBody),
    ("trailer-empty-name", chunked!("0\r\n: b\r\n\r\n"), Want::BadBody),
    ("trailer-blank-in-name", chunked!("0\r\nA : b\r\n\r\n"), Want::BadBody),
    ("trailer-folded", chunked!("0\r\nA: b\r\n c\r\n\r\n"), Want::BadBody),
    ("trailer-lf", chunked!("0\r\nA: b\n\r\n"), Want::BadBody),
    ("trailer-cr", chunked!("0\r\nA: b\rc\r\n\r\n"), Want::BadBody),
    ("trailer-nul", chunked!("0\r\nA: \0\r\n\r\n"), Want::BadBody),
    ("incomplete-size", chunked!("5"), Want::Wait),
    ("incomplete-data", chunked!("5\r\nhell"), Want::Wait),
    ("no-last-chunk", chunked!("5\r\nhello\r\n"), Want::Wait),
    ("no-last-line", chunked!("5\r\nhello\r\n0\r\n"), Want::Wait),
    ("next-request-behind", chunked!("5\r\nhello\r\n0\r\n\r\nGET /"), Want::Left("hello", 5)),
    ("empty-line-behind", chunked!("0\r\n\r\n\r\n"), Want::Left("", 2)),
];

#[test]
fn chunks() {
    check_requests(ROWS);
}

fn decode(body: &[u8]) -> Result<(), Kind> {
    let mut decoder = BodyDecoder::new(Framing::Chunked, Whose::Client);
    decoder.next(body).map(|_| ()).map_err(|fault| fault.kind)
}

#[test]
fn extensions_are_bounded_per_body() {
    let one = |length: usize| format!("0{}", ";".repeat(length)).into_bytes();
    assert_eq!(decode(&one(CHUNK_EXTENSION_BYTES)), Ok(()));
    assert_eq!(decode(&one(CHUNK_EXTENSION_BYTES + 1)), Err(Kind::BadRequest("chunk extensions too long")));
    // Many small ones count in sum.
    let mut decoder = BodyDecoder::new(Framing::Chunked, Whose::Client);
    let piece = b"1;12345678\r\nx\r\n";
    let mut taken = 0;
    let fault = loop {
        let mut at = 0;
        let fault = loop {
            match decoder.next(&piece[at..]) {
                Ok(crate::http::body::Step::Data { skip, len }) => at += skip + len,
                Ok(_) => break None,
                Err(fault) => break Some(fault),
            }
        };
        if let Some(fault) = fault {
            break fault;
        }
        taken += 1;
        assert!(taken <= CHUNK_EXTENSION_BYTES, "no bound");
    };
    assert_eq!(taken, CHUNK_EXTENSION_BYTES / 9);
    assert_eq!(fault.kind, Kind::BadRequest("chunk extensions too long"));
}

#[test]
fn trailers_are_bounded() {
    let many = |count: usize| format!("0\r\n{}", "A:\r\n".repeat(count)).into_bytes();
    assert_eq!(decode(&many(HEADER_FIELDS)), Ok(()));
    assert_eq!(decode(&many(HEADER_FIELDS + 1)), Err(Kind::TooManyFields));
    let long = |bytes: usize| format!("0\r\nA:{}", "b".repeat(bytes - 2)).into_bytes();
    assert_eq!(decode(&long(TRAILER_BYTES)), Ok(()));
    assert_eq!(decode(&long(TRAILER_BYTES + 1)), Err(Kind::HeadTooLarge));
}

#[test]
fn bounds_hold_at_every_split_of_an_answer_too() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let input = format!("{head}0\r\n{}", "A:\r\n".repeat(HEADER_FIELDS + 1)).leak();
    let want = Want::BodyIs(Kind::BadAnswer("too many header fields"));
    check_row(&("fields", input.as_bytes(), want), Whose::Upstream, Method::Get);
}
