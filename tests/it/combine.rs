//! How calls to backends depend on each other, where recorded cases cannot look: who is asked
//! what, what is cut off, and what goes on when the client has left.

use crate::kit::{client, client::Client, gateway::Gateway, origin, origin::Origin, wait_until};
use serde_json::{json, Value};
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);

fn gateway(endpoints: Value) -> Gateway {
    Gateway::start(&json!({"version": 3, "timeout": "3s", "endpoints": endpoints}))
}

fn proxy(value: Value) -> Value {
    json!({ "proxy": value })
}

/// Answers redirects: `/STATUS?LOCATION` with that status and place, everything else with what it
/// was asked.
fn redirecting() -> Origin {
    Origin::start(|seen, stream| {
        if let Some((status, location)) = seen.target[1..].split_once('?') {
            if let Ok(status) = status.parse::<u16>() {
                let head =
                    format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 2\r\n\r\nno");
                return origin::write(stream, head.as_bytes());
            }
        }
        let referer = seen.head.values("referer").join("");
        let text = json!({"method": seen.method, "target": seen.target, "referer": referer,
                          "body": String::from_utf8_lossy(&seen.body), "cookie": seen.head.values("cookie").join("")});
        origin::answer(stream, 200, "application/json", text.to_string().as_bytes())
    })
}

fn body(response: &client::Response) -> Value {
    serde_json::from_str(&response.text()).unwrap_or_else(|e| panic!("{e}: {}", response.text()))
}

#[test]
fn redirects_to_other_hosts_and_of_streamed_bodies() {
    let (first, second) = (redirecting(), redirecting());
    let call = |target: String, output: &str| json!([{"host": [first.host()], "url_pattern": target, "encoding": output}]);
    let away = format!("/302?{}/there", second.host());
    let gateway = gateway(json!([
        {"endpoint": "/away", "input_headers": ["Cookie"], "backend": call(away, "json")},
        {"endpoint": "/repeat", "method": "POST", "backend": call("/307?/again".into(), "json")},
        {"endpoint": "/repeat-raw", "method": "POST", "output_encoding": "no-op", "backend": call("/307?/again".into(), "no-op")},
        {"endpoint": "/get-raw", "method": "POST", "output_encoding": "no-op", "backend": call("/303?again".into(), "no-op")},
        {"endpoint": "/tls", "backend": call("/301?https://127.0.0.1/x".into(), "json")},
        {"endpoint": "/nowhere", "output_encoding": "no-op", "backend": call("/304?/x".into(), "no-op")},
    ]));
    let there =
        body(&Client::new(gateway.port).call("GET", "GET /away HTTP/1.1\r\nHost: x\r\nCookie: c=1\r\n\r\n"));
    assert_eq!(
        (&there["target"], &there["cookie"]),
        (&json!("/there"), &json!("c=1")),
        "the same site, another port"
    );
    assert_eq!(there["referer"], json!(format!("{}/302?{}/there", first.host(), second.host())));
    for path in ["/repeat", "/repeat-raw"] {
        let whole = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
        let again = body(&Client::new(gateway.port).call("POST", whole));
        assert_eq!((&again["method"], &again["body"]), (&json!("POST"), &json!("hi")), "{path}");
        // A body too large for a read buffer streams and is not kept: the redirect is the answer.
        let long = "x".repeat(1 << 20);
        let streamed =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{long}", long.len());
        let answer = Client::new(gateway.port).call("POST", streamed);
        assert_eq!(answer.status, if path == "/repeat" { 500 } else { 307 }, "{path}");
    }
    let chunked =
        "POST /get-raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    let got = body(&Client::new(gateway.port).call("POST", chunked));
    assert_eq!((&got["method"], &got["target"], &got["body"]), (&json!("GET"), &json!("/again"), &json!("")));
    assert_eq!(client::get(gateway.port, "/tls").status, 500);
    assert_eq!(client::get(gateway.port, "/nowhere").status, 304, "no redirect to follow");
}

/// Path, status, complete, members, requests.
type Row = (&'static str, u16, &'static str, &'static [&'static str], &'static [&'static str]);

#[test]
fn a_sequence_stops_where_a_value_is_missing_and_takes_whole_bodies() {
    let origin = Origin::start(|seen, stream| match seen.path() {
        "/text" => origin::answer(stream, 203, "text/plain", b"a b"),
        "/null" => origin::answer(stream, 200, "application/json", b"null"),
        "/bad" => origin::answer(stream, 200, "application/json", b"{"),
        _ => {
            let text = json!({"path": seen.target, "nul": null});
            origin::answer(stream, 200, "application/json", text.to_string().as_bytes())
        }
    });
    let sequence = |calls: &[(&str, &str, &str)]| -> Value {
        let backend = |(pattern, encoding, group): &(&str, &str, &str)| json!({"host": [origin.host()], "url_pattern": pattern, "encoding": encoding, "group": group});
        calls.iter().map(backend).collect()
    };
    let endpoint = |path: &str, calls: &[(&str, &str, &str)]| json!({"endpoint": path, "backend": sequence(calls), "extra_config": proxy(json!({"sequential": true}))});
    let gateway = gateway(json!([
        endpoint("/whole", &[("/text", "no-op", ""), ("/b/{resp0}", "json", "b")]),
        endpoint("/missing", &[("/a", "json", "a"), ("/b/{resp0_a.none}", "json", "b"), ("/c", "json", "c")]),
        endpoint("/nil", &[("/a", "json", "a"), ("/b/{resp0_a.nul}", "json", "b")]),
        endpoint("/bad", &[("/bad", "json", "a"), ("/b", "json", "b")]),
        endpoint("/null", &[("/null", "json", ""), ("/b", "json", "b")]),
    ]));
    let table: [Row; 5] = [
        ("/whole", 200, "true", &["b"], &["/text", "/b/a%20b"]),
        ("/missing", 200, "false", &["a"], &["/a"]),
        ("/nil", 200, "false", &["a"], &["/a"]),
        ("/bad", 500, "false", &[], &["/bad"]),
        ("/null", 200, "false", &[], &["/null"]),
    ];
    for (path, status, complete, members, asked) in table {
        let answer = client::get(gateway.port, path);
        assert_eq!((answer.status, answer.header("x-krakend-completed")), (status, Some(complete)), "{path}");
        let data: Value = serde_json::from_str(&answer.text()).unwrap_or_default();
        let keys: Vec<&str> =
            data.as_object().map(|o| o.keys().map(String::as_str).collect()).unwrap_or_default();
        assert_eq!(keys, members, "{path}: {data}");
        let seen: Vec<String> = origin.take().into_iter().map(|seen| seen.target).collect();
        assert_eq!(seen, asked, "{path}");
    }
}

