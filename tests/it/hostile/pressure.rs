//! Who reads slowly is sent slowly: bodies larger than any buffer pass in bounded memory.

use super::{config, relayed};
use crate::kit::client::{get, Client};
use crate::kit::gateway::Gateway;
use crate::kit::origin::{answer, write, Origin, Seen, Then};
use crate::kit::{alone, wait_stable, wait_until};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

const BODY: u64 = 256 << 20;
/// What the gateway may grow by, whatever the size of the body.
const GROWTH: u64 = 32 << 20;
/// What may be on its way in the buffers of two sockets, in whichever sizes the kernel gives them.
const IN_FLIGHT: u64 = 48 << 20;
const LIMIT: Duration = Duration::from_secs(60);

fn gateway(origin: &Origin, method: &str) -> Gateway {
    let mut endpoint = relayed(method, "/big", origin);
    endpoint["timeout"] = json!("120s");
    let mut config = config(&[endpoint, super::decoded("GET", "/json", origin)]);
    // Two shards: what is measured must not stop the other one.
    config["extra_config"]["sluice/runtime"]["shards"] = json!(2);
    let gateway = Gateway::start(&config);
    assert_eq!(get(gateway.port, "/json").status, 200);
    gateway
}

#[track_caller]
fn has_not_grown(gateway: &Gateway, before: u64) {
    let grown = gateway.rss().saturating_sub(before);
    assert!(grown < GROWTH, "memory grew by {} KiB", grown >> 10);
}

