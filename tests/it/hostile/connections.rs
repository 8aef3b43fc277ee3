//! Client connections: reuse, order, ends, and bodies that nobody reads.

use super::Front;
use crate::kit::origin::{answer, write, Seen, Then};
use crate::kit::shared;
use crate::kit::wire::Broken;
use std::net::TcpStream;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_connection_serves_many_requests_over_one_backend_connection() {
    let _shared = shared();
    let front = Front::plain();
    let mut client = front.client();
    for i in 0..100 {
        let path = if i % 2 == 0 { "/json".to_owned() } else { format!("/relay/{i}") };
        let response = client.get(&path);
        assert_eq!((response.status, response.closes()), (200, false), "request {i}");
    }
    assert_eq!(front.origin.connections(), 1, "connections to the backend");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let _shared = shared();
    let front = Front::before(|seen: &Seen, stream: &mut TcpStream| {
        // The first answers are the slowest.
        let n: u64 = seen.path().rsplit('/').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        std::thread::sleep(Duration::from_millis(40 - 4 * n));
        answer(stream, 200, "application/json", format!("{{\"n\":{n}}}").as_bytes())
    });
    for apart in [false, true] {
        let mut client = front.client();
        let requests: String = (0..10)
            .map(|n| match n % 3 {
                0 => format!("GET /json/{n} HTTP/1.1\r\nHost: t\r\n\r\n"),
                1 => format!("GET /relay/{n} HTTP/1.1\r\nHost: t\r\n\r\n"),
                _ => format!("POST /relay/{n} HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc"),
            })
            .collect();
        if apart {
            client.send_apart(requests.as_bytes(), 50);
        } else {
            client.send(&requests);
        }
        for n in 0..10 {
            let response = client.response("GET").unwrap_or_else(|e| panic!("answer {n}: {e:?}"));
            assert_eq!((response.status, response.text()), (200, format!("{{\"n\":{n}}}")));
        }
    }
}

