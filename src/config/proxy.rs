//! The keys of `proxy` (endpoint and backend `extra_config`): which are known where, and which are
//! not built yet.

use crate::config::component::Component;
use crate::config::finding::{Finding, Severity};
use crate::config::namespaces::Level;
use crate::config::Raw;
use serde_json::Value;

/// What a key holds.
#[derive(Clone, Copy)]
enum Type {
    Bool,
    Text,
    Texts,
    List,
    Object,
}

/// Name, type, level at which KrakenD reads it. None of them is built yet.
const KEYS: &[(&str, Type, &[Level])] = &[
    ("sequential", Type::Bool, &[Level::Endpoint]),
    ("sequential_propagated_params", Type::Texts, &[Level::Endpoint]),
    ("static", Type::Object, &[Level::Endpoint]),
    ("flatmap_filter", Type::List, &[Level::Endpoint, Level::Backend]),
    ("force_sandboxed_request", Type::Bool, &[Level::Endpoint]),
    ("shadow", Type::Bool, &[Level::Backend]),
    ("shadow_timeout", Type::Text, &[Level::Backend]),
];

/// Keys of KrakenD Enterprise, which CE ignores.
const ENTERPRISE: [&str; 2] = ["max_payload", "decompress_gzip"];

/// Reports what of a `proxy` block has no effect.
pub fn check(raw: &Raw, level: Level, findings: &mut Vec<Finding>) {
    // KrakenD passes over values of a wrong type.
    let mut keys = Component::new(raw, Severity::Warning);
    for (name, kind, levels) in KEYS {
        if !is_asked_for(&mut keys, name, *kind) {
            continue;
        }
        if levels.contains(&level) {
            keys.warn(name, format!("'{name}' is not built yet and has no effect"));
        } else {
            let places: Vec<&str> = levels.iter().map(|l| l.name()).collect();
            keys.warn(
                name,
                format!("'{name}' has no effect on {}; it works on {}", level.name(), places.join(" and ")),
            );
        }
    }
    if let Some(combiner) = keys.text("combiner").filter(|c| !c.is_empty() && *c != "default") {
        let text = format!(
            "found {}, which counts as \"default\": there is no other",
            crate::config::component::quote(combiner)
        );
        keys.warn("combiner", text);
    }
    for key in ENTERPRISE {
        if keys.value(key).is_some() {
            keys.warn(key, format!("'{key}' has no effect: only KrakenD Enterprise acts on it"));
        }
    }
    keys.finish("proxy", Severity::Warning, findings);
}

/// Whether the key is there with a value that would do something.
fn is_asked_for(keys: &mut Component<'_>, name: &'static str, kind: Type) -> bool {
    match kind {
        Type::Bool => keys.bool(name) == Some(true),
        Type::Text => keys.text(name).is_some(),
        Type::Texts => !keys.texts(name).is_empty(),
        Type::List => shape(keys, name, "a list", Value::is_array),
        Type::Object => shape(keys, name, "an object", Value::is_object),
    }
}

fn shape(keys: &mut Component<'_>, name: &'static str, allowed: &str, is: fn(&Value) -> bool) -> bool {
    let Some(value) = keys.value(name) else { return false };
    if !is(value) {
        let found = crate::config::component::describe(value);
        keys.refuse(name, format!("found {found}, allowed is {allowed}; it has no effect"));
        return false;
    }
    true
}
