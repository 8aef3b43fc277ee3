//! The element tree of a feed, flat and in document order, with namespaces resolved; knows no
//! feed format.

use crate::encoding::xml::names::split;
use crate::encoding::xml::scan::{Attr, Rules, Scanner, Token};
use crate::json::DecodeError;
use crate::limits::{FEED_NAMESPACES, FEED_PREFIX_BYTES};

/// A declaration `xmlns:prefix="uri"`; the default namespace has an empty prefix.
struct Declaration {
    prefix: String,
    uri: String,
}

/// The namespace of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    None,
    /// Index of the innermost declaration of its URI: what the feed calls it here.
    Declared(usize),
    /// The prefix of the name was never declared.
    Undeclared,
}

struct Node {
    /// As written, prefix included.
    name: String,
    space: Space,
    attrs: Vec<Attr>,
    /// Direct text, all runs of it.
    text: String,
    /// The content as it is written: offsets into the source.
    inner: (usize, usize),
    /// Index of the first node that is not inside of this one.
    end: usize,
}

pub(super) struct Tree<'a> {
    source: &'a str,
    nodes: Vec<Node>,
    declarations: Vec<Declaration>,
}

/// Reads the root element of `source`.
///
/// # Errors
/// Text that is not well-formed, or a limit reached.
pub(super) fn parse(source: &str) -> Result<Tree<'_>, DecodeError> {
    let mut scanner = Scanner::new(source, Rules::Lenient);
    let mut tree = Tree { source, nodes: Vec::new(), declarations: Vec::new() };
    let mut open: Vec<usize> = Vec::new();
    // Indexes of the declarations in force, and how many of them each open element found.
    let mut scope: Vec<usize> = Vec::new();
    let mut before: Vec<usize> = Vec::new();
    loop {
        match scanner.next()? {
            Token::Start { name, attrs, at } => {
                before.push(scope.len());
                tree.declare(&attrs, &mut scope)?;
                let space = tree.space(&name, &scope);
                open.push(tree.nodes.len());
                tree.nodes.push(Node { name, space, attrs, text: String::new(), inner: (at, at), end: 0 });
            }
            Token::Text(text) => {
                if let Some(node) = open.last().and_then(|i| tree.nodes.get_mut(*i)) {
                    node.text.push_str(&text);
                }
            }
            Token::End { at } => {
                scope.truncate(before.pop().unwrap_or_default());
                let end = tree.nodes.len();
                if let Some(node) = open.pop().and_then(|i| tree.nodes.get_mut(i)) {
                    node.inner.1 = at;
                    node.end = end;
                }
                if open.is_empty() {
                    return Ok(tree);
                }
            }
            Token::Eof => return Err(DecodeError("feed: no element")),
        }
    }
}

impl<'a> Tree<'a> {
    fn declare(&mut self, attrs: &[Attr], scope: &mut Vec<usize>) -> Result<(), DecodeError> {
        for attr in attrs {
            let prefix = match split(&attr.name) {
                Some(("xmlns", prefix)) => prefix,
                Some(("", "xmlns")) => "",
                _ => continue,
            };
            if scope.len() >= FEED_NAMESPACES {
                return Err(DecodeError("feed: too many namespaces"));
            }
            if prefix.len() > FEED_PREFIX_BYTES {
                return Err(DecodeError("feed: a namespace prefix is too long"));
            }
            scope.push(self.declarations.len());
            let (prefix, uri) = (prefix.to_owned(), attr.value.trim().to_owned());
            self.declarations.push(Declaration { prefix, uri });
        }
        Ok(())
    }

    fn space(&self, name: &str, scope: &[usize]) -> Space {
        let prefix = split(name).map_or("", |(prefix, _)| prefix);
        let innermost = |is: &dyn Fn(&Declaration) -> bool| {
            scope.iter().rev().copied().find(|i| self.declarations.get(*i).is_some_and(is))
        };
        match innermost(&|declared| declared.prefix == prefix).and_then(|i| self.declarations.get(i)) {
            Some(declared) if declared.uri.is_empty() => Space::None,
            Some(declared) => {
                innermost(&|other| other.uri == declared.uri).map_or(Space::None, Space::Declared)
            }
            None if prefix.is_empty() => Space::None,
            None => Space::Undeclared,
        }
    }

    pub(super) fn root_name(&self) -> &str {
        self.nodes.first().map_or("", |node| local(&node.name))
    }

    pub(super) fn root(&self) -> Element<'_> {
        Element { tree: self, index: 0 }
    }

    pub(super) fn element(&self, index: usize) -> Element<'_> {
        Element { tree: self, index }
    }
}

fn local(name: &str) -> &str {
    split(name).map_or(name, |(_, local)| local)
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub(super) struct Element<'t> {
    tree: &'t Tree<'t>,
    pub(super) index: usize,
}

impl<'t> Element<'t> {
    fn node(self) -> Option<&'t Node> {
        self.tree.nodes.get(self.index)
    }

    /// The local name as written.
    pub(super) fn name(self) -> &'t str {
        self.node().map_or("", |node| local(&node.name))
    }

    /// The name with its prefix.
    pub(super) fn full_name(self) -> &'t str {
        self.node().map_or("", |node| &node.name)
    }

    /// The local name in lower case, which is what feeds go by.
    pub(super) fn kind(self) -> String {
        self.name().to_ascii_lowercase()
    }

    /// Index behind the last node inside of this one.
    pub(super) fn end(self) -> usize {
        self.node().map_or(self.index, |node| node.end)
    }

    pub(super) fn children(self) -> impl Iterator<Item = Element<'t>> {
        let (tree, end) = (self.tree, self.end());
        let first = Some(self.index + 1).filter(|first| *first < end);
        std::iter::successors(first.map(|index| Element { tree, index }), move |child| {
            let index = child.end().max(child.index + 1);
            (index < end).then_some(Element { tree, index })
        })
    }

    /// The value of the attribute with that local name, empty without it.
    pub(super) fn attr(self, name: &str) -> &'t str {
        self.attrs().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Local names and values of the attributes.
    pub(super) fn attrs(self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.node().into_iter().flat_map(|node| &node.attrs).map(|attr| (local(&attr.name), &*attr.value))
    }

    /// Direct text, references resolved.
    pub(super) fn text(self) -> &'t str {
        self.node().map_or("", |node| &node.text)
    }

    /// The content as it is written.
    pub(super) fn inner(self) -> &'t str {
        let span = self.node().map_or((0, 0), |node| node.inner);
        self.tree.source.get(span.0..span.1).unwrap_or_default()
    }

    /// URI of the namespace and the feed's prefix for it; an undeclared prefix counts as both.
    pub(super) fn space(self) -> (&'t str, &'t str) {
        let Some(node) = self.node() else { return ("", "") };
        match node.space {
            Space::None => ("", ""),
            Space::Declared(i) => {
                self.tree.declarations.get(i).map_or(("", ""), |declared| (&*declared.uri, &*declared.prefix))
            }
            Space::Undeclared => {
                let prefix = split(&node.name).map_or("", |(prefix, _)| prefix);
                (prefix, prefix)
            }
        }
    }

    /// Whether the element belongs to no feed format but to an extension.
    pub(super) fn is_extension(self) -> bool {
        let declared = self.node().is_some_and(|node| node.space != Space::Undeclared);
        let prefix = self.space().1;
        !(prefix.is_empty()
            || declared && ["rss", "rdf", "content"].iter().any(|p| prefix.eq_ignore_ascii_case(p)))
    }
}
