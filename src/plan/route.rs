//! Routing: method and path to an endpoint, with KrakenD's precedence; knows no endpoint's inside.
//!
//! hot: finding a route allocates nothing; parameters are offsets into the decoded path.
//!
//! One tree over segments serves all methods. A literal beats a parameter, and where the literal
//! leads nowhere for this method the parameter is tried: so each method sees the routes that it
//! would see in a tree of its own. A search visits a node at most once.

use super::path;
use super::pattern::Segment;
use crate::http::head::Method;
use hashbrown::HashMap;
use smallvec::SmallVec;

/// Parameters of a match: start and end in the decoded path, in the order of the endpoint's
/// `params`. Kept by the caller from request to request.
pub type ParamSpans = SmallVec<[(u32, u32); 8]>;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Index into `Plan::endpoints`.
    Endpoint(usize),
    Health,
    /// Under `/__debug/`, any method.
    Debug,
    /// Under `/__echo/`, any method.
    Echo,
    /// `router.auto_options`: 200 with these methods.
    Options(Allow),
    /// 405, unless `Routes::redirect` knows better.
    MethodNotAllowed(Allow),
    /// 404, unless `Routes::redirect` knows better.
    NotFound,
}

impl Match {
    /// Something is served here; no redirect can lead elsewhere.
    #[must_use]
    pub const fn is_known(self) -> bool {
        !matches!(self, Match::NotFound | Match::MethodNotAllowed(_))
    }
}

/// A set of methods; `Routes::allow` has its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allow(u8);

/// Methods in the order of the `Allow` field; the bit of a method is its place.
const METHODS: [Method; 8] = [
    Method::Delete,
    Method::Get,
    Method::Head,
    Method::Options,
    Method::Patch,
    Method::Post,
    Method::Put,
    Method::Query,
];
const GET: usize = 1;
const HEAD: usize = 2;
const OPTIONS_BIT: u8 = 1 << 3;
const _: () = assert!(matches!(
    (METHODS[GET], METHODS[HEAD], METHODS[3]),
    (Method::Get, Method::Head, Method::Options)
));
/// A slot without an endpoint.
const NOTHING: u32 = u32::MAX;
/// The slot of the health endpoint.
const HEALTH: u32 = u32::MAX - 1;

/// Router options that decide what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteOptions {
    pub auto_options: bool,
    /// 405 for a known path with another method, else 404.
    pub method_not_allowed: bool,
    pub redirect_trailing_slash: bool,
    pub redirect_fixed_path: bool,
    /// Paths are read with `EncodedSlash::Keep`.
    pub keep_slashes: bool,
    pub debug: bool,
    pub echo: bool,
}

/// Compiled routes.
#[derive(Debug)]
pub struct Routes {
    /// The first is the root.
    nodes: Vec<Node>,
    options: RouteOptions,
    /// `Allow` texts by set.
    allow: Vec<Box<str>>,
}

#[derive(Debug)]
struct Node {
    literals: HashMap<Box<[u8]>, u32>,
    param: Option<u32>,
    /// Endpoints that end here, by method.
    slots: [u32; METHODS.len()],
    methods: u8,
}

impl Node {
    fn new() -> Node {
        Node { literals: HashMap::new(), param: None, slots: [NOTHING; METHODS.len()], methods: 0 }
        // alloc: none yet
    }
}

/// Place of a method in `METHODS`.
fn slot(method: Method) -> Option<usize> {
    METHODS.iter().position(|m| *m == method)
}

/// 301 for GET, 307 for all others, so that they keep their method and body.
#[must_use]
pub const fn redirect_status(method: Method) -> u16 {
    if matches!(method, Method::Get) {
        301
    } else {
        307
    }
}

impl Default for Routes {
    fn default() -> Routes {
        Routes::new(RouteOptions::default())
    }
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new(options: RouteOptions) -> Routes {
        let text = |set: u8| {
            let names =
                METHODS.iter().enumerate().filter(|(n, _)| set & 1 << n != 0).map(|(_, m)| m.as_str());
            names.collect::<Vec<_>>().join(", ").into_boxed_str()
        };
        let allow = (0..=u8::MAX).map(text).collect();
        Routes { nodes: [Node::new()].into(), options, allow }
    }

    /// Adds an endpoint.
    ///
    /// # Errors
    /// The endpoint that already has this method and a path that matches the same requests;
    /// `None` = the gateway itself, or a method that endpoints cannot have.
    pub fn add(&mut self, method: Method, path: &[Segment], endpoint: usize) -> Result<(), Option<usize>> {
        let index = u32::try_from(endpoint).ok().filter(|i| *i < HEALTH).ok_or(None)?;
        let place = slot(method).ok_or(None)?;
        match self.claim(path, place, index) {
            NOTHING => Ok(()),
            HEALTH => Err(None),
            other => Err(Some(other as usize)),
        }
    }

