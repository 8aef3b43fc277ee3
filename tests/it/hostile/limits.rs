//! Sizes and times that a client cannot exceed.

use super::Front;
use crate::kit::client::Client;
use crate::kit::origin::{answer, Seen};
use crate::kit::wire::Broken;
use crate::kit::{alone, shared};
use serde_json::json;
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn front(keys: &[(&str, serde_json::Value)]) -> Front {
    let keys = keys.to_vec();
    Front::configured(
        |_: &Seen, stream: &mut TcpStream| answer(stream, 200, "application/json", br#"{"ok":true}"#),
        move |config| keys.iter().for_each(|(key, value)| config[*key] = value.clone()),
    )
}

/// The status, when one came; a reset may overtake it while the client still sends.
fn status(client: &mut Client) -> Option<u16> {
    match client.response("GET") {
        Ok(response) => Some(response.status),
        Err(Broken::Timeout) => panic!("neither answered nor closed"),
        Err(_) => None,
    }
}

#[test]
fn too_many_fields_are_431() {
    let _shared = shared();
    let front = front(&[]);
    let with = |n: usize| {
        let fields: String = (0..n).map(|i| format!("F{i}: v\r\n")).collect();
        format!("GET /json HTTP/1.1\r\nHost: t\r\n{fields}\r\n")
    };
    assert_eq!(front.client().call("GET", with(200)).status, 200);
    for n in [300, 5000] {
        let mut client = front.client();
        client.send(with(n));
        let status = status(&mut client);
        assert!(status == Some(431) || (n > 300 && status.is_none()), "{n} fields: {status:?}");
        assert!(client.ends_within(Duration::from_secs(5)));
        front.still_serves("many fields");
    }
    // Trailers are fields too.
    let trailers: String = (0..300).map(|i| format!("T{i}: v\r\n")).collect();
    let mut client = front.client();
    client.send(format!(
        "POST /relay/x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{trailers}\r\n"
    ));
    let status = status(&mut client);
    assert!(status.is_none_or(|s| (400..500).contains(&s)), "300 trailers: {status:?}");
    assert!(front.origin.take().is_empty(), "300 trailers reached the backend");
}

#[test]
fn heads_beyond_the_configured_size_are_431() {
    let _shared = shared();
    let front = front(&[("max_header_bytes", json!(8192))]);
    let padded = |n: usize| format!("GET /json HTTP/1.1\r\nHost: t\r\nA: {}\r\n\r\n", "x".repeat(n));
    assert_eq!(front.client().call("GET", padded(8000)).status, 200);
    let long_target = format!("GET /json?{} HTTP/1.1\r\nHost: t\r\n\r\n", "x".repeat(20_000));
    let endless_line = "x".repeat(3_000_000);
    let endless_name = format!("GET /json HTTP/1.1\r\nHost: t\r\n{}", "x".repeat(3_000_000));
    for (name, bytes, sure) in [
        ("field", padded(20_000), true),
        ("target", long_target, true),
        ("line", endless_line, false),
        ("name", endless_name, false),
    ] {
        let mut client = front.client();
        client.send(&bytes);
        let status = status(&mut client);
        let fine = matches!(status, Some(400 | 414 | 431)) || (status.is_none() && !sure);
        assert!(fine, "endless {name}: {status:?}");
        assert!(client.ends_within(Duration::from_secs(5)));
        front.still_serves(name);
    }
}

#[test]
fn chunk_extensions_are_bounded() {
    let _shared = shared();
    let front = front(&[]);
    let mut client = front.client();
    client.send("POST /relay/x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..2000 {
        client.send(format!("1;{}\r\nx\r\n", "e".repeat(1000)));
    }
    client.send("0\r\n\r\n");
    let status = status(&mut client);
    assert!(status.is_none_or(|s| (400..500).contains(&s)), "2 MB of extensions: {status:?}");
    assert!(front.origin.take().is_empty(), "2 MB of extensions reached the backend");
    front.still_serves("extensions");
}

/// The connection ends between `least` and `most` after `began`, whatever is said in the end.
fn ends_between(client: &mut Client, began: Instant, least: Duration, most: Duration, name: &str) {
    assert!(client.ends_within(most), "{name}: still open after {most:?}");
    assert!(began.elapsed() >= least, "{name}: ended after {:?}", began.elapsed());
}

#[test]
fn slow_heads_end_at_the_limit() {
    let _alone = alone();
    let front = front(&[("read_header_timeout", json!("1s")), ("idle_timeout", json!("1500ms"))]);
    let (least, most) = (Duration::from_millis(800), Duration::from_secs(6));

    let (mut client, began) = (front.client(), Instant::now());
    client.send("GET /json HTTP/1.1\r\nHost: t\r\n");
    ends_between(&mut client, began, least, most, "a head that stops");

    // A byte now and then does not buy more time.
    let (mut client, began) = (front.client(), Instant::now());
    let mut drip = client.writer();
    let dripping = std::thread::spawn(move || {
        let head = format!("GET /json HTTP/1.1\r\nHost: t\r\nA: {}", "x".repeat(1000));
        for byte in head.bytes() {
            if std::io::Write::write_all(&mut drip, &[byte]).is_err() || began.elapsed() > most {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    ends_between(&mut client, began, least, most, "a head that drips");
    drop(client);
    dripping.join().expect("the dripping client");

    // The second request of a connection has the same limit.
    let mut client = front.client();
    assert_eq!(client.get("/json").status, 200);
    let began = Instant::now();
    client.send("GET /json");
    ends_between(&mut client, began, least, most, "a second head that stops");

    let mut client = front.client();
    assert_eq!(client.get("/json").status, 200);
    let began = Instant::now();
    ends_between(&mut client, began, Duration::from_millis(1200), most, "an idle connection");
    front.still_serves("slow clients");
}

#[test]
fn a_body_within_the_times_is_not_cut() {
    let _alone = alone();
    let front = Front::configured(
        |seen: &Seen, stream: &mut TcpStream| answer(stream, 200, "application/json", &seen.body),
        |config| {
            config["read_header_timeout"] = json!("500ms");
            config["endpoints"][3]["timeout"] = json!("20s");
        },
    );
    // Longer than the limit of a head, which must not apply to bodies.
    let mut client = front.client();
    client.send("POST /relay/x HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n");
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(150));
        client.send("x");
    }
    let response = client.response("POST").expect("an answer");
    assert_eq!((response.status, response.text().as_str()), (200, "xxxxxxxxxx"));
}

#[test]
fn read_timeout_ends_slow_bodies() {
    let _alone = alone();
    let front = front(&[("read_timeout", json!("1s"))]);
    let (mut client, began) = (front.client(), Instant::now());
    client.send("POST /relay/x HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    ends_between(&mut client, began, Duration::from_millis(800), Duration::from_secs(6), "a body that stops");
    assert!(front.origin.take().is_empty(), "half a body is no request");
    front.still_serves("a body that stops");
}
