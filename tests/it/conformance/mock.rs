//! The scripted backends of a case: routes in order, the first that matches answers.

use super::case::{pairs, Subst};
use super::query;
use crate::kit::json::Json;
use crate::kit::origin::{Origin, Seen, Then};
use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Values of the run; known only when all backends have their ports.
pub type Shared = Arc<OnceLock<Subst>>;

pub fn start(spec: &Json, subst: Shared) -> Origin {
    let routes: Vec<Json> = spec.get("routes").map(Json::items).unwrap_or_default().to_vec();
    let counts: Mutex<HashMap<usize, usize>> = Mutex::default();
    Origin::start(move |seen, stream| {
        let route = pick(&routes, &counts, &seen.method, &path_of(seen));
        let subst = subst.get().expect("set before the gateway starts");
        answer(route.as_ref(), seen, stream, subst)
    })
}

/// The target, with several leading slashes made one, as Python's server reads it.
pub fn path_of(seen: &Seen) -> String {
    if seen.target.starts_with("//") {
        format!("/{}", seen.target.trim_start_matches('/'))
    } else {
        seen.target.clone()
    }
}

fn pick(routes: &[Json], counts: &Mutex<HashMap<usize, usize>>, method: &str, path: &str) -> Option<Json> {
    let plain = path.split('?').next().unwrap_or_default();
    let matches = |route: &Json| {
        let want = route.get("match").and_then(Json::text).unwrap_or("* *");
        let (want_method, want_path) = want.split_once(' ').unwrap_or((want, "*"));
        let prefix = want_path.strip_suffix('*');
        (want_method == "*" || want_method == method)
            && (want_path == path || want_path == plain || prefix.is_some_and(|p| path.starts_with(p)))
    };
    let (index, route) = routes.iter().enumerate().find(|(_, route)| matches(route))?;
    let Some(sequence) = route.get("sequence").map(Json::items) else { return Some(route.clone()) };
    let mut counts = counts.lock().expect("no panic while counting");
    let count = counts.entry(index).or_default();
    let answer = sequence.get(*count).or(sequence.last()).cloned();
    *count += 1;
    answer
}

fn answer(route: Option<&Json>, seen: &Seen, stream: &mut TcpStream, subst: &Subst) -> Then {
    let missing = Json::parse(br#"{"status": 404, "json": {"error": "no such route in this mock"}}"#);
    let missing = missing.expect("valid JSON");
    let route = route.unwrap_or(&missing);
    let flag = |name: &str| route.get(name).is_some_and(Json::is_true);
    std::thread::sleep(Duration::from_millis(route.get("delay_ms").and_then(Json::int).unwrap_or(0)));
    let close = route.get("close").and_then(Json::text).unwrap_or_default();
    if close == "before" {
        return Then::Close;
    }
    let mut headers: Vec<(Vec<u8>, Vec<u8>)> = pairs(route.get("headers"));
    headers.iter_mut().for_each(|(_, value)| *value = latin1(&subst.apply(value)));
    let has = |headers: &[(Vec<u8>, Vec<u8>)], name: &str| {
        headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))
    };
    let mut add = |name: &str, value: &str| headers.push((name.into(), value.into()));
    let mut payload = payload(route, seen, subst);
    let is_json = flag("echo") || route.get("json").is_some();
    if is_json && !pairs(route.get("headers")).iter().any(|(n, _)| n.eq_ignore_ascii_case(b"content-type")) {
        add("Content-Type", "application/json");
    }
    if flag("gzip") {
        payload = gzip(&payload);
        add("Content-Encoding", "gzip");
    }
    let status = route.get("status").and_then(Json::int).and_then(|s| u16::try_from(s).ok()).unwrap_or(200);
    let no_body = seen.method == "HEAD" || matches!(status, 100..=199 | 204 | 304);
    let extra = if close == "mid" { 64 } else { 0 };
    let chunked = flag("chunked") && !no_body;
    if chunked {
        add("Transfer-Encoding", "chunked");
    } else if !has(&headers, "content-length") && (!no_body || status == 200) {
        headers.push((b"Content-Length".to_vec(), (payload.len() + extra).to_string().into_bytes()));
    }
    let mut out = head(status, &headers);
    if chunked {
        for part in payload.chunks(7) {
            out.extend(format!("{:x}\r\n", part.len()).bytes());
            out.extend(part);
            out.extend(b"\r\n");
        }
        out.extend(b"0\r\n\r\n");
    } else if !no_body {
        out.extend(&payload);
    }
    match stream.write_all(&out) {
        Ok(()) if extra == 0 => Then::Keep,
        _ => Then::Close,
    }
}

