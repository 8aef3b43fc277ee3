//! Templates.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn render(template: &Value, facts: &Facts<'_>) -> Value {
    let mut out = Vec::new();
    Template::compile(template).unwrap().render(facts, &mut out);
    serde_json::from_slice(&out).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out)))
}

#[test]
fn places_are_filled_and_the_rest_stays() {
    let template = json!({
        "code": "{status}", "text": "E{status}: {message}!", "path": ["{method} {endpoint}", 1.50, null, true],
        "at": {"{status}": "{backend}"}, "id": "{request_id}", "braces": "{} {a b} { {{message}} \"{",
    });
    let facts = Facts {
        status: 502,
        message: "say \"no\"\n",
        endpoint: "/a/:id",
        method: b"GET",
        backend: "/b",
        request_id: b"\xff\\",
    };
    let expected = json!({
        "code": 502, "text": "E502: say \"no\"\n!", "path": ["GET /a/:id", 1.50, null, true],
        "at": {"{status}": "/b"}, "id": "\u{fffd}\\", "braces": "{} {a b} { {say \"no\"\n} \"{",
    });
    assert_eq!(render(&template, &facts), expected);
}

#[test]
fn unknown_words_are_named() {
    let found = Template::compile(&json!(["{statuss} {message}", {"a": "{x}"}]));
    assert_eq!(found, Err(vec!["statuss".to_owned(), "x".to_owned()]));
}

proptest! {
    #[test]
    fn whatever_the_values_are_the_text_is_json(
        text in ".{0,20}", message in ".{0,40}", id in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let template = json!({"a": format!("{}x{{message}}{{request_id}}", text.replace(['{', '}'], ""))});
        let facts = Facts { message: &message, request_id: &id, ..Facts::default() };
        let found = render(&template, &facts);
        let id = String::from_utf8_lossy(&id);
        let expected = format!("{}x{message}", text.replace(['{', '}'], ""));
        let found = found["a"].as_str().unwrap();
        prop_assert!(found.starts_with(&expected));
        let whole = format!("{expected}{id}");
        prop_assert!(!id.is_ascii() || found == whole);
    }
}
