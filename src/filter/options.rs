//! Typed reading of raw settings, with a finding for everything that is not as it should be;
//! knows no feature.

use crate::config::units::parse_duration;
use crate::config::{Finding, Raw};
use serde_json::{Map, Value};
use std::time::Duration;

/// The JSON kind of a value, for findings.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// What becomes of a value of the wrong type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Refuse the start: the component guards something.
    Refuse,
    /// As KrakenD: the key counts as absent. A warning says so.
    Ignore,
}

/// The settings of one component while they are read.
pub(super) struct Reader<'a, 'f> {
    at: &'a str,
    map: &'a Map<String, Value>,
    wrong: Wrong,
    findings: &'f mut Vec<Finding>,
}

impl<'a, 'f> Reader<'a, 'f> {
    /// `None`: the settings are no object; a finding was left.
    pub(super) fn new(raw: &'a Raw, wrong: Wrong, findings: &'f mut Vec<Finding>) -> Option<Self> {
        if let Value::Object(map) = &raw.value {
            return Some(Reader { at: &raw.at, map, wrong, findings });
        }
        let text = format!("found {}, allowed is an object", kind(&raw.value));
        findings.push(match wrong {
            Wrong::Refuse => Finding::error(&raw.at, text),
            Wrong::Ignore => Finding::warning(&raw.at, format!("{text}: the component is off")),
        });
        None
    }

    pub(super) fn place(&self, key: &str) -> String {
        format!("{}.{key}", self.at)
    }

    pub(super) fn warn(&mut self, key: &str, text: impl Into<String>) {
        let at = self.place(key);
        self.findings.push(Finding::warning(at, text));
    }

    pub(super) fn refuse(&mut self, key: &str, text: impl Into<String>) {
        let at = self.place(key);
        self.findings.push(Finding::error(at, text));
    }

    /// Warns about settings as a whole.
    pub(super) fn warn_all(&mut self, text: impl Into<String>) {
        self.findings.push(Finding::warning(self.at, text));
    }

    fn wrong_type(&mut self, key: &str, value: &Value, allowed: &str) {
        let text = format!("found {}, allowed is {allowed}", kind(value));
        match self.wrong {
            Wrong::Refuse => self.refuse(key, text),
            Wrong::Ignore => self.warn(key, format!("{text}: the key is ignored")),
        }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        #[cfg(test)]
        crate::config::keys::sample::note(self.at, key);
        self.map.get(key).filter(|v| !v.is_null())
    }

    /// A number; `None` = absent or of the wrong type.
    pub(super) fn number(&mut self, key: &str) -> Option<f64> {
        let value = self.value(key)?;
        let number = value.as_number().and_then(serde_json::Number::as_f64);
        if number.is_none() {
            self.wrong_type(key, value, "a number");
        }
        number
    }

    /// A whole number; a fraction is cut off, and what does not fit is held at the limits.
    pub(super) fn whole(&mut self, key: &str) -> Option<i64> {
        self.number(key).map(|n| n as i64) // saturates
    }

    pub(super) fn boolean(&mut self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        let found = value.as_bool();
        if found.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        found
    }

    pub(super) fn text(&mut self, key: &str) -> Option<&'a str> {
        let value = self.value(key)?;
        let found = value.as_str();
        if found.is_none() {
            self.wrong_type(key, value, "a string");
        }
        found
    }

    /// A list of strings; empty when absent.
    pub(super) fn texts(&mut self, key: &str) -> Vec<&'a str> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.as_array() else {
            self.wrong_type(key, value, "an array of strings");
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            match item.as_str() {
                Some(text) => texts.push(text),
                None => self.wrong_type(&format!("{key}[{n}]"), item, "a string"),
            }
        }
        texts
    }
}

/// A duration in Go's syntax. Negative ones count as zero. `None` = not a duration.
pub(super) fn go_duration(text: &str) -> Option<Duration> {
    let nanoseconds = parse_duration(text).ok()?;
    Some(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests;
