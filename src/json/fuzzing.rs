//! The span writer against the value tree, and `flatmap_filter` against its plain twin, on
//! documents and shapes made from bytes; what the fuzz targets and their stable replay call.
//! Panics where the two differ.

use super::flatmap::apply_to_text;
use super::oracle;
use super::repair::Repaired;
use super::tree::{self, Object, Value};
use super::{Flatmap, Merger, Shape, ShapeSpec};
use crate::limits::JSON_DEPTH;

/// `ShapeSpec` that owns its parts.
#[derive(Clone, Debug, Default)]
pub struct OwnedSpec {
    pub target: String,
    pub allow: Vec<String>,
    pub deny: Vec<String>,
    pub mapping: Vec<(String, String)>,
    pub group: String,
    pub is_collection: bool,
    /// Operations of a `flatmap_filter`; none when empty.
    pub ops: Vec<(String, Vec<String>)>,
    pub flatmap: Option<Flatmap>,
}

impl OwnedSpec {
    /// Compiles `ops`.
    pub fn compile_ops(&mut self) {
        self.flatmap = compile(&self.ops);
    }

    /// The borrowed form.
    #[must_use]
    pub fn spec(&self) -> ShapeSpec<'_> {
        ShapeSpec {
            target: &self.target,
            allow: &self.allow,
            deny: &self.deny,
            mapping: &self.mapping,
            group: &self.group,
            is_collection: self.is_collection,
            flatmap: self.flatmap.as_ref(),
        }
    }
}

/// Names that paths are made of; bodies that hold them make shapes meet something.
pub const NAMES: [&str; 8] = ["a", "b", "c", "é", "", "collection", "a\"", "\u{FFFD}"];

/// What paths of a `flatmap_filter` are made of.
pub const LABELS: [&str; 8] = ["*", "a", "b", "c", "0", "1", "2", ""];

/// Longest document that the plain twin, which recurses, is asked about.
const TWIN_BYTES: usize = 1024;

/// Input: operations (a count; for each its type, a count of paths, paths), then a JSON text.
///
/// # Panics
/// When the flatmap and its plain twin disagree.
pub fn flatmap(data: &[u8]) {
    let mut source = Source(data);
    let ops = source.ops();
    check_flatmap(&ops, source.0);
}

/// Runs `ops` on `body` both ways and compares.
///
/// # Panics
/// When the two disagree.
pub fn check_flatmap(ops: &[(String, Vec<String>)], body: &[u8]) {
    let Some(flatmap) = compile(ops) else { return };
    let mut out = b"before".to_vec();
    out.extend_from_slice(body);
    let Ok(parsed) = tree::parse(body) else {
        if let Ok(rewritten) = apply_to_text(&flatmap, &mut out, "before".len()) {
            // Only the bound of nesting is another one.
            assert!(tree::parse_within(body, 2 * JSON_DEPTH).is_ok(), "taken though no JSON: {rewritten:?}");
            return;
        }
        assert_eq!(&out["before".len()..], body, "a refused text was changed");
        return;
    };
    let rewritten = match apply_to_text(&flatmap, &mut out, "before".len()) {
        Ok(rewritten) => rewritten,
        Err(error) => panic!("{error}"),
    };
    let text = &out["before".len()..];
    assert_eq!(rewritten.null, text == b"null");
    assert_eq!(rewritten.members == 0, !text.starts_with(b"{") || text == b"{}");
    if body.len() <= TWIN_BYTES {
        let mut twin = Vec::new();
        oracle::flatmap::apply(ops, parsed.value).write(&mut twin);
        assert_eq!(String::from_utf8_lossy(text), String::from_utf8_lossy(&twin), "flatmap, twin");
    }
}

fn compile(ops: &[(String, Vec<String>)]) -> Option<Flatmap> {
    Flatmap::compile(ops.iter().map(|(kind, args)| (kind.as_str(), &args[..]))).0
}

/// Input: one byte of flags (documents - 1, disjoint), then for each document a byte that says
/// which parts its shape has, the parts, two bytes of body length, the body.
///
/// # Panics
/// When the span writer and the value tree disagree.
pub fn json_merge(data: &[u8]) {
    let mut source = Source(data);
    let flags = source.byte();
    let documents: Vec<_> = (0..=flags & 3)
        .map(|_| {
            let spec = source.spec();
            let len = usize::from(source.byte()) | usize::from(source.byte()) << 8;
            (source.bytes(len).to_vec(), spec)
        })
        .collect();
    check(&documents, flags & 4 != 0);
}

