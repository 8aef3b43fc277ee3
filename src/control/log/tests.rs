//! Lines as KrakenD writes them, and a thread that survives its output.

use super::line::{go_duration, shorten, Lines, Style};
use super::quote::{go_quote, one_line, path_and_query};
use super::zone::Zone;
use super::{LogSettings, LogThread};
use crate::limits::LOG_QUEUE;
use crate::port::log::{AccessRecord, Event, EventTag, Level, MethodText, Record, TargetText};
use std::io::{self, ErrorKind, Write};
use std::net::IpAddr;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};

/// 2026-01-31 10:20:30.042 UTC.
const WALL_MS: u64 = 1_769_854_830_042;

fn access(method: &str, target: &str, status: u16, latency_ns: u64) -> AccessRecord {
    AccessRecord {
        wall_ms: WALL_MS,
        latency_ns,
        bytes: 0,
        status,
        client: IpAddr::from([127, 0, 0, 1]),
        method: MethodText::new(method.as_bytes()),
        target: TargetText::new(target.as_bytes()),
        fault: "",
    }
}

fn event(level: Level, tag: EventTag, text: &'static str) -> Record {
    Record::Event(Event { wall_ms: WALL_MS, level, tag, text: text.into() })
}

fn plain() -> Style {
    Style { improved: None, event_colours: false, access_colours: false }
}

fn rendered(style: Style, zone: &str, record: &Record) -> String {
    let mut out = Vec::new();
    Lines::new(style, Zone::named(zone)).record(record, &mut out);
    String::from_utf8(out).expect("log lines are UTF-8")
}

fn printed(ns: u64) -> String {
    let mut out = String::new();
    go_duration(ns, &mut out);
    out
}

#[test]
fn durations_are_cut_and_printed_as_go_does() {
    let cases: [(u64, &str); 18] = [
        (0, "0s"),
        (1, "1ns"),
        (850, "850ns"),
        (1_000, "1µs"),
        (61_751, "61.751µs"),
        (100_500, "100.5µs"),
        (999_999, "999.999µs"),
        (1_000_000, "1ms"),
        (1_000_001, "1ms"),
        (2_097_999, "2.09ms"),
        (123_456_789, "123.45ms"),
        (1_000_000_000, "1s"),
        (1_509_999_999, "1.5s"),
        (59_999_000_000, "59.99s"),
        (60_000_000_000, "1m0s"),
        (79_999_000_000, "1m10s"),
        (3_600_000_000_000, "1h0m0s"),
        (7_265_000_000_000, "2h1m0s"),
    ];
    for (ns, expected) in cases {
        assert_eq!(printed(shorten(ns)), expected, "{ns}");
    }
    assert_eq!(printed(90_500_000_000), "1m30.5s");
}

