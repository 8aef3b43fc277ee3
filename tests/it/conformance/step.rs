//! Runs one case: the gateway, its backends, the steps, and what the outside sees of each.

use super::case::{self, pairs, Subst};
use super::compare::{differences, sort_calls};
use super::{mock, query};
use crate::kit::client::{Client, Response};
use crate::kit::free_port;
use crate::kit::gateway::{self, Folder, Launch, Process, Refused};
use crate::kit::json::Json;
use crate::kit::origin::{Origin, Seen};
use crate::kit::wire::Broken;
use regex::Regex;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Response headers that are always compared.
const ALWAYS_SEEN: [&str; 2] = ["content-type", "x-krakend-completed"];

/// A case that runs.
struct Run {
    port: u16,
    backends: Vec<(String, Origin)>,
    subst: mock::Shared,
    process: Process,
    _folder: Folder,
}

/// What differs from the recording; `Err` when the case or the harness is at fault.
pub fn check(path: &Path) -> Result<Vec<String>, String> {
    let case = case::load(path)?;
    let steps = case.get("steps").map(Json::items).unwrap_or_default();
    let expected = case.get("expect_start").and_then(Json::text).unwrap_or("ok");
    let run = match begin(&case)? {
        Ok(run) => run,
        Err(refused) if expected == "refused" => return Ok(refusal_faults(&refused)),
        Err(refused) => {
            return Ok(vec![format!("start: expected {expected}, got refused: {}", tail(&refused.output))])
        }
    };
    if expected != "ok" {
        return Ok(vec![format!("start: expected {expected}, got ok")]);
    }
    if steps.is_empty() {
        return Err("the case has no step".to_owned());
    }
    let mut problems = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let request = step.get("request").ok_or("a step without request")?;
        let name =
            |key: &str, default: &str| request.get(key).and_then(Json::text).unwrap_or(default).to_owned();
        let mut want = step.get("expect").ok_or_else(|| format!("step {i}: not recorded"))?.clone();
        let mut got = observe(&run, step, request)?;
        if !step.get("ordered").is_some_and(Json::is_true) {
            sort_calls(&mut want);
            sort_calls(&mut got);
        }
        let place = format!("step {i} {} {}", name("method", "GET"), name("path", ""));
        problems.extend(differences(&want, &got, &place));
    }
    Ok(problems)
}

/// A refusal is an exit with an error code. The reference ends with 0 in some cases, so another
/// binary (`SLUICE_BIN`) is not held to it.
fn refusal_faults(refused: &Refused) -> Vec<String> {
    match refused.status {
        None => vec![format!("start: neither listens nor ends: {}", tail(&refused.output))],
        Some(status) if status.success() && std::env::var_os("SLUICE_BIN").is_none() => {
            vec!["start: refused with exit status 0".to_owned()]
        }
        Some(_) => Vec::new(),
    }
}

fn tail(text: &str) -> String {
    let from = text.char_indices().rev().nth(400).map_or(0, |(at, _)| at);
    text[from..].trim().to_owned()
}

/// Starts backends and gateway; again on another port when somebody took it meanwhile.
fn begin(case: &Json) -> Result<Result<Run, Refused>, String> {
    let shared: mock::Shared = Arc::new(OnceLock::new());
    let backends: Vec<(String, Origin)> = case
        .get("backends")
        .map(Json::members)
        .unwrap_or_default()
        .iter()
        .map(|(name, spec)| {
            (String::from_utf8_lossy(name).into_owned(), mock::start(spec, Arc::clone(&shared)))
        })
        .collect();
    let folder = Folder::new();
    let (port, closed) = (free_port(), free_port());
    let mut subst = Subst::default();
    for (name, origin) in &backends {
        subst.add(name, format!("127.0.0.1:{}", origin.port));
    }
    subst.add("gateway", format!("127.0.0.1:{port}"));
    subst.add("closed", format!("127.0.0.1:{closed}"));
    subst.add("dir", folder.path().to_string_lossy().as_bytes());
    let text = |v: &Json| subst.string(v.text().unwrap_or_default());
    let env: Vec<(String, String)> = case
        .get("env")
        .map(Json::members)
        .unwrap_or_default()
        .iter()
        .map(|(k, v)| (String::from_utf8_lossy(k).into_owned(), text(v)))
        .collect();
    let args: Vec<String> = case.get("args").map(Json::items).unwrap_or_default().iter().map(text).collect();
    let config = case::write(case, &folder, &subst, port)?;
    let _ = shared.set(subst);
    let launch = Launch { folder: &folder, config: &config, args: &args, env: &env, port };
    match gateway::start(&launch) {
        Ok(process) => Ok(Ok(Run { port, backends, subst: shared, process, _folder: folder })),
        Err(refused) if refused.output.to_lowercase().contains("address already in use") => {
            Err(format!("port {port} was taken by another process"))
        }
        Err(refused) => Ok(Err(refused)),
    }
}

