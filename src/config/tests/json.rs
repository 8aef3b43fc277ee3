//! Strict JSON, and the places of values and faults.

use super::{good, lines, load, refused, warned};
use crate::config::text::{parse_json, Kind};
use crate::config::Severity;
use crate::limits::CONFIG_DEPTH;
use serde_json::Value;

#[test]
fn syntax_faults_have_a_place() {
    let table = [
        ("", "f.json:1:1: error: found an empty file"),
        (" \n\t ", "f.json:2:3: error: found an empty file"),
        ("{\"version\":", "f.json:1:12: error: found the end of the file, allowed is a value"),
        ("\u{feff}{}", "f.json:1:1: error: found a byte order mark"),
        ("{\n  // gateway\n}", "f.json:2:3: error: found a comment"),
        ("{\"a\": 1 /* x */}", "f.json:1:9: error: found a comment, allowed is ',' or '}'"),
        ("{\"a\": [],}", "f.json:1:10: error: found '}', allowed is a key in quotes after the comma"),
        ("{\"a\": [1,]}", "f.json:1:10: error: found ']', allowed is a value after the comma"),
        ("{\"a\": 1}\n}", "f.json:2:1: error: found '}', allowed is nothing after the end of the value"),
        ("{\"a\": 1} x", "f.json:1:10: error: found 'x', allowed is nothing after"),
        ("{a: 1}", "f.json:1:2: error: found 'a', allowed is a key in quotes or '}'"),
        ("{'a': 1}", "f.json:1:2: error: found '\\'', allowed is a key in quotes or '}'"),
        ("{\"a\" 1}", "f.json:1:6: error: found '1', allowed is ':' after the key"),
        ("{\"\u{e4}\": tru}", "f.json:1:7: error: found 'tru', allowed is a value"),
        ("{\"a\": truely}", "f.json:1:7: error: found 'truely'"),
        ("{\"a\": NaN}", "f.json:1:7: error: found 'NaN'"),
        ("{\"a\": 01}", "f.json:1:8: error: found '1', allowed is no digit after a leading zero"),
        ("{\"a\": +1}", "f.json:1:7: error: found '+', allowed is a value"),
        ("{\"a\": .5}", "f.json:1:7: error: found '.', allowed is a value"),
        ("{\"a\": 1.}", "f.json:1:9: error: found '}', allowed is a digit"),
        ("{\"a\": 1e}", "f.json:1:9: error: found '}', allowed is a digit"),
        ("{\"a\": -}", "f.json:1:8: error: found '}', allowed is a digit"),
        (
            "{\"a\": \"x}",
            "f.json:1:10: error: found the end of the file, allowed is the '\"' that ends the text",
        ),
        ("{\"a\": \"x\n\"}", "f.json:1:9: error: found '\\n', allowed is no control character"),
        ("{\"a\": \"\\x\"}", "f.json:1:9: error: found 'x', allowed is one of"),
        ("{\"a\": \"\\u12g4\"}", "f.json:1:12: error: found 'g4', allowed is four hexadecimal digits"),
        ("{\"a\":\u{a0}1}", "f.json:1:6: error: found '\\u{a0}', allowed is a value"),
        ("version: 3\n", "f.json:1:1: error: found 'version', allowed is a value"),
        ("[]", "f.json:1:1: error: found a list, allowed is a JSON object"),
        (" null", "f.json:1:2: error: found null, allowed is a JSON object"),
        ("\"x\"", "f.json:1:1: error: found text \"x\", allowed is a JSON object"),
    ];
    for (text, line) in table {
        let loaded = load(text);
        let errors = lines(&loaded, Severity::Error);
        assert!(errors.len() == 1 && errors[0].starts_with(line), "{text:?}: {errors:?}");
        assert!(loaded.config.is_none());
    }
}

#[test]
fn values_are_read_as_serde_reads_them() {
    let texts = [
        r#"{"a": [1, -0.5, 1e3, 1E-2, 123456789012345678901234567890, true, false, null, "x"]}"#,
        r#"{"a": "\"\\\/\b\f\n\r\tä\u00e4\ud83d\ude00", "": {}, "b": []}"#,
        "\r\n\t {\"a\" : [ 1 , [ ] , { } ] }\n",
    ];
    for text in texts {
        let serde: Value = serde_json::from_str(text).expect("valid");
        assert_eq!(parse_json(text).expect("valid").value(), serde);
    }
}

