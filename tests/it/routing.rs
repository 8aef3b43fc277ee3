//! What leads a request to an endpoint, and which target its backend is asked for.

use crate::kit::client::{self, Client, Response};
use crate::kit::gateway::Gateway;
use crate::kit::origin::{self, Origin, Seen};
use serde_json::{json, Value};

/// A gateway with these endpoints and this `extra_config`.
fn gateway(extra: Value, endpoints: Value) -> Gateway {
    Gateway::start(&json!({"version": 3, "timeout": "3s", "extra_config": extra, "endpoints": endpoints}))
}

/// An endpoint with one backend; `more` are further keys of the endpoint.
fn endpoint(path: &str, origin: &Origin, pattern: &str, more: Value) -> Value {
    let mut endpoint =
        json!({"endpoint": path, "backend": [{"host": [origin.host()], "url_pattern": pattern}]});
    for (key, value) in more.as_object().expect("keys") {
        endpoint[key] = value.clone();
    }
    endpoint
}

fn no_op() -> Value {
    json!({"output_encoding": "no-op"})
}

/// Answers with what it was asked, HEAD without the body.
fn telling() -> Origin {
    Origin::start(|seen: &Seen, stream| {
        let body = json!({"method": seen.method, "target": seen.target, "body": String::from_utf8_lossy(&seen.body)});
        let body = body.to_string();
        if seen.method == "HEAD" {
            let length = body.len() + 100;
            return origin::write(
                stream,
                format!("HTTP/1.1 200 OK\r\nX-B: 1\r\nContent-Length: {length}\r\n\r\n").as_bytes(),
            );
        }
        origin::answer(stream, 200, "application/json", body.as_bytes())
    })
}

fn ask(client: &mut Client, method: &str, path: &str) -> Response {
    client.call(method, format!("{method} {path} HTTP/1.1\r\nHost: t\r\n\r\n"))
}

/// Method and target of the requests since the last look.
fn asked(origin: &Origin) -> Vec<String> {
    origin.take().iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect()
}

#[test]
fn head_is_answered_wherever_get_is() {
    let origin = telling();
    let endpoints = json!([
        endpoint("/data/{id}", &origin, "/d/{id}", json!({})),
        endpoint("/raw", &origin, "/r", no_op()),
        endpoint("/own", &origin, "/get", json!({})),
        endpoint("/own", &origin, "/head", json!({"method": "HEAD"})),
        endpoint("/own-raw", &origin, "/head", json!({"method": "HEAD", "output_encoding": "no-op"})),
        endpoint("/post", &origin, "/p", json!({"method": "POST"})),
    ]);
    let derived = gateway(json!({"sluice/router": {"auto_head": true}}), endpoints.clone());
    // One connection: a body after a head would be read as the next answer.
    let mut client = Client::new(derived.port);
    let get = ask(&mut client, "GET", "/data/7");
    let head = ask(&mut client, "HEAD", "/data/7");
    assert_eq!((get.status, head.status), (200, 200));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert_eq!(head.header("x-krakend-completed"), Some("true"));
    let raw = ask(&mut client, "HEAD", "/raw");
    assert_eq!((raw.status, raw.header("x-b")), (200, Some("1")));
    let long: usize =
        raw.header("content-length").and_then(|n| n.parse().ok()).expect("the backend's length");
    assert!(long > 100, "{long}");
    for (path, status) in
        [("/own", 200), ("/own-raw", 200), ("/__health", 200), ("/post", 405), ("/none", 404)]
    {
        assert_eq!(ask(&mut client, "HEAD", path).status, status, "{path}");
    }
    let want = ["GET /d/7", "GET /d/7", "HEAD /r", "GET /head", "HEAD /head"];
    assert_eq!(asked(&origin), want);
    assert_eq!(origin.connections(), 1, "the connection to the backend is kept");

    let plain = gateway(json!({}), endpoints);
    let refused = ask(&mut Client::new(plain.port), "HEAD", "/raw");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET")));
}

