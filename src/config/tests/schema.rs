//! The JSON schema takes every example and everything that the tables name, and no slip.

use crate::config::keys::{sample, ROOT};
use crate::config::schema::schema;
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{json, Value};
use std::fs;
use std::path::Path;

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