#[test]
fn lone_surrogates_become_replacement_characters() {
    for (text, read) in [
        (r#""\ud800""#, "\u{fffd}"),
        (r#""\ud800x""#, "\u{fffd}x"),
        (r#""\udc00\ud800""#, "\u{fffd}\u{fffd}"),
        (r#""\ud800\u0041""#, "\u{fffd}A"),
    ] {
        let Kind::Text(found) = parse_json(text).expect("valid").kind else { panic!("no text") };
        assert_eq!(found, read, "{text}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse_json(&nested(CONFIG_DEPTH)).is_ok());
    let fault = parse_json(&nested(CONFIG_DEPTH + 1)).expect_err("too deep");
    assert_eq!(fault.offset, CONFIG_DEPTH);
    assert!(parse_json(&"{\"a\":".repeat(1_000_000)).is_err());
}

#[test]
fn the_last_of_equal_keys_counts_and_both_are_named() {
    let text = "{\n \"version\": 2,\n \"version\": 3}";
    assert_eq!(good(text).version, 3);
    warned(
        text,
        &["f.json:3:13: warning: at 'version': 'version' stands here in line 2 column 2 and in line 3 column 2"],
    );
    let text =
        "{\"version\": 3, \"extra_config\": {\"router\": {\"auto_options\": false, \"auto_options\": true}}}";
    assert!(good(text).router.auto_options);
    warned(text, &["at 'extra_config.router.auto_options'", "the last one counts"]);
    let twice = r#"{"version": 3, "extra_config": {"router": {"auto_options": true}, "router": {}}}"#;
    assert!(!good(twice).router.auto_options);
}

#[test]
fn columns_count_characters() {
    refused(
        "{\"version\": 3, \"name\": \"\u{e4}\u{1f600}\", \"port\": \"http\"}",
        &["f.json:1:38: error: at 'port': found text \"http\", allowed is a whole number"],
    );
}

#[test]
fn broken_utf8_is_replaced_with_a_warning() {
    let loaded =
        crate::config::load::load_bytes("f.json", b"{\"version\": 3,\n\"name\": \"a\xffb\"}".to_vec(), &[]);
    assert_eq!(loaded.config.as_ref().map(|c| c.name.as_str()), Some("a\u{fffd}b"));
    assert_eq!(lines(&loaded, Severity::Warning).len(), 1);
    assert!(lines(&loaded, Severity::Warning)[0].contains("line 2 is not UTF-8"));
}

#[test]
fn the_ending_of_the_name_gives_the_format() {
    let text = r#"{"version": 3}"#;
    for name in ["a.json", "a.txt", "a", "a.YAML", "a.hcl"] {
        assert!(!crate::config::load_text(name, text, &[]).has_errors(), "{name}");
    }
    for name in ["a.yaml", "a.yml", "a.toml"] {
        let loaded = crate::config::load_text(name, text, &[]);
        assert!(lines(&loaded, Severity::Error)[0].contains("is not built yet; allowed is JSON"), "{name}");
    }
}

#[test]
fn a_missing_file_is_a_finding() {
    let loaded = crate::config::load(std::path::Path::new("no/such/file.json"), &[]);
    let errors = lines(&loaded, Severity::Error);
    assert!(
        errors.len() == 1 && errors[0].starts_with("no/such/file.json: error: the file cannot be read"),
        "{errors:?}"
    );
}

#[test]
fn paths_and_pointers() {
    use crate::config::path::{element, member, pointer, steps, Step};
    let table = [
        ("", ""),
        ("timeout", "/timeout"),
        ("endpoints[0].backend[12].timeout", "/endpoints/0/backend/12/timeout"),
        ("extra_config[\"qos/http-cache\"].shared", "/extra_config/qos~1http-cache/shared"),
        ("[\"a.b\"]", "/a.b"),
        ("a[\"~]\\\"\"][3]", "/a/~0]\"/3"),
    ];
    for (at, expected) in table {
        assert_eq!(pointer(at), expected);
    }
    for key in ["a", "a.b", "", "[0]", "\"", "\n", "x-y", "@c", "1", "\u{e4}"] {
        let at = member(&element(&member("", key), 7), key);
        let key = || Step::Key(key.to_string());
        assert_eq!(steps(&at), [key(), Step::Index(7), key()], "{at}");
    }
    // Not written by this module: read as far as it goes.
    for odd in ["a.", "a[", "a[x]", "a[\"b", "].", "..", "a[99999999999999999999]"] {
        assert!(!steps(odd).is_empty(), "{odd}");
    }
}
