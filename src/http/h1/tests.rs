//! The pieces of the head codec that whole messages do not show.

use super::fields::classify;
use super::parse::{parse_request, parse_response};
use super::scan::HeadScanner;
use super::write;
use crate::http::fault::{Fault, Kind};
use crate::http::head::{Known, Method, RequestHead, ResponseHead};

#[test]
fn names_are_known_in_any_case() {
    let rows = [
        ("accept-encoding", Known::AcceptEncoding),
        ("cache-control", Known::CacheControl),
        ("connection", Known::Connection),
        ("content-encoding", Known::ContentEncoding),
        ("content-length", Known::ContentLength),
        ("content-type", Known::ContentType),
        ("date", Known::Date),
        ("expect", Known::Expect),
        ("host", Known::Host),
        ("keep-alive", Known::KeepAlive),
        ("location", Known::Location),
        ("proxy-connection", Known::ProxyConnection),
        ("server", Known::Server),
        ("te", Known::Te),
        ("trailer", Known::Trailer),
        ("transfer-encoding", Known::TransferEncoding),
        ("upgrade", Known::Upgrade),
        ("user-agent", Known::UserAgent),
        ("x-forwarded-for", Known::XForwardedFor),
        ("x-forwarded-host", Known::XForwardedHost),
        ("x-forwarded-via", Known::XForwardedVia),
    ];
    for (name, known) in rows {
        assert_eq!(classify(name.as_bytes()), known, "{name}");
        assert_eq!(classify(name.to_ascii_uppercase().as_bytes()), known, "{name}");
        // One other letter anywhere makes another name.
        for at in 0..name.len() {
            let mut other = name.as_bytes().to_vec();
            other[at] = b'q';
            assert_eq!(classify(&other), Known::Other, "{name} at {at}");
        }
    }
    assert_eq!(classify(b""), Known::Other);
}

#[test]
fn tables_are_filled_anew_without_growing() {
    let long =
        b"GET /a?b HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    let short = b"POST / HTTP/1.0\r\n\r\n";
    let mut out = RequestHead::default();
    assert_eq!(parse_request(long, &mut out), Ok(()));
    let before = (out.fields.as_ptr(), out.fields.capacity());
    assert_eq!(parse_request(short, &mut out), Ok(()));
    let mut fresh = RequestHead::default();
    assert_eq!(parse_request(short, &mut fresh), Ok(()));
    assert_eq!(format!("{out:?}"), format!("{fresh:?}"), "something of the first head is left");
    assert_eq!(parse_request(long, &mut out), Ok(()));
    assert_eq!((out.fields.as_ptr(), out.fields.capacity()), before);

    let mut out = ResponseHead::default();
    assert_eq!(parse_response(b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", Method::Get, &mut out), Ok(()));
    assert_eq!(parse_response(b"HTTP/1.0 200 OK\r\n\r\n", Method::Get, &mut out), Ok(()));
    let mut fresh = ResponseHead::default();
    assert_eq!(parse_response(b"HTTP/1.0 200 OK\r\n\r\n", Method::Get, &mut fresh), Ok(()));
    assert_eq!(format!("{out:?}"), format!("{fresh:?}"));
}

/// The parser refuses by itself what the scanner would have refused.
#[test]
fn heads_that_no_scanner_cut_are_refused() {
    let rows: &[&[u8]] = &[
        b"",
        b"\r\n",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        b"GET / HTTP/1.1\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: b\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n\r\n",
        b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    for head in rows {
        let verdict = parse_request(head, &mut RequestHead::default());
        let refused = matches!(verdict, Err(Fault { kind: Kind::BadRequest(_), .. }));
        assert!(refused, "{}: {verdict:?}", head.escape_ascii());
    }
    let head = b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n";
    assert!(parse_response(head, Method::Get, &mut ResponseHead::default()).is_err());
}

#[test]
fn a_scanner_serves_one_head_after_the_other() {
    let mut scanner = HeadScanner::request(100);
    assert!(!scanner.started());
    assert_eq!(scanner.find_end(b"GET / HTTP/1.1\r\nHost"), Ok(None));
    assert!(scanner.started());
    let both = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(scanner.find_end(both), Ok(Some(27)));
    assert!(!scanner.started());
    assert_eq!(scanner.find_end(&both[27..]), Ok(Some(28)));
}

#[test]
fn faults_of_a_head_come_before_its_end() {
    for (bytes, rule) in [
        (&b"GET / HTTP/1.1\n"[..], "bare LF in the head"),
        (b"GET / \rH", "bare CR in the head"),
        (b"GET \0", "NUL in the head"),
        (b"\r\n\r\n", "empty line before the head"),
    ] {
        let verdict = HeadScanner::request(100).find_end(bytes);
        assert_eq!(verdict, Err(Fault::client(Kind::BadRequest(rule))));
    }
}

#[test]
fn messages_are_written_from_their_pieces() {
    let mut out = Vec::new();
    write::request_line(&mut out, b"GET", b"/a", Some(b"b=c"));
    write::field(&mut out, b"Host", b"h:1");
    write::content_length(&mut out, u64::MAX);
    write::transfer_chunked(&mut out);
    out.extend_from_slice(write::HEAD_END);
    let want = "GET /a?b=c HTTP/1.1\r\nHost: h:1\r\nContent-Length: 18446744073709551615\r\n\
        Transfer-Encoding: chunked\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&out), want);

    for (status, line) in [
        (200, "HTTP/1.1 200 OK\r\n"),
        (404, "HTTP/1.1 404 Not Found\r\n"),
        (307, "HTTP/1.1 307 Temporary Redirect\r\n"),
        (103, "HTTP/1.1 103 Early Hints\r\n"),
        (511, "HTTP/1.1 511 Network Authentication Required\r\n"),
        (299, "HTTP/1.1 299 \r\n"),
        (599, "HTTP/1.1 599 \r\n"),
    ] {
        out.clear();
        write::status_line(&mut out, status);
        assert_eq!(String::from_utf8_lossy(&out), line);
    }
}

#[test]
fn chunk_sizes_are_written_in_hex() {
    for size in [1, 9, 10, 15, 16, 255, 256, 4096, 65_535, 1 << 20, usize::MAX] {
        let mut out = Vec::new();
        write::chunk_start(&mut out, size);
        assert_eq!(out, format!("{size:X}\r\n").into_bytes());
    }
    let mut out = Vec::new();
    write::chunk(&mut out, b"");
    assert!(out.is_empty(), "an empty chunk would end the body");
    write::chunk(&mut out, b"hi");
    assert_eq!(out, b"2\r\nhi\r\n");
}

#[test]
fn line_ends_never_pass_into_a_line() {
    let mut out = Vec::new();
    write::filtered(&mut out, b"a\r\nB: c\0d", |b| !matches!(b, b'\r' | b'\n' | 0));
    assert_eq!(out, b"aB: cd");
    let written = std::panic::catch_unwind(|| {
        let mut out = Vec::new();
        write::field(&mut out, b"A", b"b\r\nC: d");
        write::request_line(&mut out, b"GET", b"/a b", None);
        out
    });
    // A debug build stops at such a value; a release build leaves the bytes out.
    match written {
        Ok(out) => assert_eq!(out, b"A: bC: d\r\nGET /ab HTTP/1.1\r\n"),
        Err(_) if cfg!(debug_assertions) => {}
        Err(_) => panic!("a release build must go on"),
    }
}
