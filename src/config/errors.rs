//! The keys of `sluice/errors` (root and endpoint `extra_config`): what the client gets when a
//! backend fails; knows nothing of how requests run.

use crate::config::component::{describe, Component};
use crate::config::finding::{Finding, Severity};
use crate::config::own::{Key, Kind};
use crate::config::Raw;
use serde_json::Value;

/// Body of an error answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorBodyKey {
    /// KrakenD's: empty, or the text of `return_error_msg`.
    None,
    /// What the failing backend sent.
    Backend,
    /// JSON by `template`.
    Json,
}

/// `sluice/errors`, as written; `None` = absent: then the service's key counts.
#[derive(Clone, Debug, Default)]
pub struct ErrorsKeys {
    /// `status` is `"backend"`.
    pub backend_status: Option<bool>,
    pub gateway_status: Option<bool>,
    pub any_2xx: Option<bool>,
    /// `partial` is `"fail"`.
    pub fail_partial: Option<bool>,
    pub body: Option<ErrorBodyKey>,
    pub template: Option<Value>,
}

const STATUS: &[&str] = &["gateway", "backend"];
const BODY: &[&str] = &["none", "backend", "json"];
const PARTIAL: &[&str] = &["pass", "fail"];

/// Every key.
pub const ERRORS_KEYS: &[Key] = &[
    Key {
        name: "status",
        kind: Kind::Word(STATUS),
        default: "\"gateway\"",
        meaning: "status of an answer without data: \"gateway\" = 500 as KrakenD, \"backend\" = what the failing backend answered",
    },
    Key {
        name: "gateway_status",
        kind: Kind::Bool,
        default: "false",
        meaning: "502 for a backend that cannot be reached or understood, 503 for one that is not called (open breaker, no hosts), 504 for one that is too slow",
    },
    Key {
        name: "any_2xx",
        kind: Kind::Bool,
        default: "false",
        meaning: "every status from 200 to 299 is success and is kept; an answer without a body is success without data",
    },
    Key {
        name: "partial",
        kind: Kind::Word(PARTIAL),
        default: "\"pass\"",
        meaning: "some of several backends failed: \"pass\" = 200 with the data of the others, \"fail\" = as if all had failed",
    },
    Key {
        name: "body",
        kind: Kind::Word(BODY),
        default: "\"none\"",
        meaning: "body of an error answer: \"none\" = as KrakenD, \"backend\" = what the failing backend sent, \"json\" = by template",
    },
    Key {
        name: "template",
        kind: Kind::Any,
        default: "{\"error\":{\"status\":\"{status}\",\"message\":\"{message}\"}}",
        meaning: "JSON for \"body\": \"json\"; texts may hold {status}, {message}, {endpoint}, {method}, {backend} and {request_id}; a text that is {status} alone becomes a number",
    },
];

impl ErrorsKeys {
    /// Reads the block. Nobody else defines these keys, so whatever is not right refuses.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> ErrorsKeys {
        let mut keys = Component::new(raw, Severity::Error);
        let errors = ErrorsKeys {
            backend_status: keys.word("status", STATUS).map(|word| word == "backend"),
            gateway_status: keys.bool("gateway_status"),
            any_2xx: keys.bool("any_2xx"),
            fail_partial: keys.word("partial", PARTIAL).map(|word| word == "fail"),
            body: keys.word("body", BODY).map(|word| match word {
                "backend" => ErrorBodyKey::Backend,
                "json" => ErrorBodyKey::Json,
                _ => ErrorBodyKey::None,
            }),
            template: template(&mut keys),
        };
        keys.finish("sluice/errors", Severity::Error, findings);
        errors
    }

    /// These keys, and those of `other` where there is none.
    #[must_use]
    pub fn or(&self, other: &ErrorsKeys) -> ErrorsKeys {
        ErrorsKeys {
            backend_status: self.backend_status.or(other.backend_status),
            gateway_status: self.gateway_status.or(other.gateway_status),
            any_2xx: self.any_2xx.or(other.any_2xx),
            fail_partial: self.fail_partial.or(other.fail_partial),
            body: self.body.or(other.body),
            template: self.template.as_ref().or(other.template.as_ref()).cloned(),
        }
    }
}

fn template(keys: &mut Component<'_>) -> Option<Value> {
    let value = keys.value("template")?;
    if !value.is_object() && !value.is_array() {
        keys.refuse("template", format!("found {}, allowed is an object or a list", describe(value)));
        return None;
    }
    Some(value.clone())
}
