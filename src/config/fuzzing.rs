//! What the fuzz target `config` runs: plain functions over bytes, which the tests run too.

use crate::config::{check_namespaces, load, path};

/// Loads arbitrary bytes as a configuration. The first byte tells how many lines at the front are
/// environment variables (`NAME=value`).
///
/// # Panics
/// When a rule that holds for every input is broken.
pub fn config(data: &[u8]) {
    let (count, mut rest) = match data.split_first() {
        Some((first, rest)) if *first < 8 => (*first, rest),
        _ => (0, data),
    };
    let mut variables = Vec::new();
    for _ in 0..count {
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let line = String::from_utf8_lossy(line);
        if let Some((name, value)) = line.split_once('=') {
            variables.push((name.to_string(), value.to_string()));
        }
        rest = after.get(1..).unwrap_or(&[]);
    }
    let loaded = load::load_bytes("fuzz.json", rest.to_vec(), &variables);
    assert!(loaded.config.is_some() || loaded.has_errors(), "nothing read and nothing said");
    let mut findings = loaded.findings;
    if let Some(config) = &loaded.config {
        findings.extend(check_namespaces(config, &[], true));
    }
    for finding in &findings {
        let line = loaded.source.render(finding);
        assert!(!line.contains('\n'), "a finding has one line");
        assert_eq!(path::pointer(&finding.at).is_empty(), finding.at.is_empty(), "at {:?}", finding.at);
    }
}