/// A backend that answers when the test says so; says when a request came and when its connection
/// was closed.
fn held() -> (Origin, mpsc::Sender<()>) {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let origin = Origin::start(move |_, stream: &mut TcpStream| {
        let _ = wait.lock().unwrap().recv_timeout(SOON);
        origin::answer(stream, 200, "application/json", b"{\"late\":1}")
    });
    (origin, go)
}

#[test]
fn a_shadow_delays_nobody_and_outlives_the_client() {
    let (shadow, go) = held();
    let main = Origin::json("{\"a\":1}");
    let gateway = gateway(json!([{"endpoint": "/x", "backend": [
        {"host": [main.host()], "url_pattern": "/m"},
        {"host": [shadow.host()], "url_pattern": "/s", "extra_config": proxy(json!({"shadow": true, "shadow_timeout": "30s"}))},
    ]}]));
    let start = Instant::now();
    let mut client = Client::new(gateway.port);
    let answer = client.get("/x");
    assert_eq!((answer.status, answer.text().as_str()), (200, "{\"a\":1}"));
    assert_eq!(answer.header("x-krakend-completed"), Some("true"));
    assert!(start.elapsed() < Duration::from_secs(3), "the shadow has not answered yet");
    drop(client);
    assert!(wait_until(SOON, || shadow.seen().len() == 1));
    // It still has its connection: the answer is taken, and the connection is used again.
    go.send(()).unwrap();
    go.send(()).unwrap();
    let reused = || {
        client::get(gateway.port, "/x");
        shadow.seen().iter().any(|seen| seen.index > 0)
    };
    assert!(wait_until(SOON, || {
        let _ = go.send(());
        reused()
    }));
}

#[test]
fn the_first_complete_answer_cuts_the_other_calls_off() {
    let asked = Arc::new(AtomicUsize::new(0));
    let cut = Arc::new(AtomicUsize::new(0));
    let (count, closed) = (asked.clone(), cut.clone());
    let origin = Origin::start(move |_, stream: &mut TcpStream| match count.fetch_add(1, Ordering::SeqCst) {
        // What cannot be decoded does not win.
        0 => origin::answer(stream, 200, "application/json", b"[1]"),
        1 => {
            // Held until the gateway gives up.
            let mut byte = [0];
            let _ = stream.set_read_timeout(Some(SOON));
            if matches!(std::io::Read::read(stream, &mut byte), Ok(0)) {
                closed.fetch_add(1, Ordering::SeqCst);
            }
            let _ = stream.shutdown(Shutdown::Both);
            origin::Then::Close
        }
        n => origin::answer(stream, 200, "application/json", format!("{{\"n\":{n}}}").as_bytes()),
    });
    let gateway = gateway(json!([{"endpoint": "/x", "concurrent_calls": 3, "timeout": "20s",
        "backend": [{"host": [origin.host()], "url_pattern": "/"}]}]));
    let answer = client::get(gateway.port, "/x");
    assert_eq!((answer.status, answer.text().as_str()), (200, "{\"n\":2}"));
    assert!(wait_until(SOON, || cut.load(Ordering::SeqCst) == 1), "the slow call was cut off");
}

#[test]
fn deadlines_hold_for_racing_calls_and_very_wide_merges() {
    let silent = Origin::start(|_, stream: &mut TcpStream| {
        let _ = stream.flush();
        std::thread::park_timeout(SOON);
        origin::Then::Close
    });
    let quick = Origin::json("{\"a\":1}");
    let slow = json!({"host": [silent.host()], "url_pattern": "/s"});
    let mut wide: Vec<Value> = (0..40)
        .map(|n| json!({"host": [quick.host()], "url_pattern": "/q", "group": format!("g{n}")}))
        .collect();
    wide.push(slow.clone());
    let gateway = gateway(json!([
        {"endpoint": "/race", "timeout": "400ms", "concurrent_calls": 2, "backend": [slow]},
        {"endpoint": "/wide", "timeout": "400ms", "backend": wide},
    ]));
    let start = Instant::now();
    assert_eq!(client::get(gateway.port, "/race").status, 500);
    let answer = client::get(gateway.port, "/wide");
    assert_eq!((answer.status, answer.header("x-krakend-completed")), (200, Some("false")));
    assert_eq!(body(&answer).as_object().map(|o| o.len()), Some(40));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}
