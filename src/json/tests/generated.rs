//! The span writer and the value tree must agree on every document and shape.

use crate::json::fuzzing::{check, check_flatmap, flatmap, json_merge, OwnedSpec, LABELS, NAMES};
use proptest::collection::vec;
use proptest::prelude::*;
use std::path::Path;

/// Texts of names and strings: plain, escaped, broken.
const STRINGS: [&[u8]; 16] = [
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
];
const SCALARS: [&[u8]; 12] = [
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

fn body() -> impl Strategy<Value = Vec<u8>> + Clone {
    let whole = (pick(&BLANKS), value(), pick(&TAILS)).prop_map(|(a, v, b)| [a, v, b].concat());
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
    prop_oneof![6 => whole, 1 => broken]
}

fn path() -> impl Strategy<Value = String> {
    vec(name(), 1..4).prop_map(|parts| parts.into_iter().map(|i| NAMES[i]).collect::<Vec<_>>().join("."))
}

/// A path of a flatmap, leaning to names that documents hold.
fn pattern() -> impl Strategy<Value = String> {
    let label = prop_oneof![4 => 0..5_usize, 1 => 0..LABELS.len()];
    vec(label, 1..5).prop_map(|parts| parts.into_iter().map(|i| LABELS[i]).collect::<Vec<_>>().join("."))
}

fn ops() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let kind = prop_oneof![4 => Just("move"), 2 => Just("del"), 2 => Just("append"), 1 => Just("bogus")];
    let args = prop_oneof![6 => vec(pattern(), 2), 1 => vec(pattern(), 0..4)];
    vec((kind.prop_map(str::to_owned), args), 1..6)
}

fn spec() -> impl Strategy<Value = OwnedSpec> {
    let some = |strategy: BoxedStrategy<Vec<String>>| prop_oneof![Just(Vec::new()), strategy];
    let rarely = |strategy: BoxedStrategy<String>| prop_oneof![3 => Just(String::new()), 1 => strategy];
    (
        rarely(path().boxed()),
        some(vec(path(), 0..4).boxed()),
        some(vec(path(), 0..4).boxed()),
        prop_oneof![2 => Just(Vec::new()), 1 => vec((path(), path()), 0..4)],
        rarely((0..NAMES.len()).prop_map(|i| NAMES[i].to_owned()).boxed()),
        prop::bool::weighted(0.1),
        prop_oneof![3 => Just(Vec::new()), 1 => ops()],
    )
        .prop_map(|(target, allow, deny, mapping, group, is_collection, ops)| {
            let plain =
                OwnedSpec { target, allow, deny, mapping, group, is_collection, ..OwnedSpec::default() };
            let mut spec = OwnedSpec { ops, ..plain };
            spec.compile_ops();
            spec
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_and_tree_agree(documents in vec((body(), spec()), 1..5), disjoint in any::<bool>()) {
        check(&documents, disjoint);
    }

    #[test]
    fn any_bytes_are_taken_or_refused_by_both(body in vec(any::<u8>(), 0..40)) {
        check(&[(body, OwnedSpec::default())], false);
    }

    #[test]
    fn flatmap_and_its_twin_agree(body in body(), ops in ops()) {
        check_flatmap(&ops, &body);
    }

    #[test]
    fn any_input_of_the_flatmap_target(data in vec(any::<u8>(), 0..200)) {
        flatmap(&data);
    }

    #[test]
    fn any_input_of_the_fuzz_target(data in vec(any::<u8>(), 0..200)) {
        json_merge(&data);
    }
}

/// One byte of a valid body replaced by every other value: the grammars agree on each.
#[test]
fn every_single_byte_changed() {
    let body = br#"{"a":[1.5e+3,-0,true,{"b":"x\n\u00e9\ud83d\ude00"}],"c":null}"#;
    for at in 0..body.len() {
        for byte in 0..=255 {
            let mut changed = body.to_vec();
            changed[at] = byte;
            check(&[(changed, OwnedSpec::default())], true);
        }
    }
}

#[test]
fn corpora_of_the_fuzz_targets() {
    for (name, target) in [("json_merge", json_merge as fn(&[u8])), ("flatmap", flatmap)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
            seen += 1;
        }
        assert!(seen >= 8, "the corpus of {name} is there");
    }
}