    /// Adds the health endpoint.
    ///
    /// # Errors
    /// The endpoint that stands there already.
    pub fn add_health(&mut self, path: &[Segment]) -> Result<(), usize> {
        match self.claim(path, GET, HEALTH) {
            NOTHING | HEALTH => Ok(()),
            other => Err(other as usize),
        }
    }

    /// HEAD is answered wherever GET is, by the same endpoint, unless it has an endpoint of its own.
    /// For when all endpoints are there.
    pub fn derive_head(&mut self) {
        for node in &mut self.nodes {
            if node.slots[HEAD] == NOTHING && node.slots[GET] != NOTHING {
                node.slots[HEAD] = node.slots[GET];
                node.methods |= 1 << HEAD;
            }
        }
    }

    /// Puts `index` at its place unless something is there, which is returned.
    fn claim(&mut self, path: &[Segment], place: usize, index: u32) -> u32 {
        let mut at = 0;
        for segment in path {
            at = self.step(at, segment);
        }
        let node = &mut self.nodes[at];
        let there = node.slots[place];
        if there == NOTHING {
            node.slots[place] = index;
            node.methods |= 1 << place;
        }
        there
    }

    /// The child for a segment, made if need be.
    fn step(&mut self, at: usize, segment: &Segment) -> usize {
        let next = self.nodes.len() as u32; // one node per configured segment
        let node = &mut self.nodes[at];
        let child = match segment {
            Segment::Param => *node.param.get_or_insert(next),
            Segment::Literal(text) => *node.literals.entry_ref(&text[..]).or_insert(next),
        };
        if child == next {
            self.nodes.push(Node::new());
        }
        child as usize
    }

    /// Finds what a decoded path leads to; `params` is cleared and filled for an endpoint.
    #[inline]
    pub fn find(&self, method: Method, path: &[u8], params: &mut ParamSpans) -> Match {
        params.clear();
        if self.options.debug && path.starts_with(b"/__debug/") {
            return Match::Debug;
        }
        if self.options.echo && path.starts_with(b"/__echo/") {
            return Match::Echo;
        }
        if path.first() != Some(&b'/') {
            return Match::NotFound;
        }
        let mut search = Search { nodes: &self.nodes, path, slot: slot(method), seen: 0, params };
        match search.walk(0, 1) {
            Some(HEALTH) => Match::Health,
            Some(index) => Match::Endpoint(index as usize),
            None => self.other_method(method, search.seen),
        }
    }

    /// The path is known for the methods `seen`, not for this one.
    fn other_method(&self, method: Method, seen: u8) -> Match {
        if seen == 0 {
            return Match::NotFound;
        }
        if self.options.auto_options && method == Method::Options {
            return Match::Options(Allow(seen));
        }
        if !self.options.method_not_allowed {
            return Match::NotFound;
        }
        let options = if self.options.auto_options { OPTIONS_BIT } else { 0 };
        Match::MethodNotAllowed(Allow(seen | options))
    }

    /// Text of the `Allow` field: sorted, joined with ", ".
    #[must_use]
    pub fn allow(&self, set: Allow) -> &str {
        &self.allow[usize::from(set.0)]
    }

    /// For a path that `find` did not find for this method: the `Location` to which the client is
    /// sent, encoded, with the query; `None` = it stays at 404 or 405. First the twin with or
    /// without a slash at the end, then the cleaned path in the letters of a route. Always a path
    /// of this gateway: one slash in front, never two.
    #[must_use]
    pub fn redirect(&self, method: Method, path: &[u8], query: Option<&[u8]>) -> Option<Vec<u8>> {
        if path == b"/" || path.first() != Some(&b'/') || method == Method::Connect {
            return None;
        }
        let target = self.slash_twin(method, path).or_else(|| self.fixed_path(method, path))?;
        if target == path || target.starts_with(b"//") {
            return None;
        }
        // As Go writes paths.
        const PLAIN: path::Bytes = path::Bytes::unreserved_and(b"$&+,/:;=@");
        let mut location = Vec::with_capacity(target.len() + 16); // alloc: redirects are rare
        for (n, piece) in target.split(|b| self.options.keep_slashes && *b == path::KEPT_SLASH).enumerate() {
            if n > 0 {
                path::push_escape(b'/', &mut location);
            }
            path::encode(piece, &PLAIN, &mut location);
        }
        if let Some(query) = query.filter(|q| !q.is_empty()) {
            location.push(b'?');
            location.extend_from_slice(query);
        }
        Some(location)
    }

