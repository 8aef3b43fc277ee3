//! Reading typed keys from objects with KrakenD's weak types: `"8080"` is a number, one text is a
//! list of one; wrong types become findings with their places. Knows no key by name.

use crate::config::finding::Finding;
use crate::config::text::{Kind, Member, Node};
use crate::config::{near, path, units};
use std::time::Duration;

mod convert;

/// One object being read. Each getter names a key; `finish` reports the keys that no getter named.
pub struct Keys<'n> {
    at: String,
    members: &'n [Member],
    known: Vec<&'static str>,
    /// Names that other versions used for a key: (old, new).
    renamed: &'static [(&'static str, &'static str)],
    findings: Vec<Finding>,
}

/// An object found below another: its path and its members.
pub struct Child<'n> {
    pub at: String,
    pub members: &'n [Member],
}

impl<'n> Keys<'n> {
    #[must_use]
    pub fn new(at: &str, members: &'n [Member]) -> Keys<'n> {
        Keys { at: at.to_string(), members, known: Vec::new(), renamed: &[], findings: Vec::new() }
    }

    /// Names a key's old spellings, for the hint at an unknown key.
    pub fn renamed(&mut self, pairs: &'static [(&'static str, &'static str)]) {
        self.renamed = pairs;
    }

    /// The value of a key unless it is absent or null.
    fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        #[cfg(test)]
        crate::config::keys::sample::note(&self.at, key);
        let member = crate::config::text::pick(self.members, key)?;
        (!matches!(member.node.kind, Kind::Null)).then_some(&member.node)
    }

    fn refuse(&mut self, at: String, node: &Node, allowed: &str) {
        self.findings.push(Finding::error(at, format!("found {}, allowed is {allowed}", node.describe())));
    }

    /// Reports a fault of a key's value that its type does not show.
    pub fn error(&mut self, key: &str, text: &str) {
        self.findings.push(Finding::error(path::member(&self.at, key), text));
    }

    pub fn int(&mut self, key: &'static str) -> Option<i64> {
        let node = self.get(key)?;
        let read = convert::int(node);
        if read.is_none() {
            self.refuse(path::member(&self.at, key), node, "a whole number, or one as text");
        }
        read
    }

    pub fn float(&mut self, key: &'static str) -> Option<f64> {
        let node = self.get(key)?;
        let read = convert::float(node);
        if read.is_none() {
            self.refuse(path::member(&self.at, key), node, "a number, or one as text");
        }
        read
    }

    /// Absent is false.
    pub fn bool(&mut self, key: &'static str) -> bool {
        let Some(node) = self.get(key) else { return false };
        let read = convert::bool(node);
        if read.is_none() {
            let allowed = "true or false (also 1, 0, \"true\", \"t\", \"1\", \"false\", \"f\", \"0\")";
            self.refuse(path::member(&self.at, key), node, allowed);
        }
        read.unwrap_or(false)
    }

    /// Absent is empty.
    pub fn text(&mut self, key: &'static str) -> String {
        let Some(node) = self.get(key) else { return String::new() };
        let read = convert::text(node);
        if read.is_none() {
            self.refuse(path::member(&self.at, key), node, "a text");
        }
        read.unwrap_or_default()
    }

    /// Nanoseconds, which may be negative.
    pub fn nanoseconds(&mut self, key: &'static str) -> Option<i64> {
        let node = self.get(key)?;
        let at = path::member(&self.at, key);
        match &node.kind {
            Kind::Text(text) => match units::parse_duration(text) {
                Ok(nanoseconds) => Some(nanoseconds),
                Err(why) => {
                    self.refuse(at, node, &format!("{} ({why})", units::FORM));
                    None
                }
            },
            Kind::Number(number) => {
                let read = convert::whole(number);
                match read {
                    Some(0) => {}
                    Some(n) => self.findings.push(Finding::warning(
                        at,
                        format!("found number {n}, which counts nanoseconds; write it with a unit, such as \"{n}ms\" or \"{n}ns\""),
                    )),
                    None => self.refuse(at, node, units::FORM),
                }
                read
            }
            _ => {
                self.refuse(at, node, units::FORM);
                None
            }
        }
    }

    /// A duration for which negative values mean what zero means.
    pub fn duration(&mut self, key: &'static str) -> Option<Duration> {
        self.nanoseconds(key).map(|n| Duration::from_nanos(u64::try_from(n).unwrap_or(0)))
    }

