//! One example: its explanation, and its text with the ports changed to those of a test.

use super::curl;
use crate::kit::free_port;
use regex::{Captures, Regex};
use serde_json::Value;
use std::collections::HashMap;

/// Fewest characters of an explanation: a sentence, not a title.
const SENTENCE: usize = 40;

/// What stands in `@why`.
#[derive(Debug)]
pub struct Why {
    pub sentences: Vec<String>,
    pub tries: Vec<curl::Line>,
}

impl Why {
    /// Reads the `@why` of a configuration; the error says how to write one.
    pub fn of(config: &Value) -> Result<Why, String> {
        let lines = config["@why"].as_array().ok_or(
            "it has no \"@why\": a list of texts, first a sentence that says what the feature is for, then at least one \"Try: curl 127.0.0.1:8080/…\"",
        )?;
        let mut why = Why { sentences: Vec::new(), tries: Vec::new() };
        for line in lines {
            let line = line.as_str().ok_or_else(|| format!("\"@why\" holds {line}, allowed are texts"))?;
            match line.strip_prefix("Try: ") {
                Some(command) => {
                    why.tries.push(curl::parse(command).map_err(|e| format!("\"{line}\": {e}"))?)
                }
                None if line.contains("curl ") => {
                    return Err(format!(
                        "\"{line}\": a request stands alone in its line and begins with \"Try: curl \""
                    ));
                }
                None => why.sentences.push(line.to_owned()),
            }
        }
        if why.sentences.iter().map(String::len).sum::<usize>() < SENTENCE {
            return Err("its \"@why\" does not explain what the feature is for".to_owned());
        }
        if why.tries.is_empty() {
            return Err("its \"@why\" has no line \"Try: curl 127.0.0.1:8080/…\"".to_owned());
        }
        Ok(why)
    }
}

/// Ports of an example, and the free ones that stand for them in a test.
pub struct Ports(HashMap<u16, u16>);

impl Ports {
    /// Begins with the demo's backends.
    pub fn new(demo: &[(u16, u16)]) -> Ports {
        Ports(demo.iter().copied().collect())
    }

    /// The port of the test; `None` when the file does not name it.
    pub fn of(&self, written: u16) -> Option<u16> {
        self.0.get(&written).copied()
    }

    /// Changes every port of a loopback address and every `"port": N` in a configuration.
    pub fn rewrite(&mut self, text: &str) -> String {
        let places = Regex::new(r#"((?:127\.0\.0\.1|localhost|\[::1\]):|"port"\s*:\s*)(\d{4,5})\b"#)
            .expect("a pattern");
        let change = |found: &Captures<'_>| match found[2].parse::<u16>() {
            Ok(port) => format!("{}{}", &found[1], self.0.entry(port).or_insert_with(free_port)),
            Err(_) => found[0].to_owned(),
        };
        places.replace_all(text, change).into_owned()
    }
}

#[test]
fn an_explanation_is_a_sentence_and_a_request() {
    let sentence = "What this is for, in a sentence that says it.";
    let why =
        Why::of(&serde_json::json!({"@why": [sentence, "Try: curl 127.0.0.1:8080/x"]})).expect("a good one");
    assert_eq!((why.sentences.len(), why.tries.len()), (1, 1));
    for (lines, fault) in [
        (serde_json::json!(null), "no \"@why\""),
        (serde_json::json!([sentence]), "no line \"Try: curl"),
        (serde_json::json!(["short", "Try: curl 127.0.0.1:8080/x"]), "does not explain"),
        (serde_json::json!([sentence, "Then curl 127.0.0.1:8080/x"]), "stands alone"),
        (serde_json::json!([sentence, "Try: curl /x"]), "is no 127.0.0.1:PORT/path"),
    ] {
        let error = Why::of(&serde_json::json!({ "@why": lines })).expect_err(fault);
        assert!(error.contains(fault), "{error}");
    }
}

#[test]
fn ports_are_changed_everywhere_alike() {
    let mut ports = Ports::new(&[(18081, 5)]);
    let text =
        ports.rewrite(r#"{"port":8080,"host":["http://127.0.0.1:18081","http://localhost:8080"],"n":8080}"#);
    let own = ports.of(8080).expect("a port for 8080");
    assert_eq!(
        text,
        format!(r#"{{"port":{own},"host":["http://127.0.0.1:5","http://localhost:{own}"],"n":8080}}"#)
    );
    assert_eq!(ports.of(9999), None);
}
