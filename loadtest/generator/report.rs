//! The figures of a run: recorded per thread, added up, printed; knows nothing of sockets.

use super::connection::Answer;
use super::options::Options;
use hdrhistogram::Histogram;
use serde_json::{json, Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Longest latency that is told apart from longer ones.
const LATENCY_MAX_NS: u64 = 3600 * 1_000_000_000;
/// Decimal digits that the histogram keeps.
const DIGITS: u8 = 3;

/// How a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No connection.
    Connect,
    Write,
    /// Reset, or another fault of the connection.
    Read,
    /// Closed before the answer was whole.
    Closed,
    Timeout,
    /// Not an answer that can be understood.
    Malformed,
    /// Due in an open loop, and never sent.
    NotSent,
}

impl Kind {
    const NAMES: [(Kind, &'static str); 7] = [
        (Kind::Connect, "connect"),
        (Kind::Write, "write"),
        (Kind::Read, "read"),
        (Kind::Closed, "closed"),
        (Kind::Timeout, "timeout"),
        (Kind::Malformed, "malformed"),
        (Kind::NotSent, "not_sent"),
    ];
}

/// What was counted.
pub struct Tally {
    /// Nanoseconds from the time due to the end of the answer.
    latency: Histogram<u64>,
    /// Nanoseconds from the time due to the time sent: the generator's own delay and the wait for
    /// a free connection. Only in an open loop is it not zero.
    lag: Histogram<u64>,
    statuses: BTreeMap<u16, u64>,
    errors: [u64; Kind::NAMES.len()],
    bytes: u64,
    /// Connections opened, warm-up included.
    pub connections: u64,
    last: Option<Instant>,
}

impl Tally {
    /// # Errors
    /// A text, if the histogram refuses its bounds.
    pub fn new() -> Result<Tally, String> {
        let histogram = || Histogram::new_with_bounds(1, LATENCY_MAX_NS, DIGITS).map_err(|e| e.to_string());
        Ok(Tally {
            latency: histogram()?,
            lag: histogram()?,
            statuses: BTreeMap::new(),
            errors: [0; Kind::NAMES.len()],
            bytes: 0,
            connections: 0,
            last: None,
        })
    }

    /// Counts one request that was due, sent and done at these times.
    pub fn record(&mut self, due: Instant, sent: Instant, done: Instant, outcome: Result<Answer, Kind>) {
        self.last = self.last.max(Some(done));
        match outcome {
            Ok(answer) => {
                self.latency.saturating_record(nanos(done.saturating_duration_since(due)));
                self.lag.saturating_record(nanos(sent.saturating_duration_since(due)));
                *self.statuses.entry(answer.status).or_default() += 1;
                self.bytes += answer.bytes;
            }
            Err(kind) => self.fail(kind, 1),
        }
    }

    fn fail(&mut self, kind: Kind, count: u64) {
        self.errors[kind as usize] += count;
    }

    /// Counts what an open loop of `due` measured requests has not brought to an end.
    pub fn close(&mut self, due: u64) {
        let seen = self.requests() + self.errors();
        self.fail(Kind::NotSent, due.saturating_sub(seen));
    }

    /// Adds another thread's figures.
    ///
    /// # Errors
    /// A text, if the histograms do not fit together; they have the same bounds.
    pub fn add(&mut self, other: &Tally) -> Result<(), String> {
        self.latency.add(&other.latency).map_err(|e| e.to_string())?;
        self.lag.add(&other.lag).map_err(|e| e.to_string())?;
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (sum, count) in self.errors.iter_mut().zip(other.errors) {
            *sum += count;
        }
        self.bytes += other.bytes;
        self.connections += other.connections;
        self.last = self.last.max(other.last);
        Ok(())
    }