#[test]
fn an_answer_to_head_never_has_a_body() {
    // Whatever the backend does: called with POST it answers at length, in chunks, and until the end.
    let origin = Origin::start(|seen, stream| match seen.path() {
        "/length" => origin::answer(stream, 200, "text/plain", b"0123456789"),
        "/chunks" => origin::write(
            stream,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ),
        _ => {
            origin::write(stream, b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nabc");
            origin::Then::Close
        }
    });
    let call = |path: &str| {
        json!({"endpoint": path, "method": "HEAD", "output_encoding": "no-op",
        "backend": [{"host": [origin.host()], "url_pattern": path, "method": "POST"}]})
    };
    let gateway = gateway(json!({}), json!([call("/length"), call("/chunks"), call("/end")]));
    let mut client = Client::new(gateway.port);
    for (path, length) in
        [("/length", Some("10")), ("/chunks", None), ("/end", None), ("/length", Some("10"))]
    {
        let answer = ask(&mut client, "HEAD", path);
        assert_eq!((answer.status, answer.header("content-length")), (200, length), "{path}");
    }
}

#[test]
fn a_backend_asked_with_head_promises_no_body() {
    let origin =
        Origin::start(|_, stream| origin::write(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"));
    let endpoints = json!([{"endpoint": "/x", "output_encoding": "no-op",
        "backend": [{"host": [origin.host()], "url_pattern": "/", "method": "HEAD"}]}]);
    let gateway = gateway(json!({}), endpoints);
    let answer = client::get(gateway.port, "/x");
    assert_eq!((answer.status, answer.header("content-length")), (200, Some("0")));
}

#[test]
fn more_methods_have_endpoints() {
    let origin = telling();
    let list: Vec<Value> = ["PATCH", "OPTIONS", "QUERY"]
        .iter()
        .map(|method| {
            endpoint("/m", &origin, "/m", json!({"method": method, "input_headers": ["Content-Type"]}))
        })
        .collect();
    let gateway = gateway(json!({"router": {"auto_options": true}}), Value::from(list));
    let mut client = Client::new(gateway.port);
    for method in ["PATCH", "QUERY", "OPTIONS"] {
        let request = format!("{method} /m HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\na = 1");
        let answer = client.call(method, request);
        let told: Value = serde_json::from_str(&answer.text()).expect("the backend's answer");
        assert_eq!((&told["method"], &told["body"]), (&json!(method), &json!("a = 1")), "{method}");
    }
    let refused = ask(&mut client, "GET", "/m");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("OPTIONS, PATCH, QUERY")));
}

/// What a backend is asked; or status, and `Location` or body, of an answer without it.
type Want = Result<&'static str, (u16, &'static str)>;

/// Asks for each path and compares what the backend was asked, or the refusal.
fn compare(gateway: &Gateway, origin: &Origin, table: &[(&str, Want)]) {
    let mut client = Client::new(gateway.port);
    for (path, want) in table {
        let answer = ask(&mut client, "GET", path);
        let location = answer.header("location").unwrap_or_default();
        let text = if location.is_empty() { answer.text() } else { location.to_owned() };
        let asked = asked(origin).join(" ");
        match want {
            Ok(target) => assert_eq!((answer.status, asked.as_str()), (200, *target), "{path}"),
            Err((status, said)) => {
                assert_eq!((answer.status, text.as_str(), asked.as_str()), (*status, *said, ""), "{path}");
            }
        }
    }
}

#[test]
fn encoded_bytes_of_a_parameter() {
    const ENCODED: &str = "error: encoded url params";
    const UNSAFE: &str = "error: invalid url params";
    let origin = telling();
    let with = |keys: Value| {
        let endpoints = json!([
            endpoint("/files/{name}", &origin, "/f/{name}", json!({})),
            endpoint("/files/{name}/meta", &origin, "/m?of={name}", json!({})),
        ]);
        gateway(json!({"sluice/router": keys}), endpoints)
    };
    // Unless the file says otherwise: KrakenD's way.
    compare(
        &with(json!({})),
        &origin,
        &[
            ("/files/a%20b", Ok("GET /f/a%20b")),
            ("/files/a%2Fmeta", Ok("GET /m?of=a")),
            ("/files/a%2Fb", Err((404, "404 page not found"))),
            ("/files/100%25", Err((400, "error: invalid URL escape \"%\""))),
            ("/files/a%3Fb", Err((400, ENCODED))),
            ("/files/a%23b", Err((400, ENCODED))),
        ],
    );
    compare(
        &with(json!({"encoded_params": true})),
        &origin,
        &[
            ("/files/a%2Fmeta", Ok("GET /f/a%2Fmeta")),
            ("/files/a%2fb%2F/meta", Ok("GET /m?of=a/b/")),
            ("/files/100%25", Ok("GET /f/100%25")),
            ("/files/%252F", Ok("GET /f/%252F")),
            ("/files/a%3Fb%23c%5Cd", Ok("GET /f/a%3Fb%23c%5Cd")),
            ("/files/a%23b&c/meta", Ok("GET /m?of=a%23b%26c")),
            ("/files%2Fa", Err((404, "404 page not found"))),
            ("/FILES/a%2Fb", Err((301, "/files/a%2Fb"))),
            ("/files/a%2F..%2Fb", Err((400, UNSAFE))),
            ("/files/%2e%2e", Err((400, UNSAFE))),
            ("/files/..%5C", Err((400, UNSAFE))),
            ("/files/a%00", Err((400, "400 Bad Request"))),
            ("/files/a%0Ab", Err((400, UNSAFE))),
        ],
    );
    compare(
        &with(json!({"encoded_slash": "keep"})),
        &origin,
        &[
            ("/files/a%2Fmeta", Ok("GET /f/a%2Fmeta")),
            ("/files/a%3Fb", Err((400, ENCODED))),
            ("/files/a%2F.", Err((400, UNSAFE))),
        ],
    );
    compare(
        &with(json!({"encoded_slash": "reject", "encoded_params": true})),
        &origin,
        &[
            ("/files/a%2Fmeta", Err((400, "400 Bad Request"))),
            ("/none%2F", Err((400, "400 Bad Request"))),
            ("/files/a%3Fb", Ok("GET /f/a%3Fb")),
        ],
    );
}