#[test]
fn connections_end_when_the_client_says_so() {
    let _shared = shared();
    let front = Front::plain();
    let ends = [
        "GET /json HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
        "GET /json HTTP/1.1\r\nHost: t\r\nConnection: x, CLOSE\r\n\r\n",
        "GET /json HTTP/1.0\r\nHost: t\r\n\r\n",
        "GET /json HTTP/1.0\r\n\r\n",
    ];
    for request in ends {
        let mut client = front.client();
        let response = client.call("GET", request);
        assert_eq!((response.status, response.text().as_str()), (200, r#"{"ok":true}"#), "{request}");
        assert!(client.ends_within(SOON), "stays open after {request}");
    }
}

#[test]
fn a_body_waits_for_continue() {
    let _shared = shared();
    let front = Front::plain();
    let mut client = front.client();
    for length in [5, 100_000] {
        let head = format!(
            "POST /relay/x HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        );
        client.send(head);
        let (status, head) = client.status_head().expect("an interim answer");
        assert_eq!((status, head.headers.len()), (100, 0));
        let body = "b".repeat(length);
        client.send(&body);
        let response = client.response("POST").expect("the final answer");
        assert_eq!((response.status, response.text()), (200, body));
    }
}

#[test]
fn a_refused_body_is_not_asked_for() {
    let _shared = shared();
    let front = Front::plain();
    let mut client = front.client();
    client.send("POST /none HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 41\r\n\r\n");
    let (status, head) = client.status_head().expect("an answer");
    assert_eq!(status, 404);
    client.reader.body(&head, true).expect("its body");
    // The client now sends its body or not: either way it is not taken for a request.
    client.send("GET /relay/smuggled HTTP/1.1\r\nHost: t\r\n\r\n");
    client.finish();
    assert!(client.ends_within(SOON));
    assert!(front.origin.take().is_empty());
}

#[test]
fn answers_to_head_have_no_body() {
    let _shared = shared();
    let front = Front::plain();
    let mut client = front.client();
    for path in ["/json", "/relay/x", "/none", "/__health"] {
        let response = client.call("HEAD", format!("HEAD {path} HTTP/1.1\r\nHost: t\r\n\r\n"));
        assert!(response.status >= 400, "HEAD is not derived from GET, but {path} gave {}", response.status);
        // Were there a body, it would be read as the next answer.
        assert_eq!(client.get("/json").status, 200, "after HEAD {path}");
    }
}

#[test]
fn chunked_answers_keep_their_bytes() {
    let _shared = shared();
    let front = Front::before(|seen: &Seen, stream: &mut TcpStream| {
        let data = if seen.path().contains("json") {
            br#"{"text":"0123456789"}"#.to_vec()
        } else {
            (0..200_000_u32).map(|i| (i % 251) as u8).collect()
        };
        let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for part in data.chunks(7001) {
            out.extend(format!("{:x};x=y\r\n", part.len()).bytes());
            out.extend(part);
            out.extend(b"\r\n");
        }
        out.extend(b"0\r\nA: b\r\n\r\n");
        write(stream, &out)
    });
    let mut client = front.client();
    for _ in 0..3 {
        let data = client.get("/relay/data").body;
        assert_eq!(data.len(), 200_000);
        assert!(data.iter().enumerate().all(|(i, &b)| b == (i % 251) as u8));
        assert_eq!(client.get("/json").text(), r#"{"text":"0123456789"}"#);
    }
    assert_eq!(front.origin.connections(), 1, "connections to the backend");
}

#[test]
fn bodies_until_close_are_passed_on() {
    let _shared = shared();
    let front = Front::before(|_: &Seen, stream: &mut TcpStream| {
        write(stream, b"HTTP/1.1 200 OK\r\n\r\n{\"ok\":true}");
        Then::Close
    });
    for path in ["/relay/x", "/json"] {
        let response = front.get(path);
        assert_eq!((response.status, response.text().as_str()), (200, r#"{"ok":true}"#), "{path}");
    }
}

#[test]
fn large_bodies_pass_both_ways() {
    let _shared = shared();
    let front = Front::plain();
    let mut client = front.client();
    let body: Vec<u8> = (0..1_000_000_u32).map(|i| (i / 251 % 251) as u8).collect();
    for _ in 0..2 {
        let mut sender = client.writer();
        let message = [
            format!("POST /relay/x HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(),
            &body,
        ]
        .concat();
        // Sent beside the reading: an echo may come back before all is sent.
        let sending = std::thread::spawn(move || std::io::Write::write_all(&mut sender, &message));
        let response = client.response("POST").expect("the echo");
        assert!(
            response.status == 200 && response.body == body,
            "{} {}",
            response.status,
            response.body.len()
        );
        sending.join().expect("the sender").expect("all sent");
    }
}

#[test]
fn unread_bodies_are_drained_or_end_the_connection() {
    let _shared = shared();
    let front = Front::plain();
    let filler = "GET /relay/smuggled HTTP/1.1\r\nHost: t\r\n\r\n";
    for (times, path) in [(1, "/none"), (100, "/none"), (20_000, "/none"), (100, "/json")] {
        let body = filler.repeat(times);
        let mut client = front.client();
        client.send(format!("POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n\r\n", body.len()));
        client.send(&body);
        client.send("GET /json HTTP/1.1\r\nHost: t\r\n\r\n");
        match client.response("POST") {
            Ok(response) => {
                assert!([404, 405, 413].contains(&response.status), "{path}: {}", response.status);
                match client.response("GET") {
                    Ok(next) => assert_eq!(next.status, 200, "{path}: the request after the body"),
                    Err(fault) => assert_ne!(fault, Broken::Timeout, "{path}: neither answered nor closed"),
                }
            }
            // The close may overtake the answer while the client still sends.
            Err(fault) => assert!(times > 100 && fault != Broken::Timeout, "{path} {times}: {fault:?}"),
        }
        let seen = front.origin.take();
        assert!(seen.iter().all(|s| !s.target.contains("smuggled")), "{path}: {seen:?}");
        front.still_serves(path);
    }
}

#[test]
fn a_client_that_goes_away_takes_its_call_with_it() {
    let _shared = shared();
    let front = Front::before(|seen: &Seen, stream: &mut TcpStream| {
        if seen.path().ends_with("slow") {
            std::thread::sleep(Duration::from_millis(300));
        }
        answer(stream, 200, "application/json", br#"{"ok":true}"#)
    });
    for _ in 0..20 {
        let mut client = front.client();
        client.send("GET /relay/slow HTTP/1.1\r\nHost: t\r\n\r\n");
        drop(client);
        let mut client = front.client();
        client.send("POST /relay/slow HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nhalf");
        drop(client);
    }
    front.still_serves("clients that went away");
}
