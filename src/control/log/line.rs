//! One log record as the lines that KrakenD writes; knows no queue and no output.

use super::quote::{go_quote, one_line, path_and_query};
use super::zone::Zone;
use crate::port::log::{AccessRecord, Event, EventTag, Level, Record};
use std::io::Write;

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
}

// Writing to a `Vec<u8>` cannot fail; the results of `write!` are dropped for that reason.
impl Lines {
    pub fn new(style: Style, zone: Zone) -> Lines {
        Lines { style, zone }
    }

    pub fn record(&mut self, record: &Record, out: &mut Vec<u8>) {
        match record {
            Record::Access(access) => self.access(access, out),
            Record::Event(event) => self.event(event, out),
        }
    }

    /// `[GIN] YYYY/MM/DD - hh:mm:ss | STATUS | LATENCY | CLIENTIP | METHOD   "PATH?QUERY"`.
    fn access(&mut self, record: &AccessRecord, out: &mut Vec<u8>) {
        let t = self.zone.local(record.wall_ms);
        let _ = write!(out, "[GIN] {:04}/{:02}/{:02} - ", t.year, t.month, t.day);
        let _ = write!(out, "{:02}:{:02}:{:02} |", t.hour, t.minute, t.second);
        let method = record.method.bytes().escape_ascii().to_string();
        let (status_colour, method_colour, reset) = match self.style.access_colours {
            true => (status_colour(record.status), method_colour(&method), RESET),
            false => ("", "", ""),
        };
        let latency = go_duration(shorten(record.latency_ns));
        let _ = write!(out, "{status_colour} {:3} {reset}| {latency:>8} | ", record.status);
        // Padding works on text: an address has no width of its own.
        let _ = write!(
            out,
            "{:>15} |{method_colour} {method:<7} {reset} ",
            record.client.to_canonical().to_string()
        );
        go_quote(&path_and_query(record.target.bytes()), out);
        out.push(b'\n');
        if !record.fault.is_empty() {
            out.extend_from_slice(b"Error #01: ");
            one_line(record.fault, out);
            out.push(b'\n');
        }
    }

    fn event(&mut self, event: &Event, out: &mut Vec<u8>) {
        let t = self.zone.local(event.wall_ms);
        let level = event.level.as_str();
        match &self.style.improved {
            Some(prefix) => {
                let _ = write!(out, "{prefix} {:04}/{:02}/{:02} - ", t.year, t.month, t.day);
                let _ = write!(out, "{:02}:{:02}:{:02}", t.hour, t.minute, t.second);
                let (colour, reset) =
                    if self.style.event_colours { (level_colour(event.level), RESET) } else { ("", "") };
                let _ = write!(out, ".{:03} {colour}\u{25b6} {level}{reset} ", event.wall_ms % 1000);
            }
            None => {
                let _ = write!(out, "{:04}/{:02}/{:02} ", t.year, t.month, t.day);
                let _ = write!(out, "{:02}:{:02}:{:02} KRAKEND {level}: ", t.hour, t.minute, t.second);
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

fn method_colour(method: &str) -> &'static str {
    match method {
        "GET" => "\x1b[97;44m",
        "POST" => "\x1b[97;46m",
        "PUT" => "\x1b[90;43m",
        "DELETE" => "\x1b[97;41m",
        "PATCH" => "\x1b[97;42m",
        "HEAD" => "\x1b[97;45m",
        "OPTIONS" => "\x1b[90;47m",
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
pub(super) fn go_duration(ns: u64) -> String {
    if ns == 0 {
        return String::from("0s");
    }
    if ns < 1_000 {
        return format!("{ns}ns");
    }
    if ns < 1_000_000 {
        return fraction(ns, 3) + "\u{b5}s";
    }
    if ns < 1_000_000_000 {
        return fraction(ns, 6) + "ms";
    }
    let minutes = ns / 60_000_000_000;
    let seconds = fraction(ns % 60_000_000_000, 9);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, m) => format!("{m}m{seconds}s"),
        (h, m) => format!("{h}h{m}m{seconds}s"),
    }
}

/// `value / 10^digits` without trailing zeros.
fn fraction(value: u64, digits: usize) -> String {
    let unit = 10_u64.pow(digits as u32); // 3, 6 or 9
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let text = format!("{whole}.{rest:0digits$}");
    text.trim_end_matches('0').to_owned()
}