#[test]
fn text_is_quoted_as_go_does() {
    let cases: [(&[u8], &str); 14] = [
        (b"", r#""""#),
        (b"/a?b=c", r#""/a?b=c""#),
        (b"a\"b\\c", r#""a\"b\\c""#),
        (b"\x00\x07\x08\x0c\n\r\t\x0b\x1b\x7f", r#""\x00\a\b\f\n\r\t\v\x1b\x7f""#),
        ("é☺日".as_bytes(), r#""é☺日""#),
        ("e\u{301}".as_bytes(), "\"e\u{301}\""),
        ("\u{85}\u{a0}".as_bytes(), r#""\u0085\u00a0""#),
        ("\u{200b}\u{2028}\u{feff}".as_bytes(), r#""\u200b\u2028\ufeff""#),
        ("\u{202e}".as_bytes(), r#""\u202e""#),
        ("\u{1f600}".as_bytes(), "\"\u{1f600}\""),
        ("\u{e0001}".as_bytes(), r#""\U000e0001""#),
        (b"\xff\xfe", r#""\xff\xfe""#),
        (b"a\xc3", r#""a\xc3""#),
        (b"'", r#""'""#),
    ];
    for (text, expected) in cases {
        let mut out = Vec::new();
        go_quote(text, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected, "{text:?}");
    }
}

#[test]
fn messages_stay_on_their_line() {
    let cases = [
        ("plain \"text\" \\ stays: é", "plain \"text\" \\ stays: é"),
        ("a\nb\r\nc", "a\\nb\\r\\nc"),
        ("\x1b[31mred\u{9b}0m", "\\x1b[31mred\\u009b0m"),
        ("a\u{2028}b", "a\\u2028b"),
    ];
    for (text, expected) in cases {
        let mut out = Vec::new();
        one_line(text, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}

#[test]
fn the_path_is_decoded_and_the_query_is_not() {
    let cases = [
        ("/a", "/a"),
        ("/a?", "/a"),
        ("/a%20b?c=%20", "/a b?c=%20"),
        ("/a%2Fb%0a", "/a/b\n"),
        ("/a%zz%20", "/a%zz%20"),
        ("/a%2", "/a%2"),
        ("/a?b?c", "/a?b?c"),
        ("", ""),
    ];
    for (target, expected) in cases {
        assert_eq!(String::from_utf8_lossy(&path_and_query(target.as_bytes())), expected, "{target}");
    }
}

#[test]
fn access_lines() {
    let mut ipv6 = access("DELETE", "/x%22%0a", 404, 850);
    ipv6.client = "2001:db8::1".parse().expect("address");
    let mut mapped = access("GET", "/", 200, 2_000_000);
    mapped.client = "::ffff:192.0.2.7".parse().expect("address");
    mapped.fault = "invalid status code";
    let cases = [
        (
            access("GET", "/a?b=c", 200, 61_751),
            "[GIN] 2026/01/31 - 10:20:30 | 200 | 61.751µs |       127.0.0.1 | GET      \"/a?b=c\"\n",
        ),
        (ipv6, "[GIN] 2026/01/31 - 10:20:30 | 404 |    850ns |     2001:db8::1 | DELETE   \"/x\\\"\\n\"\n"),
        (
            mapped,
            "[GIN] 2026/01/31 - 10:20:30 | 200 |      2ms |       192.0.2.7 | GET      \"/\"\n\
             Error #01: invalid status code\n",
        ),
        (
            access("BAD\x1b METHOD", "/", 200, 1_000_000_000),
            "[GIN] 2026/01/31 - 10:20:30 | 200 |       1s |       127.0.0.1 | BAD??METHOD  \"/\"\n",
        ),
        (
            access("OPTIONS", "/", 99, 123_456_789),
            "[GIN] 2026/01/31 - 10:20:30 |  99 | 123.45ms |       127.0.0.1 | OPTIONS  \"/\"\n",
        ),
    ];
    for (record, expected) in cases {
        assert_eq!(rendered(plain(), "", &Record::Access(record)), expected);
    }
}

#[test]
fn access_lines_on_a_terminal_are_coloured() {
    let style = Style { access_colours: true, ..plain() };
    assert_eq!(
        rendered(style, "", &Record::Access(access("PUT", "/", 500, 1))),
        "[GIN] 2026/01/31 - 10:20:30 |\x1b[97;41m 500 \x1b[0m|      1ns |       127.0.0.1 \
         |\x1b[90;43m PUT     \x1b[0m \"/\"\n"
    );
}

#[test]
fn event_lines() {
    let endpoint = |part| EventTag::Endpoint { route: Arc::from("/a/:x"), part };
    let improved = |prefix: &str| Style { improved: Some(prefix.into()), event_colours: true, ..plain() };
    let no_colour = || Style { event_colours: false, ..improved("P") };
    let cases = [
        (
            plain(),
            event(Level::Debug, EventTag::None, "hello"),
            "2026/01/31 10:20:30 KRAKEND DEBUG: hello\n",
        ),
        (
            plain(),
            event(Level::Error, endpoint(""), "a\nb"),
            "2026/01/31 10:20:30 KRAKEND ERROR: [ENDPOINT: /a/:x] a\\nb\n",
        ),
        (
            improved("[KRAKEND]"),
            event(Level::Warning, endpoint("JWT"), "text"),
            "[KRAKEND] 2026/01/31 - 10:20:30.042 \x1b[33m\u{25b6} WARNING\x1b[0m [ENDPOINT: /a/:x][JWT] text\n",
        ),
        (
            improved(""),
            event(Level::Info, EventTag::Service("Gin"), "text"),
            " 2026/01/31 - 10:20:30.042 \u{25b6} INFO\x1b[0m [SERVICE: Gin] text\n",
        ),
        (
            no_colour(),
            event(Level::Critical, EventTag::Backend { pattern: Arc::from("/b/{{.X}}"), part: "CB" }, "text"),
            "P 2026/01/31 - 10:20:30.042 \u{25b6} CRITICAL [BACKEND: /b/{{.X}}][CB] text\n",
        ),
    ];
    for (style, record, expected) in cases {
        assert_eq!(rendered(style, "", &record), expected);
    }
}

#[test]
fn lines_carry_local_time() {
    let cases = [
        ("EST5EDT,M3.2.0,M11.1.0", WALL_MS, "2026/01/31 05:20:30"),
        ("EST5EDT,M3.2.0,M11.1.0", WALL_MS + 15_552_000_000, "2026/07/30 06:20:30"),
        ("<+0545>-5:45", WALL_MS, "2026/01/31 16:05:30"),
        ("No/Such_Zone", WALL_MS, "2026/01/31 10:20:30"),
        ("", 0, "1970/01/01 00:00:00"),
        ("", u64::MAX, "584556019/04/03 14:25:51"),
    ];
    for (zone, wall_ms, expected) in cases {
        let record =
            Record::Event(Event { wall_ms, level: Level::Info, tag: EventTag::None, text: "x".into() });
        assert_eq!(rendered(plain(), zone, &record), format!("{expected} KRAKEND INFO: x\n"), "{zone}");
    }
}

#[test]
fn what_is_logged_follows_the_settings() {
    let settings =
        |improved, stdout, level| LogSettings { improved, stdout, level, ..LogSettings::default() };
    let cases = [
        (settings(false, false, None), Some(Level::Debug)),
        (settings(true, true, None), Some(Level::Info)),
        (settings(true, true, Some(Level::Error)), Some(Level::Error)),
        (settings(true, false, Some(Level::Error)), None),
    ];
    for (settings, expected) in cases {
        assert_eq!(settings.threshold(), expected, "{settings:?}");
    }
}

/// An output that the test can read, fail and block.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    text: Vec<u8>,
    /// Results of the next writes, last one first; none = everything is taken.
    script: Vec<io::Result<usize>>,
    gate: Option<(Sender<()>, Receiver<()>)>,
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("paper").text.clone()).expect("UTF-8")
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gate = self.0.lock().expect("paper").gate.take();
        if let Some((reached, open)) = gate {
            let _ = reached.send(());
            let _ = open.recv();
        }
        let mut state = self.0.lock().expect("paper");
        let taken = state.script.pop().unwrap_or(Ok(bytes.len()))?;
        state.text.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start(settings: &LogSettings, paper: &Paper) -> LogThread {
    let lines = Lines::new(plain(), Zone::named(""));
    LogThread::start_with(settings, lines, Box::new(paper.clone())).expect("thread")
}

fn everything() -> LogSettings {
    LogSettings { access: true, ..LogSettings::default() }
}

#[test]
fn stop_writes_all_that_was_queued_before() {
    let paper = Paper::default();
    let log = start(&everything(), &paper);
    let lanes = [log.lane(), log.lane()];
    for n in 0..1000 {
        lanes[n % 2].access(access("GET", "/", 200 + (n / 2) as u16, 1));
    }
    lanes[0].event(Level::Info, EventTag::None, "last");
    log.stop();
    let text = paper.text();
    assert_eq!(text.lines().count(), 1001);
    assert!(text.contains("KRAKEND INFO: last\n"));
    let statuses: Vec<&str> = text.lines().filter_map(|l| l.get(30..33)).collect();
    assert!(statuses.contains(&"200"), "{statuses:?}");
}

#[test]
fn a_lane_may_end_and_its_records_are_still_written() {
    let paper = Paper::default();
    let log = start(&everything(), &paper);
    let lane = log.lane();
    let producer = std::thread::spawn(move || lane.access(access("GET", "/gone", 200, 1)));
    producer.join().expect("producer");
    log.stop();
    assert!(paper.text().contains("/gone"));
}

#[test]
fn interrupted_short_and_refused_writes_are_repeated() {
    let paper = Paper::default();
    let script = [Ok(7), Err(ErrorKind::WouldBlock.into()), Ok(3), Err(ErrorKind::Interrupted.into()), Ok(1)];
    paper.0.lock().expect("paper").script.extend(script);
    let log = start(&everything(), &paper);
    log.lane().access(access("GET", "/a", 200, 1));
    log.stop();
    assert_eq!(
        paper.text(),
        "[GIN] 2026/01/31 - 10:20:30 | 200 |      1ns |       127.0.0.1 | GET      \"/a\"\n"
    );
}

#[test]
fn a_broken_output_loses_lines_but_not_the_thread_and_says_so() {
    let paper = Paper::default();
    paper.0.lock().expect("paper").script.extend([Err(ErrorKind::BrokenPipe.into()), Ok(5)]);
    let (reached, at_gate) = channel();
    let (open, gate) = channel();
    paper.0.lock().expect("paper").gate = Some((reached, gate));
    let log = start(&everything(), &paper);
    let lane = log.lane();
    lane.access(access("GET", "/lost", 200, 1));
    at_gate.recv().expect("first write");
    lane.access(access("GET", "/kept", 200, 1));
    open.send(()).expect("writer");
    log.stop();
    let text = paper.text();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("[GIN]"), "the torn line is ended");
    let rest: String = lines.collect();
    assert!(rest.contains("/kept"), "{text}");
    assert!(rest.contains("WARNING: [SERVICE: Logging] 1 log lines were lost"), "{text}");
}

#[test]
fn a_blocked_output_fills_the_lane_and_the_producer_goes_on() {
    let paper = Paper::default();
    let (reached, at_gate) = channel();
    let (open, gate) = channel();
    paper.0.lock().expect("paper").gate = Some((reached, gate));
    let log = start(&everything(), &paper);
    let lane = log.lane();
    lane.access(access("GET", "/first", 200, 1));
    at_gate.recv().expect("first write");
    for _ in 0..LOG_QUEUE + 10 {
        lane.access(access("GET", "/", 200, 1));
    }
    assert_eq!(lane.lost(), 10);
    open.send(()).expect("writer");
    log.stop();
    let text = paper.text();
    assert!(text.contains("WARNING: [SERVICE: Logging] 10 log lines were lost"));
    assert_eq!(text.lines().count(), 1 + LOG_QUEUE + 1);
}
