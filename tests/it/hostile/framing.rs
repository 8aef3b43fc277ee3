//! Request framing: what is refused, that nothing of it reaches a backend, and what is accepted.

use super::Front;
use crate::kit::client::Client;
use crate::kit::shared;
use crate::kit::wire::Broken;
use std::time::Duration;

/// A request whose head ends in these field lines, before a body.
fn post(fields: &str, body: &str) -> Vec<u8> {
    format!("POST /relay/x HTTP/1.1\r\nHost: t\r\n{fields}\r\n{body}").into_bytes()
}

fn line(request_line: &str) -> Vec<u8> {
    format!("{request_line}\r\nHost: t\r\n\r\n").into_bytes()
}

fn field(bytes: &[u8]) -> Vec<u8> {
    [b"GET /json HTTP/1.1\r\nHost: t\r\n", bytes, b"\r\n"].concat()
}

/// Heads that break the grammar, or whose length can be read in two ways.
fn bad_heads() -> Vec<(&'static str, Vec<u8>)> {
    let mut heads = vec![
        ("length with a sign", post("Content-Length: +5\r\n", "12345")),
        ("negative length", post("Content-Length: -5\r\n", "12345")),
        ("hex length", post("Content-Length: 0x5\r\n", "12345")),
        ("empty length", post("Content-Length: \r\n", "12345")),
        ("length with a blank", post("Content-Length: 5 5\r\n", "12345")),
        ("length with a letter", post("Content-Length: 5x\r\n", "12345")),
        ("length with a fraction", post("Content-Length: 5.0\r\n", "12345")),
        ("length beyond 64 bits", post("Content-Length: 99999999999999999999\r\n", "12345")),
        ("length of 2^64 + 5", post("Content-Length: 18446744073709551621\r\n", "12345")),
        ("two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "123456")),
        ("list of lengths", post("Content-Length: 5, 6\r\n", "123456")),
        ("length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        ("coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")),
        ("coding and zero length", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n")),
        ("unknown coding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        ("identity", post("Transfer-Encoding: identity\r\n", "0\r\n\r\n")),
        ("gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
        ("chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
        ("two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", "0\r\n\r\n")),
        ("quoted coding", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
        ("coding behind a control", post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n")),
        ("empty coding", post("Transfer-Encoding: \r\n", "0\r\n\r\n")),
        (
            "coding in HTTP/1.0",
            b"POST /relay/x HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(),
        ),
        ("folded field", field(b"A: b\r\n c\r\n")),
        ("folded first field", b"GET /json HTTP/1.1\r\n Host: t\r\nHost: t\r\n\r\n".to_vec()),
        ("blank before the colon", field(b"A : b\r\n")),
        ("tab before the colon", field(b"A\t: b\r\n")),
        ("coding with a blank", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        ("no name", field(b": b\r\n")),
        ("no colon", field(b"abc\r\n")),
        ("name that is no token", field(b"A(b): c\r\n")),
        ("NUL in a name", field(b"A\0b: c\r\n")),
        ("NUL in a value", field(b"A: b\0c\r\n")),
        ("control in a value", field(b"A: b\x01c\r\n")),
        ("DEL in a value", field(b"A: b\x7fc\r\n")),
        ("CR in a value", field(b"A: b\rc\r\n")),
        ("bare LF after a field", field(b"A: b\n")),
        ("bare LF after the request line", b"GET /json HTTP/1.1\nHost: t\r\n\r\n".to_vec()),
        ("bare LF as the blank line", b"GET /json HTTP/1.1\r\nHost: t\r\n\n".to_vec()),
        ("only bare LF", b"GET /json HTTP/1.1\nHost: t\n\n".to_vec()),
    ];
    heads.extend(bad_hosts_and_lines());
    heads
}

/// Hosts that name no place, and request lines that are none.
fn bad_hosts_and_lines() -> Vec<(&'static str, Vec<u8>)> {
    let host = |field: &str| format!("GET /json HTTP/1.1\r\n{field}\r\n").into_bytes();
    vec![
        ("no Host", host("A: b\r\n")),
        ("two Hosts", host("Host: t\r\nHost: t\r\n")),
        ("Host with a blank", host("Host: a b\r\n")),
        ("Host with a path", host("Host: a/b\r\n")),
        ("Host with a user", host("Host: u@h\r\n")),
        ("Host with a bad port", host("Host: t:80x\r\n")),
        ("Host with an open bracket", host("Host: [::1\r\n")),
        ("two blanks", line("GET  /json HTTP/1.1")),
        ("blank in the target", line("GET /js on HTTP/1.1")),
        ("no version", line("GET /json")),
        ("blank after the version", line("GET /json HTTP/1.1 ")),
        ("tab as a blank", line("GET\t/json\tHTTP/1.1")),
        ("blank before the method", line(" GET /json HTTP/1.1")),
        ("relative target", line("GET json HTTP/1.1")),
        ("lower-case version", line("GET /json http/1.1")),
        ("long version", line("GET /json HTTP/1.10")),
        ("word as version", line("GET /json HTTP/one")),
        ("version 9.9", line("GET /json HTTP/9.9")),
        ("version 2.0", line("GET /json HTTP/2.0")),
        ("method that is no token", line("G@T /json HTTP/1.1")),
        ("control in the target", line("GET /js\x01on HTTP/1.1")),
        ("NUL in the target", line("GET /js\0on HTTP/1.1")),
        ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
    ]
}

/// Bodies that break the grammar of chunks after a good head.
fn bad_chunks() -> Vec<(&'static str, Vec<u8>)> {
    let chunked = |body: &[u8]| {
        [b"POST /relay/x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n", body].concat()
    };
    let bodies: [(&'static str, &[u8]); 21] = [
        ("size with a sign", b"+5\r\n12345\r\n0\r\n\r\n"),
        ("negative size", b"-5\r\n12345\r\n0\r\n\r\n"),
        ("size with 0x", b"0x5\r\n12345\r\n0\r\n\r\n"),
        ("empty size", b"\r\n12345\r\n0\r\n\r\n"),
        ("blank before the size", b" 5\r\n12345\r\n0\r\n\r\n"),
        ("size that is no hex", b"5g\r\n12345\r\n0\r\n\r\n"),
        ("size with an underscore", b"1_0\r\n1234567890123456\r\n0\r\n\r\n"),
        ("17 digits", b"00000000000000005\r\n12345\r\n0\r\n\r\n"),
        ("size beyond 64 bits", b"10000000000000005\r\n12345\r\n0\r\n\r\n"),
        ("bare LF after the size", b"5\n12345\r\n0\r\n\r\n"),
        ("CR in the size line", b"5\r\r\n12345\r\n0\r\n\r\n"),
        ("bare LF in an extension", b"5;a=b\n12345\r\n0\r\n\r\n"),
        ("NUL in an extension", b"5;a=\0\r\n12345\r\n0\r\n\r\n"),
        ("data too long", b"5\r\n1234567\r\n0\r\n\r\n"),
        ("bare LF after the data", b"5\r\n12345\n0\r\n\r\n"),
        ("no line end after the data", b"5\r\n123450\r\n\r\n"),
        ("bare LF after the last size", b"5\r\n12345\r\n0\n\r\n"),
        ("bare LF as the end", b"5\r\n12345\r\n0\r\n\n"),
        ("trailer without a colon", b"5\r\n12345\r\n0\r\nabc\r\n\r\n"),
        ("folded trailer", b"5\r\n12345\r\n0\r\nA: b\r\n c\r\n\r\n"),
        ("trailer with a blank in its name", b"5\r\n12345\r\n0\r\nA b: c\r\n\r\n"),
    ];
    bodies.into_iter().map(|(name, body)| (name, chunked(body))).collect()
}

/// Sends whole, or in three pieces that arrive apart.
fn send(client: &mut Client, bytes: &[u8], apart: bool) {
    if apart {
        client.send_apart(bytes, bytes.len().div_ceil(3));
    } else {
        client.send(bytes);
    }
}

/// The gateway refuses and closes, and the backend sees no whole request.
fn is_refused(front: &Front, name: &str, bytes: &[u8], apart: bool) {
    let mut client = front.client();
    send(&mut client, bytes, apart);
    // What follows must never be taken for a request.
    client.send("GET /relay/smuggled HTTP/1.1\r\nHost: t\r\n\r\n");
    match client.response("GET") {
        Ok(response) => {
            assert!([400, 501, 505].contains(&response.status), "{name}: answered {}", response.status);
            assert!(client.ends_within(Duration::from_secs(5)), "{name}: the connection stays open");
        }
        // Closing without a word is allowed only where a reset overtook the answer.
        Err(Broken::Closed) => {}
        Err(fault) => panic!("{name}: {fault:?}"),
    }
    let seen = front.origin.take();
    assert!(seen.is_empty(), "{name}: the backend got {seen:?}");
}

#[test]
fn bad_heads_are_refused_and_reach_no_backend() {
    let _shared = shared();
    let front = Front::plain();
    for (name, bytes) in bad_heads() {
        for apart in [false, true] {
            is_refused(&front, name, &bytes, apart);
        }
        front.still_serves(name);
    }
}

#[test]
fn bad_chunks_are_refused_and_no_backend_gets_them_whole() {
    let _shared = shared();
    let front = Front::plain();
    for (name, bytes) in bad_chunks() {
        for apart in [false, true] {
            is_refused(&front, name, &bytes, apart);
        }
        front.still_serves(name);
    }
}

#[test]
fn a_refusal_is_an_answer_in_quiet() {
    // With nothing behind the bad head no reset can overtake the answer: it must be there.
    let _shared = shared();
    let front = Front::plain();
    for (name, bytes) in bad_heads() {
        let mut client = front.client();
        client.send(&bytes);
        client.finish();
        let response = client.response("GET");
        // A head without its blank line may be dropped in silence when the client stops sending.
        let unended = memchr::memmem::find(&bytes, b"\r\n\r\n").is_none();
        match response {
            Ok(response) => {
                assert!([400, 501, 505].contains(&response.status), "{name}: {}", response.status)
            }
            Err(fault) => assert!(unended && fault == Broken::Closed, "{name}: {fault:?}"),
        }
    }
}

/// Good requests, some of them strange, with the body that the backend must get.
fn good() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let chunked = |body: &str| post("Transfer-Encoding: chunked\r\n", body);
    vec![
        ("plain", post("Content-Length: 5\r\n", "12345"), "12345"),
        ("no body", post("Content-Length: 0\r\n", ""), ""),
        ("no length at all", post("", ""), ""),
        ("length with leading zeros", post("Content-Length: 0005\r\n", "12345"), "12345"),
        ("blanks around the value", post("Content-Length: \t 5 \t\r\n", "12345"), "12345"),
        ("no blank after the colon", post("Content-Length:5\r\n", "12345"), "12345"),
        ("names in any case", post("cOnTeNt-LeNgTh: 5\r\n", "12345"), "12345"),
        ("chunked", chunked("5\r\n12345\r\n0\r\n\r\n"), "12345"),
        ("coding in any case", post("Transfer-Encoding: ChUnKeD\r\n", "5\r\n12345\r\n0\r\n\r\n"), "12345"),
        ("several chunks", chunked("1\r\n1\r\n2\r\n23\r\n2\r\n45\r\n0\r\n\r\n"), "12345"),
        (
            "hex digits in both cases",
            chunked("a\r\n0123456789\r\nB\r\nabcdefghijk\r\n0\r\n\r\n"),
            "0123456789abcdefghijk",
        ),
        ("size with leading zeros", chunked("0005\r\n12345\r\n000\r\n\r\n"), "12345"),
        ("extensions", chunked("5;a=b;c=\"d\"\r\n12345\r\n0;x\r\n\r\n"), "12345"),
        ("trailers", chunked("5\r\n12345\r\n0\r\nA: b\r\nC: d\r\n\r\n"), "12345"),
        ("empty chunked body", chunked("0\r\n\r\n"), ""),
        (
            "blank line before the request",
            [b"\r\n".to_vec(), post("Content-Length: 2\r\n", "ab")].concat(),
            "ab",
        ),
        (
            "absolute form",
            b"POST http://t/relay/x HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nab".to_vec(),
            "ab",
        ),
        (
            "body that looks like a request",
            post("Content-Length: 18\r\n", "GET / HTTP/1.1\r\n\r\n"),
            "GET / HTTP/1.1\r\n\r\n",
        ),
        ("HTTP/1.0", b"POST /relay/x HTTP/1.0\r\nHost: t\r\nContent-Length: 2\r\n\r\nab".to_vec(), "ab"),
        ("bytes above 127 in a value", post("A: \u{e9}\r\nContent-Length: 2\r\n", "ab"), "ab"),
    ]
}

#[test]
fn good_requests_pass_whole_and_in_pieces() {
    let _shared = shared();
    let front = Front::plain();
    for (name, bytes, body) in good() {
        for apart in [false, true] {
            let mut client = front.client();
            send(&mut client, &bytes, apart);
            let response = client.response("POST").unwrap_or_else(|e| panic!("{name}: {e:?}"));
            assert_eq!((response.status, response.text().as_str()), (200, body), "{name}");
            let seen = front.origin.take();
            assert_eq!(seen.len(), 1, "{name}: {seen:?}");
            assert_eq!((seen[0].path(), seen[0].body.as_slice()), ("/relay/x", body.as_bytes()), "{name}");
        }
        front.still_serves(name);
    }
}

#[test]
fn byte_by_byte_is_the_same_as_at_once() {
    let _shared = shared();
    let front = Front::plain();
    let mut client = front.client();
    for body in ["5\r\n12345\r\n0\r\n\r\n", "2;x\r\n12\r\n3\r\n345\r\n0\r\nT: u\r\n\r\n"] {
        client.send_apart(&post("Transfer-Encoding: chunked\r\n", body), 1);
        let response = client.response("POST").expect("an answer");
        assert_eq!((response.status, response.text().as_str()), (200, "12345"));
    }
}

#[test]
fn smuggled_requests_reach_no_backend() {
    let _shared = shared();
    let front = Front::plain();
    let inner = "GET /relay/smuggled HTTP/1.1\r\nHost: t\r\n\r\n";
    let n = inner.len();
    let both = |first: &str, second: &str, body: &str| post(&format!("{first}{second}"), body);
    let te = "Transfer-Encoding: chunked\r\n";
    let attacks = [
        ("CL.TE", both(&format!("Content-Length: {}\r\n", n + 5), te, &format!("0\r\n\r\n{inner}"))),
        ("TE.CL", both(te, "Content-Length: 4\r\n", &format!("{n:x}\r\n{inner}\r\n0\r\n\r\n"))),
        ("TE.TE", both(te, "Transfer-Encoding: x\r\n", &format!("0\r\n\r\n{inner}"))),
        ("CL.0", both("Content-Length: 0\r\n", &format!("Content-Length: {n}\r\n"), inner)),
        ("folded TE", both("Transfer-Encoding:\r\n chunked\r\n", &format!("Content-Length: {n}\r\n"), inner)),
        ("bare LF chunk line", post(te, &format!("2;\nxx\r\n{n:x}\r\n0\r\n\r\n{inner}\r\n0\r\n\r\n"))),
        (
            "body of a GET",
            format!("GET /json HTTP/1.1\r\nHost: t\r\nContent-Length: {n}\r\n\r\n{inner}").into_bytes(),
        ),
        (
            "body of an unknown path",
            format!("POST /no HTTP/1.1\r\nHost: t\r\nContent-Length: {n}\r\n\r\n{inner}").into_bytes(),
        ),
    ];
    for (name, bytes) in attacks {
        for apart in [false, true] {
            let mut client = front.client();
            send(&mut client, &bytes, apart);
            client.finish();
            let _ = client.response("POST");
            assert!(client.ends_within(Duration::from_secs(5)), "{name}: stays open after the end of input");
            let seen = front.origin.take();
            assert!(seen.iter().all(|s| !s.target.contains("smuggled")), "{name}: {seen:?}");
        }
        front.still_serves(name);
    }
}