fn head(status: u16, headers: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let reason =
        http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default();
    let mut out = format!("HTTP/1.1 {status} {reason}\r\n").into_bytes();
    for (name, value) in headers {
        out.extend([name.as_slice(), b": ", value, b"\r\n"].concat());
    }
    out.extend(b"\r\n");
    out
}

fn payload(route: &Json, seen: &Seen, subst: &Subst) -> Vec<u8> {
    if route.get("echo").is_some_and(Json::is_true) {
        return echo(route, seen).dump().into_bytes();
    }
    if let Some(json) = route.get("json") {
        return subst.apply(json.dump().as_bytes());
    }
    if let Some(text) = route.get("b64").and_then(Json::bytes) {
        return base64(text);
    }
    subst.apply(route.get("body").and_then(Json::bytes).unwrap_or_default())
}

/// Method, path, query, chosen headers and body of the request, as data.
fn echo(route: &Json, seen: &Seen) -> Json {
    let target = path_of(seen);
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut names = Json::Obj(Vec::new());
    for (name, value) in query::pairs(query.as_bytes()) {
        let mut values = names.get(&name).map(Json::items).unwrap_or_default().to_vec();
        values.push(Json::str(value));
        names.set(&name, Json::Arr(values));
    }
    let wanted: Vec<&[u8]> = route
        .get("echo_headers")
        .map(Json::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Json::bytes)
        .collect();
    let mut headers = Json::Obj(Vec::new());
    for (name, value) in &seen.head.headers {
        let name = name.to_ascii_lowercase();
        if wanted.contains(&name.as_bytes()) {
            headers.set(name, Json::str(value));
        }
    }
    let mut out = Json::Obj(Vec::new());
    out.set("method", Json::str(&seen.method));
    out.set("path", Json::str(path));
    out.set("query", names);
    out.set("headers", headers);
    out.set("body", Json::str(String::from_utf8_lossy(&seen.body).as_bytes()));
    out
}

/// UTF-8 text to the bytes of the same numbers; what has none becomes `?`.
pub fn latin1(text: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(text).chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// Standard alphabet; other bytes are skipped.
pub fn base64(text: &[u8]) -> Vec<u8> {
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for &b in text {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    out
}

/// A gzip member whose deflate blocks are stored, not compressed (RFC 1951 section 3.2.4).
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks: Vec<&[u8]> = if data.is_empty() { vec![data] } else { data.chunks(65_535).collect() };
    for (i, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).expect("chunks of at most 65535");
        out.push(u8::from(i + 1 == blocks.len()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(*block);
    }
    out.extend(crc32(data).to_le_bytes());
    out.extend(u32::try_from(data.len()).expect("a small body").to_le_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !data.iter().fold(!0, |crc, &b| (0..8).fold(crc ^ u32::from(b), step))
}

#[test]
fn checksums_and_base64_are_the_standard_ones() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(base64(b"AAEC/w=="), [0, 1, 2, 255]);
    let zipped = gzip(b"hello");
    assert_eq!(&zipped[10..15], [1, 5, 0, 250, 255]);
    assert_eq!(&zipped[15..20], b"hello");
}

#[test]
fn the_first_route_that_matches_answers() {
    let routes = Json::parse(
        br#"[{"match":"GET /a*","status":1},{"match":"* /b","status":2},
        {"match":"GET *","sequence":[{"status":3},{"status":4}]}]"#,
    )
    .unwrap();
    let counts = Mutex::default();
    let status = |method: &str, path: &str| {
        pick(routes.items(), &counts, method, path).and_then(|r| r.get("status").and_then(Json::int))
    };
    assert_eq!(status("GET", "/ax?b"), Some(1));
    assert_eq!(status("POST", "/b?x=1"), Some(2));
    assert_eq!(status("POST", "/c"), None);
    assert_eq!([status("GET", "/c"), status("GET", "/c"), status("GET", "/c")], [Some(3), Some(4), Some(4)]);
}
