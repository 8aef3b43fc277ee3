//! `rss`: RSS, Atom and JSON Feed as one kind of object; knows no other encoding.
//!
//! The members and their names are those of the peer, whose parser of feeds keeps dates as they
//! are written beside their parsed form. That rules out the feed crates, which keep parsed dates
//! only and make up what is missing; so the XML scanner of this crate is read into a small tree.

mod atom;
mod date;
mod extensions;
mod json;
mod rss;
mod text;
mod tree;

use super::xml::to_utf8;
use crate::json::tree::{Array, Object, Value};
use crate::json::DecodeError;
use std::collections::BTreeMap;

/// A feed, whatever its format.
#[derive(Default)]
struct Feed {
    kind: &'static str,
    title: String,
    description: String,
    language: String,
    copyright: String,
    published: String,
    updated: String,
    author: Option<Person>,
    /// None: the feed has none, which shows as `null`.
    categories: Option<Vec<String>>,
    image_url: Option<String>,
    items: Vec<Value>,
}

/// An item; what is empty is left out of its object.
#[derive(Default)]
struct Item {
    title: String,
    description: String,
    content: String,
    link: String,
    links: Vec<String>,
    updated: Date,
    published: Date,
    author: Option<Person>,
    authors: Vec<Person>,
    guid: String,
    image_url: Option<String>,
    categories: Vec<String>,
    enclosures: Vec<Enclosure>,
    dublin_core: Option<Value>,
    itunes: Option<Value>,
    extensions: Option<Value>,
    custom: BTreeMap<String, Value>,
}

/// A date as it is written and, if it could be read, as RFC 3339 has it.
#[derive(Clone, Default)]
struct Date {
    text: String,
    parsed: Option<String>,
}

#[derive(Clone, Default)]
struct Person {
    name: String,
    email: String,
}

struct Enclosure {
    url: String,
    length: String,
    kind: String,
}

/// Appends the feed in `body` as an object.
pub(super) fn decode(body: &[u8], out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let lead = |b: &u8| matches!(b, b' ' | b'\r' | b'\n' | b'\t' | 0xEF | 0xBB | 0xBF);
    let start = body.iter().take_while(|b| lead(b)).count();
    let feed = match body.get(start) {
        Some(b'<') => {
            let text = to_utf8(body)?;
            let tree = tree::parse(&text)?;
            match tree.root_name().to_ascii_lowercase().as_str() {
                "rss" | "rdf" => rss::read(&tree),
                "feed" => atom::read(&tree),
                _ => return Err(DecodeError("feed: the root is none of rss, RDF, feed")),
            }
        }
        Some(b'{') => json::read(body.get(start..).unwrap_or_default())?,
        _ => return Err(DecodeError("feed: neither XML nor a JSON object")),
    };
    feed.value().write(out);
    Ok(())
}

impl Feed {
    fn value(self) -> Value {
        let mut members = Members::default();
        members.put("items", Value::Array(Array(self.items)));
        members.put("author", self.author.map_or(Value::Null, Person::value));
        members.put("categories", self.categories.map_or(Value::Null, strings));
        members.put("custom", Value::Null);
        members.put("type", Value::String(self.kind.to_owned()));
        for (name, text) in [
            ("copyright", self.copyright),
            ("description", self.description),
            ("language", self.language),
            ("title", self.title),
            ("published", self.published),
            ("updated", self.updated),
        ] {
            members.put(name, Value::String(text));
        }
        if let Some(url) = self.image_url {
            members.put("img_url", Value::String(url));
        }
        members.value()
    }
}

impl Item {
    fn value(self) -> Value {
        let mut members = Members::default();
        members.text("title", self.title);
        members.text("description", self.description);
        members.text("content", self.content);
        members.text("link", self.link);
        members.list("links", self.links.into_iter().map(Value::String));
        members.text("updated", self.updated.text);
        members.text("updatedParsed", self.updated.parsed.unwrap_or_default());
        members.text("published", self.published.text);
        members.text("publishedParsed", self.published.parsed.unwrap_or_default());
        members.some("author", self.author.map(Person::value));
        members.list("authors", self.authors.into_iter().map(Person::value));
        members.text("guid", self.guid);
        members.some(
            "image",
            self.image_url.map(|url| {
                let mut image = Members::default();
                image.text("url", url);
                image.value()
            }),
        );
        members.list("categories", self.categories.into_iter().map(Value::String));
        members.list("enclosures", self.enclosures.into_iter().map(Enclosure::value));
        members.some("dcExt", self.dublin_core);
        members.some("itunesExt", self.itunes);
        members.some("extensions", self.extensions);
        if !self.custom.is_empty() {
            members.put("custom", Value::Object(Object(self.custom)));
        }
        members.value()
    }
}

impl Person {
    fn value(self) -> Value {
        let mut members = Members::default();
        members.text("name", self.name);
        members.text("email", self.email);
        members.value()
    }
}

impl Enclosure {
    fn value(self) -> Value {
        let mut members = Members::default();
        members.text("url", self.url);
        members.text("length", self.length);
        members.text("type", self.kind);
        members.value()
    }
}

/// An object in the making; what is empty is left out unless it is `put`.
#[derive(Default)]
struct Members(BTreeMap<String, Value>);

impl Members {
    fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    fn some(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn text(&mut self, name: &str, text: String) {
        if !text.is_empty() {
            self.put(name, Value::String(text));
        }
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = Value>) {
        let items: Vec<_> = items.collect();
        if !items.is_empty() {
            self.put(name, Value::Array(Array(items)));
        }
    }

    fn value(self) -> Value {
        Value::Object(Object(self.0))
    }
}

fn strings(texts: Vec<String>) -> Value {
    Value::Array(Array(texts.into_iter().map(Value::String).collect()))
}
