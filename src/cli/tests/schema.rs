//! The JSON schema takes every example and everything that the tables name, and no slip.

use crate::cli::load::compile_here;
use crate::config::keys::{sample, ROOT};
use crate::config::namespaces::NAMESPACES;
use crate::config::schema::schema;
use crate::config::{check_namespaces, load_text, path, Finding};
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{json, Value};
use std::fs;
use std::path::Path;

/// Objects whose members are the user's.
const OPEN: [&str; 5] = ["mapping", "static.data", "template", "error_body[\"404\"]", "error_body[\"405\"]"];

/// Cases with values that the gateway never looks at.
const STRICTER: [&str; 1] = ["traffic-rl-shards.json"];

struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    /// Fails when the schema itself is none by its draft.
    fn new() -> Judge {
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.add_resource("sluice.json", schema()).expect("a name");
        let index = compiler.compile("sluice.json", &mut schemas).unwrap_or_else(|e| panic!("{e:#}"));
        Judge { schemas, index }
    }

    fn judge(&self, value: &Value) -> Result<(), String> {
        self.schemas.validate(value, self.index).map_err(|e| format!("{e:#}"))
    }
}

fn minimal() -> Value {
    json!({
        "version": 3,
        "endpoints": [{ "endpoint": "/a", "backend": [{ "url_pattern": "/b", "host": ["http://h"] }] }],
    })
}

#[test]
fn examples_pass() {
    let judge = Judge::new();
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for folder in ["configs", "configs/features"] {
        for entry in fs::read_dir(top.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "json") {
                let value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
                judge.judge(&value).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "the examples are there");
}

/// With an address where a recorded case has the name of one.
fn filled(text: &str) -> String {
    let mut parts = text.split("{{");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| match part.split_once("}}") {
        Some((_, rest)) => text + "127.0.0.1:80" + rest,
        None => text + "{{" + part,
    })
}

/// What `check` says, were everything built.
fn findings(text: &str) -> Vec<Finding> {
    let built: Vec<_> =
        NAMESPACES.iter().flat_map(|n| n.levels.iter().map(|level| (n.name, *level))).collect();
    let loaded = load_text("f.json", text, &[]);
    let config = loaded.config.unwrap();
    let mut findings = loaded.findings;
    findings.extend(check_namespaces(&config, &built, false));
    findings.extend(compile_here(&config).1);
    findings
}

/// Whatever the loader takes without a word, the schema takes too.
#[test]
fn recorded_configurations_pass() {
    let judge = Judge::new();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/cases");
    let (mut seen, mut faults) = (0, Vec::new());
    for entry in fs::read_dir(cases).unwrap() {
        let path = entry.unwrap().path();
        // Some hold answers with lone surrogates, which serde_json does not read.
        let Ok(case) = serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap()) else { continue };
        let Some(config) = case.get("config") else { continue };
        let text = filled(&config.to_string());
        if findings(&text).is_empty() && !STRICTER.iter().any(|name| path.ends_with(name)) {
            let config = serde_json::from_str(&text).unwrap();
            if let Err(fault) = judge.judge(&config) {
                faults.push(format!("{}: {fault}", path.display()));
            }
            seen += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 20, "only {seen} of the recorded configurations are without findings");
}

#[test]
fn everything_in_the_tables_passes() {
    let judge = Judge::new();
    judge.judge(&sample::object(ROOT)).unwrap();
    judge.judge(&minimal()).unwrap();
    assert!(schema()["properties"]["port"]["description"].is_string(), "editors show what a key means");
}

#[test]
fn slips_do_not_pass() {
    let judge = Judge::new();
    let table: [(&str, &str, Value); 11] = [
        ("", "prot", json!(8080)),
        ("", "port", json!("8080")),
        ("", "port", json!(65_536)),
        ("", "timeout", json!("2 s")),
        ("", "extra_config", json!({ "sluice/runtme": {} })),
        ("", "extra_config", json!({ "sluice/runtime": { "shard": 1 } })),
        ("", "extra_config", json!({ "sluice/runtime": { "driver": "uring" } })),
        ("", "extra_config", json!({ "qos/circuit-breaker": {} })),
        ("/endpoints/0", "inputheaders", json!([])),
        ("/endpoints/0", "output_encoding", json!("yml")),
        ("/endpoints/0/backend/0", "extra_config", json!({ "proxy": { "sequential": true } })),
    ];
    for (place, key, value) in table {
        let mut config = minimal();
        let object = config.pointer_mut(place).and_then(Value::as_object_mut).unwrap();
        object.insert(key.to_string(), value.clone());
        assert!(judge.judge(&config).is_err(), "{place} {key} {value} passes");
    }
}

/// Wherever an object has named keys, another key is refused, and `check` names it.
#[test]
fn unknown_keys_do_not_pass_anywhere() {
    let judge = Judge::new();
    let whole = sample::object(ROOT);
    let mut objects = Vec::new();
    pointers(&whole, "", "", &mut objects);
    assert!(objects.len() > 20, "{objects:?}");
    for (pointer, at) in objects {
        let mut config = whole.clone();
        config.pointer_mut(&pointer).unwrap()["zzz"] = json!(1);
        assert!(judge.judge(&config).is_err(), "{at}.zzz passes");
        let want = path::member(&at, "zzz");
        assert!(findings(&config.to_string()).iter().any(|f| f.at == want), "{want} has no finding");
    }
}

/// The objects with named keys, as JSON pointers and as paths.
fn pointers(value: &Value, pointer: &str, at: &str, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            if !OPEN.iter().any(|key| at.ends_with(key)) && !at.contains("async_agent") {
                out.push((pointer.to_string(), at.to_string()));
            }
            for (key, value) in members {
                let escaped = key.replace('/', "~1");
                pointers(value, &format!("{pointer}/{escaped}"), &path::member(at, key), out);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                pointers(item, &format!("{pointer}/{n}"), &path::element(at, n), out);
            }
        }
        _ => {}
    }
}

#[test]
fn comments_pass_everywhere() {
    let judge = Judge::new();
    let mut config = minimal();
    for place in ["", "/endpoints/0", "/endpoints/0/backend/0"] {
        let object = config.pointer_mut(place).and_then(Value::as_object_mut).unwrap();
        object.insert("@comment".to_string(), json!("text"));
    }
    config["$schema"] = json!("./sluice.schema.json");
    config["extra_config"] = json!({ "@comment": 1, "router": { "_off": { "auto_options": true } } });
    judge.judge(&config).unwrap();
}
