//! The recorded cases: each runs against the built gateway and must do what the reference did.
//!
//! A case is one JSON file: a configuration, scripted backends, request steps with what the
//! reference answered. Cases whose feature does not exist yet stand in `pending.txt`; they run
//! too, and one that passes fails the run, so that the list only shrinks.
//! `SLUICE_CASES=text` runs the cases whose name holds the text, `SLUICE_JOBS` sets how many run
//! at once, `SLUICE_BIN` tests another binary (the reference must pass every case).

mod case;
mod compare;
mod mock;
mod query;
mod step;

use crate::kit;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// Name and path of each case that is asked for.
fn case_files(filter: &str) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder().join("cases")).expect("tests/conformance/cases");
    let mut files: Vec<(String, PathBuf)> = entries
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| name.contains(filter))
        .collect();
    files.sort();
    files
}

/// `name reason` a line; blank lines and lines that start with `#` mean nothing.
fn parse_pending(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut pending = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let (name, reason) = line.split_once(char::is_whitespace).ok_or(format!("{line}: no reason"))?;
        if pending.insert(name.to_owned(), reason.trim().to_owned()).is_some() {
            return Err(format!("{name}: twice"));
        }
    }
    Ok(pending)
}

/// What is wrong with a run, by the names of the cases.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    passed: usize,
    pending: usize,
    /// A case that should pass and does not.
    failed: Vec<String>,
    /// A case in the list that passes: its line goes.
    to_remove: Vec<String>,
}

fn judge(results: &BTreeMap<String, Vec<String>>, pending: &BTreeMap<String, String>) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, problems) in results {
        match (problems.is_empty(), pending.contains_key(name)) {
            (true, false) => verdict.passed += 1,
            (false, true) => verdict.pending += 1,
            (false, false) => verdict.failed.push(name.clone()),
            (true, true) => verdict.to_remove.push(name.clone()),
        }
    }
    verdict
}

/// Runs the cases, several at once.
fn run_all(files: &[(String, PathBuf)], jobs: usize) -> BTreeMap<String, Vec<String>> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some((name, path)) = files.get(next.fetch_add(1, Ordering::SeqCst)) {
                    // A fault of the harness is a failure of the case, never a silent pass.
                    let run = || step::check(path).unwrap_or_else(|fault| vec![format!("harness: {fault}")]);
                    let problems =
                        std::panic::catch_unwind(run).unwrap_or_else(|_| vec!["harness: panic".to_owned()]);
                    results.lock().expect("no panic above").insert(name.clone(), problems);
                }
            });
        }
    });
    results.into_inner().expect("no panic above")
}

#[test]
fn recorded_cases() {
    let _alone = kit::alone();
    let reference = std::env::var_os("SLUICE_BIN").is_some();
    let filter = std::env::var("SLUICE_CASES").unwrap_or_default();
    let jobs = std::env::var("SLUICE_JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let files = case_files(&filter);
    assert!(!files.is_empty(), "no case is named like {filter:?}");
    let text = fs::read_to_string(folder().join("pending.txt")).expect("tests/conformance/pending.txt");
    let pending = if reference { BTreeMap::new() } else { parse_pending(&text).expect("pending.txt") };
    let mut results = run_all(&files, jobs);
    // What failed among others gets one more run alone: a busy machine is no fault of the gateway.
    // A case that needs it is named, so that it can be looked into.
    let again: Vec<_> = judge(&results, &pending).failed.into_iter().take(20).collect();
    for (name, path) in files.iter().filter(|(name, _)| again.contains(name)) {
        let second = run_all(&[(name.clone(), path.clone())], 1);
        if second[name].is_empty() {
            println!("SECOND RUN {name}: passed alone, not among others: {}", results[name].join("; "));
        }
        results.extend(second);
    }
    let verdict = judge(&results, &pending);
    for name in &verdict.failed {
        println!("FAIL {name}");
        results[name].iter().take(8).for_each(|problem| println!("     {problem}"));
    }
    for name in &verdict.to_remove {
        println!("PASSES {name}: remove it from tests/conformance/pending.txt ({})", pending[name]);
    }
    println!(
        "{} passed, {} pending, {} failed, {} pending but pass",
        verdict.passed,
        verdict.pending,
        verdict.failed.len(),
        verdict.to_remove.len()
    );
    assert!(verdict.failed.is_empty() && verdict.to_remove.is_empty(), "recorded cases: {verdict:?}");
}

#[test]
fn pending_list_names_cases_and_reasons() {
    let text = fs::read_to_string(folder().join("pending.txt")).expect("tests/conformance/pending.txt");
    let pending = parse_pending(&text).expect("one name and a reason a line");
    let files = case_files("");
    let unknown: Vec<_> = pending.keys().filter(|name| !files.iter().any(|(n, _)| n == *name)).collect();
    assert!(unknown.is_empty(), "pending.txt names cases that do not exist: {unknown:?}");
}

#[test]
fn pending_lines_need_a_reason_and_stand_once() {
    assert_eq!(parse_pending("# c\n\n a  why so \n").unwrap()["a"], "why so");
    assert!(parse_pending("a").is_err());
    assert!(parse_pending("a x\na y").is_err());
}

#[test]
fn a_pending_case_that_passes_fails_the_run() {
    let results = BTreeMap::from([
        ("good".to_owned(), vec![]),
        ("bad".to_owned(), vec!["x".to_owned()]),
        ("later".to_owned(), vec!["x".to_owned()]),
        ("done".to_owned(), vec![]),
    ]);
    let pending = parse_pending("later why\ndone why").unwrap();
    let verdict = judge(&results, &pending);
    assert_eq!((verdict.passed, verdict.pending), (1, 1));
    assert_eq!((verdict.failed, verdict.to_remove), (vec!["bad".to_owned()], vec!["done".to_owned()]));
}
