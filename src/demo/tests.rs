//! The demo's backends over real sockets, and the configuration and the banner against them.

use super::backends::{start, DemoBackends};
use super::shop::Service;
use super::{addresses, banner, shop, CONFIG, PORTS};
use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

const ANY_PORT: [SocketAddr; 4] = [SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0); 4];

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends `request` and reads until the server closes.
fn exchange(to: SocketAddr, request: &str) -> String {
    let mut stream = connect(to);
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn get(backends: &DemoBackends, service: usize, path: &str) -> (u16, Value) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    let answer = exchange(backends.addrs()[service], &request);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    (status, serde_json::from_str(body).unwrap())
}

#[test]
fn each_service_answers_its_routes() {
    let backends = start(ANY_PORT).unwrap();
    let table: [(usize, &str, u16, &str); 13] = [
        (0, "/users/1", 200, "/address/city"),
        (0, "/users/3?page=2", 200, "/name"),
        (0, "/users", 200, "/2/name"),
        (0, "/users/4", 404, "/error"),
        (0, "/users/0", 404, "/error"),
        (0, "/users/x", 404, "/error"),
        (0, "/users/1/a/b", 404, "/error"),
        (0, "/carts/1", 404, "/error"),
        (1, "/carts/2", 200, "/items/0/price"),
        (1, "/carts/2/items", 405, "/error"),
        (2, "/recommendations/3", 200, "/recommendations/0/sku"),
        (3, "/banners", 200, "/ads/0"),
        (3, "/offers", 503, "/error"),
    ];
    for (service, path, status, member) in table {
        let (got, body) = get(&backends, service, path);
        assert_eq!(got, status, "{path}");
        assert!(body.pointer(member).is_some(), "{path}: {body}");
    }
}

#[test]
fn a_connection_is_kept_and_bodies_are_skipped() {
    let backends = start(ANY_PORT).unwrap();
    let requests = [
        "POST /carts/1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
        "POST /carts/1/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nT: 1\r\n\r\n",
        "POST /carts/1/items HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        "DELETE /carts/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /carts/9/items HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD /carts/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ];
    let answer = exchange(backends.addrs()[1], &requests.concat());
    let statuses: Vec<&str> =
        answer.split("HTTP/1.1 ").skip(1).map(|part| part.split(' ').next().unwrap()).collect();
    assert_eq!(statuses, ["201", "201", "100", "201", "405", "404", "200"], "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "HEAD has no body: {answer}");
}

#[test]
fn unfit_requests_are_refused_and_bounded() {
    let backends = start(ANY_PORT).unwrap();
    let long_field = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(20_000));
    let many_fields = format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(4_000));
    let table: [(&str, &str); 12] = [
        ("nonsense\r\n\r\n", "400"),
        ("GET / HTTP/2.0\r\n\r\n", "400"),
        ("GET http://x/ HTTP/1.1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "413"),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "501"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "413"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "400"),
        (&long_field, "431"),
        (&many_fields, "431"),
    ];
    for (request, status) in table {
        let answer = exchange(backends.addrs()[0], request);
        assert_eq!(answer.split(' ').nth(1), Some(status), "{:.60}", request);
    }
    assert_eq!(get(&backends, 0, "/users/2").0, 200, "still serves");
}

#[test]
fn a_taken_port_is_named_and_nothing_is_left_running() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (taken_at, first_at) = (taken.local_addr().unwrap(), free.local_addr().unwrap());
    drop(free);
    let mut addrs = ANY_PORT;
    addrs[0] = first_at;
    addrs[3] = taken_at;
    let e = start(addrs).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::AddrInUse);
    assert!(e.to_string().contains(&taken_at.to_string()), "{e}");
    assert!(e.to_string().contains("banners"), "{e}");
    assert!(TcpStream::connect(first_at).is_err(), "the backends before it were stopped");
}

#[test]
fn only_loopback_is_served() {
    let mut addrs = ANY_PORT;
    addrs[1] = SocketAddr::from(([0, 0, 0, 0], 0));
    assert_eq!(start(addrs).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn dropping_cuts_connections_and_frees_the_ports() {
    let backends = start(ANY_PORT).unwrap();
    let addrs = backends.addrs();
    let mut open = connect(addrs[0]);
    open.write_all(b"GET /users/1 HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut first = [0_u8; 1];
    open.read_exact(&mut first).unwrap();
    drop(backends);
    let mut rest = Vec::new();
    open.read_to_end(&mut rest).unwrap();
    for addr in addrs {
        assert!(TcpStream::connect(addr).is_err(), "{addr} still listens");
    }
}

/// Calls `found` with each backend of the configuration and its endpoint.
fn each_backend(config: &Value, mut found: impl FnMut(&Value, &Value)) {
    for endpoint in config["endpoints"].as_array().unwrap() {
        for backend in endpoint["backend"].as_array().unwrap() {
            found(endpoint, backend);
        }
    }
}

#[test]
fn the_configuration_names_routes_that_the_backends_have() {
    let config: Value = serde_json::from_str(CONFIG).unwrap();
    let mut calls = 0;
    each_backend(&config, |endpoint, backend| {
        let host = backend["host"][0].as_str().unwrap();
        let service = PORTS.iter().position(|p| host.ends_with(&format!(":{p}"))).unwrap();
        let path = backend["url_pattern"].as_str().unwrap().replace("{id}", "1");
        let method = endpoint["method"].as_str().unwrap_or("GET");
        let answer = shop::answer(Service::ALL[service], method, &path);
        let expected: &[u16] = if path == "/offers" { &[503] } else { &[200, 201] };
        assert!(expected.contains(&answer.status), "{method} {path}: {}", answer.status);
        calls += 1;
    });
    assert!(calls > 6);
    assert_eq!(addresses().map(|a| a.port()), PORTS);
}

#[test]
fn the_banner_has_lines_to_paste_for_endpoints_that_exist() {
    let config: Value = serde_json::from_str(CONFIG).unwrap();
    let text = banner(9000);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut pasted = 0;
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("curl ")) {
        assert!(lines[i - 1].starts_with("# "), "no explanation above {line}");
        let path = line.split("http://127.0.0.1:9000").nth(1).unwrap().replace("/1", "/{id}");
        let known = config["endpoints"].as_array().unwrap().iter().any(|e| e["endpoint"] == path.as_str());
        assert!(known, "{path} is no endpoint");
        pasted += 1;
    }
    assert!(pasted >= 5, "{text}");
    assert!(text.contains("X-Krakend-Completed: false"));
}
