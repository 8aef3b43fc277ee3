//! Content codings between backend, gateway and client, as seen from both ends.

use crate::kit::{client, client::Client, gateway::Gateway, origin, origin::Origin, origin::Seen};
use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::Compression;
use serde_json::{json, Value};
use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
use std::sync::Mutex;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Text of this length that does not repeat itself too much.
fn text(len: usize) -> Vec<u8> {
    let words = (0u32..).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761)));
    words.flat_map(String::into_bytes).take(len).collect()
}

fn no_op(origin: &Origin, path: &str, more: Value) -> Value {
    let mut endpoint = json!({"endpoint": path, "output_encoding": "no-op",
        "backend": [{"host": [origin.host()], "url_pattern": path, "encoding": "no-op"}]});
    for (key, value) in more.as_object().into_iter().flatten() {
        endpoint[key] = value.clone();
    }
    endpoint
}

fn head(fields: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

fn packed(stream: &mut TcpStream, coding: &str, body: &[u8]) -> origin::Then {
    let head = head(&format!("Content-Type: text/plain\r\nContent-Encoding: {coding}"), body.len());
    origin::write(stream, &[&head, body].concat())
}

#[test]
fn a_client_that_did_not_ask_for_gzip_gets_no_gzip() {
    let body = text(1 << 20);
    let (zipped, plain) = (gzip(&body), body.clone());
    let origin = Origin::start(move |seen: &Seen, stream: &mut TcpStream| match seen.path() {
        "/br" => packed(stream, "br", b"what ever"),
        "/small" => packed(stream, "gzip", &gzip(b"small")),
        "/304" => origin::write(
            stream,
            b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Encoding: gzip\r\n\r\n",
        ),
        _ if seen.head.values("accept-encoding").is_empty() => {
            origin::answer(stream, 200, "text/plain", &plain)
        }
        _ => packed(stream, "GZIP", &zipped),
    });
    let forwarding = json!({"input_headers": ["Accept-Encoding", "Range"]});
    let paths = ["/large", "/small", "/br", "/304"];
    let mut endpoints: Vec<Value> = paths.iter().map(|path| no_op(&origin, path, json!({}))).collect();
    endpoints.push(no_op(&origin, "/asks", forwarding));
    let gateway = Gateway::start(&json!({"version": 3, "endpoints": endpoints}));
    let mut client = Client::new(gateway.port);

    let answer = client.get("/large");
    assert_eq!(answer.body, body);
    assert_eq!((answer.header("content-encoding"), answer.header("content-length")), (None, None));
    assert_eq!(client.get("/small").text(), "small");
    assert!(origin.take().iter().all(|seen| seen.head.values("accept-encoding") == ["gzip"]));
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
    let old = Client::new(gateway.port).call("GET", "GET /large HTTP/1.0\r\n\r\n");
    assert_eq!((old.body == body, old.closes()), (true, true));

    let as_it_is = client.get("/br");
    assert_eq!((as_it_is.header("content-encoding"), as_it_is.text()), (Some("br"), "what ever".to_owned()));
    let unmodified = client.get("/304");
    assert_eq!((unmodified.status, unmodified.header("content-encoding")), (304, Some("gzip")));

    let asked = client.call("GET", "GET /asks HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip;q=0.1\r\n\r\n");
    assert_eq!((asked.header("content-encoding"), &asked.body), (Some("GZIP"), &gzip(&body)));
    origin.take();
    let range = client.call("GET", "GET /asks HTTP/1.1\r\nHost: t\r\nRange: bytes=0-9\r\n\r\n");
    assert_eq!((range.header("content-encoding"), range.body == body), (None, true));
    assert!(origin.take()[0].head.values("accept-encoding").is_empty(), "a range is one of plain bytes");
}

#[test]
fn broken_gzip_is_never_a_clean_end() {
    let body = text(200_000);
    let zipped = gzip(&body);
    let origin = Origin::start(move |seen: &Seen, stream: &mut TcpStream| match seen.path() {
        "/garbage" => packed(stream, "gzip", b"this is no gzip at all"),
        "/short" => packed(stream, "gzip", &zipped[..zipped.len() - 3]),
        "/more" => packed(stream, "gzip", &[&zipped[..], b"trailing"].concat()),
        _ => {
            let mut wrong = zipped.clone();
            let at = wrong.len() - 6;
            wrong[at] ^= 1;
            packed(stream, "gzip", &wrong)
        }
    });
    let endpoints: Vec<Value> = ["/garbage", "/short", "/more", "/sum"]
        .iter()
        .flat_map(|path| {
            let text = json!({"endpoint": format!("/text{path}"),
                "backend": [{"host": [origin.host()], "url_pattern": path, "encoding": "string"}]});
            [no_op(&origin, path, json!({})), text]
        })
        .collect();
    let gateway = Gateway::start(&json!({"version": 3, "endpoints": endpoints}));
    // What is known before the answer has begun becomes a status.
    assert_eq!(client::get(gateway.port, "/garbage").status, 500);
    for path in ["/short", "/more", "/sum"] {
        let mut client = Client::new(gateway.port);
        client.send(format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n"));
        assert!(client.response("GET").is_err(), "{path} ended as if it were whole");
    }
    for path in ["/garbage", "/short", "/more", "/sum"] {
        assert_eq!(client::get(gateway.port, &format!("/text{path}")).status, 500, "{path}");
    }
    assert_eq!(client::get(gateway.port, "/text/none").status, 404);
}

#[test]
fn packed_events_pass_as_soon_as_they_come() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let origin = Origin::start(move |_: &Seen, stream: &mut TcpStream| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let chunk = |stream: &mut TcpStream, encoder: &mut GzEncoder<Vec<u8>>| {
            let data = std::mem::take(encoder.get_mut());
            let chunk = [format!("{:x}\r\n", data.len()).as_bytes(), &data, b"\r\n"].concat();
            origin::write(stream, &chunk);
        };
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
        origin::write(stream, head.as_bytes());
        for n in 0..3 {
            write!(encoder, "data: {n}\n\n").unwrap();
            encoder.flush().unwrap();
            chunk(stream, &mut encoder);
            // The next event comes when the client has this one.
            wait.lock().unwrap().recv_timeout(SOON).unwrap();
        }
        encoder.try_finish().unwrap();
        chunk(stream, &mut encoder);
        origin::write(stream, b"0\r\n\r\n")
    });
    let gateway = Gateway::start(&json!({"version": 3, "timeout": "30s",
        "endpoints": [no_op(&origin, "/events", json!({}))]}));
    let mut client = Client::new(gateway.port);
    client.send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n");
    let (status, head) = client.status_head().unwrap();
    assert_eq!((status, head.values("content-encoding").len()), (200, 0));
    for n in 0..3 {
        assert_eq!(client.reader.chunk().unwrap(), format!("data: {n}\n\n").into_bytes());
        go.send(()).unwrap();
    }
    assert_eq!(client.reader.chunk().unwrap(), b"");
}

