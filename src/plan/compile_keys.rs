//! Settings of the gateway's own components (`router`, `sluice/runtime`, `backend/http`) as the
//! compiler needs them, read from their raw values; resolves no defaults.

use super::Driver;
use crate::config::{Extra, Finding, Raw};
use serde_json::Value;

/// `router` (root level). Every key of the wrong type refuses the start: KrakenD would switch the
/// whole block off.
#[derive(Clone, Debug, Default)]
pub(super) struct RouterKeys {
    /// Place of the block, for findings.
    pub(super) at: String,
    pub(super) return_error_msg: bool,
    pub(super) error_404: Option<Value>,
    pub(super) error_405: Option<Value>,
    pub(super) disable_health: bool,
    /// Empty = `/__health`.
    pub(super) health_path: String,
    pub(super) auto_options: bool,
    pub(super) disable_redirect_trailing_slash: bool,
    pub(super) disable_redirect_fixed_path: bool,
    pub(super) disable_handle_method_not_allowed: bool,
    pub(super) remove_extra_slash: bool,
    pub(super) disable_path_decoding: bool,
    /// Absent = true.
    pub(super) forwarded_by_client_ip: Option<bool>,
    pub(super) remote_ip_headers: Vec<String>,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) logger_skip_paths: Vec<String>,
    pub(super) disable_access_log: bool,
    pub(super) hide_version_header: bool,
}

/// `sluice/runtime` (root level).
#[derive(Clone, Debug, Default)]
pub(super) struct RuntimeKeys {
    pub(super) shards: Option<usize>,
    pub(super) pin_cores: Option<bool>,
    pub(super) driver: Option<Driver>,
    pub(super) ring_entries: Option<u32>,
    pub(super) backlog: Option<i32>,
    pub(super) max_connections: Option<usize>,
    pub(super) strict: bool,
}

/// `backend/http` (backend level).
#[derive(Clone, Debug, Default)]
pub(super) struct HttpKeys {
    pub(super) return_error_code: bool,
    /// Empty = off.
    pub(super) return_error_details: String,
}

/// One block while it is read.
struct Block<'a, 'f> {
    raw: Option<&'a Raw>,
    findings: &'f mut Vec<Finding>,
}

impl<'a, 'f> Block<'a, 'f> {
    fn new(extra: &'a Extra, namespace: &str, findings: &'f mut Vec<Finding>) -> Self {
        let raw = extra.get(namespace);
        if let Some(raw) = raw.filter(|r| !r.value.is_object()) {
            findings.push(Finding::error(&raw.at, "allowed is an object"));
        }
        Block { raw, findings }
    }

    fn at(&self, key: &str) -> String {
        self.raw.map_or_else(|| key.to_owned(), |raw| format!("{}.{key}", raw.at))
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        self.raw?.value.get(key).filter(|v| !v.is_null())
    }

    /// Reads a value with `read`; what it does not take refuses the start.
    fn read<T>(&mut self, key: &str, allowed: &str, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value(key)?;
        let found = read(value);
        if found.is_none() {
            self.findings.push(Finding::error(self.at(key), format!("found {value}, allowed is {allowed}")));
        }
        found
    }

    fn flag(&mut self, key: &str) -> bool {
        self.read(key, "true or false", Value::as_bool).unwrap_or_default()
    }

    fn text(&mut self, key: &str) -> String {
        self.read(key, "a string", Value::as_str).unwrap_or_default().to_owned()
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        let list = |value: &Value| {
            let texts = value.as_array()?.iter().map(|v| v.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>()
        };
        self.read(key, "an array of strings", list).unwrap_or_default()
    }

    fn number<T: TryFrom<u64>>(&mut self, key: &str, least: u64, most: u64) -> Option<T> {
        let allowed = format!("a whole number from {least} to {most}");
        let read =
            |v: &Value| v.as_u64().filter(|n| (least..=most).contains(n)).and_then(|n| T::try_from(n).ok());
        self.read(key, &allowed, read)
    }
}

pub(super) fn router(extra: &Extra, findings: &mut Vec<Finding>) -> RouterKeys {
    let mut block = Block::new(extra, "router", findings);
    let bodies = block.read("error_body", "an object", Value::as_object);
    let body = |status: &str| bodies.and_then(|b| b.get(status)).cloned();
    RouterKeys {
        at: block.raw.map(|raw| raw.at.clone()).unwrap_or_default(),
        return_error_msg: block.flag("return_error_msg"),
        error_404: body("404"),
        error_405: body("405"),
        disable_health: block.flag("disable_health"),
        health_path: block.text("health_path"),
        auto_options: block.flag("auto_options"),
        disable_redirect_trailing_slash: block.flag("disable_redirect_trailing_slash"),
        disable_redirect_fixed_path: block.flag("disable_redirect_fixed_path"),
        disable_handle_method_not_allowed: block.flag("disable_handle_method_not_allowed"),
        remove_extra_slash: block.flag("remove_extra_slash"),
        disable_path_decoding: block.flag("disable_path_decoding"),
        forwarded_by_client_ip: block.read("forwarded_by_client_ip", "true or false", Value::as_bool),
        remote_ip_headers: block.texts("remote_ip_headers"),
        trusted_proxies: block.texts("trusted_proxies"),
        logger_skip_paths: block.texts("logger_skip_paths"),
        disable_access_log: block.flag("disable_access_log"),
        hide_version_header: block.flag("hide_version_header"),
    }
}

pub(super) fn runtime(extra: &Extra, findings: &mut Vec<Finding>) -> RuntimeKeys {
    let mut block = Block::new(extra, "sluice/runtime", findings);
    let driver = |value: &Value| match value.as_str()? {
        "auto" => Some(Driver::Auto),
        "io_uring" => Some(Driver::IoUring),
        "epoll" => Some(Driver::Epoll),
        _ => None,
    };
    RuntimeKeys {
        shards: block.number("shards", 0, crate::limits::SHARDS as u64),
        pin_cores: block.read("pin_cores", "true or false", Value::as_bool),
        driver: block.read("driver", "\"auto\", \"io_uring\" or \"epoll\"", driver),
        ring_entries: block.number("ring_entries", 8, 32_768),
        backlog: block.number("backlog", 1, 65_535),
        max_connections: block.number("max_connections", 0, u64::from(u32::MAX)),
        strict: block.flag("strict"),
    }
}

/// KrakenD passes over values of a wrong type here; a warning says so.
pub(super) fn backend_http(extra: &Extra, findings: &mut Vec<Finding>) -> HttpKeys {
    let mut found = Vec::new();
    let mut block = Block::new(extra, "backend/http", &mut found);
    let keys = HttpKeys {
        return_error_code: block.flag("return_error_code"),
        return_error_details: block.text("return_error_details"),
    };
    findings
        .extend(found.into_iter().map(|f| Finding::warning(f.at, format!("{}: the key is ignored", f.text))));
    keys
}
