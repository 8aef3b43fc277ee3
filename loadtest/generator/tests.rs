//! The generator against the origin, its reader against cut answers, and its command line.

use super::super::backend::tests::origin;
use super::connection::Reply;
use super::options::{self, time, Options};
use super::pace::{Schedule, Times};
use super::{run, share};
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

fn parse(args: &[&str]) -> Result<Option<Options>, String> {
    options::parse(args.iter().map(std::ffi::OsString::from))
}

/// Runs a short load and returns whether it failed, and its summary.
fn load(addr: SocketAddr, target: &str, args: &[&str]) -> (bool, Value) {
    let url = format!("http://{addr}{target}");
    let all = [&["--warmup", "0", "--duration", "30s", "--connections", "4", url.as_str()], args].concat();
    let options = parse(&all).unwrap().unwrap();
    let report = run(&options).unwrap();
    assert!(report.text().contains("latency"));
    (report.failed(), report.json())
}

#[test]
fn a_closed_loop_counts_what_it_was_told_to_send() {
    let addr = origin(&[]);
    for (target, bytes) in
        [("/user.json", 306), ("/any?size=20000", 20_000), ("/any?size=20000&chunked", 20_000)]
    {
        let (failed, summary) = load(addr, target, &["--requests", "50", "--threads", "2"]);
        assert!(!failed, "{summary}");
        assert_eq!(summary["requests"], 50, "{summary}");
        assert_eq!(summary["statuses"]["200"], 50);
        assert_eq!(summary["connections_opened"], 4, "kept: {summary}");
        assert!(summary["bytes"].as_u64().unwrap() > 50 * bytes);
        assert!(summary["latency_us"]["p50"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn new_connections_are_one_a_request() {
    let (failed, summary) = load(origin(&[]), "/user.json", &["--requests", "20", "--new-connections"]);
    assert!(!failed, "{summary}");
    assert_eq!(summary["connections_opened"], 20, "{summary}");
}

#[test]
fn a_server_that_closes_is_no_error() {
    let (failed, summary) = load(origin(&["--close"]), "/user.json", &["--requests", "20"]);
    assert!(!failed, "{summary}");
    assert_eq!(summary["requests"], 20, "{summary}");
}

#[test]
fn an_open_loop_sends_at_its_rate() {
    let begun = Instant::now();
    let args = ["--rate", "400", "--duration", "250ms", "--threads", "2"];
    let (failed, summary) = load(origin(&[]), "/user.json", &args);
    assert!(!failed, "{summary}");
    assert_eq!(summary["requests"], 100, "{summary}");
    assert!(begun.elapsed() >= Duration::from_millis(240));
    assert_eq!(summary["loop"], "open");
}

#[test]
fn an_open_loop_counts_latency_from_the_time_due() {
    // One connection and 20 ms an answer: the server makes 50 a second, and 200 are due. The last
    // of 40 is due at 200 ms and answered at 800 ms at the earliest, whenever it was sent.
    let args = ["--rate", "200", "--duration", "200ms", "--connections", "1"];
    let (failed, summary) = load(origin(&[]), "/user.json?delay=20", &args);
    assert!(!failed, "{summary}");
    assert_eq!(summary["requests"], 40, "{summary}");
    assert!(summary["latency_us"]["max"].as_f64().unwrap() > 590_000.0, "{summary}");
    assert!(summary["send_lag_us"]["max"].as_f64().unwrap() > 570_000.0, "{summary}");
    assert!(summary["rate"].as_f64().unwrap() < 51.0, "{summary}");
}

#[test]
fn what_an_open_loop_leaves_is_an_error() {
    let args = ["--rate", "200", "--duration", "100ms", "--connections", "1", "--timeout", "100ms"];
    let (failed, summary) = load(origin(&[]), "/user.json?delay=60", &args);
    assert!(failed);
    assert!(summary["errors"]["not_sent"].as_u64().unwrap() >= 10, "{summary}");
    let (requests, errors) =
        (summary["requests"].as_u64().unwrap(), summary["errors_total"].as_u64().unwrap());
    assert_eq!(requests + errors, 20, "{summary}");
}

#[test]
fn failures_have_a_kind() {
    let addr = origin(&[]);
    let (failed, summary) = load(addr, "/user.json?status=503", &["--requests", "4"]);
    assert!(failed);
    assert_eq!(summary["unexpected_statuses"], 4, "{summary}");
    assert!(!load(addr, "/user.json?status=503", &["--requests", "4", "--expect", "503"]).0);
    let (_, summary) = load(addr, "/user.json?delay=5000", &["--requests", "4", "--timeout", "20ms"]);
    assert_eq!(summary["errors"]["timeout"], 4, "{summary}");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let (failed, summary) = load(nobody, "/", &["--requests", "4"]);
    assert!(failed);
    assert_eq!(summary["errors"]["connect"], 4, "{summary}");
}

/// Feeds `whole` in pieces of `cut` bytes; status, and whether it ended.
fn feed(whole: &[u8], cut: usize, head_only: bool) -> Read {
    let mut reply = Reply::default();
    let mut unread = Vec::new();
    for piece in whole.chunks(cut) {
        unread.extend_from_slice(piece);
        let step = reply.take(&unread, head_only).ok()?;
        unread.drain(..step.taken);
        if step.done {
            assert!(unread.is_empty());
            return Some((reply.answer(true).status, true));
        }
    }
    Some((reply.answer(true).status, reply.ends_with_connection()))
}

/// Status, and whether the answer ended; `None`: it was refused.
type Read = Option<(u16, bool)>;

#[test]
fn answers_are_read_however_they_are_cut() {
    let table: [(&str, bool, Read); 10] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, Some((200, true))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false, Some((200, false))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, Some((200, true))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, Some((200, true))),
        ("HTTP/1.1 204 No Content\r\n\r\n", false, Some((204, true))),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n", false, Some((304, true))),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            false,
            Some((200, true)),
        ),
        ("HTTP/1.1 200 OK\r\n\r\nuntil the end", false, Some((200, true))),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", false, None),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", false, None),
    ];
    for (text, head_only, expected) in table {
        for cut in 1..=text.len() {
            assert_eq!(feed(text.as_bytes(), cut, head_only), expected, "{text} cut every {cut}");
        }
    }
    assert_eq!(
        feed("HTTP/1.1 100 Continue\r\n\r\n".repeat(20).as_bytes(), 7, false),
        None,
        "endless interim"
    );
}

