//! Atom 0.3 and 1.0 (RFC 4287); knows no other feed format.

use super::extensions::Extensions;
use super::rss::utc;
use super::text::{base64, has_cdata, plain};
use super::tree::{Element, Tree};
use super::{Date, Enclosure, Feed, Item, Person};
use crate::json::tree::Value;

/// The feed of a tree whose root is `feed`.
pub(super) fn read(tree: &Tree<'_>) -> Feed {
    let root = tree.root();
    let mut feed = Feed { kind: "atom", language: root.attr("lang").to_owned(), ..Feed::default() };
    let mut authors = Vec::new();
    let mut categories = Vec::new();
    for child in root.children().filter(|child| !child.is_extension()) {
        match &*child.kind() {
            "title" => feed.title = text(child),
            "subtitle" | "tagline" => feed.description = text(child),
            "updated" | "modified" => feed.updated = text(child),
            "rights" | "copyright" => feed.copyright = text(child),
            "logo" => feed.image_url = Some(text(child)),
            "author" => authors.push(person(child)),
            "category" => categories.push(child.attr("term").to_owned()),
            "entry" => feed.items.push(entry(tree, child)),
            _ => {}
        }
    }
    feed.author = authors.into_iter().next();
    feed.categories = (!categories.is_empty()).then_some(categories);
    feed.image_url = feed.image_url.filter(|url| !url.is_empty());
    feed
}

fn entry(tree: &Tree<'_>, entry: Element<'_>) -> Value {
    let mut item = Item::default();
    let mut extensions = Extensions::default();
    let mut alternate: Option<String> = None;
    for child in entry.children() {
        if child.is_extension() {
            extensions.add(child);
            continue;
        }
        match &*child.kind() {
            "title" => item.title = text(child),
            "id" => item.guid = text(child),
            "summary" => item.description = text(child),
            "content" => item.content = text(child),
            "updated" | "modified" => dated(&mut item.updated, child),
            "published" | "issued" => dated(&mut item.published, child),
            "author" => item.authors.push(person(child)),
            "category" => item.categories.push(child.attr("term").to_owned()),
            "link" => link(&mut item, &mut alternate, child),
            _ => {}
        }
    }
    item.link = alternate.unwrap_or_default();
    item.author = item.authors.first().cloned();
    if item.published.text.is_empty() {
        item.published.text.clone_from(&item.updated.text);
    }
    if item.published.parsed.is_none() {
        item.published.parsed.clone_from(&item.updated.parsed);
    }
    item.extensions = extensions.value(tree);
    item.value()
}

/// A later date replaces the text; the parsed form only if it can be read.
fn dated(date: &mut Date, element: Element<'_>) {
    let read = utc(text(element));
    date.text = read.text;
    date.parsed = read.parsed.or(date.parsed.take());
}

/// A link goes by its relation; none is `alternate` (RFC 4287 section 4.2.7.2).
fn link(item: &mut Item, alternate: &mut Option<String>, link: Element<'_>) {
    let href = || link.attr("href").to_owned();
    match link.attr("rel") {
        "" | "alternate" => {
            alternate.get_or_insert_with(href);
            item.links.push(href());
        }
        "self" => item.links.push(href()),
        "enclosure" => item.enclosures.push(Enclosure {
            url: href(),
            length: link.attr("length").to_owned(),
            kind: link.attr("type").to_owned(),
        }),
        _ => {}
    }
}

fn person(element: Element<'_>) -> Person {
    let mut person = Person::default();
    for child in element.children() {
        match &*child.kind() {
            "name" => person.name = text(child),
            "email" => person.email = text(child),
            _ => {}
        }
    }
    person
}

/// A text construct (RFC 4287 section 3.1): markup of type `xhtml` without the `div` around it,
/// text and HTML with references resolved, anything else as base64 or as it is written.
fn text(element: Element<'_>) -> String {
    let inner = element.inner();
    let kind = element.attr("type").to_ascii_lowercase();
    let untyped = kind.is_empty() && element.attr("mode").is_empty();
    if has_cdata(inner) || untyped || kind == "text" || kind.starts_with("text/") {
        plain(inner)
    } else if kind.contains("xhtml") {
        without_div(element).to_owned()
    } else if kind == "html" {
        plain(without_div(element))
    } else {
        let written = inner.trim();
        base64(written).unwrap_or_else(|| written.to_owned())
    }
}

/// The content of the `div` that is the only child, else the content itself.
fn without_div(element: Element<'_>) -> &str {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (Some(div), None) if div.full_name() == "div" => div.inner(),
        _ => element.inner().trim(),
    }
}
