//! One log record as the lines that KrakenD writes; knows no queue and no output.

use super::quote::{go_quote, one_line, path_and_query};
use super::zone::Zone;
use crate::port::log::{AccessRecord, Event, EventTag, Level, Record};
use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;

const RESET: &str = "\x1b[0m";

/// How lines look.
pub(super) struct Style {
    /// telemetry/logging is configured: its format, with this prefix. `None`: the plain logger's.
    pub improved: Option<String>,
    /// ANSI colours in events (only the improved format has any).
    pub event_colours: bool,
    /// ANSI colours in the access log.
    pub access_colours: bool,
}

/// Appends lines to a buffer.
pub(super) struct Lines {
    style: Style,
    zone: Zone,
    scratch: String,
}

// Writing to a `Vec<u8>` cannot fail; the results of `write!` are dropped for that reason.
impl Lines {
    pub fn new(style: Style, zone: Zone) -> Lines {
        Lines { style, zone, scratch: String::new() }
    }

    pub fn record(&mut self, record: &Record, out: &mut Vec<u8>) {
        match record {
            Record::Access(access) => self.access(access, out),
            Record::Event(event) => self.event(event, out),
        }
    }

    /// `[GIN] YYYY/MM/DD - hh:mm:ss | STATUS | LATENCY | CLIENTIP | METHOD   "PATH?QUERY"`.
    ///
    /// Written piece by piece, because this runs once per request on a core that also serves.
    fn access(&mut self, record: &AccessRecord, out: &mut Vec<u8>) {
        let method = record.method.bytes();
        let (status_colour, method_colour, reset) = match self.style.access_colours {
            true => (status_colour(record.status), method_colour(method), RESET),
            false => ("", "", ""),
        };
        let (date, time) = self.zone.local(record.wall_ms);
        put(out, &["[GIN] ", date, " - ", time, " |", status_colour, " "]);
        right(out, itoa::Buffer::new().format(record.status), 3);
        put(out, &[" ", reset, "| "]);
        self.scratch.clear();
        go_duration(shorten(record.latency_ns), &mut self.scratch);
        right(out, &self.scratch, 8);
        out.extend_from_slice(b" | ");
        self.scratch.clear();
        address(record.client, &mut self.scratch);
        right(out, &self.scratch, 15);
        put(out, &[" |", method_colour, " "]);
        let start = out.len();
        out.extend(method.iter().map(|byte| if byte.is_ascii_graphic() { *byte } else { b'?' }));
        out.resize(out.len().max(start + 7), b' ');
        put(out, &[" ", reset, " "]);
        go_quote(&path_and_query(record.target.bytes()), out);
        out.push(b'\n');
        if !record.fault.is_empty() {
            out.extend_from_slice(b"Error #01: ");
            one_line(record.fault, out);
            out.push(b'\n');
        }
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        let (date, time) = self.zone.local(event.wall_ms);
        let level = event.level.as_str();
        match &self.style.improved {
            Some(prefix) => {
                let (colour, reset) =
                    if self.style.event_colours { (level_colour(event.level), RESET) } else { ("", "") };
                let ms = event.wall_ms % 1000;
                let _ = write!(out, "{prefix} {date} - {time}.{ms:03} {colour}\u{25b6} {level}{reset} ");
            }
            None => {
                let _ = write!(out, "{date} {time} KRAKEND {level}: ");
            }
        }
        tag(&event.tag, out);
        one_line(&event.text, out);
        out.push(b'\n');
    }
}

fn tag(tag: &EventTag, out: &mut Vec<u8>) {
    let (kind, name, part) = match tag {
        EventTag::None => return,
        EventTag::Service(name) => ("SERVICE", *name, ""),
        EventTag::Endpoint { route, part } => ("ENDPOINT", &**route, *part),
        EventTag::Backend { pattern, part } => ("BACKEND", &**pattern, *part),
    };
    let _ = write!(out, "[{kind}: ");
    one_line(name, out);
    let _ = if part.is_empty() { write!(out, "] ") } else { write!(out, "][{part}] ") };
}

fn level_colour(level: Level) -> &'static str {
    match level {
        Level::Debug => "\x1b[36m",
        Level::Info => "",
        Level::Warning => "\x1b[33m",
        Level::Error => "\x1b[31m",
        Level::Critical => "\x1b[35m",
    }
}

fn status_colour(status: u16) -> &'static str {
    match status {
        100..=199 | 300..=399 => "\x1b[90;47m",
        200..=299 => "\x1b[97;42m",
        400..=499 => "\x1b[90;43m",
        _ => "\x1b[97;41m",
    }
}

fn method_colour(method: &[u8]) -> &'static str {
    match method {
        b"GET" => "\x1b[97;44m",
        b"POST" => "\x1b[97;46m",
        b"PUT" => "\x1b[90;43m",
        b"DELETE" => "\x1b[97;41m",
        b"PATCH" => "\x1b[97;42m",
        b"HEAD" => "\x1b[97;45m",
        b"OPTIONS" => "\x1b[90;47m",
        _ => RESET,
    }
}

/// Cut to 10 s above a minute, 10 ms above a second, 10 us above a millisecond.
pub(super) fn shorten(ns: u64) -> u64 {
    let unit = match ns {
        60_000_000_001.. => 10_000_000_000,
        1_000_000_001.. => 10_000_000,
        1_000_001.. => 10_000,
        _ => 1,
    };
    ns - ns % unit
}

/// A duration as Go prints it: `0s`, `850ns`, `61.751µs`, `2.09ms`, `1.5s`, `1m10s`, `2h0m5s`.
pub(super) fn go_duration(ns: u64, out: &mut String) {
    match ns {
        60_000_000_000.. => {
            let minutes = ns / 60_000_000_000;
            let _ = match minutes / 60 {
                0 => write!(out, "{minutes}m"),
                hours => write!(out, "{hours}h{}m", minutes % 60),
            };
            fraction(ns % 60_000_000_000, 9, "s", out);
        }
        1_000_000_000.. => fraction(ns, 9, "s", out),
        1_000_000.. => fraction(ns, 6, "ms", out),
        1_000.. => fraction(ns, 3, "\u{b5}s", out),
        1.. => fraction(ns, 0, "ns", out),
        0 => out.push_str("0s"),
    }
}

/// `value / 10^digits` without trailing zeros, and the unit.
fn fraction(value: u64, digits: usize, unit: &str, out: &mut String) {
    let one = 10_u64.pow(digits as u32); // 0, 3, 6 or 9
    let mut number = itoa::Buffer::new();
    out.push_str(number.format(value / one));
    let rest = value % one;
    if rest != 0 {
        // The leading one keeps the zeros behind the point; it is replaced by the point.
        let places = number.format(one + rest);
        out.push('.');
        out.push_str(places.get(1..).unwrap_or_default().trim_end_matches('0'));
    }
    out.push_str(unit);
}

/// As Go's `net.IP`: an IPv4 address mapped into IPv6 is shown as what it is.
fn address(address: IpAddr, out: &mut String) {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            for (n, octet) in v4.octets().into_iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "." });
                out.push_str(itoa::Buffer::new().format(octet));
            }
        }
        IpAddr::V6(v6) => {
            let _ = write!(out, "{v6}");
        }
    }
}

fn put(out: &mut Vec<u8>, pieces: &[&str]) {
    for piece in pieces {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// Right-aligned to a width in characters, as Go counts.
fn right(out: &mut Vec<u8>, text: &str, width: usize) {
    let missing = width.saturating_sub(text.chars().count());
    out.resize(out.len() + missing, b' ');
    out.extend_from_slice(text.as_bytes());
}
