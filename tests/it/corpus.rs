//! Every kept input of the fuzzers through the plain functions that they drive: what was found once
//! stays mended, on the stable toolchain too.

use std::fs;
use std::path::PathBuf;

/// A function that panics when its input breaks an invariant.
type Check = fn(&[u8]);

/// The targets under fuzz/, each with the function it drives.
const TARGETS: [(&str, Check); 9] = [
    ("request_head", sluice::http::fuzzing::request_head),
    ("response_head", sluice::http::fuzzing::response_head),
    ("chunked_body", sluice::http::fuzzing::chunked_body),
    ("json_merge", sluice::json::fuzzing::json_merge),
    ("flatmap", sluice::json::fuzzing::flatmap),
    ("xml_in", sluice::encoding::fuzzing::xml_in),
    ("rss_in", sluice::encoding::fuzzing::rss_in),
    ("render", sluice::encoding::fuzzing::render),
    ("config", sluice::config::fuzzing::config),
];

fn fuzz() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Inputs of one target, by name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut inputs: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.expect("a folder entry").path())
        .map(|path| (path.display().to_string(), fs::read(&path).expect("a corpus file")))
        .collect();
    inputs.sort();
    inputs
}

/// The input whole, all its beginnings (of a small one), and with one byte changed at a time.
fn with_neighbours(data: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![data.to_vec()];
    if data.len() <= 2048 {
        all.extend((0..data.len()).map(|n| data[..n].to_vec()));
        for i in 0..data.len() {
            for change in [0x01, 0x20, 0x80] {
                let mut other = data.to_vec();
                other[i] ^= change;
                all.push(other);
            }
        }
    }
    all
}

#[test]
fn kept_inputs_break_no_invariant() {
    for (target, check) in TARGETS {
        let inputs = inputs(target);
        assert!(!inputs.is_empty(), "no corpus for {target}");
        for (name, data) in inputs {
            for variant in with_neighbours(&data) {
                let run = std::panic::catch_unwind(|| check(&variant));
                assert!(run.is_ok(), "{name} or a neighbour of it: {}", variant.escape_ascii());
            }
        }
    }
}

#[test]
fn every_target_is_known_here_and_in_the_fuzz_package() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("fuzz/Cargo.toml");
    let sources = fs::read_dir(fuzz().join("fuzz_targets")).expect("fuzz/fuzz_targets");
    for path in sources.map(|entry| entry.expect("a folder entry").path()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        assert!(TARGETS.iter().any(|(target, _)| *target == name), "{name} is not in tests/it/corpus.rs");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in fuzz/Cargo.toml");
    }
}
