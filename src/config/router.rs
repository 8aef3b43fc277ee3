//! The keys of `router` (root `extra_config`); knows nothing of routing.

use crate::config::component::{quote, Component};
use crate::config::finding::{Finding, Severity};
use crate::config::{path, Raw};
use serde_json::Value;
use std::net::IpAddr;

/// `router`, as written; absent keys have KrakenD's defaults.
#[derive(Clone, Debug, Default)]
pub struct RouterKeys {
    /// The text of an endpoint's error is the body.
    pub return_error_msg: bool,
    /// `error_body."404"`: any JSON value.
    pub error_404: Option<Value>,
    /// `error_body."405"`: any JSON value.
    pub error_405: Option<Value>,
    pub disable_health: bool,
    /// With its leading slash; empty = `/__health`.
    pub health_path: String,
    pub auto_options: bool,
    pub disable_redirect_trailing_slash: bool,
    pub disable_redirect_fixed_path: bool,
    pub disable_handle_method_not_allowed: bool,
    pub remove_extra_slash: bool,
    pub disable_path_decoding: bool,
    /// Absent = true.
    pub forwarded_by_client_ip: Option<bool>,
    /// Empty = X-Forwarded-For, X-Real-Ip.
    pub remote_ip_headers: Vec<String>,
    /// Addresses and blocks, all of which parse (see `parse_block`). Empty = everyone is trusted.
    pub trusted_proxies: Vec<String>,
    pub logger_skip_paths: Vec<String>,
    pub disable_access_log: bool,
    pub hide_version_header: bool,
    pub use_h2c: bool,
}

/// Keys of KrakenD Enterprise, which CE ignores.
const ENTERPRISE: [&str; 2] = ["max_payload", "decompress_gzip"];

impl RouterKeys {
    /// Reads the block. A wrong type refuses the start: KrakenD would switch the whole block off.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> RouterKeys {
        let mut keys = Component::new(raw, Severity::Error);
        let mut router = RouterKeys {
            return_error_msg: flag(&mut keys, "return_error_msg"),
            error_404: None,
            error_405: None,
            disable_health: flag(&mut keys, "disable_health"),
            health_path: health_path(&mut keys),
            auto_options: flag(&mut keys, "auto_options"),
            disable_redirect_trailing_slash: flag(&mut keys, "disable_redirect_trailing_slash"),
            disable_redirect_fixed_path: flag(&mut keys, "disable_redirect_fixed_path"),
            disable_handle_method_not_allowed: flag(&mut keys, "disable_handle_method_not_allowed"),
            remove_extra_slash: flag(&mut keys, "remove_extra_slash"),
            disable_path_decoding: flag(&mut keys, "disable_path_decoding"),
            forwarded_by_client_ip: keys.bool("forwarded_by_client_ip"),
            remote_ip_headers: keys.texts("remote_ip_headers"),
            trusted_proxies: keys.texts("trusted_proxies"),
            logger_skip_paths: keys.texts("logger_skip_paths"),
            disable_access_log: flag(&mut keys, "disable_access_log"),
            hide_version_header: flag(&mut keys, "hide_version_header"),
            use_h2c: flag(&mut keys, "use_h2c"),
        };
        if flag(&mut keys, "app_engine") {
            keys.warn("app_engine", "'app_engine' is not built yet and has no effect");
        }
        // Has no visible effect in KrakenD either; only its type counts.
        keys.int("max_multipart_memory");
        for key in ENTERPRISE {
            if keys.value(key).is_some() {
                keys.warn(key, format!("'{key}' has no effect: only KrakenD Enterprise acts on it"));
            }
        }
        for (index, block) in router.trusted_proxies.iter().enumerate() {
            if parse_block(block).is_none() {
                let at = path::element(&keys.path("trusted_proxies"), index);
                let text = format!(
                    "found {}, allowed is an address or a block such as \"10.0.0.0/8\"",
                    quote(block)
                );
                findings.push(Finding::error(at, text));
            }
        }
        let bodies = keys.value("error_body").map(|value| (keys.path("error_body"), value));
        keys.finish("router", Severity::Warning, findings);
        if let Some((at, value)) = bodies {
            let mut bodies = Component::inside(&at, value, Severity::Error);
            router.error_404 = bodies.value("404").cloned();
            router.error_405 = bodies.value("405").cloned();
            bodies.finish("error_body", Severity::Warning, findings);
        }
        router
    }
}

fn flag(keys: &mut Component<'_>, key: &'static str) -> bool {
    keys.bool(key).unwrap_or(false)
}

fn health_path(keys: &mut Component<'_>) -> String {
    let path = keys.text("health_path").unwrap_or("");
    if !path.is_empty() && !path.starts_with('/') {
        keys.refuse("health_path", format!("found {}, allowed is a path that begins with '/'", quote(path)));
    }
    path.to_string()
}

/// Reads an address or an address block: the address and the number of its leading bits that count.
#[must_use]
pub fn parse_block(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().ok().filter(|b| *b <= most)?
        }
        Some(_) => return None,
    };
    Some((address, bits))
}
