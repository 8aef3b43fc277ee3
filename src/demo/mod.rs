//! The demo: four loopback backends of a small shop and the configuration that puts the gateway
//! before them; knows nothing of how the gateway works.

pub mod backends;
mod shop;
mod wire;

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};

/// The gateway's configuration, `configs/demo.json`.
pub const CONFIG: &str = include_str!("../../configs/demo.json");

/// Ports of the four backends as `CONFIG` names them: users, carts, recommendations, banners.
pub const PORTS: [u16; 4] = [18081, 18082, 18083, 18084];

/// Where `CONFIG` expects the backends: what to hand to [`backends::start`].
#[must_use]
pub fn addresses() -> [SocketAddr; 4] {
    PORTS.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// One request to try: the explanation and what follows `http://127.0.0.1:PORT`.
struct Try {
    why: &'static str,
    options: &'static str,
    path: &'static str,
}

const TRIES: [Try; 6] = [
    Try {
        why: "pass-through (no-op): the banner backend's answer, byte for byte",
        options: "-i",
        path: "/banners",
    },
    Try {
        why: "one backend, filtered: allow keeps id, name and the city; no card, no phone",
        options: "-s",
        path: "/users/1",
    },
    Try {
        why: "two backends merged into one object: the user and the cart",
        options: "-s",
        path: "/account/1",
    },
    Try {
        why: "four backends asked at once, each answer in a group of its own",
        options: "-s",
        path: "/start/1",
    },
    Try {
        why: "one of two backends fails: 200 with what there is, X-Krakend-Completed: false",
        options: "-i",
        path: "/deals/1",
    },
    Try {
        why: "a body goes through to the cart backend; its 201 comes back",
        options: "-i -H 'Content-Type: application/json' -d '{\"sku\":\"MUG-01\",\"quantity\":1}'",
        path: "/carts/1/items",
    },
];

/// What the demo prints once it serves: requests to paste, each with a line that explains it.
/// `port` is the gateway's.
#[must_use]
pub fn banner(port: u16) -> String {
    let mut text = format!("Sluice serves a small shop on http://127.0.0.1:{port}. {}", backends_line());
    text.push_str("\nTry, in another terminal:\n");
    for t in &TRIES {
        text.push_str(&format!("\n  # {}\n  curl {} http://127.0.0.1:{port}{}\n", t.why, t.options, t.path));
    }
    text.push_str("\nThe configuration is configs/demo.json. Ctrl-C stops everything.\n");
    text
}

/// Which backends there are.
#[must_use]
pub fn backends_line() -> String {
    let [users, carts, recommendations, banners] = PORTS;
    format!("Backends on ports {users} (users), {carts} (carts), {recommendations} (recommendations), {banners} (banners).")
}
