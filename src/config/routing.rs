//! The keys of `sluice/router` (root `extra_config`), Sluice's additions to KrakenD's `router`;
//! knows nothing of routing.

use crate::config::component::Component;
use crate::config::finding::{Finding, Severity};
use crate::config::own::{Key, Kind};
use crate::config::Raw;

/// What an encoded slash in a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlashKey {
    /// A slash.
    Decode,
    /// A byte of its segment.
    Keep,
    /// A fault of the request.
    Reject,
}

/// `sluice/router`, as written.
#[derive(Clone, Debug, Default)]
pub struct RoutingKeys {
    /// HEAD is answered wherever GET is.
    pub auto_head: bool,
    /// `None` = as `encoded_params` needs it.
    pub encoded_slash: Option<SlashKey>,
    /// Parameters may hold what KrakenD refuses.
    pub encoded_params: bool,
}

/// Every key.
pub const ROUTING_KEYS: &[Key] = &[
    Key {
        name: "auto_head",
        kind: Kind::Bool,
        default: "false",
        meaning: "answer HEAD wherever GET is answered: the head alone, with the length of the body",
    },
    Key {
        name: "encoded_slash",
        kind: Kind::Word(&["decode", "keep", "reject"]),
        default: "\"decode\"",
        meaning: "%2F in a path: \"decode\" = a slash, \"keep\" = a byte of its segment that leaves encoded, \"reject\" = 400; with encoded_params the default is \"keep\"",
    },
    Key {
        name: "encoded_params",
        kind: Kind::Bool,
        default: "false",
        meaning: "take parameters that hold %, ? or #: they stay one segment and leave encoded",
    },
];

const SLASHES: [(&str, SlashKey); 3] =
    [("decode", SlashKey::Decode), ("keep", SlashKey::Keep), ("reject", SlashKey::Reject)];

impl RoutingKeys {
    /// Reads the block. Nobody else defines these keys, so whatever is not right refuses.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> RoutingKeys {
        let mut keys = Component::new(raw, Severity::Error);
        let slash = keys.word("encoded_slash", &SLASHES.map(|(word, _)| word));
        let routing = RoutingKeys {
            auto_head: keys.bool("auto_head").unwrap_or(false),
            encoded_slash: SLASHES.iter().find(|(word, _)| Some(*word) == slash).map(|(_, key)| *key),
            encoded_params: keys.bool("encoded_params").unwrap_or(false),
        };
        keys.finish("sluice/router", Severity::Error, findings);
        routing
    }
}
