//! The keys of `backend/http` (backend `extra_config`): what becomes of a failing status.

use crate::config::component::Component;
use crate::config::finding::{Finding, Severity};
use crate::config::Raw;

/// `backend/http`, as written. Where both are set, `return_error_details` wins.
#[derive(Clone, Debug, Default)]
pub struct HttpKeys {
    /// The error carries the backend's status.
    pub return_error_code: bool,
    /// Not an error but data under `error_NAME`; empty = off.
    pub return_error_details: String,
}

impl HttpKeys {
    /// Reads the block. KrakenD passes over values of a wrong type; here they are warned about.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> HttpKeys {
        let mut keys = Component::new(raw, Severity::Warning);
        let http = HttpKeys {
            return_error_code: keys.bool("return_error_code").unwrap_or(false),
            return_error_details: keys.text("return_error_details").unwrap_or("").to_string(),
        };
        keys.finish("backend/http", Severity::Warning, findings);
        http
    }
}
