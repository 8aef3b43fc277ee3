//! One document under one shape, as KrakenD was seen to answer.

use crate::json::fuzzing::OwnedSpec;
use crate::json::{keys_disjoint, Added, DecodeError, Merger, Shape};

const PERSON: &str = r#"{"id": 7, "name": "Ann Poe", "email": "ann@x.io",
    "address": {"street": "Oak 1", "city": "Ulm", "geo": {"lat": 48.4, "lon": 9.99}},
    "tags": ["a", "b"], "roles": [{"n": "r1", "v": 1}], "active": true, "boss": null}"#;

/// `target:address; allow:id,name; deny:a.b; mapping:id=k; group:g; collection`.
fn spec(text: &str) -> OwnedSpec {
    let mut spec = OwnedSpec::default();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once(':').unwrap_or((part, ""));
        let list = || value.split(',').map(str::to_owned).collect::<Vec<_>>();
        match name {
            "target" => spec.target = value.to_owned(),
            "allow" => spec.allow = list(),
            "deny" => spec.deny = list(),
            "group" => spec.group = value.to_owned(),
            "collection" => spec.is_collection = true,
            "mapping" => {
                let pair = |item: String| item.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
                spec.mapping = list().into_iter().filter_map(pair).collect();
            }
            other => panic!("unknown part {other}"),
        }
    }
    spec
}

fn run(body: &[u8], shape: &str) -> Result<(String, Added), DecodeError> {
    let spec = spec(shape);
    let mut merger = Merger::new();
    let mut texts = Vec::new();
    for disjoint in [true, false] {
        let mut out = Vec::new();
        merger.begin(&mut out, disjoint);
        let added = merger.add(&mut out, body, &Shape::compile(&spec.spec()));
        let members = merger.finish(&mut out).members;
        let Ok(added) = added else {
            assert_eq!(out, b"{}");
            return Err(added.unwrap_err());
        };
        assert_eq!(members == 0, added.empty);
        texts.push((String::from_utf8(out).unwrap(), added));
    }
    assert_eq!(texts[0], texts[1]);
    Ok(texts.remove(0))
}

/// The answer without blanks (no string here holds one but `Ann Poe` and `Oak 1`).
fn cut(body: &str, shape: &str) -> String {
    run(body.as_bytes(), shape).unwrap().0.split_whitespace().collect()
}

