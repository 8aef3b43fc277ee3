//! Elements of foreign namespaces in feeds: as they are, and those of iTunes and Dublin Core under
//! names of their own; knows no feed format.

use super::tree::{Element, Tree};
use super::{strings, Members};
use crate::json::tree::{Array, Object, Value};
use std::collections::BTreeMap;

/// Prefixes that stand for a namespace whatever the feed calls it.
const CANONICAL: &[(&str, &str)] = &[
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/dc/terms/", "dcterms"),
    ("http://www.itunes.com/DTDs/PodCast-1.0.dtd", "itunes"),
    ("http://example.com/DTDs/PodCast-1.0.dtd", "itunes"),
    ("http://search.yahoo.com/mrss", "media"),
    ("http://search.yahoo.com/mrss/", "media"),
    ("http://purl.org/rss/1.0/modules/content/", "content"),
    ("http://purl.org/rss/1.0/modules/syndication/", "sy"),
    ("http://purl.org/rss/1.0/modules/slash/", "slash"),
    ("http://purl.org/rss/1.0/modules/threading/", "thr"),
    ("http://purl.org/rss/1.0/modules/taxonomy/", "taxo"),
    ("http://purl.org/rss/1.0/modules/image/", "image"),
    ("http://purl.org/rss/1.0/modules/link/", "l"),
    ("http://purl.org/rss/1.0/modules/event/", "ev"),
    ("http://purl.org/rss/1.0/modules/email/", "email"),
    ("http://purl.org/rss/1.0/modules/search/", "search"),
    ("http://purl.org/rss/1.0/modules/aggregation/", "ag"),
    ("http://purl.org/rss/1.0/modules/annotate/", "annotate"),
    ("http://purl.org/rss/1.0/modules/company", "co"),
    ("http://purl.org/rss/1.0/modules/reference/", "ref"),
    ("http://purl.org/rss/1.0/modules/richequiv/", "reqv"),
    ("http://purl.org/rss/1.0/modules/servicestatus/", "ss"),
    ("http://purl.org/rss/1.0/modules/subscription/", "sub"),
    ("http://purl.org/rss/1.0/modules/textinput/", "ti"),
    ("http://purl.org/rss/1.0/modules/wiki/", "wiki"),
    ("http://wellformedweb.org/commentAPI/", "wfw"),
    ("http://webns.net/mvcb/", "admin"),
    ("http://web.resource.org/cc/", "cc"),
    ("http://creativecommons.org/ns#license", "cc"),
    ("http://backend.userland.com/creativeCommonsRssModule", "creativeCommons"),
    ("http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html", "creativeCommons"),
    ("http://backend.userland.com/blogChannelModule", "blogChannel"),
    ("http://rssnamespace.org/feedburner/ext/1.0", "feedburner"),
    ("http://madskills.com/public/xml/rss/module/trackback/", "trackback"),
    ("http://madskills.com/public/xml/rss/module/pingback/", "pingback"),
    ("http://www.georss.org/georss", "georss"),
    ("http://www.opengis.net/gml", "gml"),
    ("http://www.w3.org/2003/01/geo/wgs84_pos#", "geo"),
    ("http://xmlns.com/foaf/0.1/", "foaf"),
    ("http://prismstandard.org/namespaces/1.2/basic/", "prism"),
    ("http://podlove.org/simple-chapters", "psc"),
    ("http://schemas.xmlsoap.org/soap/envelope/", "soap"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/2000/01/rdf-schema#", "rdfs"),
    ("http://www.w3.org/1999/xhtml", "xhtml"),
    ("http://www.w3.org/1999/xlink", "xlink"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
];

const DUBLIN_CORE: [&str; 16] = [
    "title",
    "creator",
    "author",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
];

const ITUNES_ITEM: [&str; 12] = [
    "author",
    "block",
    "duration",
    "explicit",
    "keywords",
    "subtitle",
    "summary",
    "isClosedCaptioned",
    "episode",
    "season",
    "order",
    "episodeType",
];

/// The extension elements of a feed or an item: prefix, then name, then the elements.
#[derive(Default)]
pub(super) struct Extensions<'t>(BTreeMap<String, BTreeMap<String, Vec<Element<'t>>>>);

impl<'t> Extensions<'t> {
    pub(super) fn add(&mut self, element: Element<'t>) {
        let (uri, prefix) = element.space();
        let canonical = CANONICAL.iter().find(|(known, _)| *known == uri).map(|(_, prefix)| *prefix);
        let prefix = canonical.map_or_else(|| prefix.to_ascii_lowercase(), str::to_owned);
        let elements = self.0.entry(prefix).or_default().entry(element.name().to_owned()).or_default();
        elements.push(element);
    }

    fn all(&self, prefix: &str, name: &str) -> &[Element<'t>] {
        self.0.get(prefix).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// Texts of the elements `name` of Dublin Core.
    pub(super) fn dublin_core(&self, name: &str) -> impl Iterator<Item = String> + '_ {
        self.all("dc", name).iter().map(|element| value(*element))
    }

    /// The first of them, empty without one.
    pub(super) fn dublin_core_first(&self, name: &str) -> Option<String> {
        self.dublin_core(name).next()
    }

    /// Text of the first iTunes element `name`, empty without one.
    pub(super) fn itunes(&self, name: &str) -> String {
        self.all("itunes", name).first().map_or_else(String::new, |element| value(*element))
    }

    /// The address of the iTunes image, if there is one.
    pub(super) fn itunes_image(&self) -> Option<String> {
        let image = self.all("itunes", "image").first()?.attr("href");
        (!image.is_empty()).then(|| image.to_owned())
    }

    /// iTunes categories, each followed by its first subcategory.
    pub(super) fn itunes_categories(&self) -> Vec<String> {
        let mut categories = Vec::new();
        for category in self.all("itunes", "category") {
            categories.push(category.attr("text").to_owned());
            let sub = category.children().find(|child| child.name() == "category");
            categories.extend(sub.map(|sub| sub.attr("text").to_owned()));
        }
        categories
    }

    /// iTunes keywords, as they stand between the commas.
    pub(super) fn itunes_keywords(&self) -> Vec<String> {
        let keywords = self.itunes("keywords");
        let list = Some(keywords).filter(|keywords| !keywords.is_empty());
        list.map_or_else(Vec::new, |keywords| keywords.split(',').map(str::to_owned).collect())
    }

    /// `dcExt` of an item.
    pub(super) fn dublin_core_value(&self) -> Option<Value> {
        let names = self.0.get("dc")?;
        let mut members = Members::default();
        for name in DUBLIN_CORE.iter().filter(|name| names.contains_key(**name)) {
            members.put(name, strings(self.dublin_core(name).collect()));
        }
        Some(members.value())
    }

    /// `itunesExt` of an item.
    pub(super) fn itunes_item_value(&self) -> Option<Value> {
        self.0.get("itunes")?;
        let mut members = Members::default();
        for name in ITUNES_ITEM {
            members.text(name, self.itunes(name));
        }
        members.text("image", self.itunes_image().unwrap_or_default());
        Some(members.value())
    }

    /// `extensions` of an item.
    pub(super) fn value(&self, tree: &Tree<'_>) -> Option<Value> {
        let all = |names: &BTreeMap<String, Vec<Element<'_>>>| {
            let values = |elements: &[Element<'_>]| {
                Value::Array(Array(elements.iter().map(|element| whole(tree, *element)).collect()))
            };
            let names = names.iter().map(|(name, elements)| (name.to_owned(), values(elements)));
            Value::Object(Object(names.collect()))
        };
        let prefixes = self.0.iter().map(|(prefix, names)| (prefix.to_owned(), all(names)));
        (!self.0.is_empty()).then(|| Value::Object(Object(prefixes.collect())))
    }
}