/// Runs one step and returns what the outside can see of it.
fn observe(run: &Run, step: &Json, request: &Json) -> Result<Json, String> {
    let subst = run.subst.get().expect("set at the start");
    let millis = |key: &str| Duration::from_millis(step.get(key).and_then(Json::int).unwrap_or(0));
    let ignored: Vec<&str> =
        step.get("ignore").map(Json::items).unwrap_or_default().iter().filter_map(Json::text).collect();
    std::thread::sleep(millis("wait_ms"));
    run.backends.iter().for_each(|(_, origin)| drop(origin.take()));
    let patience = Duration::from_secs(step.get("client_timeout_s").and_then(Json::int).unwrap_or(10));
    let times = step.get("repeat").and_then(Json::int).unwrap_or(1);
    let (mut statuses, mut last) = (Vec::new(), None);
    for _ in 0..times {
        let answer = send(request, run.port, subst, patience)?;
        statuses.push(match &answer {
            Ok(response) => Json::num(response.status),
            Err(Broken::Timeout) => Json::str("closed:TimeoutError"),
            Err(_) => Json::str("closed"),
        });
        last = answer.ok();
    }
    let last = last.unwrap_or(Response { status: 0, headers: Vec::new(), body: Vec::new() });
    let mut seen = Json::Obj(Vec::new());
    seen.set("status", if times == 1 { statuses.remove(0) } else { Json::Arr(statuses) });
    seen.set("headers", seen_headers(step, &last, subst));
    if !ignored.contains(&"body") {
        let text = subst.back(&last.body);
        match Json::parse(&text) {
            Ok(value) if !step.get("exact").is_some_and(Json::is_true) => seen.set("json", value),
            _ => seen.set("text", Json::Str(text)),
        }
    }
    if !run.backends.is_empty() && !ignored.contains(&"backend") {
        std::thread::sleep(millis("settle_ms"));
        seen.set("backend", seen_calls(run, step, subst));
    }
    if let Some(patterns) = step.get("see_log").map(Json::items).filter(|p| !p.is_empty()) {
        let (text, mut log) = (run.process.output(), Json::Obj(Vec::new()));
        for pattern in patterns.iter().filter_map(Json::text) {
            let regex = Regex::new(pattern).map_err(|e| e.to_string())?;
            log.set(pattern, Json::Bool(regex.is_match(&text)));
        }
        seen.set("log", log);
    }
    Ok(seen)
}

