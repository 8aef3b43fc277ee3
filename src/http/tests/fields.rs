//! Header syntax, counts and sizes, and what belongs to one connection only.

use super::{check_requests, post, request, verdict, Got, Row, Want, LIMIT, NO_BODY};
use crate::http::fault::{Kind, Whose};
use crate::http::head::{value_of, values, Known, Method};
use crate::limits::{CONNECTION_OPTIONS, HEADER_FIELDS};

const EXPECT: Want = Want::Is(Kind::ExpectationFailed);

const ROWS: &[Row] = &[
    ("plain", post!("A: b", ""), NO_BODY),
    ("no-blank", post!("A:b", ""), NO_BODY),
    ("empty-value", post!("A:", ""), NO_BODY),
    ("only-blanks", post!("A: \t ", ""), NO_BODY),
    ("tab-in-value", post!("A: b\tc", ""), NO_BODY),
    ("obs-text", b"GET / HTTP/1.1\r\nHost: a\r\nA: \xff\xfe\r\n\r\n", NO_BODY),
    ("token-name", post!("!#$%&'*+-.^_`|~1: b", ""), NO_BODY),
    ("fold-blank", post!("A: b\r\n c", ""), Want::Bad),
    ("fold-tab", post!("A: b\r\n\tc", ""), Want::Bad),
    ("fold-first", b"GET / HTTP/1.1\r\n A: b\r\nHost: a\r\n\r\n", Want::Bad),
    ("fold-empty", post!("A:\r\n b", ""), Want::Bad),
    ("fold-only-blank", post!("A: b\r\n \r\nC: d", ""), Want::Bad),
    ("blank-before-colon", post!("A : b", ""), Want::Bad),
    ("tab-before-colon", post!("A\t: b", ""), Want::Bad),
    ("blank-in-name", post!("A B: c", ""), Want::Bad),
    ("empty-name", post!(": b", ""), Want::Bad),
    ("no-colon", post!("A", ""), Want::Bad),
    ("name-paren", post!("A(: b", ""), Want::Bad),
    ("name-slash", post!("A/: b", ""), Want::Bad),
    ("name-quote", post!("\"A\": b", ""), Want::Bad),
    ("name-brace", post!("A{}: b", ""), Want::Bad),
    ("name-control", post!("A\x01: b", ""), Want::Bad),
    ("name-delete", post!("A\x7f: b", ""), Want::Bad),
    ("name-not-ascii", post!("Ä: b", ""), Want::Bad),
    ("name-nul", post!("A\0: b", ""), Want::Bad),
    ("value-nul", post!("A: b\0c", ""), Want::Bad),
    ("value-control", post!("A: b\x01c", ""), Want::Bad),
    ("value-escape", post!("A: b\x1bc", ""), Want::Bad),
    ("value-vertical-tab", post!("A: \x0bb", ""), Want::Bad),
    ("value-delete", post!("A: b\x7f", ""), Want::Bad),
    ("value-bare-cr", post!("A: b\rc", ""), Want::Bad),
    ("value-cr-cr-lf", post!("A: b\r", ""), Want::Bad),
    ("value-bare-lf", post!("A: b\nC: d", ""), Want::Bad),
    ("lf-ends-head", b"GET / HTTP/1.1\r\nHost: a\r\n\n", Want::Bad),
    ("lf-lf-ends-head", b"GET / HTTP/1.1\nHost: a\n\n", Want::Bad),
    ("cr-ends-head", b"GET / HTTP/1.1\r\nHost: a\r\n\rX", Want::Bad),
    ("expect", post!("Expect: 100-continue\r\nContent-Length: 1", "x"), Want::Body("x")),
    ("expect-case", post!("Expect: 100-Continue", ""), NO_BODY),
    ("expect-other", post!("Expect: 200-ok", ""), EXPECT),
    ("expect-list", post!("Expect: 100-continue, 100-continue", ""), EXPECT),
    ("expect-twice", post!("Expect: 100-continue\r\nExpect: 100-continue", ""), EXPECT),
    ("expect-empty", post!("Expect:", ""), EXPECT),
];

#[test]
fn header_fields() {
    check_requests(ROWS);
}