/// Bytes that run out into zeros.
struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(len.min(self.0.len()));
        self.0 = tail;
        head
    }

    fn spec(&mut self) -> OwnedSpec {
        let parts = self.byte();
        let mut spec = OwnedSpec { is_collection: parts & 1 != 0, ..OwnedSpec::default() };
        if parts & 2 != 0 {
            spec.allow = self.paths();
        }
        if parts & 4 != 0 {
            spec.deny = self.paths();
        }
        if parts & 8 != 0 {
            let from = self.paths();
            spec.mapping = from.into_iter().map(|from| (from, self.path())).collect();
        }
        if parts & 16 != 0 {
            spec.group = self.name().to_owned();
        }
        if parts & 32 != 0 {
            spec.target = self.path();
        }
        if parts & 64 != 0 {
            spec.ops = self.ops();
            spec.compile_ops();
        }
        spec
    }

    fn ops(&mut self) -> Vec<(String, Vec<String>)> {
        let kinds = ["move", "move", "del", "append", "bogus"];
        let count = self.byte() % 6;
        (0..count)
            .map(|_| {
                let kind = kinds[usize::from(self.byte()) % kinds.len()];
                let args = (0..self.byte() % 4).map(|_| self.pattern()).collect();
                (kind.to_owned(), args)
            })
            .collect()
    }

    fn pattern(&mut self) -> String {
        let names: Vec<_> =
            (0..=self.byte() % 5).map(|_| LABELS[usize::from(self.byte()) % LABELS.len()]).collect();
        names.join(".")
    }

    fn paths(&mut self) -> Vec<String> {
        (0..=self.byte() % 4).map(|_| self.path()).collect()
    }

    fn path(&mut self) -> String {
        let names: Vec<_> = (0..=self.byte() % 3).map(|_| self.name()).collect();
        names.join(".")
    }

    fn name(&mut self) -> &'static str {
        NAMES[usize::from(self.byte()) % NAMES.len()]
    }
}

/// Merges `documents` both ways and compares.
///
/// # Panics
/// When the two disagree, or what goes out is not one valid JSON object.
pub fn check(documents: &[(Vec<u8>, OwnedSpec)], disjoint: bool) {
    let mut merger = Merger::new();
    let first = merge_and_compare(&mut merger, documents, disjoint);
    let again = merge_and_compare(&mut merger, documents, disjoint);
    assert_eq!(first, again, "a used merger writes something else than a new one");
}

fn merge_and_compare(merger: &mut Merger, documents: &[(Vec<u8>, OwnedSpec)], disjoint: bool) -> Vec<u8> {
    let mut out = b"before".to_vec();
    let mut merged = Object::default();
    merger.begin(&mut out, disjoint);
    for (body, owned) in documents {
        scanners_agree(body);
        let spec = owned.spec();
        let before = out.len();
        let added = merger.add(&mut out, body, &Shape::compile(&spec));
        match (added, oracle::data(body, &spec, &owned.ops)) {
            (Ok(added), Ok(data)) => {
                assert_eq!(added.null, data.is_none(), "null");
                assert_eq!(added.empty, data.as_ref().is_none_or(|object| object.0.is_empty()), "empty");
                if let Some(mut data) = data {
                    merged.0.append(&mut data.0);
                }
            }
            (Err(_), Err(_)) => assert_eq!(out.len(), before, "a refused body left something"),
            (added, data) => panic!("one refuses: spans {added:?}, tree {:?}", data.is_ok()),
        }
    }
    let finished = merger.finish(&mut out);
    if disjoint {
        assert_eq!(finished.members == 0, merged.0.is_empty(), "members");
    } else {
        assert_eq!(finished.members, merged.0.len(), "members");
    }
    compare(&out["before".len()..], merged);
    out
}

/// What the tree makes of one document, as text; none when it refuses it or gives no data.
#[must_use]
pub fn expected(body: &[u8], owned: &OwnedSpec) -> Option<Vec<u8>> {
    let data = oracle::data(body, &owned.spec(), &owned.ops).ok()??;
    let mut text = Vec::new();
    Value::Object(data).write(&mut text);
    Some(text)
}

fn compare(text: &[u8], merged: Object) {
    let shown = String::from_utf8_lossy(text);
    let parsed = match tree::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => panic!("not valid JSON, {error}: {shown}"),
    };
    assert_eq!(parsed.used, text.len(), "text after the object: {shown}");
    assert!(!parsed.replaced, "broken characters: {shown}");
    let (mut spans, mut tree) = (Vec::new(), Vec::new());
    parsed.value.write(&mut spans);
    Value::Object(merged).write(&mut tree);
    assert_eq!(String::from_utf8_lossy(&spans), String::from_utf8_lossy(&tree), "spans, tree");
}

/// What simd-json takes the strict scanner takes too, and the scanner takes what the tree takes.
fn scanners_agree(body: &[u8]) {
    let scanned = Repaired::default().read(body).is_ok();
    assert_eq!(scanned, tree::parse(body).is_ok(), "scanner, tree");
    let mut copy = body.to_vec();
    let mut buffers = simd_json::Buffers::with_max_depth(body.len(), JSON_DEPTH);
    let fast = simd_json::to_tape_with_buffers(&mut copy, &mut buffers).is_ok();
    assert!(scanned || !fast, "simd-json takes what the grammar refuses");
}
