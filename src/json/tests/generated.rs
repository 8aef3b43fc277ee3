//! The span writer and the value tree must agree on every document and shape: on each of the 128
//! combinations of target, allow, deny, mapping, group, is_collection and flatmap_filter, where each
//! part must be seen to change something; on several documents with any of them; on any bytes.

use super::generator::{body, document, ops, spec, without, ALL_PARTS, PARTS};
use crate::json::fuzzing::{check, check_flatmap, expected, flatmap, json_merge, OwnedSpec};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::path::Path;

/// Can this part change anything beside the others?
fn counts(part: &str, mask: u8) -> bool {
    let has = |part: &str| PARTS.iter().position(|p| *p == part).is_some_and(|bit| mask & 1 << bit != 0);
    // No array is a target, so nothing is left to filter.
    let nothing = has("target") && has("is_collection");
    match part {
        "allow" | "mapping" => !has("ops") && !nothing,
        "deny" => !has("ops") && !has("allow") && !nothing,
        "ops" => !nothing,
        _ => true,
    }
}

#[test]
fn every_combination_of_parts() {
    let mut runner = TestRunner::deterministic();
    for mask in 0..=ALL_PARTS {
        let strategy = (body(mask & 1 << 5 != 0), spec(mask));
        let mut changed = [false; PARTS.len()];
        for round in 0.. {
            let (body, spec) = strategy.new_tree(&mut runner).unwrap().current();
            check(&[(body.clone(), spec.clone())], round % 2 == 0);
            for (bit, changed) in changed.iter_mut().enumerate().filter(|(bit, _)| mask & 1 << bit != 0) {
                *changed |= expected(&body, &spec) != expected(&body, &without(spec.clone(), 1 << bit));
            }
            let enough = PARTS
                .iter()
                .zip(&changed)
                .enumerate()
                .all(|(bit, (part, changed))| *changed || mask & 1 << bit == 0 || !counts(part, mask));
            if round >= 60 && enough {
                break;
            }
            assert!(round < 3000, "no case in which each part counts: {mask:07b} {changed:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_and_tree_agree(documents in vec(document(), 1..5), disjoint in any::<bool>()) {
        check(&documents, disjoint);
    }

    #[test]
    fn any_bytes_are_taken_or_refused_by_both(body in vec(any::<u8>(), 0..40)) {
        check(&[(body, OwnedSpec::default())], false);
    }

    #[test]
    fn flatmap_and_its_twin_agree(body in body(false), ops in ops()) {
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
