//! How the process ends: no request lost under load, the hard limit kept, a taken port named.

use crate::kit::client::{get, Client};
use crate::kit::gateway::{self, listening, Folder, Gateway, Launch, Process};
use crate::kit::origin::{answer, Origin, Seen, Then};
use crate::kit::wire::Broken;
use crate::kit::{alone, free_port, shared, wait_until};
use serde_json::{json, Value};
use std::collections::HashSet;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

const CLIENTS: u64 = 8;
const SOON: Duration = Duration::from_secs(10);

fn config(origin: &Origin, more: Value) -> Value {
    let mut config = json!({"version": 3, "timeout": "20s", "endpoints": [
        {"endpoint": "/x", "input_query_strings": ["id"], "backend": [{"host": [origin.host()], "url_pattern": "/x"}]},
        {"endpoint": "/slow", "backend": [{"host": [origin.host()], "url_pattern": "/slow"}]},
        {"endpoint": "/relay", "output_encoding": "no-op",
         "backend": [{"host": [origin.host()], "url_pattern": "/slow", "encoding": "no-op"}]}],
        "extra_config": {"sluice/runtime": {"shards": 2}}});
    for (key, value) in more.as_object().into_iter().flatten() {
        config[key] = value.clone();
    }
    config
}

/// Answers `/slow` late, all else soon.
fn origin() -> Origin {
    Origin::start(|seen: &Seen, stream: &mut TcpStream| {
        let pause = if seen.path() == "/slow" { 700 } else { 2 };
        std::thread::sleep(Duration::from_millis(pause));
        answer(stream, 200, "application/json", br#"{"ok":true}"#)
    })
}

/// What one client met. `lost` holds requests without a whole answer, with what is known of each.
#[derive(Default)]
struct Tally {
    answered: u64,
    refused: bool,
    lost: Vec<(String, bool, Broken)>,
}

/// Sends requests one after the other until the gateway takes no more. `keep`: on one connection
/// as long as it lasts, else each on its own.
fn hammer(port: u16, name: u64, keep: bool, begun: &AtomicU64) -> Tally {
    let (mut tally, mut client, end) = (Tally::default(), None::<Client>, Instant::now() + 3 * SOON);
    for n in 0.. {
        if Instant::now() > end {
            break;
        }
        let fresh = client.is_none();
        let Some(mut connection) = client.take().or_else(|| Client::connect(port).ok()) else {
            tally.refused = true;
            break;
        };
        let id = format!("{name}-{n}");
        connection.send(format!("GET /x?id={id} HTTP/1.1\r\nHost: t\r\n\r\n"));
        begun.fetch_add(1, Ordering::SeqCst);
        match connection.response("GET") {
            Ok(response) => {
                assert_eq!((response.status, response.text().as_str()), (200, r#"{"ok":true}"#));
                tally.answered += 1;
                client = Some(connection).filter(|_| keep && !response.closes());
            }
            Err(fault) => {
                tally.lost.push((id, fresh, fault));
                break;
            }
        }
    }
    tally
}

/// Ends a loaded gateway with a signal; every request must be answered.
fn drains_without_loss(signal: &str) {
    let origin = origin();
    let mut gateway = Gateway::start(&config(&origin, json!({})));
    let (port, begun) = (gateway.port, Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|name| {
            let begun = Arc::clone(&begun);
            std::thread::spawn(move || hammer(port, name, name % 2 == 0, &begun))
        })
        .collect();
    let slow: Vec<_> = ["/slow", "/relay"].map(|path| std::thread::spawn(move || get(port, path))).into();
    let arrived = || origin.seen().iter().filter(|s| s.path() == "/slow").count() == 2;
    assert!(wait_until(SOON, || begun.load(Ordering::SeqCst) > 300 && arrived()), "the load does not start");
    let idle = Client::new(port);

    gateway.process.signal(signal);
    let status = gateway.process.wait(SOON);
    assert_eq!(status.and_then(|s| s.code()), Some(0), "{status:?}: {}", gateway.process.output());
    for slow in slow {
        let response = slow.join().expect("a whole answer to a slow request");
        assert_eq!((response.status, response.text().as_str()), (200, r#"{"ok":true}"#));
    }
    drop(idle);
    let tallies: Vec<Tally> = clients.into_iter().map(|c| c.join().expect("whole answers")).collect();
    let reached: HashSet<String> = origin.seen().iter().map(|s| s.target.replace("/x?id=", "")).collect();
    for (id, fresh, fault) in tallies.iter().flat_map(|t| &t.lost) {
        // A first request whose connection the gateway never took is a refused connect, seen from
        // here; it cannot have reached the backend.
        let never_taken = *fresh && matches!(fault, Broken::Closed) && !reached.contains(id);
        assert!(
            never_taken,
            "request {id} was lost: {fault:?}, fresh: {fresh}, reached the backend: {}",
            reached.contains(id)
        );
    }
    let answered: u64 = tallies.iter().map(|t| t.answered).sum();
    let ended = tallies.iter().filter(|t| t.refused || !t.lost.is_empty()).count() as u64;
    assert!(answered > 250 && ended == CLIENTS, "{answered} answered, {ended} clients met the end");
}

#[test]
fn sigterm_loses_no_request() {
    let _alone = alone();
    drains_without_loss("TERM");
}

#[test]
fn sigint_loses_no_request() {
    let _alone = alone();
    drains_without_loss("INT");
}

/// A gateway with requests that its backend never answers.
fn hanging(more: Value) -> (Gateway, Origin, Arc<AtomicBool>) {
    let release = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&release);
    let origin = Origin::start(move |_: &Seen, _: &mut TcpStream| {
        wait_until(3 * SOON, || flag.load(Ordering::SeqCst));
        Then::Close
    });
    let gateway = Gateway::start(&config(&origin, more));
    for path in ["/x", "/relay"] {
        let mut client = Client::new(gateway.port);
        client.send(format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n"));
        // The client stays; its thread ends with the gateway.
        std::thread::spawn(move || drop(client.response("GET")));
    }
    assert!(wait_until(SOON, || origin.seen().len() == 2), "the requests do not arrive");
    (gateway, origin, release)
}

#[test]
fn the_wait_for_requests_has_its_limit() {
    let _alone = alone();
    let (mut gateway, _origin, release) = hanging(json!({"max_shutdown_wait_time": "1s"}));
    let began = Instant::now();
    gateway.process.signal("TERM");
    let status = gateway.process.wait(SOON);
    let took = began.elapsed();
    release.store(true, Ordering::SeqCst);
    assert_eq!(status.and_then(|s| s.code()), Some(0), "{status:?}");
    assert!(took > Duration::from_millis(800) && took < Duration::from_secs(4), "ended after {took:?}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let _alone = alone();
    let (mut gateway, _origin, release) = hanging(json!({}));
    gateway.process.signal("TERM");
    assert_eq!(gateway.process.wait(Duration::from_millis(700)), None, "it must wait for its requests");
    gateway.process.signal("TERM");
    let status = gateway.process.wait(Duration::from_secs(4));
    release.store(true, Ordering::SeqCst);
    assert!(status.is_some(), "it runs on after a second signal");
}

#[test]
fn no_new_connection_is_taken_while_it_drains() {
    let _alone = alone();
    let (mut gateway, _origin, release) = hanging(json!({}));
    gateway.process.signal("TERM");
    let refused = || TcpStream::connect(("127.0.0.1", gateway.port)).is_err();
    assert!(wait_until(SOON, refused), "it still listens");
    assert!(gateway.process.ended().is_none(), "it must wait for its requests");
    release.store(true, Ordering::SeqCst);
    assert_eq!(gateway.process.wait(SOON).and_then(|s| s.code()), Some(0));
}

/// A start on this port fails with an error code and names the port.
fn fails_on(port: u16) {
    let folder = Folder::new();
    let origin = Origin::json("{}");
    let text = listening(&config(&origin, json!({})), port).to_string();
    let path = folder.write("taken.json", text.as_bytes());
    let mut process = Process::spawn(&Launch { folder: &folder, config: &path, args: &[], env: &[], port });
    let status = process.wait(SOON);
    let output = process.output();
    assert!(status.is_some_and(|s| !s.success()), "{status:?}: {output}");
    assert!(output.contains(&port.to_string()), "the message does not name port {port}: {output}");
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let _shared = shared();
    let taken = TcpListener::bind(("127.0.0.1", free_port())).expect("a free port");
    fails_on(taken.local_addr().expect("bound").port());
}

#[test]
fn a_port_taken_by_another_gateway_is_an_error_too() {
    let _shared = shared();
    let origin = Origin::json("{}");
    let first = Gateway::start(&config(&origin, json!({})));
    fails_on(first.port);
    assert_eq!(get(first.port, "/x").status, 200);
}

#[test]
fn a_refused_configuration_is_an_error_with_its_place() {
    let _shared = shared();
    let bad = json!({"version": 3, "timeout": "soon", "endpoints": []});
    let Err(refused) = Gateway::try_start(&bad) else { panic!("it started") };
    assert!(refused.status.is_some_and(|s| !s.success()), "{:?}", refused.status);
    assert!(refused.output.contains("timeout"), "{}", refused.output);
    let folder = Folder::new();
    let (config, port) = (folder.path().join("none.json"), free_port());
    let launch = Launch { folder: &folder, config: &config, args: &[], env: &[], port };
    let Err(refused) = gateway::start(&launch) else { panic!("it started without a file") };
    assert!(refused.status.is_some_and(|s| !s.success()), "{:?}", refused.status);
    assert!(refused.output.contains("none.json"), "{}", refused.output);
}