fn with_fields(count: usize) -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    for _ in 1..count {
        head.extend_from_slice(b"A: b\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

#[test]
fn the_number_of_fields_is_bounded() {
    let most = with_fields(HEADER_FIELDS);
    assert_eq!(request(&most).fields.len(), HEADER_FIELDS);
    let more = with_fields(HEADER_FIELDS + 1);
    let Got::Head(fault) = verdict("more", Whose::Client, Method::Get, &more) else { panic!("accepted") };
    assert_eq!(fault.kind, Kind::TooManyFields);
}

#[test]
fn the_size_of_a_head_is_bounded() {
    let filled = |size: usize| {
        let mut head = b"GET / HTTP/1.1\r\nHost: a\r\nA: ".to_vec();
        head.resize(size - 4, b'x');
        head.extend_from_slice(b"\r\n\r\n");
        head
    };
    let got = verdict("at the limit", Whose::Client, Method::Get, &filled(LIMIT));
    assert!(matches!(got, Got::Message { .. }));
    for size in [LIMIT + 1, LIMIT + 2, LIMIT + 4, LIMIT + 5] {
        let got = verdict("above", Whose::Client, Method::Get, &filled(size));
        assert!(matches!(got, Got::Head(f) if f.kind == Kind::HeadTooLarge), "{size}: {got:?}");
    }
    let got = verdict("answer", Whose::Upstream, Method::Get, &[b'x'; LIMIT + 1]);
    assert!(matches!(got, Got::Head(f) if f.kind == Kind::AnswerTooLarge), "{got:?}");
}

#[test]
fn fields_of_one_connection_are_marked() {
    let head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: X-One, close,,\r\nX-One: 1\r\nX-Two: 2\r\n\
        Connection: x-three , Content-Length,Host, Accept\r\nX-THREE: 3\r\nContent-Length: 0\r\n\
        Keep-Alive: a\r\nProxy-Connection: b\r\nTE: trailers\r\nTrailer: c\r\nUpgrade: d\r\nAccept: e\r\n\
        Authorization: f\r\n\r\n";
    let out = request(head);
    let hop: Vec<&[u8]> = out.fields.iter().filter(|f| f.hop).map(|f| f.name.of(head)).collect();
    let names: [&[u8]; 10] = [
        b"Connection",
        b"X-One",
        b"Connection",
        b"X-THREE",
        b"Keep-Alive",
        b"Proxy-Connection",
        b"TE",
        b"Trailer",
        b"Upgrade",
        b"Accept",
    ];
    assert_eq!(hop, names);
    assert!(!out.keep_alive);
}

#[test]
fn connection_options_are_bounded() {
    let head = |options: usize| {
        let list = vec!["a"; options].join(",");
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: {list}\r\n\r\n").into_bytes()
    };
    request(&head(CONNECTION_OPTIONS));
    let got = verdict("options", Whose::Client, Method::Get, &head(CONNECTION_OPTIONS + 1));
    assert!(matches!(got, Got::Head(f) if matches!(f.kind, Kind::BadRequest(_))), "{got:?}");
}

#[test]
fn keep_alive_follows_version_and_options() {
    let rows = [
        ("HTTP/1.1\r\nHost: a", true),
        ("HTTP/1.1\r\nHost: a\r\nConnection: close", false),
        ("HTTP/1.1\r\nHost: a\r\nConnection: CLOSE", false),
        ("HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close", false),
        ("HTTP/1.1\r\nHost: a\r\nConnection: upgrade", true),
        ("HTTP/1.1\r\nHost: a\r\nX: close", true),
        ("HTTP/1.0", false),
        ("HTTP/1.0\r\nConnection: keep-alive", true),
        ("HTTP/1.0\r\nConnection: Keep-Alive\r\nConnection: close", false),
        ("HTTP/1.0\r\nProxy-Connection: keep-alive", false),
    ];
    for (text, keeps) in rows {
        let head = format!("GET / {text}\r\n\r\n");
        assert_eq!(request(head.as_bytes()).keep_alive, keeps, "{text}");
    }
}

#[test]
fn only_a_waiting_client_with_a_body_is_told_to_continue() {
    let rows = [
        ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5", true),
        ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked", true),
        ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0", false),
        ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continue", false),
        ("HTTP/1.1\r\nHost: a\r\nContent-Length: 5", false),
        ("HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5", false),
    ];
    for (text, waits) in rows {
        let head = format!("POST / {text}\r\n\r\n");
        assert_eq!(request(head.as_bytes()).expect_continue, waits, "{text}");
    }
}

#[test]
fn values_lose_the_blanks_around_them() {
    let head = b"GET / HTTP/1.1\r\nHost:\t a \t\r\nUser-Agent:  b c  \r\nX-Empty:   \r\nX-None:\r\n\r\n";
    let out = request(head);
    assert_eq!(out.host.of(head), b"a");
    assert_eq!(values(&out.fields, Known::UserAgent, head).next(), Some(&b"b c"[..]));
    assert_eq!(value_of(&out.fields, b"x-empty", head), Some(&b""[..]));
    assert_eq!(value_of(&out.fields, b"x-none", head), Some(&b""[..]));
    assert_eq!(value_of(&out.fields, b"x-other", head), None);
}
