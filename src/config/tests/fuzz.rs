//! Whatever stands in a file, loading neither panics nor stays silent about what it could not read.

use crate::config::fuzzing;
use proptest::prelude::*;
use std::path::Path;

/// A configuration that reaches most keys.
const WHOLE: &str = r#"{"version": 3, "name": "x", "port": 8080, "timeout": "3s", "host": ["http://h:80"], "listen_ip": "::1",
"tls": {"disabled": true, "keys": [{"public_key": "a"}]}, "client_tls": {}, "plugin": {"folder": "f"},
"extra_config": {"router": {"trusted_proxies": ["10.0.0.0/8"], "error_body": {"404": 1}}, "sluice/runtime": {"driver": "auto"},
"telemetry/logging": {"level": "INFO", "stdout": true}, "github_com/devopsfaith/krakend-cors": {}},
"endpoints": [{"endpoint": "/a/{id}", "method": "GET", "timeout": 5, "input_headers": ["*"],
"backend": [{"url_pattern": "/x/{id}?a={JWT.sub}", "mapping": {"a": "b"}, "extra_config": {"proxy": {"shadow": true}}}]}],
"async_agent": [{"name": "o", "consumer": {"timeout": "2s"}, "backend": [{"host": "x"}]}]}"#;

#[test]
fn the_kept_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/config");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        fuzzing::config(&std::fs::read(entry.expect("an entry").path()).expect("a file"));
        count += 1;
    }
    assert!(count >= 4, "{count} files");
}

/// Texts that matter somewhere.
fn token() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "null",
        "true",
        "1e400",
        "-1",
        "\"3s\"",
        "3",
        "{id}",
        "*",
        "/",
        "\"endpoint\"",
        "\"endpoints\"",
        "\"backend\"",
        "\"host\"",
        "\"extra_config\"",
        "\"router\"",
        "\"\"",
        "[[[[",
        "\u{e4}",
        "KRAKEND_PORT=",
        "\n",
        "\u{0}",
        "\"a.b\"",
        "resp0_",
        "JWT.",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(data in proptest::collection::vec(any::<u8>(), 0..200)) {
        fuzzing::config(&data);
    }

    #[test]
    fn arbitrary_tokens(tokens in proptest::collection::vec(token(), 0..40)) {
        fuzzing::config(tokens.concat().as_bytes());
    }

    #[test]
    fn damaged_configurations(cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..12, token()), 1..4)) {
        let mut data = WHOLE.as_bytes().to_vec();
        for (at, length, text) in cuts {
            let start = at.index(data.len());
            let end = (start + length).min(data.len());
            data.splice(start..end, text.bytes());
        }
        fuzzing::config(&data);
    }

    #[test]
    fn values_replaced_by_others(at in any::<prop::sample::Index>(), other in token()) {
        // Replaces one whole value, so that the text stays JSON more often than not.
        let starts: Vec<usize> = WHOLE.match_indices(": ").map(|(i, _)| i + 2).collect();
        let start = starts[at.index(starts.len())];
        let end = WHOLE[start..].find([',', '}']).map_or(WHOLE.len(), |i| start + i);
        fuzzing::config(format!("{}{other}{}", &WHOLE[..start], &WHOLE[end..]).as_bytes());
    }
}
