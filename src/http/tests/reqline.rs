//! The request line: spacing, methods, versions, forms of the target.

use super::{check_requests, line, request, Row, Want, NO_BODY};
use crate::http::fault::Kind;
use crate::http::head::{Method, Version};

const VERSION: Want = Want::Is(Kind::UnsupportedVersion);

const ROWS: &[Row] = &[
    ("plain", line!("GET / HTTP/1.1"), NO_BODY),
    ("http-1.0", line!("GET / HTTP/1.0"), NO_BODY),
    ("http-1.0-without-host", b"GET / HTTP/1.0\r\n\r\n", NO_BODY),
    ("two-blanks-before-target", line!("GET  / HTTP/1.1"), Want::Bad),
    ("two-blanks-before-version", line!("GET /  HTTP/1.1"), Want::Bad),
    ("blank-in-target", line!("GET /a b HTTP/1.1"), Want::Bad),
    ("tab-before-target", line!("GET\t/ HTTP/1.1"), Want::Bad),
    ("tab-before-version", line!("GET /\tHTTP/1.1"), Want::Bad),
    ("vertical-tab", line!("GET /\x0bHTTP/1.1"), Want::Bad),
    ("form-feed-in-target", line!("GET /\x0c HTTP/1.1"), Want::Bad),
    ("blank-after-version", line!("GET / HTTP/1.1 "), Want::Bad),
    ("tab-after-version", line!("GET / HTTP/1.1\t"), Want::Bad),
    ("blank-before-method", line!(" GET / HTTP/1.1"), Want::Bad),
    ("no-version", line!("GET /"), Want::Bad),
    ("no-target", line!("GET HTTP/1.1"), Want::Bad),
    ("empty-target", line!("GET  HTTP/1.1"), Want::Bad),
    ("only-method", line!("GET"), Want::Bad),
    ("http-0.9", b"GET /\r\n\r\n", Want::Bad),
    ("version-0.9", line!("GET / HTTP/0.9"), VERSION),
    ("version-1.2", line!("GET / HTTP/1.2"), VERSION),
    ("version-1.9", line!("GET / HTTP/1.9"), VERSION),
    ("version-2.0", line!("GET / HTTP/2.0"), VERSION),
    ("version-3.0", line!("GET / HTTP/3.0"), VERSION),
    ("h2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VERSION),
    ("version-one-digit", line!("GET / HTTP/1"), Want::Bad),
    ("version-two", line!("GET / HTTP/2"), Want::Bad),
    ("version-long-minor", line!("GET / HTTP/1.32"), Want::Bad),
    ("version-long-major", line!("GET / HTTP/01.1"), Want::Bad),
    ("version-lower-case", line!("GET / http/1.1"), Want::Bad),
    ("version-mixed-case", line!("GET / Http/1.1"), Want::Bad),
    ("version-comma", line!("GET / HTTP/1,1"), Want::Bad),
    ("version-sign", line!("GET / HTTP/1.+"), Want::Bad),
    ("version-other-protocol", line!("GET / HTTPS/1.1"), Want::Bad),
    ("version-alone", line!("GET / HTTP/"), Want::Bad),
    ("version-short", b"GET / H\r\n\r\n", Want::Bad),
    ("method-lower-case", line!("get / HTTP/1.1"), NO_BODY),
    ("method-unknown", line!("BREW / HTTP/1.1"), NO_BODY),
    ("method-registered", line!("UPDATEREDIRECTREF / HTTP/1.1"), NO_BODY),
    ("method-at-bound", line!("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / HTTP/1.1"), NO_BODY),
    ("method-too-long", line!("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1"), Want::Bad),
    ("method-with-colon", line!("GET: / HTTP/1.1"), Want::Bad),
    ("method-with-at", line!("G@T / HTTP/1.1"), Want::Bad),
    ("method-control", line!("G\x01T / HTTP/1.1"), Want::Bad),
    ("method-not-ascii", line!("GÉT / HTTP/1.1"), Want::Bad),
    ("nul-in-target", line!("GET /\0 HTTP/1.1"), Want::Bad),
    ("delete-in-target", line!("GET /\x7f HTTP/1.1"), Want::Bad),
    ("escape-in-target", line!("GET /\x1b HTTP/1.1"), Want::Bad),
    ("utf-8-in-path", line!("GET /ü HTTP/1.1"), NO_BODY),
    ("utf-8-in-query", line!("GET /?ü=é HTTP/1.1"), NO_BODY),
    ("latin-1-in-path", b"GET /\xfc HTTP/1.1\r\nHost: a\r\n\r\n", NO_BODY),
    ("latin-1-and-bad-version", b"GET /\xfc HTTP/1.3\r\nHost: a\r\n\r\n", VERSION),
    ("latin-1-and-bad-field", b"GET /\xfc HTTP/1.1\r\nHost : a\r\n\r\n", Want::Bad),
    ("latin-1-no-host", b"GET /\xfc HTTP/1.1\r\n\r\n", Want::Bad),
    ("latin-1-body", b"GET /\xfc HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", Want::Body("x")),
    ("fragment", line!("GET /#a HTTP/1.1"), Want::Bad),
    ("fragment-after-query", line!("GET /?a#b HTTP/1.1"), Want::Bad),
    ("query-after-fragment", line!("GET /#b?a HTTP/1.1"), Want::Bad),
    ("no-leading-slash", line!("GET a HTTP/1.1"), Want::Bad),
    ("query-without-path", line!("GET ?a HTTP/1.1"), Want::Bad),
    ("backslash", line!("GET \\ HTTP/1.1"), Want::Bad),
    ("star-get", line!("GET * HTTP/1.1"), Want::Bad),
    ("star-options", line!("OPTIONS * HTTP/1.1"), NO_BODY),
    ("star-and-more", line!("OPTIONS *a HTTP/1.1"), Want::Bad),
    ("absolute", line!("GET http://b/c HTTP/1.1"), NO_BODY),
    ("absolute-https", line!("GET https://b:443/c HTTP/1.1"), NO_BODY),
    ("absolute-scheme-case", line!("GET HTTP://b/ HTTP/1.1"), NO_BODY),
    ("absolute-no-path", line!("GET http://b HTTP/1.1"), NO_BODY),
    ("absolute-other-scheme", line!("GET ftp://b/ HTTP/1.1"), Want::Bad),
    ("absolute-no-authority", line!("GET http:///c HTTP/1.1"), Want::Bad),
    ("absolute-one-slash", line!("GET http:/c HTTP/1.1"), Want::Bad),
    ("absolute-user-info", line!("GET http://u@b/ HTTP/1.1"), Want::Bad),
    ("absolute-bad-port", line!("GET http://b:80x/ HTTP/1.1"), Want::Bad),
    ("absolute-fragment", line!("GET http://b/#c HTTP/1.1"), Want::Bad),
    ("absolute-without-host", b"GET http://b/ HTTP/1.1\r\n\r\n", Want::Bad),
    ("absolute-bad-host", b"GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n", Want::Bad),
    ("authority-get", line!("GET b:443 HTTP/1.1"), Want::Bad),
    ("connect", line!("CONNECT b:443 HTTP/1.1"), NO_BODY),
    ("connect-v6", line!("CONNECT [::1]:443 HTTP/1.1"), NO_BODY),
    ("connect-no-port", line!("CONNECT b HTTP/1.1"), Want::Bad),
    ("connect-empty-port", line!("CONNECT b: HTTP/1.1"), Want::Bad),
    ("connect-path", line!("CONNECT /a HTTP/1.1"), Want::Bad),
    ("connect-absolute", line!("CONNECT http://b/ HTTP/1.1"), Want::Bad),
    ("one-empty-line-first", b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", NO_BODY),
    ("two-empty-lines-first", b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Want::Bad),
    ("bare-lf-first", b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Want::Bad),
    ("bare-cr-first", b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", Want::Bad),
    ("bare-lf-ends-line", b"GET / HTTP/1.1\nHost: a\r\n\r\n", Want::Bad),
    ("bare-cr-ends-line", b"GET / HTTP/1.1\rHost: a\r\n\r\n", Want::Bad),
    ("cr-in-line", b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", Want::Bad),
    ("tls-hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", Want::Bad),
    ("incomplete", b"GET / HTTP/1.1\r\nHost: a\r\n", Want::Wait),
    ("nothing", b"", Want::Wait),
    ("pipelined", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b", Want::Left("", 6)),
];

#[test]
fn request_lines() {
    check_requests(ROWS);
}

#[test]
fn a_target_is_split_into_its_pieces() {
    let rows: &[(&str, &str, Option<&str>, &str)] = &[
        ("GET /a/b HTTP/1.1", "/a/b", None, "a"),
        ("GET /a? HTTP/1.1", "/a", Some(""), "a"),
        ("GET /a?b=?c HTTP/1.1", "/a", Some("b=?c"), "a"),
        ("GET //b/c HTTP/1.1", "//b/c", None, "a"),
        ("GET /%2e%zz HTTP/1.1", "/%2e%zz", None, "a"),
        ("OPTIONS * HTTP/1.1", "*", None, "a"),
        ("GET http://b:8080/c?d HTTP/1.1", "/c", Some("d"), "b:8080"),
        ("GET http://b HTTP/1.1", "/", None, "b"),
        ("GET http://b?d=/ HTTP/1.1", "/", Some("d=/"), "b"),
        ("CONNECT b:443 HTTP/1.1", "", None, "b:443"),
    ];
    for (line, path, query, host) in rows {
        let head = format!("{line}\r\nHost: a\r\n\r\n");
        let bytes = head.as_bytes();
        let out = request(bytes);
        assert_eq!(out.path.of(bytes), path.as_bytes(), "{line}");
        assert_eq!(out.query.map(|q| q.of(bytes)), query.map(str::as_bytes), "{line}");
        assert_eq!(out.host.of(bytes), host.as_bytes(), "{line}");
    }
}

#[test]
fn method_and_version_come_out() {
    let head = b"\r\nPATCH /\xff?\xfe HTTP/1.0\r\n\r\n";
    let out = request(head);
    assert_eq!((out.method, out.version), (Method::Patch, Version::Http10));
    assert_eq!(out.path.of(head), b"/\xff");
    assert_eq!(out.query.map(|q| q.of(head)), Some(&b"\xfe"[..]));
    assert!(out.host.is_empty());
    let head = line!("patch / HTTP/1.1");
    let out = request(head);
    assert_eq!((out.method, out.version), (Method::Other, Version::Http11));
    assert_eq!(out.method_token.of(head), b"patch");
}
