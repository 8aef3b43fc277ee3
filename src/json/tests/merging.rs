//! Several documents in one answer.

use crate::json::{write_json_string, Finished, Merger, Shape, ShapeSpec};
use crate::limits::{BUFFER_KEPT_BYTES, JSON_DEPTH};

fn grouped(group: &str) -> Shape {
    Shape::compile(&ShapeSpec { group, ..ShapeSpec::default() })
}

fn merge(bodies: &[&str]) -> (String, Finished) {
    let (mut merger, mut out) = (Merger::new(), Vec::new());
    merger.begin(&mut out, false);
    for body in bodies {
        merger.add(&mut out, body.as_bytes(), &Shape::default()).unwrap();
    }
    let finished = merger.finish(&mut out);
    (String::from_utf8(out).unwrap(), finished)
}

#[test]
fn later_documents_replace_members() {
    let cases: &[(&[&str], &str)] = &[
        (&[r#"{"a":1}"#, r#"{"b":2}"#], r#"{"a":1,"b":2}"#),
        (&[r#"{"a":1,"b":2}"#, r#"{"a":3}"#], r#"{"a":3,"b":2}"#),
        (&[r#"{"a":1 , "b":2}"#, r#"{ "b":3 , "c":4 }"#, r#"{"c":5}"#], r#"{"a":1,"b":3,"c":5}"#),
        (&[r#"{"a":1}"#, r#"{"\u0061":2}"#, r#"{"a":3}"#], r#"{"a":3}"#),
        (&[r#"{"a":1}"#, "{}", "null", r#"{"a":{"x":","}}"#], r#"{"a":{"x":","}}"#),
        (&[r#"{"a":1,"a":2,"b":3,"a":[4,5]}"#], r#"{"a":[4,5],"b":3}"#),
        (&["{}", "{}"], "{}"),
        (&[r#"{"":1}"#, r#"{"":2}"#], r#"{"":2}"#),
    ];
    for (bodies, expected) in cases {
        let (text, finished) = merge(bodies);
        assert_eq!(text, *expected);
        assert_eq!(finished.members, expected.matches("\":").count() - expected.matches("x\":").count());
    }
}

#[test]
fn a_refused_body_leaves_nothing_behind() {
    let (mut merger, mut out) = (Merger::new(), b"HEAD".to_vec());
    merger.begin(&mut out, false);
    merger.add(&mut out, br#"{"a":1}"#, &grouped("x")).unwrap();
    let before = out.clone();
    for body in ["{\"b\":", "[1]", "7", ""] {
        assert!(merger.add(&mut out, body.as_bytes(), &grouped("x")).is_err());
        assert_eq!(out, before);
    }
    merger.add(&mut out, br#"{"c":1}"#, &grouped("y")).unwrap();
    assert_eq!(merger.finish(&mut out), Finished { members: 2 });
    assert_eq!(out, br#"HEAD{"x":{"a":1},"y":{"c":1}}"#);
}

#[test]
fn single_members_follow_the_same_rule() {
    let (mut merger, mut out) = (Merger::new(), Vec::new());
    merger.begin(&mut out, false);
    merger.add_member(&mut out, "error_\"one\"", br#"{"http_status_code":404}"#);
    merger.add(&mut out, br#"{"k":1,"error_\"one\"":2}"#, &Shape::default()).unwrap();
    merger.add_member(&mut out, "k", b"[]");
    assert_eq!(merger.finish(&mut out), Finished { members: 2 });
    assert_eq!(out, br#"{"error_\"one\"":2,"k":[]}"#);
}

#[test]
fn a_merger_forgets_the_answer_before() {
    let (mut merger, mut out) = (Merger::new(), Vec::new());
    for _ in 0..3 {
        out.clear();
        merger.begin(&mut out, false);
        merger.add(&mut out, br#"{"a":1,"b":2}"#, &Shape::default()).unwrap();
        assert_eq!(merger.finish(&mut out).members, 2);
        assert_eq!(out, br#"{"a":1,"b":2}"#);
    }
}

#[test]
fn nesting_is_bounded_and_takes_no_stack() {
    for (depth, fine) in [(JSON_DEPTH - 1, true), (JSON_DEPTH, false), (1_000_000, false)] {
        let opened = r#"{"a":"#.repeat(depth);
        let closed = "}".repeat(depth);
        let arrays = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let path = ["a"; 20_000].join(".");
        let deep_deny = ShapeSpec { deny: std::slice::from_ref(&path), ..ShapeSpec::default() };
        let objects = format!("{opened}{{}}{closed}");
        // Surrogates send the same texts through the slow path.
        let slow = objects.replacen("{}", r#"{"\ud800":1}"#, 1);
        let bodies =
            [(arrays, Shape::default()), (objects, Shape::compile(&deep_deny)), (slow, grouped("g"))];
        for (body, shape) in bodies {
            let (mut merger, mut out) = (Merger::new(), Vec::new());
            merger.begin(&mut out, true);
            assert_eq!(merger.add(&mut out, body.as_bytes(), &shape).is_ok(), fine, "{depth}");
        }
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(JSON_DEPTH - 1), "}".repeat(JSON_DEPTH - 1));
    let path = ["a"; JSON_DEPTH - 1].join(".");
    let allow = Shape::compile(&ShapeSpec { allow: &[path], ..ShapeSpec::default() });
    let (mut merger, mut out) = (Merger::new(), Vec::new());
    merger.begin(&mut out, true);
    merger.add(&mut out, deep.as_bytes(), &allow).unwrap();
    merger.finish(&mut out);
    assert_eq!(String::from_utf8(out).unwrap(), deep);
}

#[test]
fn many_repeated_members_are_closed_up_once() {
    let body =
        format!("{{{}}}", (0..30_000).map(|i| format!("\"k{i:05}\":{i}")).collect::<Vec<_>>().join(","));
    assert!(body.len() > BUFFER_KEPT_BYTES, "the path for huge bodies is meant");
    let (mut merger, mut out) = (Merger::new(), Vec::new());
    for _ in 0..2 {
        out.clear();
        merger.begin(&mut out, false);
        merger.add(&mut out, body.as_bytes(), &Shape::default()).unwrap();
        merger.add(&mut out, body.as_bytes(), &Shape::default()).unwrap();
        assert_eq!(merger.finish(&mut out).members, 30_000);
        assert_eq!(String::from_utf8_lossy(&out), body);
    }
}

#[test]
fn strings_are_written_as_json() {
    let cases: &[(&[u8], &str)] = &[
        (b"", r#""""#),
        (b"plain", r#""plain""#),
        (b"a\"b\\c/", r#""a\"b\\c/""#),
        (b"\n\r\t\x00\x1F\x7F", "\"\\n\\r\\t\\u0000\\u001f\x7F\""),
        ("é日😀".as_bytes(), "\"é日😀\""),
        (b"\xFFx\xE2\x82", "\"\u{FFFD}x\u{FFFD}\u{FFFD}\""),
        (b"\xED\xA0\x80\xC0\x80", "\"\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\""),
    ];
    for (text, expected) in cases {
        let mut out = Vec::new();
        write_json_string(&mut out, text);
        assert_eq!(String::from_utf8(out).unwrap(), *expected);
    }
}
