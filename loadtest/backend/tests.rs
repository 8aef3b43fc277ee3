//! The origin over real sockets, and its command line.

use super::answer::{Answers, Behaviour};
use super::options::{self, Options};
use super::serve::start;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub fn parse(args: &[&str]) -> Result<Option<Options>, String> {
    options::parse(args.iter().map(std::ffi::OsString::from))
}

/// Starts an origin on a free port; its threads last as long as the tests.
pub fn origin(args: &[&str]) -> SocketAddr {
    let all = [&["--listen", "127.0.0.1:0"], args].concat();
    let options = parse(&all).unwrap().unwrap();
    let answers = Arc::new(Answers::load(options.root.as_deref(), options.behaviour).unwrap());
    start(&options, &answers).unwrap()[0]
}

/// Sends `request`, closes the sending side and reads to the end.
fn exchange(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn get(addr: SocketAddr, target: &str) -> String {
    exchange(addr, &format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn the_built_in_bodies_have_their_sizes() {
    let addr = origin(&[]);
    for (target, size) in
        [("/user.json", 306), ("/cart.json", 1562), ("/reco.json", 3099), ("/banner.json", 65)]
    {
        let answer = get(addr, target);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains(&format!("Content-Length: {size}\r\n")), "{target}: {answer}");
        assert_eq!(body(&answer).len(), size, "{target}");
        assert!(serde_json::from_str::<serde_json::Value>(body(&answer)).is_ok(), "{target}");
    }
    assert!(get(addr, "/other").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_query_changes_one_answer() {
    let addr = origin(&[]);
    assert!(get(addr, "/user.json?status=503").starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    assert!(get(addr, "/user.json?close").contains("Connection: close\r\n"));
    assert_eq!(body(&get(addr, "/any?size=100")).len(), 100);
    assert_eq!(body(&get(addr, "/any?size=3")), "111");
    assert_eq!(body(&get(addr, "/any?size=0")), "");
    let chunked = get(addr, "/any?chunked&size=5000");
    assert!(chunked.contains("Transfer-Encoding: chunked\r\n") && !chunked.contains("Content-Length"));
    assert!(body(&chunked).starts_with("1000\r\n") && chunked.ends_with("\r\n0\r\n\r\n"));
    assert!(!get(addr, "/user.json?status=204").contains("Content-Length"));
    let begun = Instant::now();
    get(addr, "/user.json?delay=60");
    assert!(begun.elapsed() >= Duration::from_millis(60));
    assert!(
        get(addr, "/user.json?page=2&status=x").starts_with("HTTP/1.1 200 "),
        "what it does not know is let be"
    );
}

#[test]
fn options_change_every_answer() {
    let addr = origin(&["--status", "201", "--size", "50", "--close"]);
    let answer = get(addr, "/whatever");
    assert!(
        answer.starts_with("HTTP/1.1 201 Created\r\n") && answer.contains("Connection: close"),
        "{answer}"
    );
    assert_eq!(body(&answer).len(), 50);
}

#[test]
fn connections_are_kept_and_request_bodies_skipped() {
    let addr = origin(&[]);
    let requests = [
        "GET /banner.json HTTP/1.1\r\n\r\n",
        "POST /banner.json HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /banner.json HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        "POST /banner.json HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        "HEAD /banner.json HTTP/1.1\r\n\r\n",
        "GET /banner.json HTTP/1.0\r\n\r\n",
        "GET /banner.json HTTP/1.1\r\n\r\n",
    ];
    let answer = exchange(addr, &requests.concat());
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 6, "the 1.0 request is the last: {answer}");
    assert_eq!(answer.matches("100 Continue").count(), 1);
    assert_eq!(answer.matches("\"banner\"").count(), 5, "HEAD has no body: {answer}");
}

#[test]
fn broken_requests_are_refused() {
    let addr = origin(&[]);
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(16 << 10));
    for request in [
        "\0\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz",
    ] {
        assert!(exchange(addr, request).starts_with("HTTP/1.1 400 "), "{request}");
    }
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(long.as_bytes()).unwrap();
    // Unread bytes may make a reset of the close; either way the connection ends.
    let _ = stream.read_to_end(&mut Vec::new());
    assert!(get(addr, "/user.json").starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_folder_is_served() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("loadtest");
    let answers = Answers::load(Some(&folder), Behaviour::default()).unwrap();
    let (super::answer::Answer::Ready(message), _) = answers.to("/www/banner.json") else {
        panic!("not made beforehand");
    };
    assert!(message.ends_with(b"\"ads\": [1, 2, 3]}"));
    assert!(Answers::load(Some(Path::new("/no/such/folder")), Behaviour::default()).is_err());
}

#[test]
fn the_command_line_is_bounded() {
    assert!(parse(&["--help"]).unwrap().is_none());
    assert!(options::HELP.contains("--listen"));
    let options = parse(&["--cores", "0,1", "--for", "9", "--delay", "5", "--chunked"]).unwrap().unwrap();
    assert_eq!(options.cores, [0, 1]);
    assert_eq!((options.run, options.behaviour.delay), (Duration::from_secs(9), Duration::from_millis(5)));
    for bad in [
        &["--listen", "0.0.0.0:80"] as &[&str],
        &["--listen", "10.0.0.1:80"],
        &["--status", "99"],
        &["--delay", "-1"],
        &["--size", "99999999999"],
        &["--for", "0"],
        &["--cores", "a"],
        &["--nothing", "1"],
        &["--root"],
        &["word"],
    ] {
        assert!(parse(bad).is_err(), "{bad:?}");
    }
}