#[test]
fn a_client_that_does_not_read_stops_the_backend() {
    let _alone = alone();
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    let origin = Origin::start(move |seen: &Seen, stream: &mut TcpStream| {
        if seen.path() != "/big" {
            return answer(stream, 200, "application/json", br#"{"ok":true}"#);
        }
        let block = vec![b'x'; 64 << 10];
        let mut then = write(stream, format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").as_bytes());
        while then == Then::Keep && counter.load(Ordering::SeqCst) < BODY {
            then = write(stream, &block);
            counter.fetch_add(block.len() as u64, Ordering::SeqCst);
        }
        then
    });
    let gateway = gateway(&origin, "GET");
    let before = gateway.rss();

    let mut client = Client::new(gateway.port);
    client.send("GET /big HTTP/1.1\r\nHost: t\r\n\r\n");
    assert!(wait_until(LIMIT, || sent.load(Ordering::SeqCst) > 0), "the backend sends nothing");
    let stuck = wait_stable(LIMIT, Duration::from_millis(700), || sent.load(Ordering::SeqCst));
    assert!(stuck < IN_FLIGHT, "the backend could send {} MiB that nobody reads", stuck >> 20);
    has_not_grown(&gateway, before);
    // Others are served meanwhile.
    assert_eq!(get(gateway.port, "/json").status, 200);

    let (status, head) = client.status_head().expect("the head");
    assert_eq!((status, head.values("content-length")), (200, vec![BODY.to_string().as_str()]));
    let mut got = 0;
    let mut peak = 0;
    while got < BODY {
        let data = client.reader.some().expect("the body").expect("the whole body");
        assert!(data.iter().all(|&b| b == b'x'));
        got += data.len() as u64;
        peak = peak.max(gateway.rss());
    }
    assert_eq!(got, BODY);
    assert!(
        peak.saturating_sub(before) < GROWTH,
        "memory grew by {} KiB while it flowed",
        (peak - before) >> 10
    );
}

#[test]
fn a_client_that_goes_away_in_the_middle_ends_the_call() {
    let _alone = alone();
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    let origin = Origin::start(move |seen: &Seen, stream: &mut TcpStream| {
        if seen.path() != "/big" {
            return answer(stream, 200, "application/json", br#"{"ok":true}"#);
        }
        let block = vec![b'x'; 64 << 10];
        let mut then = write(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
        while then == Then::Keep {
            then = write(stream, &block);
        }
        flag.store(true, Ordering::SeqCst);
        then
    });
    let gateway = gateway(&origin, "GET");
    let mut client = Client::new(gateway.port);
    client.send("GET /big HTTP/1.1\r\nHost: t\r\n\r\n");
    client.status_head().expect("the head");
    client.reader.some().expect("some of the body");
    drop(client);
    assert!(wait_until(LIMIT, || ended.load(Ordering::SeqCst)), "the backend still sends to nobody");
    assert_eq!(get(gateway.port, "/json").status, 200);
}

/// Reads the rest of the large body, whichever way it is framed. `None`: it broke.
fn take_body(seen: &Seen, stream: &mut TcpStream) -> Option<()> {
    let sized = !seen.head.values("content-length").is_empty();
    let (mut got, mut tail, mut block) = (seen.body.len() as u64, seen.body.clone(), vec![0; 256 << 10]);
    while if sized { got < BODY } else { !tail.ends_with(b"\r\n0\r\n\r\n") } {
        let n = stream.read(&mut block).ok().filter(|n| *n > 0)?;
        got += n as u64;
        tail.extend(&block[..n]);
        tail.drain(..tail.len().saturating_sub(16));
    }
    Some(())
}

#[test]
fn a_backend_that_does_not_read_stops_the_client() {
    let _alone = alone();
    let go = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&go);
    let origin = Origin::start_raw(move |seen: &Seen, stream: &mut TcpStream| {
        if seen.path() != "/big" {
            return answer(stream, 200, "application/json", br#"{"ok":true}"#);
        }
        wait_until(LIMIT, || flag.load(Ordering::SeqCst));
        let Some(()) = take_body(seen, stream) else { return Then::Close };
        answer(stream, 200, "text/plain", b"taken");
        Then::Close
    });
    let gateway = gateway(&origin, "POST");
    let before = gateway.rss();

    let mut client = Client::new(gateway.port);
    client.send(format!("POST /big HTTP/1.1\r\nHost: t\r\nContent-Length: {BODY}\r\n\r\n"));
    let sent = Arc::new(AtomicU64::new(0));
    let (counter, mut writer) = (Arc::clone(&sent), client.writer());
    writer.set_write_timeout(Some(LIMIT)).expect("a positive duration");
    let sending = std::thread::spawn(move || {
        let block = vec![b'x'; 64 << 10];
        while counter.load(Ordering::SeqCst) < BODY && writer.write_all(&block).is_ok() {
            counter.fetch_add(block.len() as u64, Ordering::SeqCst);
        }
    });
    assert!(wait_until(LIMIT, || sent.load(Ordering::SeqCst) > 0), "the gateway takes nothing");
    let stuck = wait_stable(LIMIT, Duration::from_millis(700), || sent.load(Ordering::SeqCst));
    assert!(stuck < IN_FLIGHT, "the client could send {} MiB that nobody reads", stuck >> 20);
    has_not_grown(&gateway, before);

    go.store(true, Ordering::SeqCst);
    client.set_patience(LIMIT);
    let response = client.response("POST").expect("an answer");
    assert_eq!((response.status, response.text().as_str()), (200, "taken"));
    sending.join().expect("the sender");
    has_not_grown(&gateway, before);
}

#[test]
fn idle_connections_cost_little() {
    let _alone = alone();
    let origin = Origin::json(r#"{"ok":true}"#);
    let gateway = gateway(&origin, "GET");
    let mut first: Vec<Client> = (0..50).map(|_| Client::new(gateway.port)).collect();
    first.iter_mut().for_each(|c| assert_eq!(c.get("/json").status, 200));
    let before = gateway.rss();
    let mut clients: Vec<Client> = (0..400).map(|_| Client::new(gateway.port)).collect();
    clients.iter_mut().for_each(|c| assert_eq!(c.get("/json").status, 200));
    let each = gateway.rss().saturating_sub(before) / 400;
    assert!(each < 24 << 10, "an idle connection costs {each} bytes");
}
