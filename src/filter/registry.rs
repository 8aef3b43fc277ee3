//! The table of features, outermost first: the order of the lines is the order of execution
//! inside each tier. Adding a feature is one folder and one line here; knows nothing else of them.

use super::{Feature, Level};

/// Writes the module of each feature and the table. Module files are named because a macro in
/// this file would look for them one folder further down.
macro_rules! features {
    ($($module:ident, $file:literal, $feature:ident;)+) => {
        $(#[path = $file] pub mod $module;)+

        static ALL: &[&dyn Feature] = &[$(&$module::$feature),+];
    };
}

features! {
    bot_detector, "bot_detector/mod.rs", BotDetector;
    rate_endpoint, "rate_endpoint/mod.rs", RateEndpoint;
    breaker, "breaker/mod.rs", CircuitBreaker;
}

/// Every feature, outermost first.
#[must_use]
pub fn all() -> &'static [&'static dyn Feature] {
    ALL
}

/// The feature of a short namespace.
#[must_use]
pub fn find(namespace: &str) -> Option<&'static dyn Feature> {
    ALL.iter().copied().find(|feature| feature.namespace() == namespace)
}

/// Every place where a component has an effect.
#[must_use]
pub fn implemented() -> Vec<(&'static str, Level)> {
    let places = |f: &&'static dyn Feature| {
        let namespace = f.namespace();
        f.places().iter().map(move |(level, _)| (namespace, *level))
    };
    ALL.iter().flat_map(places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::{self, sample};
    use crate::config::{own, Raw};
    use crate::filter::Scope;
    use std::collections::{BTreeSet, HashSet};

    #[test]
    fn features_are_told_apart_and_found() {
        let mut seen = HashSet::new();
        for feature in all() {
            assert!(seen.insert(feature.namespace()), "{} twice", feature.namespace());
            assert!(find(feature.namespace()).is_some());
            assert!(!feature.places().is_empty() && feature.about().ends_with('.'));
        }
        assert!(find("nothing/like-this").is_none());
    }

    /// From the tables come the JSON schema, the help and the warnings about unknown keys.
    #[test]
    fn every_feature_reads_what_its_table_names() {
        for feature in all() {
            let namespace = feature.namespace();
            for (level, _) in feature.places() {
                let of_krakend = keys::find(namespace, level.in_file());
                let own = own::find(namespace);
                let block = of_krakend.or(own);
                let block = block.unwrap_or_else(|| {
                    panic!("{namespace}: no table in config/keys/components.rs or config/own.rs")
                });
                let raw = Raw { at: "x".to_owned(), value: sample::object(block.keys) };
                let scope = Scope { level: *level, endpoint: "", params: &[], url_pattern: "", shards: 1 };
                let read = sample::read_by(|| {
                    feature.compile(&raw, &scope, &mut Vec::new());
                });
                let mut named = BTreeSet::new();
                sample::places("x", block.keys, &mut named);
                let missing: Vec<_> = read.difference(&named).collect();
                assert!(missing.is_empty(), "{namespace} reads, but its table does not name {missing:?}");
                let idle = |key: &str| {
                    let meaning = block.keys.iter().find(|k| k.name == key).map_or("", |k| k.meaning);
                    meaning.starts_with("has no effect")
                };
                let unread: Vec<_> = named.difference(&read).filter(|(_, key)| !idle(key)).collect();
                assert!(unread.is_empty(), "{namespace} does not read {unread:?}, which its table names");
            }
        }
    }

    #[test]
    fn implemented_names_every_level() {
        let places = implemented();
        assert!(places.contains(&("security/bot-detector", Level::Service)));
        assert!(places.contains(&("security/bot-detector", Level::Endpoint)));
        assert!(places.contains(&("qos/ratelimit/router", Level::Endpoint)));
        assert!(places.contains(&("qos/circuit-breaker", Level::Backend)));
        assert!(!places.contains(&("qos/circuit-breaker", Level::Service)));
    }
}
