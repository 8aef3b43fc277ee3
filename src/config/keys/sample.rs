//! For tests: a configuration that has every key of the tables, and what was really read of it.

use crate::config::keys::COMPONENTS;
use crate::config::namespaces::Level;
use crate::config::own::{Key, Kind, BLOCKS};
use crate::config::path;
use serde_json::{json, Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Path of an object, without indices, and one of its keys.
pub type Place = (String, String);

thread_local! {
    static READ: RefCell<BTreeSet<Place>> = const { RefCell::new(BTreeSet::new()) };
}

/// Called by everything that looks for a key.
pub fn note(at: &str, key: &str) {
    let mut at = at.to_string();
    for index in 0..10 {
        at = at.replace(&format!("[{index}]"), "");
    }
    READ.with(|read| read.borrow_mut().insert((at, key.to_string())));
}

/// The keys that `work` looks for.
pub fn read_by(work: impl FnOnce()) -> BTreeSet<Place> {
    READ.with(|read| read.borrow_mut().clear());
    work();
    READ.with(RefCell::take)
}

/// An object with every key, each with a value of its kind.
pub fn object(keys: &[Key]) -> Value {
    keys.iter().map(|key| (key.name.to_string(), value(key))).collect::<Map<_, _>>().into()
}

/// The places of `keys` and of all below them.
pub fn places(at: &str, keys: &[Key], out: &mut BTreeSet<Place>) {
    for key in keys {
        out.insert((at.to_string(), key.name.to_string()));
        let below = path::member(at, key.name);
        match &key.kind {
            Kind::Object(inner) | Kind::Objects(inner) => places(&below, inner, out),
            Kind::Components(level) => {
                for block in blocks(*level) {
                    places(&path::member(&below, block.namespace), block.keys, out);
                }
            }
            _ => {}
        }
    }
}

/// The blocks that the core reads by itself at a level, and Sluice's own.
fn blocks(level: Level) -> impl Iterator<Item = &'static crate::config::own::Block> {
    let is_core = |name: &str| crate::config::namespaces::NAMESPACES.iter().any(|n| n.name == name && n.core);
    let krakend = COMPONENTS.iter().filter(move |block| is_core(block.namespace));
    krakend.chain(BLOCKS).filter(move |block| block.levels.contains(&level))
}

fn value(key: &Key) -> Value {
    // Not the default of a number: zero often switches a thing off.
    let wanted = matches!(key.kind, Kind::Text | Kind::Texts | Kind::Word(_) | Kind::Duration);
    if let (Ok(default), true) = (serde_json::from_str(key.default), wanted) {
        return default;
    }
    match &key.kind {
        Kind::Bool => json!(true),
        Kind::Int(least, most) => json!((*least).max(1).min(*most)),
        Kind::Number(least, most) => json!(least.max(1.0).min(*most)),
        Kind::Text => json!(if ["url_pattern", "endpoint"].contains(&key.name) { "/x" } else { "x" }),
        Kind::Duration => json!("1s"),
        Kind::Word(words) => json!(words[0]),
        Kind::Texts if key.name == "host" => json!(["http://127.0.0.1:80"]),
        Kind::Texts => json!(["x"]),
        Kind::Words(words) => json!(words),
        Kind::Ints => json!([23]),
        Kind::Map => json!({ "a": "b" }),
        Kind::AnyMap => json!({ "a": 1 }),
        Kind::Object(keys) => object(keys),
        Kind::Objects(keys) => json!([object(keys)]),
        Kind::Components(level) => blocks(*level)
            .map(|block| (block.namespace.to_string(), object(block.keys)))
            .collect::<Map<_, _>>()
            .into(),
        Kind::Any => json!({}),
    }
}