#[test]
fn shapes_of_a_person() {
    let deny_rest = "deny:email,tags,roles,active,boss,name,";
    let cases: &[(&str, &str)] = &[
        ("allow:id,name", r#"{"id":7,"name":"AnnPoe"}"#),
        ("allow:address.city,tags", r#"{"address":{"city":"Ulm"},"tags":["a","b"]}"#),
        ("allow:address.geo.lat,address.geo.lon", r#"{"address":{"geo":{"lat":48.4,"lon":9.99}}}"#),
        ("allow:roles.n", "{}"),
        ("allow:missing", "{}"),
        ("allow:address,address.city", r#"{"address":{"city":"Ulm"}}"#),
        (
            "allow:address.city,address",
            r#"{"address":{"street":"Oak1","city":"Ulm","geo":{"lat":48.4,"lon":9.99}}}"#,
        ),
        ("allow:boss,active", r#"{"active":true,"boss":null}"#),
        ("allow:address.geo", r#"{"address":{"geo":{"lat":48.4,"lon":9.99}}}"#),
        ("allow:id.x", "{}"),
        ("allow:address.missing,address.geo.missing", "{}"),
        ("allow:id;deny:id", r#"{"id":7}"#),
        ("target:address", r#"{"city":"Ulm","geo":{"lat":48.4,"lon":9.99},"street":"Oak1"}"#),
        ("target:address.geo;group:geo", r#"{"geo":{"lat":48.4,"lon":9.99}}"#),
        ("target:tags", "{}"),
        ("target:id", "{}"),
        ("target:boss", "{}"),
        ("target:missing", "{}"),
        ("target:missing;group:g", r#"{"g":{}}"#),
        ("target:address;allow:city;group:a", r#"{"a":{"city":"Ulm"}}"#),
        ("group:w;allow:none", r#"{"w":{}}"#),
        (
            "group:wrap;mapping:id=k;allow:id,address.geo",
            r#"{"wrap":{"k":7,"address":{"geo":{"lat":48.4,"lon":9.99}}}}"#,
        ),
        ("allow:id,name;mapping:id=k", r#"{"k":7,"name":"AnnPoe"}"#),
        ("allow:id;mapping:id=x.y.z", r#"{"x":7}"#),
        ("allow:id,email;mapping:id=email", r#"{"email":7}"#),
        ("allow:address.city;mapping:address=home", r#"{"home":{"city":"Ulm"}}"#),
        ("allow:address.zip,id;mapping:address=id", r#"{"id":7}"#),
        ("allow:id;mapping:id=id", "{}"),
    ];
    for (shape, expected) in cases {
        assert_eq!(cut(PERSON, shape), *expected, "{shape}");
    }
    assert_eq!(
        cut(PERSON, &format!("{deny_rest}address.geo.lat,address.geo.lon")),
        r#"{"address":{"street":"Oak1","city":"Ulm","geo":{}},"id":7}"#
    );
    assert_eq!(cut(PERSON, &format!("{deny_rest}address,address.city")), r#"{"id":7}"#);
    assert_eq!(cut(PERSON, &format!("{deny_rest}address.city,address")), r#"{"id":7}"#);
    assert_eq!(
        cut(
            PERSON,
            &format!("{deny_rest}address.city,address.street;mapping:id=k,address=home,address.geo=x")
        ),
        r#"{"home":{"geo":{"lat":48.4,"lon":9.99}},"k":7}"#
    );
}

#[test]
fn nothing_configured_copies_the_bytes() {
    let body = b" {\"a\" : 1.10 , \"b\":[ ], \"\\u0063\": 12345678901234567890123 }\n";
    let (text, _) = run(body, "").unwrap();
    assert_eq!(text, "{\"a\" : 1.10 , \"b\":[ ], \"\\u0063\": 12345678901234567890123}");
    let (text, _) = run(body, "group:g").unwrap();
    assert_eq!(text, "{\"g\":{\"a\" : 1.10 , \"b\":[ ], \"\\u0063\": 12345678901234567890123 }}");
}

#[test]
fn collections_and_null() {
    let cases: &[(&str, &str, &str)] = &[
        ("[1,{\"b\":2}]", "collection", r#"{"collection":[1,{"b":2}]}"#),
        (" [ ] ", "collection", r#"{"collection":[]}"#),
        ("null", "collection", r#"{"collection":null}"#),
        ("[1]", "collection;group:g", r#"{"g":{"collection":[1]}}"#),
        ("[1]", "collection;mapping:collection=list", r#"{"list":[1]}"#),
        ("[1]", "collection;mapping:collection=collection", "{}"),
        ("[1]", "collection;allow:collection", r#"{"collection":[1]}"#),
        ("[1]", "collection;allow:collection.a", "{}"),
        ("[1]", "collection;allow:x;group:g", r#"{"g":{}}"#),
        ("[1]", "collection;deny:collection", "{}"),
        ("[1]", "collection;deny:collection.a", r#"{"collection":[1]}"#),
        ("[1]", "collection;target:collection", "{}"),
        ("null", "", "{}"),
        ("null", "target:a", "{}"),
        ("null", "group:g", r#"{"g":null}"#),
        ("null", "group:g;target:a", r#"{"g":{}}"#),
        ("{}", "group:g", r#"{"g":{}}"#),
        ("{}", "", "{}"),
    ];
    for (body, shape, expected) in cases {
        assert_eq!(cut(body, shape), *expected, "{body} {shape}");
    }
    assert_eq!(run(b"null", "").unwrap().1, Added { null: true, empty: true });
    assert_eq!(run(b"null", "target:a").unwrap().1, Added { null: false, empty: true });
    assert_eq!(run(b"null", "group:g").unwrap().1, Added { null: false, empty: false });
}

#[test]
fn what_is_refused() {
    let bodies: &[&[u8]] = &[
        b"",
        b"  ",
        b"42",
        b"\"a\"",
        b"true",
        b"plain text",
        b"[1]",
        b"{\"a\":",
        b"{\"a\":1",
        b"{a:1}",
        b"\xEF\xBB\xBF{}",
        b"{\"a\":01}",
        b"{\"a\":1.}",
        b"{\"a\":-}",
        b"{\"a\":+1}",
        b"{\"a\":.5}",
        b"{\"a\":1e}",
        b"{\"a\":0x1}",
        b"{\"a\":NaN}",
        b"{\"a\":tru}",
        b"{\"a\":1,}",
        b"{,}",
        b"{\"a\" 1}",
        b"{\"a\":\"\x01\"}",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\\x\"}",
        b"{\"a\":\"\\u12g4\"}",
        b"{\"a\":[1,]}",
        b"{\"a\":[1}}",
        b"{\"a\":1]",
        b"{\"a\":\"b",
        b"{\"a\":\"b\\",
        b"{'a':1}",
        b"{1:1}",
        b"\x00{}",
        b"\x0C{}",
        b"{\"a\":1\x00}",
        b"{\"a\":truex}",
        b"{\"a\":1x}",
        b"nul",
        b"{\xFF}",
        b"\xC2\xA0{}",
    ];
    for body in bodies {
        assert!(run(body, "").is_err(), "{}", String::from_utf8_lossy(body));
    }
    for body in [&b"{}"[..], b"{\"a\":1}", b"42", b"", b"[1", b"\"\""] {
        assert!(run(body, "collection").is_err(), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn what_go_takes_and_others_refuse() {
    let cases: &[(&[u8], &str)] = &[
        (b"{\"a\":1} trailing", r#"{"a":1}"#),
        (b"{\"a\":1}{\"a\":2}", r#"{"a":1}"#),
        (b"{\"a\":1}\xFF\x00", r#"{"a":1}"#),
        (b"{\"a\":1e400,\"b\":-1E+999,\"c\":1e-400}", r#"{"a":1e400,"b":-1E+999,"c":1e-400}"#),
        (b"{\"a\":123456789012345678901234567890}", r#"{"a":123456789012345678901234567890}"#),
        (b"{\"a\":-0}", r#"{"a":-0}"#),
        (br#"{"a":"\ud800"}"#, r#"{"a":"\ufffd"}"#),
        (br#"{"a":"\udc00\ud800\u0041"}"#, r#"{"a":"\ufffd\ufffd\u0041"}"#),
        (br#"{"a":"\ud800\ud83d\ude00"}"#, r#"{"a":"\ufffd\ud83d\ude00"}"#),
        (br#"{"\ud800":1}"#, r#"{"\ufffd":1}"#),
        (b"{\"a\":\"\xFF\"}", "{\"a\":\"\u{FFFD}\"}"),
        (b"{\"a\":\"\xE2\x82x\"}", "{\"a\":\"\u{FFFD}\u{FFFD}x\"}"),
        (b"{\"a\":\"\xED\xA0\x80\"}", "{\"a\":\"\u{FFFD}\u{FFFD}\u{FFFD}\"}"),
    ];
    for (body, expected) in cases {
        assert_eq!(run(body, "").unwrap().0, *expected);
    }
    assert_eq!(run(b"null and more", "").unwrap().1, Added { null: true, empty: true });
    assert_eq!(run(b"nullnull", "").unwrap().1, Added { null: true, empty: true });
    assert_eq!(cut("[1]x", "collection"), r#"{"collection":[1]}"#);
}

#[test]
fn names_are_compared_unescaped() {
    assert_eq!(cut(r#"{"\u0061":{"\"b\\":1,"c":2},"x":3}"#, "allow:a.\"b\\"), r#"{"\u0061":{"\"b\\":1}}"#);
    assert_eq!(cut(r#"{"\u0061":{"\"b\\":1,"c":2},"x":3}"#, "deny:a.\"b\\,x"), r#"{"\u0061":{"c":2}}"#);
    assert_eq!(cut(r#"{"\u0061\\\"":{"b":1}}"#, "target:a\\\""), r#"{"b":1}"#);
    assert_eq!(cut(r#"{"\\":[1]}"#, "mapping:\\=k"), r#"{"k":[1]}"#);
    assert_eq!(cut(r#"{"\\":{"a":1,"b":2}}"#, "allow:\\.b"), r#"{"\\":{"b":2}}"#);
    assert_eq!(cut(r#"{"\u0061":[1]}"#, "mapping:a=q\""), r#"{"q\"":[1]}"#);
    assert_eq!(
        cut(r#"{"é":1,"日本":{"k":"値","l":2}}"#, "allow:é,日本.k;mapping:é=ü"),
        r#"{"ü":1,"日本":{"k":"値"}}"#
    );
    assert_eq!(cut(r#"{"a.b":1,"a":{"b":2}}"#, "deny:a.b"), r#"{"a":{},"a.b":1}"#);
    assert_eq!(cut(r#"{"":1,"a":{"":2}}"#, "allow:,a."), r#"{"":1,"a":{"":2}}"#);
}

#[test]
fn of_equal_names_in_an_opened_object_the_last_counts() {
    assert_eq!(cut(r#"{"a":{"b":1},"a":5}"#, "allow:a.b"), "{}");
    assert_eq!(cut(r#"{"a":5,"a":{"b":1,"b":2}}"#, "allow:a.b"), r#"{"a":{"b":2}}"#);
    assert_eq!(cut(r#"{"a":{"b":1},"a":{"c":2}}"#, "target:a"), r#"{"c":2}"#);
    assert_eq!(cut(r#"{"a":{"b":1},"a":7}"#, "target:a"), "{}");
    assert_eq!(cut(r#"{"a":1,"b":2,"a":3}"#, "deny:a"), r#"{"b":2}"#);
    assert_eq!(cut(r#"{"a":1,"a":2,"b":0}"#, "mapping:a=b"), r#"{"b":2}"#);
    assert_eq!(cut(r#"{"a":{"b":1},"a":5,"c":1}"#, "allow:a.b,c;mapping:a=c"), r#"{"c":1}"#);
}

#[test]
fn renames_happen_at_once() {
    assert_eq!(cut(r#"{"a":1,"b":2}"#, "mapping:a=b,b=a"), r#"{"a":2,"b":1}"#);
    assert_eq!(cut(r#"{"a":1,"b":2,"c":3}"#, "mapping:a=c,b=c"), r#"{"c":2}"#);
    assert_eq!(cut(r#"{"a":1,"b":2}"#, "mapping:a=b,b=c"), r#"{"b":1,"c":2}"#);
    assert_eq!(cut(r#"{"b":2}"#, "mapping:a=b"), r#"{"b":2}"#);
}

#[test]
fn long_lists_are_searched_too() {
    let names: Vec<_> = (0..40).map(|i| format!("k{i:02}")).collect();
    let body = names.iter().map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(",");
    let odd: Vec<_> = names.iter().skip(1).step_by(2).cloned().collect();
    let text = cut(&format!("{{{body}}}"), &format!("deny:{}", odd.join(",")));
    let expected = names.iter().step_by(2).map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(",");
    assert_eq!(text, format!("{{{expected}}}"));
}

#[test]
fn which_shapes_cannot_meet_in_a_name() {
    let cases: &[(&[&str], bool)] = &[
        (&[], true),
        (&[""], true),
        (&["group:a"], true),
        (&["group:a", "group:b"], true),
        (&["group:a", "group:a"], false),
        (&["group:a", ""], false),
        (&["", "group:a"], false),
        (&["", ""], false),
        (&["allow:a.x,b", "allow:c", "group:d", "collection"], true),
        (&["allow:a.x,b", "allow:a.y"], false),
        (&["allow:a;mapping:a=b.c", "allow:a"], true),
        (&["allow:a;mapping:a=b.c", "allow:b"], false),
        (&["allow:a,c;mapping:a=b,c=b", "group:a"], true),
        (&["collection", "group:collection"], false),
        (&["collection;mapping:collection=x", "group:collection"], true),
        (&["collection;deny:collection", "collection"], true),
        (&["deny:a", "group:a"], false),
    ];
    for (shapes, expected) in cases {
        let compiled: Vec<_> = shapes.iter().map(|shape| Shape::compile(&spec(shape).spec())).collect();
        assert_eq!(keys_disjoint(&compiled), *expected, "{shapes:?}");
    }
}