/// Sends a request on a connection of its own. The outer error is the case's.
fn send(
    request: &Json,
    port: u16,
    subst: &Subst,
    patience: Duration,
) -> Result<Result<Response, Broken>, String> {
    if request.get("scheme").and_then(Json::text).is_some_and(|s| s != "http") {
        return Err("this runner speaks no TLS".to_owned());
    }
    let method = request.get("method").and_then(Json::text).unwrap_or("GET");
    let path = subst.apply(request.get("path").and_then(Json::bytes).ok_or("a request without path")?);
    if path.iter().any(|&b| b <= b' ' || b >= 127) {
        return Err(format!("a path that no client sends: {:?}", path.escape_ascii().to_string()));
    }
    let headers = pairs(request.get("headers"));
    let body = match (request.get("body_b64"), request.get("body")) {
        (Some(text), _) => Some(mock::base64(text.bytes().unwrap_or_default())),
        (None, Some(Json::Str(text))) => Some(subst.apply(text)),
        (None, Some(Json::Null) | None) => None,
        (None, Some(value)) => Some(subst.apply(value.dump().as_bytes())),
    };
    let has = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
    let mut out = [method.as_bytes(), b" ", &path, b" HTTP/1.1\r\n"].concat();
    if !has("host") {
        out.extend(format!("Host: 127.0.0.1:{port}\r\n").bytes());
    }
    for (name, value) in &headers {
        out.extend([name.as_slice(), b": ", &mock::latin1(&subst.apply(value)), b"\r\n"].concat());
    }
    if let Some(body) = body.as_ref().filter(|_| !has("content-length") && !has("transfer-encoding")) {
        out.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
    }
    out.extend(b"\r\n");
    out.extend(body.unwrap_or_default());
    let mut client = match Client::connect(port) {
        Ok(client) => client,
        Err(_) => return Ok(Err(Broken::Closed)),
    };
    client.set_patience(patience);
    client.send(&out);
    Ok(client.response(method))
}

fn one_or_all(mut values: Vec<Json>) -> Json {
    match values.len() {
        0 => Json::Null,
        1 => values.remove(0),
        _ => Json::Arr(values),
    }
}

fn seen_headers(step: &Json, response: &Response, subst: &Subst) -> Json {
    let more = step.get("see").map(Json::items).unwrap_or_default().iter().filter_map(Json::text);
    let mut seen = Json::Obj(Vec::new());
    for name in ALWAYS_SEEN.into_iter().chain(more).map(str::to_ascii_lowercase) {
        let found = response.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(&name));
        let mut values: Vec<Vec<u8>> = found.map(|(_, v)| subst.back(v.as_bytes())).collect();
        if name == "allow" && !values.is_empty() {
            // A set: the order of methods means nothing.
            let all = String::from_utf8_lossy(&values.join(&b","[..])).into_owned();
            let mut methods: Vec<&str> = all.split(',').map(str::trim).collect();
            methods.sort_unstable();
            values = vec![methods.join(", ").into_bytes()];
        }
        seen.set(name, one_or_all(values.into_iter().map(Json::Str).collect()));
    }
    seen
}

fn seen_calls(run: &Run, step: &Json, subst: &Subst) -> Json {
    let names: Vec<String> = step
        .get("see_backend")
        .map(Json::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Json::text)
        .map(str::to_ascii_lowercase)
        .collect();
    let mut calls = Json::Obj(Vec::new());
    for (name, origin) in &run.backends {
        let got: Vec<Json> = origin.take().iter().map(|seen| seen_call(seen, &names, subst)).collect();
        if !got.is_empty() {
            calls.set(name, Json::Arr(got));
        }
    }
    calls
}

fn seen_call(seen: &Seen, names: &[String], subst: &Subst) -> Json {
    let target = mock::path_of(seen);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut item = Json::Obj(Vec::new());
    item.set("method", Json::str(&seen.method));
    item.set("path", Json::str(path));
    if !query.is_empty() {
        let mut pairs = query::pairs(&subst.back(query.as_bytes()));
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let pair = |(name, value): (String, String)| Json::Arr(vec![Json::str(name), Json::str(value)]);
        item.set("query", Json::Arr(pairs.into_iter().map(pair).collect()));
    }
    if !seen.body.is_empty() {
        let body = subst.back(&seen.body);
        match Json::parse(&body) {
            Ok(value) => item.set("json", value),
            Err(_) => item.set("body", Json::Str(body)),
        }
    }
    if !names.is_empty() {
        let mut headers = Json::Obj(Vec::new());
        for name in names {
            let found = seen.head.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
            headers.set(name, one_or_all(found.map(|(_, v)| Json::Str(subst.back(v.as_bytes()))).collect()));
        }
        item.set("headers", headers);
    }
    if names.iter().any(|n| n == "*") {
        let mut all: Vec<String> = seen.head.headers.iter().map(|(n, _)| n.to_ascii_lowercase()).collect();
        all.sort_unstable();
        all.dedup();
        item.set("header_names", Json::Arr(all.into_iter().map(Json::str).collect()));
    }
    item
}
