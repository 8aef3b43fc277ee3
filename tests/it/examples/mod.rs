//! Every example under `configs/` runs: a gateway for each, before the demo's backends, answers
//! the requests that the example's own `@why` proposes.

mod curl;
mod file;

use crate::kit::client::{Client, Response};
use crate::kit::gateway::{start, Folder, Launch, Process};
use crate::kit::shared;
use file::{Ports, Why};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::time::Duration;

/// Gateways at a time.
const WORKERS: usize = 4;
/// Longest silence after a request.
const PATIENCE: Duration = Duration::from_secs(10);

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The examples, by name.
fn examples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["configs", "configs/features"] {
        let entries = fs::read_dir(top().join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}"));
        let paths = entries.map(|entry| entry.expect("a folder entry").path());
        found.extend(paths.filter(|path| path.is_file() && !path.ends_with("README.md")));
    }
    found.sort();
    assert!(found.len() > 20, "the examples are not where they were");
    found
}

#[test]
fn every_example_runs() {
    let _machine = shared();
    let free = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let backends = sluice::demo::backends::start([free; 4]).expect("the demo's backends");
    let demo: Vec<(u16, u16)> = sluice::demo::PORTS
        .iter()
        .zip(backends.addrs())
        .map(|(written, real)| (*written, real.port()))
        .collect();
    let (examples, next, faults) = (examples(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(path) = examples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(fault) = try_example(path, &demo) {
                        let name = path.strip_prefix(top()).unwrap_or(path).display();
                        faults.lock().expect("no panic").push(format!("{name}: {fault}"));
                    }
                }
            });
        }
    });
    let mut faults = faults.into_inner().expect("no panic");
    faults.sort();
    assert!(
        faults.is_empty(),
        "{} examples do not hold what they say:\n\n{}\n",
        faults.len(),
        faults.join("\n\n")
    );
}

fn try_example(path: &Path, demo: &[(u16, u16)]) -> Result<(), String> {
    if path.extension().is_none_or(|e| e != "json") {
        return Err("an example is a .json file".to_owned());
    }
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let config: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if path.parent().is_some_and(|folder| folder.ends_with("features")) && config["name"] != *name {
        return Err(format!("its \"name\" is {}, not that of the file, {name:?}", config["name"]));
    }
    let why = Why::of(&config)?;
    let port =
        config["port"].as_u64().and_then(|port| u16::try_from(port).ok()).ok_or("it has no \"port\"")?;
    let mut ports = Ports::new(demo);
    let text = ports.rewrite(&text);
    let folder = Folder::new();
    // Files that an example names are looked for as by someone who stands at the top.
    symlink(top().join("configs"), folder.path().join("configs")).map_err(|e| e.to_string())?;
    let file = folder.write("example.json", text.as_bytes());
    let port = ports.of(port).ok_or("its \"port\" has fewer than four digits")?;
    let launch = Launch { folder: &folder, config: &file, args: &[], env: &[], port };
    let mut gateway = start(&launch).map_err(|refused| format!("it does not start:\n{}", refused.output))?;
    if let Some(warning) = gateway.output().lines().find(|line| line.contains(": warning: ")) {
        return Err(format!("it starts with a warning: {warning}"));
    }
    why.tries.iter().try_for_each(|line| try_line(line, &ports, &mut gateway))
}

/// Each answer is 2xx or a stated status; the last one is a stated one, if any is.
fn try_line(line: &curl::Line, ports: &Ports, gateway: &mut Process) -> Result<(), String> {
    for (n, address) in line.addresses.iter().enumerate() {
        let shown = format!("{} {}:{}", line.method, address.port, address.target);
        let port =
            ports.of(address.port).ok_or_else(|| format!("{shown}: the file does not name this port"))?;
        if address.tls {
            return Err(format!("{shown}: this test does not speak TLS"));
        }
        let answer = send(line, address, port)
            .map_err(|fault| format!("{shown}: {fault}; the gateway's output:\n{}", gateway.output()))?;
        let last = n + 1 == line.addresses.len();
        let stated = line.stated.contains(&answer.status);
        let fine = (200..300).contains(&answer.status) && (!last || line.stated.is_empty());
        if !stated && !fine {
            let allowed = match line.stated.as_slice() {
                [] => "2xx, as the line names no status in brackets behind the command".to_owned(),
                stated => format!("one of {stated:?}, which the line names"),
            };
            let (status, text, log) = (answer.status, answer.text(), gateway.output());
            return Err(format!(
                "{shown} answered {status} {text:?}, expected {allowed}; the gateway's output:\n{log}"
            ));
        }
    }
    Ok(())
}

fn send(line: &curl::Line, address: &curl::Address, port: u16) -> Result<Response, String> {
    let mut client = Client::connect(port).map_err(|e| format!("no connection: {e}"))?;
    client.set_patience(PATIENCE);
    let mut request = format!("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n", line.method, address.target);
    for (name, default) in [("User-Agent", "curl/8.5.0"), ("Accept", "*/*")] {
        if !line.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
            request.push_str(&format!("{name}: {default}\r\n"));
        }
    }
    // An empty value takes a field away, as in curl.
    for (name, value) in line.headers.iter().filter(|(_, value)| !value.is_empty()) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(data) = &line.data {
        request.push_str(&format!("Content-Length: {}\r\n", data.len()));
    }
    request.push_str("Connection: close\r\n\r\n");
    request.push_str(line.data.as_deref().unwrap_or_default());
    client.send(request);
    client.response(&line.method).map_err(|broken| format!("no whole answer: {broken:?}"))
}
