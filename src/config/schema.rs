//! The JSON schema (draft 2020-12) of the configuration file, for editors: made from the tables
//! of keys, so that it names what is read; knows no key by name.

use crate::config::keys::{BACKEND, COMPONENTS, ENDPOINT, ROOT};
use crate::config::namespaces::{Level, NAMESPACES};
use crate::config::own::{Key, Kind, BLOCKS};
use serde_json::{json, Map, Value};

/// Durations as Go writes them.
const DURATION: &str = r"^[+-]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";
/// Keys that hold comments (`weak::is_comment`).
const COMMENT: &str = "^[@$_#]";

/// The schema of a whole file.
#[must_use]
pub fn schema() -> Value {
    let mut schema = object(ROOT);
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of the Sluice API gateway",
        "description": "Files of KrakenD CE 2.13 and Sluice's own components under sluice/.",
        "$defs": {
            "duration": { "type": "string", "pattern": DURATION },
            "endpoint": object(ENDPOINT),
            "backend": object(BACKEND),
            "service_components": components(Level::Service),
            "endpoint_components": components(Level::Endpoint),
            "backend_components": components(Level::Backend),
        },
        "required": ["version"],
    });
    if let (Value::Object(whole), Value::Object(schema)) = (&mut whole, &mut schema) {
        whole.append(schema);
    }
    whole
}

/// An object with these keys, comments, and nothing else.
fn object(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_string(), property(key))).collect();
    closed(properties)
}

fn closed(properties: Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": { COMMENT: {} },
        "additionalProperties": false,
    })
}

fn property(key: &Key) -> Value {
    let mut value = of(&key.kind);
    value["description"] = json!(key.meaning);
    if let Ok(default) = serde_json::from_str::<Value>(key.default) {
        value["default"] = default;
    }
    value
}

/// What a value of this kind may be.
fn of(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Int(least, most) => bounded("integer", json!(least), (*most != i64::MAX).then(|| json!(most))),
        Kind::Number(least, most) => {
            bounded("number", json!(least), (*most != f64::MAX).then(|| json!(most)))
        }
        Kind::Text => json!({ "type": "string" }),
        Kind::Duration => link("duration"),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Texts => list(json!({ "type": "string" })),
        Kind::Words(words) => list(json!({ "enum": words })),
        Kind::Ints => list(json!({ "type": "integer" })),
        Kind::Map => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::AnyMap => json!({ "type": "object" }),
        Kind::Object(keys) => entry(keys),
        Kind::Objects(keys) => list(entry(keys)),
        Kind::Components(level) => link(match level {
            Level::Service => "service_components",
            Level::Endpoint => "endpoint_components",
            Level::Backend => "backend_components",
        }),
        Kind::Any => json!({}),
    }
}

fn bounded(kind: &str, least: Value, most: Option<Value>) -> Value {
    let mut value = json!({ "type": kind, "minimum": least });
    if let Some(most) = most {
        value["maximum"] = most;
    }
    value
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn link(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// Levels stand once, whatever they stand in.
fn entry(keys: &'static [Key]) -> Value {
    if std::ptr::eq(keys, ENDPOINT) {
        return link("endpoint");
    }
    if std::ptr::eq(keys, BACKEND) {
        return link("backend");
    }
    object(keys)
}

/// `extra_config` of a level: every namespace that means something there.
fn components(level: Level) -> Value {
    let mut properties = Map::new();
    for namespace in NAMESPACES.iter().filter(|namespace| namespace.levels.contains(&level)) {
        let text = format!("{} of KrakenD: what is not described here has no effect yet.", namespace.name);
        properties.insert(namespace.name.to_string(), json!({ "description": text }));
        if !namespace.old.is_empty() {
            let text = format!("The old name of '{}'.", namespace.name);
            properties.insert(namespace.old.to_string(), json!({ "description": text, "deprecated": true }));
        }
    }
    for block in COMPONENTS.iter().chain(BLOCKS).filter(|block| block.levels.contains(&level)) {
        let mut value = object(block.keys);
        value["description"] = json!(block.about);
        properties.insert(block.namespace.to_string(), value);
    }
    closed(properties)
}
