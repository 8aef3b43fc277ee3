//! Reading the keys of one component of `extra_config`: strict JSON types, keys in any case (Go's
//! `encoding/json` matches so), unknown keys reported; knows no key by name.

use crate::config::finding::{Finding, Severity};
use crate::config::text::cut;
use crate::config::weak::is_comment;
use crate::config::{near, path, units, Raw};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The keys of one object below `extra_config`.
pub struct Component<'r> {
    at: String,
    map: Option<&'r Map<String, Value>>,
    known: Vec<&'static str>,
    severity: Severity,
    findings: Vec<Finding>,
}

impl<'r> Component<'r> {
    /// Begins to read; wrong types become findings of this severity.
    #[must_use]
    pub fn new(raw: &'r Raw, severity: Severity) -> Component<'r> {
        Component::inside(&raw.at, &raw.value, severity)
    }

    /// The same for a value inside a component.
    #[must_use]
    pub fn inside(at: &str, value: &'r Value, severity: Severity) -> Component<'r> {
        let mut component = Component {
            at: at.to_string(),
            map: value.as_object(),
            known: Vec::new(),
            severity,
            findings: Vec::new(),
        };
        if component.map.is_none() && !value.is_null() {
            component.report(at.to_string(), format!("found {}, allowed is an object", describe(value)));
        }
        component
    }

    /// Path of a key.
    #[must_use]
    pub fn path(&self, key: &str) -> String {
        path::member(&self.at, key)
    }

    /// Reports something about a key, with the severity of wrong types.
    pub fn refuse(&mut self, key: &str, text: impl Into<String>) {
        self.report(self.path(key), text.into());
    }

    /// Warns about a key.
    pub fn warn(&mut self, key: &str, text: impl Into<String>) {
        self.findings.push(Finding::warning(self.path(key), text));
    }

    fn report(&mut self, at: String, text: String) {
        self.findings.push(Finding { severity: self.severity, at, text });
    }

    /// The value of a key, unless absent or null.
    pub fn value(&mut self, key: &'static str) -> Option<&'r Value> {
        self.known.push(key);
        #[cfg(test)]
        crate::config::keys::sample::note(&self.at, key);
        let map = self.map?;
        let any_case = || map.iter().rev().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v);
        map.get(key).or_else(any_case).filter(|value| !value.is_null())
    }

    fn wrong(&mut self, key: &str, value: &Value, allowed: &str) {
        self.refuse(key, format!("found {}, allowed is {allowed}", describe(value)));
    }

    pub fn bool(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        if !value.is_boolean() {
            self.wrong(key, value, "true or false");
        }
        value.as_bool()
    }

    pub fn int(&mut self, key: &'static str) -> Option<i64> {
        let value = self.value(key)?;
        if value.as_i64().is_none() {
            self.wrong(key, value, "a whole number");
        }
        value.as_i64()
    }

    /// A whole number between two others, both allowed.
    pub fn range(&mut self, key: &'static str, allowed: RangeInclusive<i64>) -> Option<i64> {
        let number = self.int(key)?;
        if !allowed.contains(&number) {
            self.refuse(key, format!("found {number}, allowed is {} to {}", allowed.start(), allowed.end()));
            return None;
        }
        Some(number)
    }

    /// A number between two others, both allowed.
    pub fn number(&mut self, key: &'static str, allowed: RangeInclusive<f64>) -> Option<f64> {
        let value = self.value(key)?;
        let found = value.as_f64().filter(|number| allowed.contains(number));
        if found.is_none() {
            self.wrong(key, value, &format!("a number from {} to {}", allowed.start(), allowed.end()));
        }
        found
    }

    /// A duration that is not negative.
    pub fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let text = self.text(key)?;
        let found = units::parse_duration(text);
        match found.map(u64::try_from) {
            Ok(Ok(nanoseconds)) => return Some(Duration::from_nanos(nanoseconds)),
            Ok(Err(_)) => self.refuse(key, format!("found {}, allowed is no negative time", quote(text))),
            Err(why) => {
                self.refuse(key, format!("found {}, allowed is {} ({why})", quote(text), units::FORM));
            }
        }
        None
    }

    /// A duration above zero.
    pub fn time(&mut self, key: &'static str) -> Option<Duration> {
        let found = self.duration(key)?;
        if found.is_zero() {
            self.refuse(key, "found no time at all, allowed is a time above zero");
            return None;
        }
        Some(found)
    }

    /// An object inside; close it with `Component::finish` like its parent.
    pub fn child(&mut self, key: &'static str) -> Option<Component<'r>> {
        let value = self.value(key)?;
        Some(Component::inside(&self.path(key), value, self.severity))
    }

    /// The objects of a list.
    pub fn children(&mut self, key: &'static str) -> Vec<Component<'r>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.wrong(key, value, "a list of objects");
            return Vec::new();
        };
        let at = self.path(key);
        let inside = |(n, item)| Component::inside(&path::element(&at, n), item, self.severity);
        list.iter().enumerate().map(inside).collect()
    }

    pub fn text(&mut self, key: &'static str) -> Option<&'r str> {
        let value = self.value(key)?;
        if !value.is_string() {
            self.wrong(key, value, "a text");
        }
        value.as_str()
    }

    /// One of a few words, in any case; gives the word as it stands in `allowed`.
    pub fn word(&mut self, key: &'static str, allowed: &[&'static str]) -> Option<&'static str> {
        let text = self.text(key)?;
        let found = allowed.iter().find(|word| word.eq_ignore_ascii_case(text)).copied();
        if found.is_none() {
            let hint = near::hint(text, allowed.iter().copied());
            self.refuse(
                key,
                format!("found {}, allowed is one of {}{hint}", quote(text), allowed.join(", ")),
            );
        }
        found
    }

    pub fn texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.wrong(key, value, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            match item.as_str() {
                Some(text) => texts.push(text.to_string()),
                None => {
                    let at = path::element(&self.path(key), index);
                    self.report(at, format!("found {}, allowed is a text", describe(item)));
                }
            }
        }
        texts
    }

    /// Reports the keys that no getter named, as findings of `unknown`. `what` completes "is not a
    /// key of".
    pub fn finish(mut self, what: &str, unknown: Severity, out: &mut Vec<Finding>) {
        for (key, _) in self.map.into_iter().flatten() {
            if is_comment(key) || self.known.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                continue;
            }
            let ignored = if unknown == Severity::Warning { " and is ignored" } else { "" };
            let hint = near::hint(key, self.known.iter().copied());
            let text = format!("'{key}' is not a key of {what}{ignored}{hint}");
            self.findings.push(Finding { severity: unknown, at: path::member(&self.at, key), text });
        }
        out.append(&mut self.findings);
    }
}

/// A text in quotes, shortened.
#[must_use]
pub fn quote(text: &str) -> String {
    Value::from(cut(text)).to_string()
}

/// The kind of a value and, where short, its text.
#[must_use]
pub fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => format!("number {}", cut(&n.to_string())),
        Value::String(s) => format!("text {}", quote(s)),
        Value::Array(_) => "a list".to_string(),
        Value::Object(_) => "an object".to_string(),
    }
}
