//! JSON bodies that are made to cost memory: within the named bounds, and the fault of the backend
//! that sent them.

use super::Front;
use crate::alloc::peak_of;
use crate::kit::{client, gateway::Gateway, origin, origin::Origin};
use serde_json::json;
use sluice::json::{tree, Flatmap, Merger, Shape, ShapeSpec};
use sluice::limits::{JSON_DEPTH, JSON_INDEX_RATIO, JSON_TOKENS, JSON_TREE_BYTES};

/// `open`, then `piece` as often as it fits `bytes`, then `close`.
fn body(open: &str, piece: &str, close: &str, bytes: usize) -> Vec<u8> {
    let count = bytes.saturating_sub(open.len() + close.len()) / piece.len();
    [open, &piece.repeat(count), close].concat().into_bytes()
}

/// Name, text, whether it is valid.
fn bodies(bytes: usize) -> Vec<(&'static str, Vec<u8>, bool)> {
    vec![
        ("brackets", body("", "[", "", bytes), false),
        ("braces", body("", "{\"\":", "", bytes), false),
        ("commas", body("", ",", "", bytes), false),
        ("numbers apart", body("", "1 ", "", bytes), false),
        ("escaped quotes", body("{\"a\":[", "\\\"[", "]}", bytes), false),
        ("arrays", body("{\"a\":[", "[],", "0]}", bytes), true),
        ("objects", body("{\"a\":[", "{},", "0]}", bytes), true),
        ("small objects", body("{\"a\":[", "{\"\":0},", "0]}", bytes), true),
        ("digits", body("{\"a\":[", "1,", "0]}", bytes), true),
        ("strings", body("{\"a\":[", "\"\",", "0]}", bytes), true),
        ("members", body("{", "\"\":1,", "\"\":1}", bytes), true),
        ("broken characters", body("{\"a\":\"", "\u{1}", "\"}", bytes), false),
        ("one string", body("{\"a\":\"", ",[{", "\"}", bytes), true),
        ("one number", body("{\"a\":", "9", "}", bytes), true),
        ("what Go mends", body("{\"a\":\"", "\\ud800", "\"}", bytes), true),
    ]
}

/// Bytes that the process has for a body whose index is made, whatever its size.
const BASE_BYTES: usize = 2 << 20;

#[test]
fn indexes_are_in_proportion_to_bodies() {
    let mut broken = body("{\"a\":\"", "x", "\"}", 1 << 20);
    broken[6..(1 << 20) - 2].fill(0xFF);
    let mut all = bodies(1 << 20);
    all.push(("bytes that are no UTF-8", broken, true));
    all.extend(bodies(100_000));
    for (name, text, valid) in all {
        let peak = peak_of(|| {
            let (mut merger, mut out) = (Merger::new(), Vec::new());
            merger.begin(&mut out, false);
            assert_eq!(merger.add(&mut out, &text, &Shape::default()).is_ok(), valid, "{name}");
            merger.finish(&mut out);
        });
        let most = BASE_BYTES + JSON_INDEX_RATIO * text.len();
        assert!(peak <= most, "{name}: {peak} bytes for {}, allowed are {most}", text.len());
    }
}

#[test]
fn the_number_of_tokens_is_bounded() {
    for (name, text, _) in bodies(3 * JSON_TOKENS) {
        let few = ["one string", "one number", "what Go mends", "broken characters"].contains(&name);
        if few {
            continue;
        }
        let peak = peak_of(|| {
            let (mut merger, mut out) = (Merger::new(), Vec::new());
            merger.begin(&mut out, true);
            assert!(merger.add(&mut out, &text, &Shape::default()).is_err(), "{name}");
        });
        assert!(peak <= JSON_TOKENS, "{name}: {peak} bytes before it is refused");
    }
}

#[test]
fn trees_are_bounded() {
    let args = ["a.0.b".to_owned()];
    let flatmap = Flatmap::compile([("del", &args[..])]).0;
    let shape = Shape::compile(&ShapeSpec { flatmap: flatmap.as_ref(), ..ShapeSpec::default() });
    for (name, text, valid) in bodies(1 << 20) {
        let peak = peak_of(|| {
            let (mut merger, mut out) = (Merger::new(), Vec::new());
            merger.begin(&mut out, false);
            assert_eq!(merger.add(&mut out, &text, &shape).is_ok(), valid, "{name}");
        });
        assert!(peak <= 256 * text.len() + BASE_BYTES, "{name}: {peak} bytes");
    }
    // The worst a byte can cost is a small object; here are enough of them for the bound.
    let text = body("{\"a\":[", "{\"\":0},", "0]}", 8 << 20);
    let peak = peak_of(|| assert!(tree::parse(&text).is_err()));
    assert!(peak <= JSON_TREE_BYTES && peak > JSON_TREE_BYTES / 8, "{peak} bytes");
}

#[test]
fn a_hostile_body_fails_its_backend_and_nothing_else() {
    let front = Front::before(move |seen, stream| {
        let deep =
            |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
        let text = match seen.path() {
            "/json" => br#"{"ok":true}"#.to_vec(),
            "/deepest" => deep(JSON_DEPTH - 1),
            "/too-deep" => deep(JSON_DEPTH),
            path => {
                let n = path[1..].parse::<usize>().unwrap_or(0);
                bodies(1 << 20).swap_remove(n).1
            }
        };
        origin::answer(stream, 200, "application/json", &text)
    });
    let mut paths: Vec<(String, bool)> = vec![("/deepest".into(), true), ("/too-deep".into(), false)];
    let listed = bodies(64).into_iter().enumerate();
    paths.extend(listed.map(|(n, (_, _, valid))| (format!("/{n}"), valid)));
    let good = Origin::json("{\"good\":1}");
    let endpoint = |path: &str| {
        json!({"endpoint": path, "timeout": "20s", "backend": [
            {"host": [front.origin.host()], "url_pattern": path, "deny": ["a", ""]},
            {"host": [good.host()], "url_pattern": "/good"}]})
    };
    let endpoints: Vec<_> = paths.iter().map(|(path, _)| endpoint(path)).collect();
    let gateway = Gateway::start(&json!({"version": 3, "endpoints": endpoints}));
    for (path, valid) in paths {
        let answer = client::get(gateway.port, &path);
        assert_eq!((answer.status, answer.text().as_str()), (200, "{\"good\":1}"), "{path}");
        let completed = if valid { "true" } else { "false" };
        assert_eq!(answer.header("x-krakend-completed"), Some(completed), "{path}");
    }
    front.still_serves("hostile bodies");
}
