//! Documents and shapes for property tests: names that paths and documents share, so that the two
//! meet; duplicate names, escapes, broken characters, odd numbers, dots in names, depth.

use crate::json::fuzzing::{OwnedSpec, LABELS, NAMES};
use proptest::collection::vec;
use proptest::prelude::*;

/// Texts of names and strings: plain, escaped, broken.
const STRINGS: [&[u8]; 21] = [
    b"a",
    b"b",
    b"c",
    "é".as_bytes(),
    b"",
    b"collection",
    b"\\u0061",
    b"a\\\"",
    b"\\ud800",
    b"\xFF",
    b"\\ud83d\\ude00",
    b"x\\n\\\\\\/",
    b"\\u00e9",
    b"\xE2\x82",
    "a long plain text, longer than one vector of 32".as_bytes(),
    b"\\\\",
    b"a.b",
    b".",
    b"*",
    b"0",
    b"1",
];
const SCALARS: [&[u8]; 14] = [
    b"null",
    b"true",
    b"false",
    b"0",
    b"-0",
    b"1.10",
    b"12345678901234567890",
    b"1e400",
    b"-1E-5",
    b"123456789012345678901234567890",
    b"0.1e+1",
    b"9007199254740993",
    b"-0.0",
    b"1E400",
];
const BLANKS: [&[u8]; 4] = [b"", b"", b" ", b"\r\n\t "];
const TAILS: [&[u8]; 6] = [b"", b"", b"", b"\n", b" x", b"{"];

fn pick(from: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> + Clone {
    (0..from.len()).prop_map(move |i| from[i].to_vec())
}

fn string() -> impl Strategy<Value = Vec<u8>> + Clone {
    pick(&STRINGS).prop_map(|text| [b"\"", &text[..], b"\""].concat())
}

/// Mostly the few names that paths hold too, so that shapes and documents meet.
fn key() -> impl Strategy<Value = Vec<u8>> + Clone {
    let common = pick(&STRINGS[..3]).prop_map(|text| [b"\"", &text[..], b"\""].concat());
    prop_oneof![3 => common, 1 => string()]
}

/// An index into `NAMES` with the same leaning.
fn name() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0..3_usize, 1 => 0..NAMES.len()]
}

fn wrapped(open: u8, items: Vec<Vec<u8>>, close: u8) -> Vec<u8> {
    let mut text = vec![open];
    text.extend(items.join(&b','));
    text.push(close);
    text
}

/// A JSON text with blanks between its tokens.
fn value() -> impl Strategy<Value = Vec<u8>> + Clone {
    let leaf = prop_oneof![pick(&SCALARS), string(), Just(b"{}".to_vec()), Just(b"[ ]".to_vec())];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let spaced = (pick(&BLANKS), inner, pick(&BLANKS)).prop_map(|(a, v, b)| [a, v, b].concat());
        let member = (pick(&BLANKS), key(), pick(&BLANKS), spaced.clone())
            .prop_map(|(a, key, b, v)| [a, key, b, b":".to_vec(), v].concat());
        prop_oneof![
            3 => vec(member, 1..6).prop_map(|items| wrapped(b'{', items, b'}')),
            1 => vec(spaced, 1..4).prop_map(|items| wrapped(b'[', items, b']')),
        ]
    })
}

/// A value that lies deep: below members of names that paths hold, or below arrays.
fn deep() -> impl Strategy<Value = Vec<u8>> + Clone {
    (1..120_usize, 0..3_usize, prop::bool::weighted(0.2), value()).prop_map(|(depth, name, list, inner)| {
        let open = if list { b"[".to_vec() } else { [b"{\"", STRINGS[name], b"\" :"].concat() };
        let close: &[u8] = if list { b"]" } else { b" }" };
        let (front, back) = (open.repeat(depth), close.repeat(depth));
        [b"{\"a\":", &front[..], &inner, &back, b"}"].concat()
    })
}

