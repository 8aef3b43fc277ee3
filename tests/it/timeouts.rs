//! Budgets of time: each ends what it is for, and the log says which one it was, of which backend,
//! how long, and where it stands.

use crate::kit::{client, client::Client, gateway::Gateway, origin, origin::Origin, wait_until};
use serde_json::{json, Value};
use socket2::{Domain, Socket, Type};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);
/// Longer than any budget of these tests: who is answered sooner was not waiting for this.
const LONG: &str = "60s";

/// A backend that sends `first` and then nothing.
fn stalling(first: &'static str) -> Origin {
    Origin::start(move |_, stream| {
        origin::write(stream, first.as_bytes());
        let mut byte = [0];
        // Until the gateway gives up.
        let _ = std::io::Read::read(stream, &mut byte);
        origin::Then::Close
    })
}

fn timeout(value: Value) -> Value {
    json!({ "sluice/timeout": value })
}

/// Waits for a line of the log that holds all of `parts`.
fn says(gateway: &Gateway, parts: &[&str]) {
    let found = || {
        let output = gateway.process.output();
        output.lines().any(|line| parts.iter().all(|part| line.contains(part)))
    };
    assert!(wait_until(SOON, found), "no line with {parts:?} in\n{}", gateway.process.output());
}

#[test]
fn the_log_names_the_budget_that_ended() {
    let silent = stalling("");
    let quick = Origin::json("{\"a\":1}");
    let slow = |more: Value| {
        let mut backend = json!({"host": [silent.host()], "url_pattern": "/s"});
        backend.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        backend
    };
    let own = |value: Value| slow(json!({ "extra_config": timeout(value) }));
    let good = json!({"host": [quick.host()], "url_pattern": "/q"});
    let gateway = Gateway::start(&json!({"version": 3, "timeout": "310ms", "endpoints": [
        {"endpoint": "/service", "backend": [slow(json!({}))]},
        {"endpoint": "/endpoint", "timeout": "320ms", "backend": [slow(json!({}))]},
        {"endpoint": "/merge", "timeout": "400ms", "backend": [slow(json!({})), good]},
        {"endpoint": "/race", "timeout": "400ms", "concurrent_calls": 2, "backend": [slow(json!({}))]},
        {"endpoint": "/relay", "timeout": "330ms", "output_encoding": "no-op", "backend": [slow(json!({}))]},
        {"endpoint": "/total", "timeout": LONG, "backend": [own(json!({"total": "210ms"}))]},
        {"endpoint": "/above", "timeout": LONG, "extra_config": timeout(json!({"total": "220ms"})),
         "backend": [own(json!({"head": "50s"}))]},
        {"endpoint": "/head", "timeout": LONG, "output_encoding": "no-op",
         "backend": [own(json!({"head": "230ms"}))]}
    ]}));
    let whole = "no whole answer within ";
    let table = [
        ("/service", 500, format!("{whole}310ms, 'timeout' of the service")),
        ("/endpoint", 500, format!("{whole}320ms, 'timeout' of the endpoint")),
        ("/merge", 200, format!("{whole}340ms, 85 % of 400ms, 'timeout' of the endpoint")),
        ("/race", 500, format!("{whole}300ms, 75 % of 400ms, 'timeout' of the endpoint")),
        ("/relay", 500, format!("{whole}330ms, 'timeout' of the endpoint")),
        ("/total", 500, format!("{whole}210ms, 'sluice/timeout'.total of the backend")),
        ("/above", 500, format!("{whole}220ms, 'sluice/timeout'.total of the endpoint")),
        ("/head", 500, "no head of an answer within 230ms, 'sluice/timeout'.head of the backend".to_owned()),
    ];
    let at = format!("GET /s at {}", silent.host());
    for (path, status, text) in table {
        let start = Instant::now();
        assert_eq!(client::get(gateway.port, path).status, status, "{path}");
        assert!(start.elapsed() < SOON, "{path} took {:?}", start.elapsed());
        says(&gateway, &[&format!("[ENDPOINT: {path}]"), "context deadline exceeded: ", &at, &text]);
    }
}

