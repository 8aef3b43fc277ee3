//! Sluice's own components, the namespaces `sluice/<feature>`: the keys of each, from which the
//! help, the documentation and the JSON schema are made; knows nothing of what they do.

use crate::config::errors::ERRORS_KEYS;
use crate::config::namespaces::Level;
use crate::config::routing::ROUTING_KEYS;
use crate::config::runtime::RUNTIME_KEYS;
use crate::config::timeout::TIMEOUT_KEYS;

/// One namespace.
#[derive(Debug)]
pub struct Block {
    pub namespace: &'static str,
    pub levels: &'static [Level],
    /// One sentence.
    pub about: &'static str,
    pub keys: &'static [Key],
}

/// One key of a block, or of an object inside one.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// As JSON text; empty = none.
    pub default: &'static str,
    pub meaning: &'static str,
}

/// What a key may hold.
#[derive(Debug)]
pub enum Kind {
    Bool,
    /// A whole number, smallest and largest.
    Int(i64, i64),
    /// A number, smallest and largest.
    Number(f64, f64),
    Text,
    /// `"1.5s"`, as everywhere in the configuration.
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of some of these words.
    Words(&'static [&'static str]),
    /// A list of whole numbers.
    Ints,
    /// Texts by name.
    Map,
    /// Any values by name.
    AnyMap,
    Object(&'static [Key]),
    /// A list of objects.
    Objects(&'static [Key]),
    /// The `extra_config` of a level.
    Components(Level),
    /// Any JSON value.
    Any,
}

/// Every block, by name.
pub const BLOCKS: &[Block] = &[
    Block {
        namespace: "sluice/errors",
        levels: &[Level::Service, Level::Endpoint],
        about:
            "What the client gets when a backend fails; keys of an endpoint win over those of the service.",
        keys: ERRORS_KEYS,
    },
    Block {
        namespace: "sluice/router",
        levels: &[Level::Service],
        about: "Routing beyond KrakenD's \"router\".",
        keys: ROUTING_KEYS,
    },
    Block {
        namespace: "sluice/runtime",
        levels: &[Level::Service],
        about: "Cores, queues and connections of the process.",
        keys: RUNTIME_KEYS,
    },
    Block {
        namespace: "sluice/timeout",
        levels: &[Level::Endpoint, Level::Backend],
        about: "Time of a backend's calls and of their parts; at an endpoint, for all its backends.",
        keys: TIMEOUT_KEYS,
    },
];

/// The block of a namespace.
#[must_use]
pub fn find(namespace: &str) -> Option<&'static Block> {
    BLOCKS.iter().find(|block| block.namespace == namespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_sorted_and_documented() {
        assert!(BLOCKS.windows(2).all(|pair| pair[0].namespace < pair[1].namespace));
        for block in BLOCKS {
            assert!(block.namespace.starts_with("sluice/") && !block.levels.is_empty(), "{block:?}");
            assert!(block.about.ends_with('.'), "{block:?}");
            assert!(find(block.namespace).is_some());
            keys(block.namespace, block.keys);
        }
    }

    fn keys(place: &str, list: &[Key]) {
        for key in list {
            assert!(!key.meaning.is_empty(), "{place}.{}", key.name);
            let default = serde_json::from_str::<serde_json::Value>(key.default);
            assert!(key.default.is_empty() || default.is_ok(), "{place}.{}: {}", key.name, key.default);
            if let Kind::Object(inner) | Kind::Objects(inner) = key.kind {
                keys(&format!("{place}.{}", key.name), inner);
            }
        }
    }
}
