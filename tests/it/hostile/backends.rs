//! Backends that lie: broken framing never becomes a good answer, and never poisons the next one.

use super::Front;
use crate::kit::client::{Client, Response};
use crate::kit::origin::{answer, write, Seen, Then};
use crate::kit::shared;
use crate::kit::wire::Broken;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What a backend answers, by the last segment of the path.
type Fault = (&'static str, Vec<u8>, Then);

const DATA: &str = r#"{"a":"0123456789"}"#;

fn with(fields: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{fields}\r\n{body}").into_bytes()
}

fn sized(more: &str) -> Vec<u8> {
    with(&format!("Content-Length: {}\r\n{more}", DATA.len()), DATA)
}

fn chunked(body: &str) -> Vec<u8> {
    with("Transfer-Encoding: chunked\r\n", body)
}

/// Faults of the head: no part of the answer may reach the client.
fn bad_heads() -> Vec<Fault> {
    let n = DATA.len();
    let keep = |name, bytes: Vec<u8>| (name, bytes, Then::Keep);
    let line = |line: &str| format!("{line}\r\nContent-Length: {n}\r\n\r\n{DATA}").into_bytes();
    let fields = |k: usize| (0..k).map(|i| format!("F{i}: v\r\n")).collect::<String>();
    vec![
        ("no-answer", Vec::new(), Then::Close),
        ("reset", Vec::new(), Then::Reset),
        ("half-head", b"HTTP/1.1 200 OK\r\nContent-".to_vec(), Then::Close),
        ("half-head-reset", b"HTTP/1.1 200 OK\r\nContent-".to_vec(), Then::Reset),
        keep("text-length", with("Content-Length: many\r\n", DATA)),
        keep("negative-length", with("Content-Length: -5\r\n", DATA)),
        keep("plus-length", with(&format!("Content-Length: +{n}\r\n"), DATA)),
        keep("empty-length", with("Content-Length: \r\n", DATA)),
        keep("huge-length", with("Content-Length: 99999999999999999999\r\n", DATA)),
        keep("two-lengths", sized("Content-Length: 7\r\n")),
        keep("length-list", with(&format!("Content-Length: {n}, 7\r\n"), DATA)),
        keep("length-and-coding", sized("Transfer-Encoding: chunked\r\n")),
        keep("unknown-coding", with("Transfer-Encoding: gzip\r\n", DATA)),
        keep("coding-twice", with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
        keep("status-099", line("HTTP/1.1 099 Odd")),
        keep("status-600", line("HTTP/1.1 1000 Odd")),
        keep("status-text", line("HTTP/1.1 OK")),
        keep("status-short", line("HTTP/1.1 20 OK")),
        keep("version-2", line("HTTP/2.0 200 OK")),
        keep("version-odd", line("HTTP/1.1x 200 OK")),
        keep("not-http", line("ICY 200 OK")),
        keep(
            "unasked-101",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n".to_vec(),
        ),
        keep("interim-flood", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n".repeat(1000).into_bytes()),
        keep("blank-before-colon", sized("A : b\r\n")),
        keep("folded", sized("A: b\r\n c\r\n")),
        keep("no-colon", sized("abc\r\n")),
        keep("no-name", sized(": b\r\n")),
        keep("nul", sized("A: b\0c\r\n")),
        keep("lone-cr", sized("A: b\rSet-Cookie: c=d\r\n")),
        keep("bare-lf", sized("A: b\nSet-Cookie: c=d\r\n")),
        keep("many-fields", sized(&fields(2000))),
        ("garbage", b"\x15\x03\x03\x00\x02\x02\x28 hello\r\n\r\n".to_vec(), Then::Close),
        ("bare-body", DATA.as_bytes().to_vec(), Then::Close),
    ]
}

/// Faults after a good head: the client must see that the body is not whole.
fn bad_bodies() -> Vec<Fault> {
    let keep = |name, bytes: Vec<u8>| (name, bytes, Then::Keep);
    let long = |then| (with("Content-Length: 100\r\n", DATA), then);
    let (short_close, short_reset) = (long(Then::Close), long(Then::Reset));
    let whole = format!("{:x}\r\n{DATA}\r\n", DATA.len());
    vec![
        ("length-cut", short_close.0, short_close.1),
        ("length-reset", short_reset.0, short_reset.1),
        ("chunks-cut", chunked(&whole), Then::Close),
        ("chunks-reset", chunked(&whole), Then::Reset),
        ("chunk-cut", chunked(&format!("50\r\n{DATA}")), Then::Close),
        ("last-chunk-cut", chunked(&format!("{whole}0\r\n")), Then::Close),
        keep("chunk-size-sign", chunked(&format!("{whole}+2\r\n  \r\n0\r\n\r\n"))),
        keep("chunk-size-text", chunked(&format!("{whole}zz\r\n  \r\n0\r\n\r\n"))),
        keep("chunk-size-long", chunked(&format!("{whole}00000000000000002\r\n  \r\n0\r\n\r\n"))),
        keep("chunk-bare-lf", chunked(&format!("{whole}2\n  \r\n0\r\n\r\n"))),
        keep("chunk-no-line-end", chunked(&format!("{whole}2\r\n  0\r\n\r\n"))),
        keep("chunk-too-long", chunked(&format!("{whole}2\r\n    \r\n0\r\n\r\n"))),
        keep("trailer-bad", chunked(&format!("{whole}0\r\nA b: c\r\n\r\n"))),
        keep("trailer-flood", chunked(&format!("{whole}0\r\n{}\r\n", "A: b\r\n".repeat(20_000)))),
    ]
}

/// A gateway before a backend that plays the faults; `/json` is answered well.
fn front(faults: Vec<Fault>) -> Front {
    Front::before(move |seen: &Seen, stream: &mut TcpStream| {
        let name = seen.path().rsplit('/').next().unwrap_or_default();
        match faults.iter().find(|(n, _, _)| *n == name) {
            Some((_, bytes, then)) => match write(stream, bytes) {
                Then::Keep => *then,
                other => other,
            },
            None => answer(stream, 200, "application/json", br#"{"ok":true}"#),
        }
    })
}

fn ask(front: &Front, path: &str) -> (Client, Result<Response, Broken>) {
    let mut client = front.client();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n"));
    let response = client.response("GET");
    (client, response)
}

#[track_caller]
fn is_500(name: &str, response: &Result<Response, Broken>) {
    let response = response.as_ref().unwrap_or_else(|e| panic!("{name}: {e:?}"));
    assert_eq!((response.status, response.text().as_str()), (500, ""), "{name}: {:?}", response.headers);
}

#[test]
fn broken_heads_are_500_everywhere() {
    let _shared = shared();
    let faults = bad_heads();
    let names: Vec<&str> = faults.iter().map(|f| f.0).collect();
    let front = front(faults);
    for name in names {
        let began = Instant::now();
        for path in [format!("/json/{name}"), format!("/relay/{name}")] {
            let (mut client, response) = ask(&front, &path);
            is_500(&path, &response);
            // The client is not to blame: its connection goes on.
            assert_eq!(client.get("/json").status, 200, "after {path}");
        }
        assert!(began.elapsed() < Duration::from_secs(8), "{name} took {:?}", began.elapsed());
        front.still_serves(name);
    }
}

#[test]
fn broken_bodies_are_500_or_visibly_cut() {
    let _shared = shared();
    let faults = bad_bodies();
    let names: Vec<&str> = faults.iter().map(|f| f.0).collect();
    let front = front(faults);
    for name in names {
        let path = format!("/json/{name}");
        is_500(&path, &ask(&front, &path).1);
        front.still_serves(&path);
        let path = format!("/relay/{name}");
        match ask(&front, &path).1 {
            // Seen before the head went out.
            Ok(response) => assert_eq!(response.status, 500, "{path}: {:?}", response.text()),
            Err(Broken::Cut(_) | Broken::Closed) => {}
            Err(fault) => panic!("{path}: {fault:?}"),
        }
        front.still_serves(&path);
    }
}

#[test]
fn endless_heads_are_500() {
    let _shared = shared();
    let front = Front::before(|seen: &Seen, stream: &mut TcpStream| {
        let endless: &[u8] = match seen.path().rsplit('/').next() {
            Some("line") => b"x",
            Some("fields") => b"A: b\r\n",
            Some("interim") => b"HTTP/1.1 100 Continue\r\n\r\n",
            _ => return answer(stream, 200, "application/json", br#"{"ok":true}"#),
        };
        let start: &[u8] = if endless.starts_with(b"HTTP") { b"" } else { b"HTTP/1.1 200 OK\r\n" };
        let mut then = write(stream, start);
        let block = endless.repeat(8192 / endless.len());
        // 64 MiB, unless the gateway has had enough before.
        for _ in 0..8192 {
            if then == Then::Close {
                break;
            }
            then = write(stream, &block);
        }
        Then::Close
    });
    for name in ["line", "fields", "interim"] {
        for path in [format!("/json/{name}"), format!("/relay/{name}")] {
            is_500(&path, &ask(&front, &path).1);
            front.still_serves(&path);
        }
    }
}

#[test]
fn bytes_after_the_end_are_dropped_with_their_connection() {
    let _shared = shared();
    let poison = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"poison\":true}";
    let faults: Vec<Fault> = [
        ("after-length", sized("")),
        ("after-chunks", chunked(&format!("{:x}\r\n{DATA}\r\n0\r\n\r\n", DATA.len()))),
        ("after-204", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        ("after-304", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".to_vec()),
    ]
    .into_iter()
    .map(|(name, bytes)| (name, [bytes, poison.as_bytes().to_vec()].concat(), Then::Keep))
    .collect();
    let names: Vec<&str> = faults.iter().map(|f| f.0).collect();
    let front = front(faults);
    for name in names {
        for path in [format!("/json/{name}"), format!("/relay/{name}")] {
            let before = front.origin.connections();
            let response = ask(&front, &path).1.unwrap_or_else(|e| panic!("{path}: {e:?}"));
            assert!(!response.text().contains("poison"), "{path}: {}", response.text());
            front.still_serves(&path);
            assert!(front.origin.connections() > before, "{path}: the connection was used again");
        }
    }
}

#[test]
fn an_answer_nobody_asked_for_is_not_the_next_one() {
    let _shared = shared();
    let front = Front::before(|seen: &Seen, stream: &mut TcpStream| {
        let then = answer(stream, 200, "application/json", br#"{"ok":true}"#);
        if seen.path().ends_with("late") {
            // Comes while the connection lies idle in the pool.
            std::thread::sleep(Duration::from_millis(100));
            write(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"poison\":true}");
        }
        then
    });
    for path in ["/json/late", "/relay/late"] {
        assert_eq!(front.get(path).text(), r#"{"ok":true}"#, "{path}");
        std::thread::sleep(Duration::from_millis(200));
        for _ in 0..3 {
            front.still_serves(path);
        }
    }
}

#[test]
fn silence_ends_at_the_deadline() {
    let _shared = shared();
    let front = Front::configured(
        |seen: &Seen, stream: &mut TcpStream| {
            let ok = br#"{"ok":true}"#;
            match seen.path().rsplit('/').next() {
                Some("silent") => std::thread::sleep(Duration::from_secs(3)),
                Some("drip") => {
                    let mut then = write(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{");
                    for _ in 0..60 {
                        std::thread::sleep(Duration::from_millis(50));
                        then = if then == Then::Keep { write(stream, b" ") } else { then };
                    }
                }
                _ => return answer(stream, 200, "application/json", ok),
            }
            Then::Close
        },
        |config| {
            for i in 0..4 {
                config["endpoints"][i]["timeout"] = serde_json::json!("600ms");
            }
        },
    );
    for (path, cut) in
        [("/json/silent", false), ("/relay/silent", false), ("/json/drip", false), ("/relay/drip", true)]
    {
        let began = Instant::now();
        let response = ask(&front, path).1;
        let took = began.elapsed();
        if cut {
            assert!(matches!(response, Err(Broken::Cut(_) | Broken::Closed)), "{path}: {response:?}");
        } else {
            is_500(path, &response);
        }
        assert!(took > Duration::from_millis(450) && took < Duration::from_millis(2500), "{path}: {took:?}");
        front.still_serves(path);
    }
}

#[test]
fn hop_by_hop_fields_stay_on_their_connection() {
    let _shared = shared();
    let front = Front::before(|_: &Seen, stream: &mut TcpStream| {
        write(
            stream,
            b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: keep-alive, X-Private\r\nKeep-Alive: timeout=5\r\n\
              X-Private: 1\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-Public: 2\r\n\r\n{\"ok\":true}",
        )
    });
    let mut client = front.client();
    let response = client.call(
        "GET",
        "GET /relay/x HTTP/1.1\r\nHost: t\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\n\
         TE: gzip\r\nUpgrade: h2c\r\nProxy-Connection: keep-alive\r\nX-Kept: 2\r\n\r\n",
    );
    assert_eq!((response.status, response.header("x-public")), (200, Some("2")));
    for name in ["x-private", "proxy-connection", "upgrade", "keep-alive"] {
        assert_eq!(response.header(name), None, "{name} reached the client");
    }
    let seen = front.origin.take();
    assert_eq!(seen[0].head.values("x-kept"), ["2"]);
    for name in ["x-secret", "keep-alive", "te", "upgrade", "proxy-connection", "transfer-encoding"] {
        assert_eq!(seen[0].head.values(name), Vec::<&str>::new(), "{name} reached the backend");
    }
    assert_eq!(seen[0].head.values("host"), [format!("127.0.0.1:{}", front.origin.port)]);
}
