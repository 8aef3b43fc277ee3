//! The operations of a `flatmap_filter` (`proxy`, endpoint and backend), as written; knows no
//! document.

use crate::config::component::{describe, quote, Component};
use crate::config::finding::{Finding, Severity};
use crate::config::{near, path};
use serde_json::Value;

/// Name of the key.
pub const KEY: &str = "flatmap_filter";
/// Types of operations.
const TYPES: [&str; 3] = ["move", "del", "append"];

/// One operation. The type may be one that does nothing; it was warned about then, as were
/// arguments that are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatmapOp {
    /// KrakenD key `type`.
    pub kind: String,
    /// Dotted paths, KrakenD key `args`.
    pub args: Vec<String>,
}

/// Reads the list. Entries without a type are skipped, as in KrakenD.
pub fn parse(keys: &mut Component<'_>, findings: &mut Vec<Finding>) -> Vec<FlatmapOp> {
    let Some(value) = keys.value(KEY) else { return Vec::new() };
    let Some(list) = value.as_array() else {
        keys.refuse(KEY, format!("found {}, allowed is a list; it has no effect", describe(value)));
        return Vec::new();
    };
    let mut ops = Vec::with_capacity(list.len());
    for (index, entry) in list.iter().enumerate() {
        let at = path::element(&keys.path(KEY), index);
        if entry.is_object() {
            ops.extend(operation(&at, entry, findings));
        } else {
            let text = format!("found {}, allowed is an operation; it is skipped", describe(entry));
            findings.push(Finding::warning(at, text));
        }
    }
    if !ops.is_empty() && !ops.iter().any(|op| TYPES.contains(&op.kind.as_str())) {
        let text = "no operation does anything, but a list that is not empty takes the place of allow, deny and mapping";
        keys.warn(KEY, text);
    }
    ops
}

fn operation(at: &str, entry: &Value, findings: &mut Vec<Finding>) -> Option<FlatmapOp> {
    let mut keys = Component::inside(at, entry, Severity::Warning);
    let kind = keys.text("type");
    let args = keys.texts("args");
    let op = kind.map(|kind| FlatmapOp { kind: kind.to_string(), args: usable(&mut keys, kind, args) });
    if op.is_none() {
        keys.warn("type", "an operation needs a 'type'; without it, it is skipped");
    }
    keys.finish("an operation", Severity::Warning, findings);
    op
}

/// The paths of one operation; empty when it cannot do anything.
fn usable(keys: &mut Component<'_>, kind: &str, args: Vec<String>) -> Vec<String> {
    if !TYPES.contains(&kind) {
        let hint = near::hint(kind, TYPES);
        let (found, allowed) = (quote(kind), TYPES.join(", "));
        keys.warn("type", format!("found {found}, allowed is one of {allowed}; it does nothing{hint}"));
        return Vec::new();
    }
    let given = keys.value("args").and_then(Value::as_array).map_or(0, Vec::len);
    if kind == "del" {
        if args.is_empty() {
            keys.warn("args", "there is no path in it, so the operation does nothing");
        }
        return args;
    }
    // KrakenD fails every request on these.
    if args.len() < given.max(2) {
        let text =
            format!("'{kind}' needs two paths, from and to, and finds {}; it does nothing", args.len());
        keys.warn("args", text);
        return Vec::new();
    }
    if kind == "append" && args[1].split('.').any(|part| part == "*") {
        keys.warn("args", "'append' adds to one array: its second path can hold no '*'; it does nothing");
        return Vec::new();
    }
    args
}