#[test]
fn other_failures_name_the_backend_too() {
    let nobody = crate::kit::free_port();
    let host = format!("http://127.0.0.1:{nobody}");
    let backend = json!([{"host": [host], "url_pattern": "/b/{id}"}]);
    let gateway =
        Gateway::start(&json!({"version": 3, "extra_config": {"router": {"return_error_msg": true}},
        "endpoints": [{"endpoint": "/x/{id}", "backend": backend},
                      {"endpoint": "/raw/{id}", "output_encoding": "no-op", "backend": backend}]}));
    for (path, route) in [("/x/1", "/x/:id"), ("/raw/1", "/raw/:id")] {
        let answer = client::get(gateway.port, path);
        assert_eq!(answer.status, 500);
        assert!(!answer.text().contains("127.0.0.1"), "the client reads {:?}", answer.text());
        says(&gateway, &[&format!("[ENDPOINT: {route}]"), &format!("GET /b/{{{{.Id}}}} at {host}")]);
    }
}

/// A listener whose queue is full: connections to it hang.
fn full() -> (Socket, Vec<Socket>, u16) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    listener.listen(0).expect("a listener");
    let address = listener.local_addr().expect("bound");
    let mut held = Vec::new();
    let waits = wait_until(SOON, || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        let late = socket.connect_timeout(&address, Duration::from_millis(100)).is_err();
        held.push(socket);
        late
    });
    assert!(waits, "the queue takes everything");
    (listener, held, address.as_socket().expect("an address").port())
}

#[test]
fn a_connection_that_hangs_has_a_budget() {
    let (_listener, _held, port) = full();
    let host = format!("http://127.0.0.1:{port}");
    let gateway = |service: Value, own: Value| {
        let mut config = json!({"version": 3, "timeout": LONG, "endpoints": [{"endpoint": "/x", "backend": [
            {"host": [host], "url_pattern": "/b", "extra_config": own}]}]});
        config.as_object_mut().unwrap().extend(service.as_object().cloned().unwrap_or_default());
        Gateway::start(&config)
    };
    let table = [
        (json!({}), timeout(json!({"connect": "200ms"})), "'sluice/timeout'.connect of the backend"),
        (json!({"dialer_timeout": "200ms"}), json!({}), "'dialer_timeout' of the service"),
    ];
    for (service, own, key) in table {
        let gateway = gateway(service, own);
        let start = Instant::now();
        assert_eq!(client::get(gateway.port, "/x").status, 500);
        assert!(start.elapsed() < SOON, "{key}: {:?}", start.elapsed());
        says(&gateway, &[&format!("GET /b at {host}: no connection within 200ms, {key}")]);
    }
}

#[test]
fn a_body_that_stalls_is_broken_off() {
    let origin = stalling("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    let own = timeout(json!({"idle": "200ms"}));
    let backend = json!([{"host": [origin.host()], "url_pattern": "/b", "extra_config": own}]);
    let gateway = Gateway::start(&json!({"version": 3, "timeout": LONG, "endpoints": [
        {"endpoint": "/raw", "output_encoding": "no-op", "backend": backend},
        {"endpoint": "/data", "backend": backend}]}));
    let start = Instant::now();
    let mut raw = Client::new(gateway.port);
    raw.send("GET /raw HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(raw.response("GET").is_err(), "a cut answer must not look whole");
    assert_eq!(client::get(gateway.port, "/data").status, 500);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    let text = "no next piece of the answer within 200ms, 'sluice/timeout'.idle of the backend";
    says(&gateway, &["[ENDPOINT: /raw]", text]);
    says(&gateway, &["[ENDPOINT: /data]", text]);
}

#[test]
fn a_slow_body_that_moves_is_no_stall() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let origin = Origin::start(move |_, stream: &mut TcpStream| {
        origin::write(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        for byte in [b"a", b"b", b"c", b"d"] {
            let _ = wait.lock().unwrap().recv_timeout(SOON);
            origin::write(stream, byte);
        }
        origin::Then::Keep
    });
    let own = timeout(json!({"idle": "3s"}));
    let backend = json!([{"host": [origin.host()], "url_pattern": "/b", "extra_config": own}]);
    let gateway = Gateway::start(&json!({"version": 3, "timeout": LONG, "endpoints": [
        {"endpoint": "/raw", "output_encoding": "no-op", "backend": backend}]}));
    let mut raw = Client::new(gateway.port);
    raw.send("GET /raw HTTP/1.1\r\nHost: x\r\n\r\n");
    let (_, head) = raw.status_head().expect("a head");
    (0..4).for_each(|_| go.send(()).expect("a backend"));
    assert_eq!(raw.reader.body(&head, true).expect("a whole body"), b"abcd");
}
