//! YAML out.

use super::render;
use crate::encoding::Renderer;
use crate::limits::YAML_BLOCK_DEPTH;

fn yaml(json: &str) -> String {
    render(Renderer::Yaml, json).0
}

#[test]
fn blocks() {
    for (json, expected) in [
        (r#"{"b":1,"a":"x y"}"#, "a: x y\nb: 1\n"),
        (r#"{"a":{"b":{"c":true}},"d":null}"#, "a:\n  b:\n    c: true\nd: null\n"),
        (
            r#"{"a":[1,"t",{"x":1,"y":[2,3]},[],{}]}"#,
            "a:\n  - 1\n  - t\n  - x: 1\n    \"y\":\n      - 2\n      - 3\n  - []\n  - {}\n",
        ),
        (r#"{"a":[[1,[2]],[[3]]]}"#, "a:\n  - - 1\n    - - 2\n  - - - 3\n"),
        (r#"{"a":{},"b":[]}"#, "a: {}\nb: []\n"),
        ("{}", "{}\n"),
    ] {
        assert_eq!(yaml(json), expected, "{json}");
    }
}

#[test]
fn numbers_keep_their_text() {
    let json = r#"{"a":12345678901234567890123,"b":1.10,"c":1e5,"d":-0}"#;
    assert_eq!(yaml(json), "a: 12345678901234567890123\nb: 1.10\nc: 1e5\nd: -0\n");
}

#[test]
fn strings_stay_strings() {
    for text in [
        "",
        " ",
        "1",
        "-1",
        "1.5",
        "1e5",
        "0x1F",
        "0o7",
        "1_000",
        "12:30:45",
        "2001-01-01",
        ".5",
        "+1",
        "true",
        "False",
        "NULL",
        "null",
        "~",
        "yes",
        "No",
        "on",
        "OFF",
        "y",
        "N",
        ".inf",
        ".nan",
        "nan",
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-",
        "? a",
        ": a",
        "[a]",
        "{a}",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a'",
        "a ",
        " a",
        "a,b",
        "---",
        "...",
        "=",
        "<<",
        "a:",
    ] {
        assert_eq!(yaml(&format!("{{\"k\":\"{text}\"}}")), format!("k: \"{text}\"\n"), "{text}");
        assert_eq!(yaml(&format!("{{\"{text}\":1}}")), format!("\"{text}\": 1\n"), "{text}");
    }
    for text in ["plain", "two words", "a-b_c.d/e", "user@host", "é", "über alles", "_x", "truely", "inf"] {
        assert_eq!(yaml(&format!("{{\"k\":\"{text}\"}}")), format!("k: {text}\n"), "{text}");
    }
}

#[test]
fn what_yaml_cannot_hold_is_escaped() {
    let json = r#"{"k":"q\" b\\ \n\r\t\u0000\u001b\u007f\u0085\u00a0\u2028\ufeff\uffff😀"}"#;
    let expected = "k: \"q\\\" b\\\\ \\n\\r\\t\\u0000\\u001b\\u007f\\u0085\u{A0}\\u2028\\ufeff\\uffff😀\"\n";
    assert_eq!(yaml(json), expected);
}

#[test]
fn long_keys_get_their_mark() {
    let key = "k".repeat(2000);
    assert_eq!(yaml(&format!("{{\"a\":{{\"{key}\":[1]}}}}")), format!("a:\n  ? {key}\n  :\n    - 1\n"));
    assert_eq!(yaml(&format!("[{{\"{key}\":1}}]")), format!("- ? {key}\n  : 1\n"));
}

#[test]
fn deep_data_goes_on_in_one_line() {
    let nested = |depth: usize, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
    let text = yaml(&nested(YAML_BLOCK_DEPTH + 1, r#"{"a:b":-1,"c":"\u0085\":"}"#));
    let expected = format!("{}[{{\"a:b\": -1,\"c\": \"\\u0085\\\":\"}}]\n", "- ".repeat(YAML_BLOCK_DEPTH));
    assert_eq!(text, expected);
    let deep = yaml(&nested(9_000, "1"));
    assert!(deep.len() < 20_000);
    // Lines are bounded in number and in length.
    assert_eq!(deep.lines().count(), 1);
}
