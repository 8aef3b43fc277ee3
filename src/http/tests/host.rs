//! The Host field, and authorities in general.

use super::{check_requests, Row, Want, NO_BODY};

macro_rules! host {
    ($text:expr) => {
        concat!("GET / HTTP/1.1\r\n", $text, "\r\n\r\n").as_bytes()
    };
}

const ROWS: &[Row] = &[
    ("missing", host!("A: b"), Want::Bad),
    ("empty", host!("Host:"), NO_BODY),
    ("two-equal", host!("Host: a\r\nHost: a"), Want::Bad),
    ("two-different", host!("Host: a\r\nhOsT: b"), Want::Bad),
    ("two-in-1.0", b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", Want::Bad),
    ("bad-in-1.0", b"GET / HTTP/1.0\r\nHost: a/b\r\n\r\n", Want::Bad),
    ("list", host!("Host: a, b"), Want::Bad),
    ("name", host!("Host: api.example.com"), NO_BODY),
    ("underscore", host!("Host: a_b"), NO_BODY),
    ("sub-delims", host!("Host: a!$&'()*+,;=b"), NO_BODY),
    ("escape", host!("Host: a%20b"), NO_BODY),
    ("broken-escape", host!("Host: a%2"), Want::Bad),
    ("wrong-escape", host!("Host: a%zz"), Want::Bad),
    ("port", host!("Host: a:8080"), NO_BODY),
    ("port-empty", host!("Host: a:"), NO_BODY),
    ("port-zero", host!("Host: a:0"), NO_BODY),
    ("port-largest", host!("Host: a:65535"), NO_BODY),
    ("port-too-large", host!("Host: a:65536"), Want::Bad),
    ("port-too-long", host!("Host: a:000080"), Want::Bad),
    ("port-text", host!("Host: localhost:80x"), Want::Bad),
    ("port-sign", host!("Host: a:+80"), Want::Bad),
    ("port-negative", host!("Host: a:-1"), Want::Bad),
    ("port-twice", host!("Host: a:80:80"), Want::Bad),
    ("port-alone", host!("Host: :80"), Want::Bad),
    ("v4", host!("Host: 127.0.0.1:80"), NO_BODY),
    ("v6", host!("Host: [::1]:80"), NO_BODY),
    ("v6-no-port", host!("Host: [2001:db8::1]"), NO_BODY),
    ("v6-empty-port", host!("Host: [::1]:"), NO_BODY),
    ("v6-open", host!("Host: [::1"), Want::Bad),
    ("v6-empty", host!("Host: []"), Want::Bad),
    ("v6-wrong", host!("Host: [::g]"), Want::Bad),
    ("v6-zone", host!("Host: [fe80::1%25eth0]"), Want::Bad),
    ("v6-and-text", host!("Host: [::1]a"), Want::Bad),
    ("v6-without-brackets", host!("Host: ::1"), Want::Bad),
    ("blank-inside", host!("Host: a b"), Want::Bad),
    ("tab-inside", host!("Host: a\tb"), Want::Bad),
    ("user-info", host!("Host: u@a"), Want::Bad),
    ("slash", host!("Host: a/b"), Want::Bad),
    ("backslash", host!("Host: a\\b"), Want::Bad),
    ("question", host!("Host: a?b"), Want::Bad),
    ("fragment", host!("Host: a#b"), Want::Bad),
    ("quote", host!("Host: a\"b"), Want::Bad),
    ("angle", host!("Host: <a>"), Want::Bad),
    ("not-ascii", host!("Host: ä"), Want::Bad),
    ("scheme", host!("Host: http://a"), Want::Bad),
    ("nul", host!("Host: a\0b"), Want::Bad),
    ("blanks-around", host!("Host: \t a \t "), NO_BODY),
    ("blank-before-colon", host!("Host : a"), Want::Bad),
    ("folded", host!("Host:\r\n a"), Want::Bad),
    ("nominated", host!("Connection: Host\r\nHost: a"), NO_BODY),
];

#[test]
fn hosts() {
    check_requests(ROWS);
}
