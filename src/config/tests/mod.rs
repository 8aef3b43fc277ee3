//! Tests of loading: helpers here, one file for each part.

mod components;
mod environment;
mod fuzz;
mod json;
mod keys;
mod namespaces;
mod rules;
mod types;
mod units;
mod upstreams;
mod warnings;

use super::{load_text, Config, Loaded, Severity};

/// Loads a text as `f.json` with an empty environment.
fn load(text: &str) -> Loaded {
    load_text("f.json", text, &[])
}

/// Loads a text that must have no error.
fn good(text: &str) -> Config {
    let loaded = load(text);
    assert_eq!(lines(&loaded, Severity::Error), Vec::<String>::new(), "in {text}");
    loaded.config.expect("a configuration")
}

/// The findings of one severity as they are printed.
fn lines(loaded: &Loaded, severity: Severity) -> Vec<String> {
    let findings = loaded.findings.iter().filter(|f| f.severity == severity);
    findings.map(|f| loaded.source.render(f)).collect()
}

/// Asserts that a text has exactly one error, which contains all of `parts`.
fn refused(text: &str, parts: &[&str]) {
    one(&load(text), Severity::Error, text, parts);
}

/// Asserts that a text has no error and exactly one warning, which contains all of `parts`.
fn warned(text: &str, parts: &[&str]) {
    let loaded = load(text);
    assert_eq!(lines(&loaded, Severity::Error), Vec::<String>::new(), "in {text}");
    one(&loaded, Severity::Warning, text, parts);
}

fn one(loaded: &Loaded, severity: Severity, text: &str, parts: &[&str]) {
    let lines = lines(loaded, severity);
    let [line] = lines.as_slice() else { panic!("{} findings in {text}: {lines:#?}", lines.len()) };
    for part in parts {
        assert!(line.contains(part), "no {part:?} in {line:?}");
    }
}

/// A configuration with more root keys: `root("\"port\": 1")`.
fn root(keys: &str) -> String {
    format!(r#"{{"version": 3, "host": ["http://h:80"], {keys}}}"#)
}

/// A configuration with one endpoint `/a/{id}` whose keys are replaced or added to.
fn endpoint(keys: &str) -> String {
    root(&format!(
        r#""endpoints": [{{"endpoint": "/a/{{id}}", "backend": [{{"url_pattern": "/"}}], {keys}}}]"#
    ))
}

/// A configuration with one backend below `/a/{id}`.
fn backend(keys: &str) -> String {
    root(&format!(r#""endpoints": [{{"endpoint": "/a/{{id}}", "backend": [{{{keys}}}]}}]"#))
}