/// A whole body or a broken one; mostly the kind of value that is wanted.
pub(crate) fn body(is_collection: bool) -> BoxedStrategy<Vec<u8>> {
    let list = vec(value(), 0..4).prop_map(|items| wrapped(b'[', items, b']'));
    let wanted = if is_collection { list.boxed() } else { value().boxed() };
    let one = prop_oneof![8 => wanted, 1 => value(), 1 => deep()];
    let whole = (pick(&BLANKS), one, pick(&TAILS)).prop_map(|(a, v, b)| [a, v, b].concat());
    let broken = (whole.clone(), any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(
        |(mut text, at, byte, cut)| {
            let at = at.index(text.len());
            if cut {
                text.truncate(at);
            } else {
                text[at] = byte;
            }
            text
        },
    );
    prop_oneof![8 => whole, 1 => broken].boxed()
}

fn path() -> impl Strategy<Value = String> {
    vec(name(), 1..4).prop_map(|parts| parts.into_iter().map(|i| NAMES[i]).collect::<Vec<_>>().join("."))
}

/// A path of a flatmap, leaning to names that documents hold.
fn pattern() -> impl Strategy<Value = String> {
    let label = prop_oneof![4 => 0..5_usize, 1 => 0..LABELS.len()];
    vec(label, 1..5).prop_map(|parts| parts.into_iter().map(|i| LABELS[i]).collect::<Vec<_>>().join("."))
}

pub(crate) fn ops() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let kind = prop_oneof![4 => Just("move"), 2 => Just("del"), 2 => Just("append"), 1 => Just("bogus")];
    let args = prop_oneof![6 => vec(pattern(), 2), 1 => vec(pattern(), 0..4)];
    vec((kind.prop_map(str::to_owned), args), 1..6)
}

/// Short lists, and some that are long enough to be searched another way.
fn paths() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![6 => vec(path(), 1..4), 1 => vec(path(), 9..20)]
}

/// The parts of a `ShapeSpec`, each a bit of a mask.
pub(crate) const PARTS: [&str; 7] = ["target", "allow", "deny", "mapping", "group", "is_collection", "ops"];
/// All of them.
pub(crate) const ALL_PARTS: u8 = (1 << PARTS.len()) - 1;

/// Specs that have exactly the parts of `mask`.
pub(crate) fn spec(mask: u8) -> BoxedStrategy<OwnedSpec> {
    let full = (path(), paths(), paths(), vec((path(), path()), 1..4), 0..NAMES.len(), ops());
    full.prop_map(move |(target, allow, deny, mapping, group, ops)| {
        let group = NAMES[group].to_owned();
        without(
            OwnedSpec { target, allow, deny, mapping, group, is_collection: true, ops, flatmap: None },
            !mask,
        )
    })
    .boxed()
}

/// The spec without some parts.
pub(crate) fn without(mut spec: OwnedSpec, mask: u8) -> OwnedSpec {
    let off = |part: &str| PARTS.iter().position(|p| *p == part).is_some_and(|bit| mask & 1 << bit != 0);
    let clear: [(&str, &mut dyn FnMut()); 7] = [
        ("target", &mut || spec.target.clear()),
        ("allow", &mut || spec.allow.clear()),
        ("deny", &mut || spec.deny.clear()),
        ("mapping", &mut || spec.mapping.clear()),
        ("group", &mut || spec.group.clear()),
        ("is_collection", &mut || spec.is_collection = false),
        ("ops", &mut || spec.ops.clear()),
    ];
    clear.into_iter().filter(|(part, _)| off(part)).for_each(|(_, clear)| clear());
    spec.compile_ops();
    spec
}

/// A document and a spec that has any of the parts.
pub(crate) fn document() -> impl Strategy<Value = (Vec<u8>, OwnedSpec)> {
    let is_collection = prop::bool::weighted(0.1);
    (0..=ALL_PARTS, is_collection).prop_flat_map(|(mask, is_collection)| {
        let mask = if is_collection { mask | 1 << 5 } else { mask & !(1 << 5) };
        (body(is_collection), spec(mask))
    })
}
