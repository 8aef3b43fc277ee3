//! The load generator's command line, checked and bounded; knows nothing of how load is made.

use super::super::loopback;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Longest run (measured or warm-up).
const DURATION_MAX: Duration = Duration::from_secs(3600);
const CONNECTIONS_MAX: usize = 20_000;
const THREADS_MAX: usize = 64;
const RATE_MAX: f64 = 2_000_000.0;
const REQUESTS_MAX: u64 = 1_000_000_000;
const BODY_MAX: u64 = 64 << 20;

pub const HELP: &str = "\
loadgen: HTTP/1.1 load for a server on this machine, with honest latencies

    loadgen [OPTIONS] http://127.0.0.1:PORT/PATH

Without --rate the loop is closed: each connection sends its next request when the answer is there.
With --rate it is open: requests are due at fixed times whatever the server does, and latency counts
from the time a request was due (no coordinated omission).

    --connections N      connections in all (32)
    --rate R             open loop: R requests a second in all
    --threads N          generator threads (1)
    --cores LIST         pin the threads to these cores, in turn: 1 or 1,3
    --duration T         measured time, 5s 500ms 2m (5s)
    --warmup T           time before it, not measured (1s)
    --timeout T          longest wait for one answer (5s)
    --requests N         stop after N measured requests
    --new-connections    a new connection for each request
    --method M           (GET, or POST with a body)
    --header 'N: V'      more request fields; may be repeated
    --body TEXT          request body; --body-file FILE takes it from a file
    --expect LIST        statuses that are no error (200 to 399)
    --json FILE          summary as JSON; - is standard output, instead of the text
    --fail-on-error      exit with 1 if anything failed, or nothing was answered
    --help
";

/// A checked command line.
#[derive(Clone, Debug)]
pub struct Options {
    pub url: String,
    pub addr: SocketAddr,
    pub connections: usize,
    /// Requests a second of the open loop; `None`: closed loop.
    pub rate: Option<f64>,
    pub threads: usize,
    pub cores: Vec<usize>,
    pub duration: Duration,
    pub warmup: Duration,
    pub timeout: Duration,
    pub requests: u64,
    pub new_connections: bool,
    /// HEAD answers have no body whatever their fields say.
    pub head_only: bool,
    /// The whole request as it goes out.
    pub request: Vec<u8>,
    pub expect: Vec<u16>,
    pub json: Option<PathBuf>,
    pub fail_on_error: bool,
}

/// What of a request the command line gives.
#[derive(Default)]
struct Parts {
    url: Option<String>,
    method: Option<String>,
    headers: Vec<String>,
    body: Vec<u8>,
}