#[test]
fn decoding_undoes_whatever_a_backend_sends() {
    let json = br#"{"a":1}"#;
    let origin = Origin::start(move |seen: &Seen, stream: &mut TcpStream| match seen.path() {
        "/deflate" => packed(stream, "deflate", &zlib(json)),
        "/two" => packed(stream, "Deflate, x-gzip", &gzip(&zlib(json))),
        "/lines" => {
            let body = gzip(&zlib(json));
            let head = head("Content-Encoding: deflate\r\nContent-Encoding: gzip", body.len());
            origin::write(stream, &[head, body].concat())
        }
        "/identity" => packed(stream, "identity", json),
        "/unknown" => packed(stream, "rot13", json),
        _ => packed(stream, "gzip, gzip, gzip, gzip, gzip", &gzip(json)),
    });
    let paths = ["/deflate", "/two", "/lines", "/identity", "/unknown", "/five"];
    let endpoints: Vec<Value> = paths
        .iter()
        .map(|path| json!({"endpoint": path, "backend": [{"host": [origin.host()], "url_pattern": path}]}))
        .collect();
    let gateway = Gateway::start(&json!({"version": 3, "endpoints": endpoints}));
    for path in &paths[..5] {
        let answer = client::get(gateway.port, path);
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"a":1}"#), "{path}");
    }
    assert_eq!(client::get(gateway.port, "/five").status, 500);
}