    fn slash_twin(&self, method: Method, path: &[u8]) -> Option<Vec<u8>> {
        if !self.options.redirect_trailing_slash {
            return None;
        }
        let twin = twin(path);
        let mut cleaned = twin.clone(); // alloc: redirects are rare
        path::clean(&mut cleaned);
        (cleaned == twin && self.leads_somewhere(method, &twin)).then_some(twin)
    }

    fn fixed_path(&self, method: Method, path: &[u8]) -> Option<Vec<u8>> {
        if !self.options.redirect_fixed_path {
            return None;
        }
        let mut cleaned = path.to_vec(); // alloc: redirects are rare
        path::clean(&mut cleaned);
        let other = twin(&cleaned);
        for candidate in [cleaned, other] {
            if self.leads_somewhere(method, &candidate) {
                return Some(candidate);
            }
            let mut spelled = Vec::with_capacity(candidate.len()); // alloc: redirects are rare
            if self.spell(0, &candidate, 1, method, &mut spelled) {
                return Some(spelled);
            }
        }
        None
    }

    fn leads_somewhere(&self, method: Method, path: &[u8]) -> bool {
        let mut params = ParamSpans::new();
        self.find(method, path, &mut params).is_known()
    }

    /// Writes the path, from the segment at `start` on, in the letters of a route that it equals
    /// but for upper and lower case. False: there is none, and `out` is as before.
    fn spell(&self, node: u32, path: &[u8], start: usize, method: Method, out: &mut Vec<u8>) -> bool {
        let (segment, next) = segment(path, start);
        let node = &self.nodes[node as usize];
        let before = out.len();
        let spelled = node.literals.iter().filter(|(text, _)| equal_but_for_case(text, segment));
        let mut literals: Vec<(&[u8], u32)> = spelled.map(|(text, child)| (&text[..], *child)).collect();
        literals.sort_unstable(); // the same one each time
        let param = node.param.filter(|_| !segment.is_empty()).map(|child| (segment, child));
        for (text, child) in literals.into_iter().chain(param) {
            out.push(b'/');
            out.extend_from_slice(text);
            let fits = match next {
                Some(next) => self.spell(child, path, next, method, out),
                None => self.ends_here(child, method),
            };
            if fits {
                return true;
            }
            out.truncate(before);
        }
        false
    }

    fn ends_here(&self, node: u32, method: Method) -> bool {
        let node = &self.nodes[node as usize];
        let options = self.options.auto_options && method == Method::Options;
        (options && node.methods != 0) || slot(method).is_some_and(|s| node.slots[s] != NOTHING)
    }
}

/// The segment at `start`, and where the next one starts.
fn segment(path: &[u8], start: usize) -> (&[u8], Option<usize>) {
    match memchr::memchr(b'/', &path[start..]) {
        Some(length) => (&path[start..start + length], Some(start + length + 1)),
        None => (&path[start..], None),
    }
}

struct Search<'a> {
    nodes: &'a [Node],
    path: &'a [u8],
    slot: Option<usize>,
    /// Methods of all routes that match the path.
    seen: u8,
    params: &'a mut ParamSpans,
}

impl Search<'_> {
    fn walk(&mut self, node: u32, start: usize) -> Option<u32> {
        let nodes = self.nodes;
        let (text, next) = segment(self.path, start);
        let node = &nodes[node as usize];
        if let Some(child) = node.literals.get(text) {
            if let Some(index) = self.enter(*child, next) {
                return Some(index);
            }
        }
        let child = node.param.filter(|_| !text.is_empty())?;
        let before = self.params.len();
        // Paths are shorter than a request head, whose spans are u32, too.
        self.params.push((start as u32, (start + text.len()) as u32));
        let found = self.enter(child, next);
        if found.is_none() {
            self.params.truncate(before);
        }
        found
    }

    fn enter(&mut self, child: u32, next: Option<usize>) -> Option<u32> {
        if let Some(next) = next {
            return self.walk(child, next);
        }
        let node = &self.nodes[child as usize];
        self.seen |= node.methods;
        self.slot.map(|s| node.slots[s]).filter(|index| *index != NOTHING)
    }
}

/// The path with its last slash taken off, or one put on.
fn twin(path: &[u8]) -> Vec<u8> {
    let mut twin = path.to_vec(); // alloc: redirects are rare
    if path.len() > 1 && path.last() == Some(&b'/') {
        twin.pop();
    } else {
        twin.push(b'/');
    }
    twin
}

fn equal_but_for_case(one: &[u8], two: &[u8]) -> bool {
    if one.eq_ignore_ascii_case(two) {
        return true;
    }
    match (std::str::from_utf8(one), std::str::from_utf8(two)) {
        (Ok(one), Ok(two)) if !one.is_ascii() => {
            one.chars().flat_map(char::to_lowercase).eq(two.chars().flat_map(char::to_lowercase))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
