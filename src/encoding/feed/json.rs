//! JSON Feed 1.0 and 1.1; knows no other feed format.

use super::text::person;
use super::{date, Date, Enclosure, Feed, Item, Person};
use crate::json::tree::{self, Object, Value};
use crate::json::DecodeError;

const WRONG: DecodeError = DecodeError("feed: a member of the wrong kind");

/// The feed in `body`, which is one JSON value and nothing else.
///
/// # Errors
/// Broken JSON, or a member that is not of the kind that the format has.
pub(super) fn read(body: &[u8]) -> Result<Feed, DecodeError> {
    let parsed = tree::parse(body)?;
    if !body.get(parsed.used..).unwrap_or_default().trim_ascii().is_empty() {
        return Err(DecodeError("feed: text behind the JSON value"));
    }
    let Value::Object(root) = &parsed.value else { return Err(WRONG) };
    let items = objects(root, "items")?;
    let mut feed = Feed {
        kind: "json",
        title: text(root, "title")?,
        description: text(root, "description")?,
        language: text(root, "language")?,
        image_url: Some(text(root, "icon")?).filter(|url| !url.is_empty()),
        author: author(root)?,
        ..Feed::default()
    };
    if let Some(first) = items.first() {
        feed.updated = text(first, "date_modified")?;
        feed.published = text(first, "date_published")?;
    }
    feed.items = items.into_iter().map(item).collect::<Result<_, _>>()?;
    Ok(feed)
}

fn item(from: &Object) -> Result<Value, DecodeError> {
    let first = |names: &[&str]| -> Result<String, DecodeError> {
        for name in names {
            let text = text(from, name)?;
            if !text.is_empty() {
                return Ok(text);
            }
        }
        Ok(String::new())
    };
    let link = text(from, "url")?;
    let author = author(from)?;
    let mut authors = Vec::new();
    if matches!(from.0.get("authors"), None | Some(Value::Null)) {
        authors.extend(author.clone());
    }
    for author in objects(from, "authors")? {
        authors.push(person(&text(author, "name")?));
    }
    let links = [link.clone(), text(from, "external_url")?];
    let item = Item {
        title: text(from, "title")?,
        description: text(from, "summary")?,
        content: first(&["content_html", "content_text"])?,
        link,
        links: links.into_iter().filter(|link| !link.is_empty()).collect(),
        updated: written(text(from, "date_modified")?),
        published: written(text(from, "date_published")?),
        author,
        authors,
        guid: text(from, "id")?,
        image_url: Some(first(&["image", "banner_image"])?).filter(|url| !url.is_empty()),
        categories: tags(from)?,
        enclosures: objects(from, "attachments")?.into_iter().map(enclosure).collect::<Result<_, _>>()?,
        ..Item::default()
    };
    Ok(item.value())
}

/// A date whose parsed form keeps the offset that it was written with.
fn written(text: String) -> Date {
    Date { parsed: date::parse(&text).and_then(date::Stamp::text), text }
}

fn author(from: &Object) -> Result<Option<Person>, DecodeError> {
    match from.0.get("author") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(author)) => Ok(Some(person(&text(author, "name")?))),
        Some(_) => Err(WRONG),
    }
}

fn enclosure(from: &Object) -> Result<Enclosure, DecodeError> {
    let length = match from.0.get("duration_in_seconds") {
        None | Some(Value::Null) => "0".to_owned(),
        Some(Value::Number(number)) => number.parse::<i64>().map_err(|_| WRONG)?.to_string(),
        Some(_) => return Err(WRONG),
    };
    Ok(Enclosure { url: text(from, "url")?, length, kind: text(from, "mime_type")? })
}

fn tags(from: &Object) -> Result<Vec<String>, DecodeError> {
    let mut tags = Vec::new();
    for tag in list(from, "tags")? {
        match tag {
            Value::String(tag) => tags.push(tag.clone()),
            Value::Null => tags.push(String::new()),
            _ => return Err(WRONG),
        }
    }
    Ok(tags)
}

fn text(from: &Object, name: &str) -> Result<String, DecodeError> {
    match from.0.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(WRONG),
    }
}

fn list<'o>(from: &'o Object, name: &str) -> Result<&'o [Value], DecodeError> {
    match from.0.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(array)) => Ok(&array.0),
        Some(_) => Err(WRONG),
    }
}

fn objects<'o>(from: &'o Object, name: &str) -> Result<Vec<&'o Object>, DecodeError> {
    let object = |value: &'o Value| match value {
        Value::Object(object) => Ok(object),
        _ => Err(WRONG),
    };
    list(from, name)?.iter().map(object).collect()
}
