//! Static members, and values for placeholders.

use crate::json::static_data::{applies, Strategy};
use crate::json::values::{lookup, Lookup};
use crate::json::{Merger, Shape, StaticData};
use proptest::prelude::*;

#[test]
fn strategies() {
    // Two backends: all went well, one failed, all failed; one that is not complete.
    let cases = [
        ("always", [true, true, true]),
        ("success", [true, false, true]),
        ("errored", [false, true, false]),
        ("complete", [true, false, false]),
        ("incomplete", [false, true, true]),
        ("bogus", [true, true, true]),
        ("", [true, true, true]),
        ("Success", [true, true, true]),
    ];
    for (name, expected) in cases {
        let strategy = Strategy::named(name);
        let states = [(false, true), (true, false), (false, false)];
        assert_eq!(states.map(|(error, complete)| applies(strategy, error, complete)), expected, "{name}");
    }
    for name in Strategy::NAMES {
        assert_eq!(name == "always", Strategy::named(name) == Strategy::Always);
    }
}

#[test]
fn static_members_replace() {
    let data = serde_json::from_str(r#"{"st":"a\"b","v":1.50,"n":{"a":[1]},"é":null}"#).unwrap();
    let data = StaticData::compile(&data, Strategy::Errored);
    assert_eq!(data.keys().collect::<Vec<_>>(), ["st", "v", "n", "é"]);
    assert!(data.applies(true, false) && !data.applies(false, true));
    let mut merger = Merger::new();
    for (body, expected) in [
        (r#"{"v":2,"w":3}"#, r#"{"n":{"a":[1]},"st":"a\"b","v":1.50,"w":3,"é":null}"#),
        ("{}", r#"{"n":{"a":[1]},"st":"a\"b","v":1.50,"é":null}"#),
    ] {
        let mut out = Vec::new();
        merger.begin(&mut out, false);
        merger.add(&mut out, body.as_bytes(), &Shape::default()).unwrap();
        merger.add_members(&mut out, &data);
        let members = merger.finish(&mut out).members;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!(members, expected.matches(':').count() - 1, "one colon is deeper");
    }
}

fn found(json: &str, path: &str) -> (Lookup, String) {
    let path: Vec<&str> = path.split('.').collect();
    let mut out = b"/".to_vec();
    let lookup = lookup(json.as_bytes(), &path, &mut out);
    (lookup, String::from_utf8(out).unwrap()[1..].to_owned())
}

#[test]
fn values_for_placeholders() {
    let json = r#" { "id" : 10 , "name":"n 1","nest":{"k":{"v":"de\u0065p\"}"}},"arr":[1,"b",2.50], "b":true,
        "f":false,"big":9007199254740993,"nul":null,"obj":{"z":1,"a":[1,null,"q",{"b":true}]},
        "ea":[],"es":"","x":1,"x":{"y":2},"mix":[null,[1,"x"],{"k":null,"l":[]},{}],"k\"\u0065y":3 ,"last" :4}"#;
    let cases = [
        ("id", Lookup::Found, "10"),
        ("name", Lookup::Found, "n 1"),
        ("nest.k.v", Lookup::Found, "deep\"}"),
        ("arr", Lookup::Found, "1,b,2.50"),
        ("b", Lookup::Found, "true"),
        ("f", Lookup::Found, "false"),
        ("big", Lookup::Found, "9007199254740993"),
        ("nul", Lookup::Null, "<nil>"),
        ("obj", Lookup::Object, "map[a:[1 <nil> q map[b:true]] z:1]"),
        ("obj.a", Lookup::Found, "1,<nil>,q,map[b:true]"),
        ("ea", Lookup::Found, ""),
        ("es", Lookup::Found, ""),
        ("x.y", Lookup::Found, "2"),
        ("mix", Lookup::Found, "<nil>,[1 x],map[k:<nil> l:[]],map[]"),
        ("k\"ey", Lookup::Found, "3"),
        ("last", Lookup::Found, "4"),
        ("missing", Lookup::Missing, ""),
        ("nest.missing", Lookup::Missing, ""),
        // KrakenD would take the member `id` of the place where it got stuck.
        ("missing.id", Lookup::Missing, ""),
        ("id.x", Lookup::Missing, ""),
        ("arr.1", Lookup::Missing, ""),
        ("nul.x", Lookup::Missing, ""),
        ("", Lookup::Missing, ""),
    ];
    for (path, expected, text) in cases {
        assert_eq!(found(json, path), (expected, text.to_owned()), "{path}");
    }
    assert_eq!(found("{}", "a").0, Lookup::Missing);
    assert_eq!(found("null", "a").0, Lookup::Missing);
    assert_eq!(found("", "a").0, Lookup::Missing);
    let depth = 9_000;
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(found(&deep, "a").0, Lookup::Found);
}

proptest! {
    #[test]
    fn any_text_is_taken(text in "[{}\\[\\]\",:ab\\\\ 1n]{0,30}", path in "[ab.]{0,4}") {
        found(&text, &path);
    }
}