    /// A duration that cannot be negative: KrakenD would fail every request at once.
    pub fn timeout(&mut self, key: &'static str) -> Option<Duration> {
        let nanoseconds = self.nanoseconds(key)?;
        let read = u64::try_from(nanoseconds).ok().map(Duration::from_nanos);
        if read.is_none() {
            let text = "found a negative duration, allowed is 0 or more: a negative one would end every call at once";
            self.findings.push(Finding::error(path::member(&self.at, key), text));
        }
        read
    }

    /// A list of texts; one single value is a list of one, absent is empty.
    pub fn texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let at = path::member(&self.at, key);
        let Kind::List(list) = &node.kind else {
            let read = convert::text(node);
            if read.is_none() {
                self.refuse(at, node, "a list of texts");
            }
            // An empty environment variable is the default, not a list with an empty text.
            return read.filter(|text| !(text.is_empty() && from_variable(node))).into_iter().collect();
        };
        let mut texts = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            match convert::text(item) {
                Some(text) => texts.push(text),
                None if matches!(item.kind, Kind::Null) => texts.push(String::new()),
                None => self.refuse(path::element(&at, index), item, "a text"),
            }
        }
        texts
    }

    /// A map of texts in the order of the file, equal keys once.
    pub fn text_map(&mut self, key: &'static str) -> Vec<(String, String)> {
        let Some(child) = self.object(key) else { return Vec::new() };
        let mut pairs: Vec<(String, String)> = Vec::new();
        for member in child.members {
            let text = match convert::text(&member.node) {
                Some(text) => text,
                None if matches!(member.node.kind, Kind::Null) => String::new(),
                None => {
                    self.refuse(path::member(&child.at, &member.key), &member.node, "a text");
                    continue;
                }
            };
            match pairs.iter_mut().find(|(k, _)| *k == member.key) {
                Some(pair) => pair.1 = text,
                None => pairs.push((member.key.clone(), text)),
            }
        }
        pairs
    }

    pub fn object(&mut self, key: &'static str) -> Option<Child<'n>> {
        let node = self.get(key)?;
        let at = path::member(&self.at, key);
        match &node.kind {
            Kind::Object(members) => Some(Child { at, members }),
            _ => {
                self.refuse(at, node, "an object");
                None
            }
        }
    }

    /// A list of objects; one single object is a list of one.
    pub fn objects(&mut self, key: &'static str) -> Vec<Child<'n>> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let at = path::member(&self.at, key);
        match &node.kind {
            // Its path has no index, because the text has no list.
            Kind::Object(members) => vec![Child { at, members }],
            Kind::List(list) => {
                let mut children = Vec::with_capacity(list.len());
                for (index, item) in list.iter().enumerate() {
                    let at = path::element(&at, index);
                    match &item.kind {
                        Kind::Object(members) => children.push(Child { at, members }),
                        _ => self.refuse(at, item, "an object"),
                    }
                }
                children
            }
            _ => {
                self.refuse(at, node, "a list of objects");
                Vec::new()
            }
        }
    }

    /// Reports unknown keys and keys that differ in case only. `what` completes "is not a key of".
    pub fn finish(mut self, what: &str, out: &mut Vec<Finding>) {
        for member in self.members {
            let key = member.key.as_str();
            if is_comment(key) {
                continue;
            }
            let at = path::member(&self.at, key);
            if let Some(known) = self.known.iter().find(|known| known.eq_ignore_ascii_case(key)) {
                let counts = crate::config::text::pick(self.members, known).map_or("", |m| m.key.as_str());
                if counts != key {
                    let text = format!("'{key}' and '{counts}' are the same key; '{counts}' counts");
                    self.findings.push(Finding::warning(at, text));
                }
                continue;
            }
            let hint = match self.renamed.iter().find(|(old, _)| old.eq_ignore_ascii_case(key)) {
                Some((_, new)) => format!("; its name is '{new}' since KrakenD 2"),
                None => near::hint(key, self.known.iter().copied()),
            };
            self.findings
                .push(Finding::warning(at, format!("'{key}' is not a key of {what} and is ignored{hint}")));
        }
        out.append(&mut self.findings);
    }
}

fn from_variable(node: &Node) -> bool {
    matches!(node.place, crate::config::text::Place::Variable(_))
}

/// Keys that KrakenD's users write comments in.
#[must_use]
pub fn is_comment(key: &str) -> bool {
    key.starts_with(['@', '$', '_', '#'])
}
