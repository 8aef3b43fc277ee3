//! `proxy.static`: fixed members for an answer, rendered once, and when they go into it; knows no
//! endpoint.

use super::text::write_json_string;
use serde_json::{Map, Value};

/// When the members go into the answer, KrakenD key `strategy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Always; also any unknown name.
    #[default]
    Always,
    /// No backend failed.
    Success,
    /// A backend failed.
    Errored,
    /// No backend failed and all gave whole data.
    Complete,
    /// A backend failed or its data is not whole.
    Incomplete,
}

impl Strategy {
    /// Names that `named` knows.
    pub const NAMES: [&'static str; 5] = ["always", "success", "errored", "complete", "incomplete"];

    /// The strategy of a name; exact case, as in KrakenD.
    #[must_use]
    pub fn named(name: &str) -> Strategy {
        match name {
            "success" => Strategy::Success,
            "errored" => Strategy::Errored,
            "complete" => Strategy::Complete,
            "incomplete" => Strategy::Incomplete,
            _ => Strategy::Always,
        }
    }
}

/// Do members of this strategy go into the answer? `complete`: what the backends gave is whole; an
/// empty object is whole here, though an answer without members is never sent as complete.
#[must_use]
pub fn applies(strategy: Strategy, has_error: bool, complete: bool) -> bool {
    match strategy {
        Strategy::Always => true,
        Strategy::Success => !has_error,
        Strategy::Errored => has_error,
        Strategy::Complete => !has_error && complete,
        Strategy::Incomplete => !complete,
    }
}

/// Compiled members: immutable, shared by all shards.
#[derive(Clone, Debug, Default)]
pub struct StaticData {
    pub strategy: Strategy,
    members: Box<[Member]>,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: Box<str>,
    /// Name, colon and value as JSON text.
    pub(super) json: Box<[u8]>,
}

impl StaticData {
    /// Renders the members of `data`.
    #[must_use]
    pub fn compile(data: &Map<String, Value>, strategy: Strategy) -> StaticData {
        let member = |(key, value): (&String, &Value)| {
            let mut json = Vec::new();
            write_json_string(&mut json, key.as_bytes());
            json.push(b':');
            json.extend_from_slice(value.to_string().as_bytes());
            Member { key: key.as_str().into(), json: json.into() }
        };
        StaticData { strategy, members: data.iter().map(member).collect() }
    }

    /// Do the members go into this answer? See `applies`.
    #[must_use]
    pub fn applies(&self, has_error: bool, complete: bool) -> bool {
        applies(self.strategy, has_error, complete)
    }

    /// Names of the members.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| &*member.key)
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }
}
