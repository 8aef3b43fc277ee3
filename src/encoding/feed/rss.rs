//! RSS 0.9x, 1.0 (RDF) and 2.0; knows no other feed format.

use super::extensions::Extensions;
use super::text::{person, plain};
use super::tree::{Element, Tree};
use super::{date, Date, Enclosure, Feed, Item, Person};
use crate::json::tree::Value;

/// The feed of a tree whose root is `rss` or `RDF`.
pub(super) fn read(tree: &Tree<'_>) -> Feed {
    let mut feed = Feed::default();
    let mut outer_items = Vec::new();
    let mut outer_image = None;
    for child in tree.root().children().filter(|child| !child.is_extension()) {
        match &*child.kind() {
            "channel" => feed = channel(tree, child),
            "item" => outer_items.push(item(tree, child)),
            "image" => outer_image = Some(image(child)),
            _ => {}
        }
    }
    feed.kind = "rss";
    feed.items.append(&mut outer_items);
    if outer_image.is_some() {
        feed.image_url = outer_image;
    }
    feed
}

fn channel(tree: &Tree<'_>, channel: Element<'_>) -> Feed {
    let mut feed = Feed::default();
    let mut extensions = Extensions::default();
    let mut categories = Vec::new();
    let (mut editor, mut webmaster) = (String::new(), String::new());
    for child in channel.children() {
        if child.is_extension() {
            extensions.add(child);
            continue;
        }
        let text = || plain(child.inner());
        match &*child.kind() {
            "title" => feed.title = text(),
            "description" => feed.description = text(),
            "language" => feed.language = text(),
            "copyright" => feed.copyright = text(),
            "managingeditor" => editor = text(),
            "webmaster" => webmaster = text(),
            "pubdate" => feed.published = text(),
            "lastbuilddate" => feed.updated = text(),
            "category" => categories.push(text()),
            "image" => feed.image_url = Some(image(child)),
            "item" => feed.items.push(item(tree, child)),
            _ => {}
        }
    }
    let fill = |text: &mut String, name: &str| {
        if text.is_empty() {
            *text = extensions.dublin_core_first(name).unwrap_or_default();
        }
    };
    fill(&mut feed.title, "title");
    fill(&mut feed.language, "language");
    fill(&mut feed.copyright, "rights");
    fill(&mut feed.updated, "date");
    let named = [editor, webmaster].into_iter().find(|text| !text.is_empty());
    feed.author = named.map(|text| person(&text)).or_else(|| foreign_author(&extensions));
    categories.extend(extensions.itunes_keywords());
    categories.extend(extensions.itunes_categories());
    categories.extend(extensions.dublin_core("subject"));
    feed.categories = (!categories.is_empty()).then_some(categories);
    feed.image_url = feed.image_url.or_else(|| extensions.itunes_image());
    feed
}

/// The address of an `image`.
fn image(image: Element<'_>) -> String {
    let url = image.children().filter(|child| child.kind() == "url").last();
    url.map_or_else(String::new, |url| plain(url.inner()))
}

/// The author that Dublin Core or iTunes names.
fn foreign_author(extensions: &Extensions<'_>) -> Option<Person> {
    let names = ["author", "creator"].iter().find_map(|name| extensions.dublin_core_first(name));
    let author = names.or_else(|| Some(extensions.itunes("author")).filter(|author| !author.is_empty()));
    author.map(|author| person(&author))
}

fn item(tree: &Tree<'_>, element: Element<'_>) -> Value {
    let mut item = Item::default();
    let mut extensions = Extensions::default();
    let mut author = String::new();
    for child in element.children() {
        if child.is_extension() {
            extensions.add(child);
            continue;
        }
        let text = || plain(child.inner());
        match &*child.kind() {
            "title" => item.title = text(),
            "description" => item.description = text(),
            "encoded" if child.space().1.eq_ignore_ascii_case("content") => item.content = text(),
            "link" => {
                item.link = Some(text())
                    .filter(|link| !link.is_empty())
                    .unwrap_or_else(|| child.attr("href").to_owned());
                item.links.push(item.link.clone());
            }
            "author" => author = text(),
            "pubdate" => item.published = utc(text()),
            "enclosure" => item.enclosures.push(enclosure(child)),
            "guid" => item.guid = text(),
            "category" => item.categories.push(text()),
            "comments" | "source" | "encoded" => {}
            _ => drop(item.custom.insert(child.name().to_owned(), Value::String(text()))),
        }
    }
    complete(&mut item, &author, &extensions);
    item.extensions = extensions.value(tree);
    item.value()
}

/// What extensions say about an item where RSS itself says nothing.
fn complete(item: &mut Item, author: &str, extensions: &Extensions<'_>) {
    let first = |name: &str| extensions.dublin_core_first(name).unwrap_or_default();
    if item.title.is_empty() {
        item.title = first("title");
    }
    if item.description.is_empty() {
        item.description = first("description");
    }
    if item.published.text.is_empty() {
        let text = first("date");
        item.published = Date { parsed: date::parse(&text).and_then(date::Stamp::text), text };
    }
    item.author = if author.is_empty() { foreign_author(extensions) } else { Some(person(author)) };
    item.authors.extend(item.author.clone());
    item.categories.extend(extensions.itunes_keywords());
    item.categories.extend(extensions.dublin_core("subject"));
    item.image_url = extensions.itunes_image();
    item.dublin_core = extensions.dublin_core_value();
    item.itunes = extensions.itunes_item_value();
}

/// A date whose parsed form is in UTC.
pub(super) fn utc(text: String) -> Date {
    Date { parsed: date::parse(&text).and_then(|stamp| stamp.utc().text()), text }
}

fn enclosure(element: Element<'_>) -> Enclosure {
    Enclosure {
        url: element.attr("url").to_owned(),
        length: element.attr("length").to_owned(),
        kind: element.attr("type").to_owned(),
    }
}
