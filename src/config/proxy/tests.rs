//! What is read of `proxy`, and what is said about it.

use super::{BackendProxyKeys, ProxyKeys};
use crate::config::finding::{Finding, Severity};
use crate::config::Raw;
use std::time::Duration;

fn raw(text: &str) -> Raw {
    Raw { at: "p".to_string(), value: serde_json::from_str(text).unwrap() }
}

/// Places and texts without those of keys that only scripts would see.
fn said(findings: &[Finding]) -> Vec<(&str, &str)> {
    assert!(findings.iter().all(|finding| finding.severity == Severity::Warning));
    let built = |finding: &&Finding| !finding.text.contains("only scripts");
    findings.iter().filter(built).map(|finding| (finding.at.as_str(), finding.text.as_str())).collect()
}

#[test]
fn an_endpoint() {
    let mut findings = Vec::new();
    let proxy = ProxyKeys::parse(
        &raw(r#"{"sequential":true,"sequential_propagated_params":["resp0_id"],"combiner":"default",
            "static":{"data":{"a":1.50},"strategy":"errored"},"force_sandboxed_request":true,
            "flatmap_filter":[{"type":"move","args":["a","b"]}]}"#),
        &mut findings,
    );
    assert_eq!(said(&findings), []);
    assert!(proxy.sequential && proxy.force_sandboxed_request);
    assert_eq!(proxy.sequential_propagated_params, ["resp0_id"]);
    let data = proxy.static_data.unwrap();
    assert_eq!((data.data["a"].to_string().as_str(), data.strategy.as_str()), ("1.50", "errored"));
    assert_eq!(proxy.flatmap_filter.len(), 1);
    assert_eq!(proxy.flatmap_filter[0].args, ["a", "b"]);
}

#[test]
fn a_backend() {
    let mut findings = Vec::new();
    let text = r#"{"shadow":true,"shadow_timeout":"1.5s","flatmap_filter":[{"type":"del","args":["a"]}]}"#;
    let proxy = BackendProxyKeys::parse(&raw(text), &mut findings);
    assert_eq!(said(&findings), []);
    assert!(proxy.shadow);
    assert_eq!(proxy.shadow_timeout, Some(Duration::from_millis(1500)));
    assert_eq!(proxy.flatmap_filter[0].kind, "del");
}

#[test]
fn what_is_warned_about() {
    let cases = [
        (r#"{"combiner":"other"}"#, "p.combiner", "no other"),
        (r#"{"max_payload":1}"#, "p.max_payload", "Enterprise"),
        (r#"{"shadow":true}"#, "p.shadow", "no effect on"),
        (r#"{"sequentail":true}"#, "p.sequentail", "did you mean 'sequential'?"),
        (r#"{"sequential":"yes"}"#, "p.sequential", "true or false"),
        (r#"{"static":[]}"#, "p.static", "an object"),
        (r#"{"static":{"data":{},"stratgy":"x"}}"#, "p.static.stratgy", "did you mean 'strategy'?"),
        (r#"{"static":{"strategy":"always"}}"#, "p.static.data", "'data'"),
        (r#"{"static":{"data":{},"strategy":"sucess"}}"#, "p.static.strategy", "did you mean 'success'?"),
        (r#"{"static":{"data":{},"strategy":1}}"#, "p.static.strategy", "a text"),
        (r#"{"flatmap_filter":{}}"#, "p.flatmap_filter", "a list"),
        (r#"{"flatmap_filter":[1]}"#, "p.flatmap_filter[0]", "skipped"),
        (r#"{"flatmap_filter":[{"args":["a"]}]}"#, "p.flatmap_filter[0].type", "'type'"),
        (r#"{"flatmap_filter":[{"type":"appnd"}]}"#, "p.flatmap_filter[0].type", "did you mean 'append'?"),
        (r#"{"flatmap_filter":[{"type":"dell"}]}"#, "p.flatmap_filter", "takes the place of allow"),
        (r#"{"flatmap_filter":[{"type":"move","args":["a"]}]}"#, "p.flatmap_filter[0].args", "needs two"),
        (r#"{"flatmap_filter":[{"type":"append","args":["a",1]}]}"#, "p.flatmap_filter[0].args", "needs two"),
        (
            r#"{"flatmap_filter":[{"type":"append","args":["a","b.*"]}]}"#,
            "p.flatmap_filter[0].args",
            "no '*'",
        ),
        (r#"{"flatmap_filter":[{"type":"del"}]}"#, "p.flatmap_filter[0].args", "no path"),
    ];
    for (text, at, part) in cases {
        let mut findings = Vec::new();
        let _ = ProxyKeys::parse(&raw(text), &mut findings);
        let said = said(&findings);
        assert!(said.iter().any(|(a, t)| *a == at && t.contains(part)), "{text}: {said:?}");
    }
    for (text, at) in [
        (r#"{"static":{"data":{}}}"#, "p.static"),
        (r#"{"shadow_timeout":"1s"}"#, "p.shadow_timeout"),
        (r#"{"shadow":true,"shadow_timeout":"1"}"#, "p.shadow_timeout"),
    ] {
        let mut findings = Vec::new();
        let proxy = BackendProxyKeys::parse(&raw(text), &mut findings);
        assert!(said(&findings).iter().any(|(a, _)| *a == at), "{text}: {findings:?}");
        assert!(proxy.shadow_timeout.is_none() || !proxy.shadow);
    }
    let mut findings = Vec::new();
    let _ =
        ProxyKeys::parse(&raw(r#"{"shadow":false,"sequential":false,"flatmap_filter":[]}"#), &mut findings);
    assert_eq!(findings, []);
}

/// The examples that docs/manipulation.md names are free of faults.
#[test]
fn examples_load() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(folder.join("docs/manipulation.md")).unwrap();
    let rows = guide.lines().filter(|line| line.starts_with("| `") && !line.starts_with("| `{"));
    let cells = rows.filter_map(|line| line.split('|').nth(1)).flat_map(|cell| cell.split(','));
    let mut seen = 0;
    for name in cells.map(|name| name.trim().trim_matches('`')).filter(|name| name.contains('-')) {
        let path = folder.join("configs/features").join(format!("{name}.json"));
        let loaded = crate::config::load(&path, &[]);
        assert_eq!(said(&loaded.findings), [], "{name}");
        assert_eq!(loaded.config.unwrap().name, name);
        seen += 1;
    }
    assert!(seen >= 9, "the table is there");
}