fn value(element: Element<'_>) -> String {
    element.text().trim().to_owned()
}

/// An element with all that is in it: the nodes are in document order, so that walking back from
/// the last finds the children of each node done.
fn whole(tree: &Tree<'_>, top: Element<'_>) -> Value {
    let mut done: Vec<Option<Value>> = Vec::new();
    done.resize_with(top.end().saturating_sub(top.index).max(1), || None);
    for index in (top.index..top.index + done.len()).rev() {
        let element = tree.element(index);
        let mut children: BTreeMap<String, Value> = BTreeMap::new();
        for child in element.children() {
            let Some(value) = done.get_mut(child.index - top.index).and_then(Option::take) else { continue };
            let list =
                children.entry(child.name().to_owned()).or_insert_with(|| Value::Array(Array::default()));
            if let Value::Array(list) = list {
                list.0.push(value);
            }
        }
        let attrs = element.attrs().map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())));
        let mut members = Members::default();
        members.put("name", Value::String(element.name().to_owned()));
        members.put("value", Value::String(value(element)));
        members.put("attrs", Value::Object(Object(attrs.collect())));
        members.put("children", Value::Object(Object(children)));
        if let Some(slot) = done.get_mut(index - top.index) {
            *slot = Some(members.value());
        }
    }
    done.first_mut().and_then(Option::take).unwrap_or(Value::Null)
}