    /// Answers, whatever their status.
    pub fn requests(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Requests without an answer.
    pub fn errors(&self) -> u64 {
        self.errors.iter().sum()
    }

    /// Answers with a status that was not expected: `expect`, or 200 to 399 if that is empty.
    pub fn unexpected(&self, expect: &[u16]) -> u64 {
        let fine = |status: &u16| {
            if expect.is_empty() {
                (200..400).contains(status)
            } else {
                expect.contains(status)
            }
        };
        self.statuses.iter().filter(|(status, _)| !fine(status)).map(|(_, count)| count).sum()
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// A finished run.
pub struct Report<'a> {
    pub options: &'a Options,
    pub tally: Tally,
    /// Begin of the measured time.
    pub measured: Instant,
}

impl Report<'_> {
    /// Whether the run is a failure for `--fail-on-error`.
    pub fn failed(&self) -> bool {
        let tally = &self.tally;
        tally.requests() == 0 || tally.errors() > 0 || tally.unexpected(&self.options.expect) > 0
    }

    /// Seconds that the rate is over: the measured time, or less if `--requests` ended it, or more
    /// if an open loop was late.
    fn seconds(&self) -> f64 {
        let last =
            self.tally.last.map_or(Duration::ZERO, |last| last.saturating_duration_since(self.measured));
        let limited = self.tally.requests() + self.tally.errors() >= self.options.requests;
        let time = if limited { last } else { last.max(self.options.duration) };
        time.as_secs_f64().max(1e-9)
    }

    fn rate(&self) -> f64 {
        self.tally.requests() as f64 / self.seconds()
    }

    /// The summary as JSON; latencies in microseconds.
    pub fn json(&self) -> Value {
        let (options, tally) = (self.options, &self.tally);
        let errors: Map<String, Value> = Kind::NAMES
            .iter()
            .map(|(kind, name)| ((*name).to_owned(), json!(tally.errors[*kind as usize])))
            .collect();
        let statuses: Map<String, Value> =
            tally.statuses.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
        json!({
            "url": options.url,
            "loop": if options.rate.is_some() { "open" } else { "closed" },
            "target_rate": options.rate,
            "connections": options.connections,
            "threads": options.threads,
            "seconds": rounded(self.seconds()),
            "requests": tally.requests(),
            "rate": rounded(self.rate()),
            "bytes": tally.bytes,
            "connections_opened": tally.connections,
            "statuses": statuses,
            "errors": errors,
            "errors_total": tally.errors(),
            "unexpected_statuses": tally.unexpected(&options.expect),
            "latency_us": quantiles(&tally.latency),
            "send_lag_us": quantiles(&tally.lag),
        })
    }

    /// The summary as text.
    pub fn text(&self) -> String {
        let (options, tally) = (self.options, &self.tally);
        let mut text = String::new();
        let shape = match options.rate {
            Some(rate) => format!("open loop, {rate} requests/s due"),
            None => "closed loop".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}\n{shape}, {} connections, {} threads, {:.1} s after {:.1} s of warm-up",
            options.url,
            options.connections,
            options.threads,
            options.duration.as_secs_f64(),
            options.warmup.as_secs_f64(),
        );
        let _ =
            writeln!(text, "requests  {}  ({:.1}/s, {} bytes)", tally.requests(), self.rate(), tally.bytes);
        let _ = writeln!(text, "latency   {}", spread(&tally.latency));
        if options.rate.is_some() {
            let _ = writeln!(text, "send lag  {}", spread(&tally.lag));
        }
        let _ = write!(text, "statuses ");
        for (status, count) in &tally.statuses {
            let _ = write!(text, " {status}: {count}");
        }
        let _ = write!(text, "\nerrors    {}", tally.errors());
        for (kind, name) in Kind::NAMES {
            let count = tally.errors[kind as usize];
            if count > 0 {
                let _ = write!(text, "  {name}: {count}");
            }
        }
        text.push('\n');
        text
    }
}

/// What is told of a histogram: name, quantile.
const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

fn quantiles(histogram: &Histogram<u64>) -> Value {
    let mut map = Map::new();
    for (name, quantile) in QUANTILES {
        map.insert(name.to_owned(), json!(rounded(histogram.value_at_quantile(quantile) as f64 / 1e3)));
    }
    map.insert("mean".to_owned(), json!(rounded(histogram.mean() / 1e3)));
    Value::Object(map)
}

fn spread(histogram: &Histogram<u64>) -> String {
    QUANTILES
        .map(|(name, quantile)| {
            format!("{name} {:.3} ms", histogram.value_at_quantile(quantile) as f64 / 1e6)
        })
        .join("  ")
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
