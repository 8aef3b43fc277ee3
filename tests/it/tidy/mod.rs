//! The repository reads itself: the rules of STYLE.md and ARCHITECTURE.md that a test can hold.

mod bad;
mod code;
mod layers;
mod rules;

use rules::Source;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository: its path from the top, and its text.
struct File {
    name: String,
    text: String,
}

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All text files that are the project's own words. Recorded data and what tools write is left out.
fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&top(), &mut found);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 20, "the repository is not where it was: {:?}", top());
    found
}

fn walk(folder: &Path, found: &mut Vec<File>) {
    const SKIPPED: [&str; 7] = [".git", "target", "corpus", "artifacts", "coverage", "cases", "Cargo.lock"];
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a folder entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if SKIPPED.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let name = path.strip_prefix(top()).unwrap_or(&path).to_string_lossy().into_owned();
            found.push(File { name, text });
        }
    }
}

/// Applies a rule to every Rust file that `wanted` takes.
fn each_source(wanted: impl Fn(&str) -> bool, rule: impl Fn(&Source<'_>) -> Vec<String>) {
    let mut faults = Vec::new();
    for file in files().iter().filter(|f| f.name.ends_with(".rs") && wanted(&f.name)) {
        let code = code::code_only(&file.text);
        faults.extend(rule(&Source { file: &file.name, text: &file.text, code: &code }));
    }
    no_faults(&faults);
}

#[track_caller]
fn no_faults(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn in_src(name: &str) -> bool {
    name.starts_with("src/")
}

#[test]
fn layers_follow_the_table() {
    let text = fs::read_to_string(top().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let allowed = layers::parse(&text).expect("the table of layers");
    let tree = layers::Tree { modules: modules_in("src"), filters: folders_in("src/filter") };
    each_source(in_src, |source| layers::breaches(source.file, source.code, &allowed, &tree));
}

fn entries(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(top().join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}"));
    entries.map(|entry| entry.expect("a folder entry").path()).collect()
}

fn stems(paths: impl Iterator<Item = PathBuf>) -> BTreeSet<String> {
    paths.filter_map(|p| p.file_stem().map(|n| n.to_string_lossy().into_owned())).collect()
}

fn modules_in(folder: &str) -> BTreeSet<String> {
    stems(entries(folder).into_iter())
}

/// Folders that hold a module; what stands beside them is shared.
fn folders_in(folder: &str) -> BTreeSet<String> {
    stems(entries(folder).into_iter().filter(|path| path.join("mod.rs").exists()))
}

#[test]
fn files_are_short() {
    each_source(|_| true, rules::file_length);
}

#[test]
fn functions_are_short() {
    let list = fs::read_to_string(top().join("tests/it/tidy_ratchet.txt")).unwrap_or_default();
    let ratchet: Vec<&str> = list.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    each_source(|_| true, |source| rules::function_length(source, &ratchet));
}

#[test]
fn modules_say_what_they_are_for() {
    each_source(|name| in_src(name) || name.starts_with("tests/it/"), rules::module_doc);
}

#[test]
fn hot_files_do_not_allocate_unsaid() {
    each_source(in_src, rules::hot_allocations);
}

#[test]
fn nothing_is_left_open() {
    let own = |f: &&File| !f.name.ends_with(".txt");
    no_faults(&files().iter().filter(own).flat_map(|f| rules::marks(&f.name, &f.text)).collect::<Vec<_>>());
}

#[test]
fn every_test_runs() {
    each_source(|_| true, rules::ignored_tests);
}

#[test]
fn names_are_not_handed_on() {
    each_source(in_src, rules::reexports);
}

#[test]
fn lints_are_switched_off_with_a_reason() {
    each_source(|_| true, rules::allows);
}

#[test]
fn bans_are_lifted_only_in_their_places() {
    each_source(|_| true, rules::lifted_bans);
}

#[test]
fn runtimes_stay_in_their_modules() {
    each_source(in_src, rules::runtimes);
}

#[test]
fn no_path_of_one_machine() {
    no_faults(&files().iter().flat_map(|f| rules::machine_paths(&f.name, &f.text)).collect::<Vec<_>>());
}

#[test]
fn features_stand_in_order() {
    if let Ok(text) = fs::read_to_string(top().join("src/filter/registry.rs")) {
        no_faults(&rules::registry_order(&code::code_only(&text)));
    }
}

#[test]
fn example_configurations_are_json() {
    for file in files().iter().filter(|f| f.name.starts_with("configs/") && f.name.ends_with(".json")) {
        let value: Result<serde_json::Value, _> = serde_json::from_str(&file.text);
        assert!(value.is_ok_and(|v| v.is_object()), "{} is no JSON object", file.name);
    }
}
