//! The keys of `sluice/router` (root `extra_config`), Sluice's additions to KrakenD's `router`;
//! knows nothing of routing.

use crate::config::component::Component;
use crate::config::finding::{Finding, Severity};
use crate::config::own::{Key, Kind};
use crate::config::Raw;

/// `sluice/router`, as written.
#[derive(Clone, Debug, Default)]
pub struct RoutingKeys {
    /// HEAD is answered wherever GET is.
    pub auto_head: bool,
}

/// Every key.
pub const ROUTING_KEYS: &[Key] = &[Key {
    name: "auto_head",
    kind: Kind::Bool,
    default: "false",
    meaning: "answer HEAD wherever GET is answered: the head alone, with the length of the body",
}];

impl RoutingKeys {
    /// Reads the block. Nobody else defines these keys, so whatever is not right refuses.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> RoutingKeys {
        let mut keys = Component::new(raw, Severity::Error);
        let routing = RoutingKeys { auto_head: keys.bool("auto_head").unwrap_or(false) };
        keys.finish("sluice/router", Severity::Error, findings);
        routing
    }
}