#[test]
fn schedules_share_the_rate() {
    let options = parse(&["--duration", "2s", "--warmup", "1s", "http://127.0.0.1:1/"]).unwrap().unwrap();
    let times = Times::of(&options, Instant::now());
    for threads in 1..5 {
        let schedules: Vec<_> = (0..threads).map(|i| Schedule::new(&times, 1000.0, i, threads)).collect();
        assert_eq!(schedules.iter().map(|s| s.count).sum::<u64>(), 3000, "{threads}");
        assert_eq!(schedules.iter().map(|s| s.measured).sum::<u64>(), 2000, "{threads}");
        for schedule in &schedules {
            assert!(
                schedule.due(schedule.count) >= times.end && schedule.due(schedule.count - 1) < times.end
            );
        }
    }
    assert_eq!((0..3).map(|i| share(10, i, 3)).collect::<Vec<_>>(), [4, 3, 3]);
}

#[test]
fn the_command_line_is_bounded() {
    assert!(parse(&["-h"]).unwrap().is_none());
    assert!(options::HELP.contains("--rate"));
    let url = "http://127.0.0.1:1/a?b=c";
    let options = parse(&["--header", "X-A: 1", "--body", "hi", url]).unwrap().unwrap();
    assert_eq!(
        options.request,
        b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nhi"
    );
    let options =
        parse(&["--header", "host: shop", "--new-connections", "http://localhost:7"]).unwrap().unwrap();
    assert_eq!(options.request, b"GET / HTTP/1.1\r\nConnection: close\r\nhost: shop\r\n\r\n");
    assert_eq!(options.addr.to_string(), "127.0.0.1:7");
    for bad in [
        &[] as &[&str],
        &["http://10.0.0.1/"],
        &["http://example.com/"],
        &["https://127.0.0.1/"],
        &["http://127.0.0.1:1/a b"],
        &["--connections", "0", url],
        &["--connections", "1", "--threads", "2", url],
        &["--rate", "0", url],
        &["--rate", "inf", url],
        &["--rate", "NaN", url],
        &["--duration", "2h", url],
        &["--duration", "9999m", url],
        &["--header", "no colon", url],
        &["--header", "A: b\r\nC: d", url],
        &["--method", "G T", url],
        &["--body-file", "/no/such/file", url],
        &["--what", "1", url],
        &[url, url],
    ] {
        assert!(parse(bad).is_err(), "{bad:?}");
    }
    assert_eq!(time("1.5s", Duration::ZERO), Ok(Duration::from_millis(1500)));
    assert_eq!(time("2m", Duration::ZERO), Ok(Duration::from_secs(120)));
    assert_eq!(time("0", Duration::ZERO), Ok(Duration::ZERO));
}