/// Reads a command line without the program's name. `Ok(None)`: help is asked for.
///
/// # Errors
/// A text for the user.
pub fn parse<I: IntoIterator<Item = OsString>>(args: I) -> Result<Option<Options>, String> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut options = Options {
        url: String::new(),
        addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        connections: 32,
        rate: None,
        threads: 1,
        cores: Vec::new(),
        duration: Duration::from_secs(5),
        warmup: Duration::from_secs(1),
        timeout: Duration::from_secs(5),
        requests: REQUESTS_MAX,
        new_connections: false,
        head_only: false,
        request: Vec::new(),
        expect: Vec::new(),
        json: None,
        fail_on_error: false,
    };
    let mut parts = Parts::default();
    while let Some(arg) = parser.next().map_err(|e| e.to_string())? {
        match arg {
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(None),
            lexopt::Arg::Long("new-connections") => options.new_connections = true,
            lexopt::Arg::Long("fail-on-error") => options.fail_on_error = true,
            lexopt::Arg::Long(name) => {
                let name = name.to_owned();
                let value = parser.value().map_err(|e| e.to_string())?;
                let value = value.into_string().map_err(|_| format!("--{name}: not UTF-8"))?;
                take(&mut options, &mut parts, &name, &value).map_err(|e| format!("--{name}: {e}"))?;
            }
            lexopt::Arg::Value(url) if parts.url.is_none() => {
                parts.url = Some(url.into_string().map_err(|_| "the URL is not UTF-8".to_owned())?);
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    complete(&mut options, &parts)?;
    Ok(Some(options))
}

fn take(options: &mut Options, parts: &mut Parts, name: &str, value: &str) -> Result<(), String> {
    match name {
        "connections" => options.connections = within(value, 1, CONNECTIONS_MAX)?,
        "threads" => options.threads = within(value, 1, THREADS_MAX)?,
        "requests" => options.requests = within(value, 1, REQUESTS_MAX)?,
        "rate" => {
            let rate: f64 = within(value, 0.001, RATE_MAX)?;
            options.rate = Some(rate);
        }
        "cores" => options.cores = list(value)?,
        "expect" => options.expect = list(value)?,
        "duration" => options.duration = time(value, Duration::from_millis(1))?,
        "warmup" => options.warmup = time(value, Duration::ZERO)?,
        "timeout" => options.timeout = time(value, Duration::from_millis(1))?,
        "method" => parts.method = Some(value.to_owned()),
        "header" => parts.headers.push(value.to_owned()),
        "body" => value.as_bytes().clone_into(&mut parts.body),
        "body-file" => {
            let size = std::fs::metadata(value).map_err(|e| e.to_string())?.len();
            if size > BODY_MAX {
                return Err(format!("larger than {BODY_MAX} bytes"));
            }
            parts.body = std::fs::read(value).map_err(|e| e.to_string())?;
        }
        "json" => options.json = Some(PathBuf::from(value)),
        _ => return Err("no such option; see --help".to_owned()),
    }
    Ok(())
}

fn within<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
    value: &str,
    least: T,
    most: T,
) -> Result<T, String> {
    match value.parse() {
        Ok(number) if number >= least && number <= most => Ok(number),
        _ => Err(format!("'{value}' is not a number from {least} to {most}")),
    }
}

fn list<T: std::str::FromStr>(value: &str) -> Result<Vec<T>, String> {
    let parsed: Option<Vec<T>> = value.split(',').map(|item| item.trim().parse().ok()).collect();
    parsed.ok_or_else(|| format!("'{value}' is not a list of numbers"))
}

/// Reads `5`, `5s`, `500ms`, `2m`.
pub fn time(value: &str, least: Duration) -> Result<Duration, String> {
    let (digits, unit) = match value.find(|c: char| !c.is_ascii_digit() && c != '.') {
        Some(at) => value.split_at(at),
        None => (value, "s"),
    };
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(format!("'{value}' is not a time such as 5s, 500ms or 2m")),
    };
    let number: f64 =
        digits.parse().map_err(|_| format!("'{value}' is not a time such as 5s, 500ms or 2m"))?;
    let time = Duration::try_from_secs_f64(number * factor).unwrap_or(Duration::MAX);
    if time < least || time > DURATION_MAX {
        return Err(format!("'{value}' is not within {least:?} and {DURATION_MAX:?}"));
    }
    Ok(time)
}

/// Resolves the URL, builds the request and spreads connections over threads.
fn complete(options: &mut Options, parts: &Parts) -> Result<(), String> {
    let url = parts.url.as_deref().ok_or("a URL is missing; see --help")?;
    let rest = url.strip_prefix("http://").ok_or("the URL must start with http://")?;
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    url.clone_into(&mut options.url);
    options.addr = loopback::address(authority, Some(80))?;
    if options.connections < options.threads {
        return Err(format!("{} threads need as many connections", options.threads));
    }
    let method = parts.method.as_deref().unwrap_or(if parts.body.is_empty() { "GET" } else { "POST" });
    options.head_only = method == "HEAD";
    options.request = request(parts, method, authority, path, options.new_connections)?;
    Ok(())
}

fn request(parts: &Parts, method: &str, authority: &str, path: &str, close: bool) -> Result<Vec<u8>, String> {
    if method.is_empty() || !method.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(format!("'{method}' is not a method"));
    }
    if !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("the URL must be ASCII without blanks; encode the rest".to_owned());
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut head = format!("{method} {slash}{path} HTTP/1.1\r\n");
    let named = |name: &str| {
        parts.headers.iter().any(|h| h.split(':').next().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    };
    if !named("host") {
        head.push_str(&format!("Host: {authority}\r\n"));
    }
    if close && !named("connection") {
        head.push_str("Connection: close\r\n");
    }
    if !parts.body.is_empty() || method == "POST" || method == "PUT" || method == "PATCH" {
        head.push_str(&format!("Content-Length: {}\r\n", parts.body.len()));
    }
    for header in &parts.headers {
        if !header.contains(':') || header.bytes().any(|b| b == b'\r' || b == b'\n') {
            return Err(format!("'{header}' is not a header 'Name: value'"));
        }
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&parts.body);
    Ok(bytes)
}
