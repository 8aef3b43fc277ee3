//! A configuration text as a tree of values with their places, whatever its format; strict JSON
//! is read here. Knows nothing of which keys mean what.

use crate::config::path;
use serde_json::{Map, Value};

mod json;
pub use json::{parse_json, SyntaxFault};

/// Where a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Byte offset into the text of the file.
    Byte(u32),
    /// The environment variable of this index (`Source::variables`).
    Variable(u32),
}

/// A value with the place of its first byte.
#[derive(Clone, Debug)]
pub struct Node {
    pub place: Place,
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    /// The text of the number.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// A member of an object. Equal keys all stay, in the order of the text; the last one counts.
#[derive(Clone, Debug)]
pub struct Member {
    pub key: String,
    /// Place of the key.
    pub place: Place,
    pub node: Node,
}

impl Node {
    /// The kind of the value and, where short, its text: `text "abc"`, `number 7`, `an object`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Null => "null".to_string(),
            Kind::Bool(b) => b.to_string(),
            Kind::Number(n) => format!("number {}", cut(n)),
            Kind::Text(t) => format!("text {}", Value::from(cut(t))),
            Kind::List(_) => "a list".to_string(),
            Kind::Object(_) => "an object".to_string(),
        }
    }

    /// The value without places, number texts kept, the last of equal keys.
    #[must_use]
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Number(n) => n.parse::<serde_json::Number>().map_or(Value::Null, Value::Number),
            Kind::Text(t) => Value::String(t.clone()),
            Kind::List(list) => Value::Array(list.iter().map(Node::value).collect()),
            Kind::Object(members) => {
                let pairs = members.iter().map(|m| (m.key.clone(), m.node.value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// Follows a path as far as it goes. Keys match exactly first, then in any case.
    #[must_use]
    pub fn find(&self, at: &str) -> &Node {
        let mut node = self;
        for step in path::steps(at) {
            let next = match (&node.kind, &step) {
                (Kind::Object(members), path::Step::Key(key)) => pick(members, key).map(|m| &m.node),
                (Kind::List(list), path::Step::Index(index)) => list.get(*index),
                _ => None,
            };
            match next {
                Some(found) => node = found,
                None => break,
            }
        }
        node
    }
}

/// The member that counts for a key: the last exact one, else the last one in any case.
#[must_use]
pub fn pick<'a>(members: &'a [Member], key: &str) -> Option<&'a Member> {
    let mut last = members.iter().rev();
    last.clone().find(|m| m.key == key).or_else(|| last.find(|m| m.key.eq_ignore_ascii_case(key)))
}

/// The start of a long text.
#[must_use]
pub fn cut(text: &str) -> String {
    const CHARS: usize = 60;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}
