//! Calls on a pooled connection that dies: GET is sent once more, POST never.

use super::Front;
use crate::kit::client::Client;
use crate::kit::origin::{answer, write, Seen, Then};
use crate::kit::shared;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A backend that answers the first request of a connection and hangs up on the second without a
/// word (`end`), as often as `deaths` says.
fn dying(deaths: usize, end: Then) -> impl Fn(&Seen, &mut TcpStream) -> Then + Send + Sync {
    let left = AtomicUsize::new(deaths);
    let spend = move || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
    move |seen: &Seen, stream: &mut TcpStream| {
        if seen.index > 0 && spend() {
            return end;
        }
        answer(stream, 200, "application/json", br#"{"ok":true}"#)
    }
}

/// Fills the pool with one connection.
fn warm(front: &Front) -> Client {
    let mut client = front.client();
    assert_eq!(client.get("/json").status, 200);
    front.origin.take();
    client
}

const POST: &str = "POST /relay/x HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody";

#[test]
fn get_is_sent_once_more_when_nothing_came_back() {
    let _shared = shared();
    for end in [Then::Close, Then::Reset] {
        for path in ["/json", "/relay/x"] {
            let front = Front::before(dying(1, end));
            let response = warm(&front).get(path);
            assert_eq!(
                (response.status, response.text().as_str()),
                (200, r#"{"ok":true}"#),
                "{path} {end:?}"
            );
            let seen = front.origin.take();
            assert_eq!(seen.len(), 2, "{path} {end:?}: {seen:?}");
            assert_ne!(seen[0].connection, seen[1].connection, "{path} {end:?}");
        }
    }
}

#[test]
fn post_is_never_sent_again() {
    let _shared = shared();
    for end in [Then::Close, Then::Reset] {
        let front = Front::before(dying(1, end));
        let mut client = warm(&front);
        let response = client.call("POST", POST);
        assert_eq!(response.status, 500, "{end:?}");
        assert_eq!(front.origin.take().len(), 1, "attempts of a POST, {end:?}");
        assert_eq!(client.get("/json").status, 200, "{end:?}");
    }
}

#[test]
fn a_fresh_connection_that_dies_is_not_tried_again() {
    let _shared = shared();
    let front = Front::before(|_: &Seen, _: &mut TcpStream| Then::Close);
    for path in ["/json", "/relay/x"] {
        assert_eq!(front.get(path).status, 500);
        assert_eq!(front.origin.take().len(), 1, "{path}: attempts on fresh connections");
    }
}

#[test]
fn nothing_is_sent_again_once_a_byte_came_back() {
    let _shared = shared();
    let front = Front::before(|seen: &Seen, stream: &mut TcpStream| {
        if seen.index == 0 {
            return answer(stream, 200, "application/json", br#"{"ok":true}"#);
        }
        write(stream, b"HTTP/1.1 2");
        Then::Close
    });
    for path in ["/json", "/relay/x"] {
        let mut client = warm(&front);
        assert_eq!(client.get(path).status, 500, "{path}");
        assert_eq!(front.origin.take().len(), 1, "{path}");
    }
}

#[test]
fn a_connection_that_the_backend_closed_while_idle_costs_nothing() {
    let _shared = shared();
    let front = Front::before(|_: &Seen, stream: &mut TcpStream| {
        answer(stream, 200, "application/json", br#"{"ok":true}"#);
        Then::Close
    });
    let mut client = front.client();
    for i in 0..20 {
        // Long enough for the close to arrive: it is seen before the connection is used.
        std::thread::sleep(std::time::Duration::from_millis(20));
        let response = if i % 2 == 0 { client.get("/json") } else { client.call("POST", POST) };
        assert_eq!(response.status, 200, "request {i}");
    }
    assert_eq!(front.origin.take().len(), 20);
}
