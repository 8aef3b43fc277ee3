//! Several shards are one gateway: limits are exact over all of them, and every driver serves.

use crate::kit::client::{get, Client};
use crate::kit::gateway::Gateway;
use crate::kit::origin::{answer, Origin, Seen};
use crate::kit::{shared, wait_until};
use serde_json::{json, Value};
use std::net::TcpStream;
use std::time::Duration;

const SHARDS: usize = 2;

fn config(origin: &Origin, runtime: Value) -> Value {
    let backend = json!([{"host": [origin.host()], "url_pattern": "/x"}]);
    let limit = |max: u64, client: u64| {
        json!({"qos/ratelimit/router": {"max_rate": max, "capacity": max, "client_max_rate": client,
            "client_capacity": client, "strategy": "header", "key": "X-Client", "every": "24h"}})
    };
    json!({"version": 3, "timeout": "5s", "endpoints": [
        {"endpoint": "/free", "backend": backend},
        {"endpoint": "/global", "backend": backend, "extra_config": limit(100, 0)},
        {"endpoint": "/client", "backend": backend, "input_headers": ["X-Client"], "extra_config": limit(0, 30)}],
        "extra_config": {"telemetry/logging": {"level": "DEBUG", "stdout": true}, "sluice/runtime": runtime}})
}

fn origin() -> Origin {
    Origin::start(|_: &Seen, stream: &mut TcpStream| {
        answer(stream, 200, "application/json", br#"{"ok":true}"#)
    })
}

/// Statuses of `each` requests on each of many connections at once.
fn flood(port: u16, path: &str, connections: usize, each: usize) -> Vec<u16> {
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let request = format!("GET {path} HTTP/1.1\r\nHost: t\r\nX-Client: one\r\n\r\n");
            std::thread::spawn(move || {
                let mut client = Client::new(port);
                (0..each).map(|_| client.call("GET", &request).status).collect::<Vec<u16>>()
            })
        })
        .collect();
    clients.into_iter().flat_map(|c| c.join().expect("answers")).collect()
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|s| **s == status).count()
}

#[test]
fn limits_are_exact_over_all_shards() {
    let _shared = shared();
    let origin = origin();
    let gateway = Gateway::start(&config(&origin, json!({"shards": SHARDS})));
    // 40 connections: that the kernel gives all of them to one shard will not be seen.
    let statuses = flood(gateway.port, "/global", 40, 10);
    assert_eq!((count(&statuses, 200), count(&statuses, 503)), (100, 300), "the global limit");
    let statuses = flood(gateway.port, "/client", 40, 5);
    assert_eq!((count(&statuses, 200), count(&statuses, 429)), (30, 170), "the limit of one client");
    assert_eq!(origin.take().len(), 130, "calls of the backend");
    assert_eq!(get(gateway.port, "/free").status, 200);
}

/// The start is in the log with the number of shards and the driver.
fn serves_and_says(runtime: Value, drivers: &[&str]) {
    let _shared = shared();
    let origin = origin();
    let gateway = Gateway::start(&config(&origin, runtime.clone()));
    let statuses = flood(gateway.port, "/free", 20, 20);
    assert_eq!(count(&statuses, 200), 400, "{runtime}");
    let says = || {
        let output = gateway.process.output();
        output.lines().any(|line| {
            let shards = line.contains("shard") && line.contains(&SHARDS.to_string());
            shards && drivers.iter().any(|driver| line.contains(driver))
        })
    };
    assert!(
        wait_until(Duration::from_secs(5), says),
        "no line names shards and driver: {}",
        gateway.process.output()
    );
}

#[test]
fn the_default_driver_serves_and_is_named() {
    serves_and_says(json!({"shards": SHARDS}), &["io_uring", "epoll"]);
}

#[test]
fn epoll_serves_and_is_named() {
    serves_and_says(json!({"shards": SHARDS, "driver": "epoll"}), &["epoll"]);
}

#[test]
fn every_shard_serves() {
    let _shared = shared();
    let origin = origin();
    let gateway = Gateway::start(&config(&origin, json!({"shards": SHARDS})));
    // Each shard has its own connections to the backend, used in turn by the clients it got.
    flood(gateway.port, "/free", 64, 5);
    let threads = gateway.process.threads();
    assert!(threads >= SHARDS as u64, "{threads} threads");
    assert!(origin.connections() >= SHARDS, "{} connections to the backend", origin.connections());
}
