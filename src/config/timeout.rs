//! The keys of `sluice/timeout` (endpoint and backend `extra_config`): how much time a backend gets;
//! knows nothing of clocks.

use crate::config::component::Component;
use crate::config::finding::{Finding, Severity};
use crate::config::own::{Key, Kind};
use crate::config::Raw;
use std::time::Duration;

/// `sluice/timeout`, as written; `None` = absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeoutKeys {
    pub total: Option<Duration>,
    pub connect: Option<Duration>,
    pub head: Option<Duration>,
    pub idle: Option<Duration>,
}

/// Every key.
pub const TIMEOUT_KEYS: &[Key] = &[
    Key {
        name: "total",
        kind: Kind::Duration,
        default: "",
        meaning:
            "a whole call, request and answer; the endpoint's timeout still ends it when that comes first",
    },
    Key {
        name: "connect",
        kind: Kind::Duration,
        default: "",
        meaning: "until a new connection is there; instead of the service's dialer_timeout",
    },
    Key {
        name: "head",
        kind: Kind::Duration,
        default: "",
        meaning: "from the sent request to the head of the answer; instead of response_header_timeout",
    },
    Key {
        name: "idle",
        kind: Kind::Duration,
        default: "",
        meaning: "between two pieces of the answer's body",
    },
];

impl TimeoutKeys {
    /// Reads the block. Nobody else defines these keys, so whatever is not right refuses.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> TimeoutKeys {
        let mut keys = Component::new(raw, Severity::Error);
        let timeout = TimeoutKeys {
            total: keys.time("total"),
            connect: keys.time("connect"),
            head: keys.time("head"),
            idle: keys.time("idle"),
        };
        keys.finish("sluice/timeout", Severity::Error, findings);
        timeout
    }
}
