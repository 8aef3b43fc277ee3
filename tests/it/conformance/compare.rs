//! What differs between the recording and this run, in words.

use crate::kit::json::Json;

/// Every difference, each with its place.
pub fn differences(want: &Json, got: &Json, place: &str) -> Vec<String> {
    match (want, got) {
        (Json::Obj(a), Json::Obj(b)) => {
            let mut out = Vec::new();
            let name = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
            for (key, value) in a {
                let place = format!("{place}.{}", name(key));
                match b.iter().find(|(k, _)| k == key) {
                    Some((_, other)) => out.extend(differences(value, other, &place)),
                    None => out.push(format!("{place}: missing, expected {}", short(value))),
                }
            }
            let extra = b.iter().filter(|(k, _)| !a.iter().any(|(other, _)| other == k));
            out.extend(extra.map(|(k, v)| format!("{place}.{}: unexpected {}", name(k), short(v))));
            out
        }
        (Json::Arr(a), Json::Arr(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.flat_map(|(i, (a, b))| differences(a, b, &format!("{place}[{i}]"))).collect()
        }
        _ if want.same(got) => Vec::new(),
        _ => vec![format!("{place}: expected {}, got {}", short(want), short(got))],
    }
}

fn short(value: &Json) -> String {
    let text = value.dump();
    if text.len() < 300 {
        text
    } else {
        format!("{}…", &text[..300])
    }
}

/// Calls of one backend in an order that means nothing.
pub fn sort_calls(observed: &mut Json) {
    let Json::Obj(members) = observed else { return };
    for (_, backends) in members.iter_mut().filter(|(key, _)| key == b"backend") {
        let Json::Obj(backends) = backends else { continue };
        for (_, calls) in backends {
            if let Json::Arr(calls) = calls {
                calls.sort_by_cached_key(Json::sorted);
            }
        }
    }
}

#[test]
fn every_kind_of_difference_is_found() {
    let parse = |t: &str| Json::parse(t.as_bytes()).unwrap();
    let cases = [
        (r#"{"a":1}"#, r#"{"a":2}"#, ".a: expected 1, got 2"),
        (r#"{"a":1}"#, r"{}", ".a: missing, expected 1"),
        (r"{}", r#"{"a":1}"#, ".a: unexpected 1"),
        (r"[1]", r"[1,2]", ": expected [1], got [1, 2]"),
        (r"[1,[2]]", r"[1,[3]]", "[1][0]: expected 2, got 3"),
        (r"1", r"true", ": expected 1, got true"),
        (r#""1""#, r"1", r#": expected "1", got 1"#),
        (r"null", r"{}", ": expected null, got {}"),
    ];
    for (want, got, text) in cases {
        assert_eq!(differences(&parse(want), &parse(got), ""), [text]);
    }
    assert!(differences(&parse(r#"{"a":1,"b":[1.0]}"#), &parse(r#"{"b":[1],"a":1}"#), "").is_empty());
}

#[test]
fn calls_are_sorted_within_a_backend() {
    let parse = |t: &str| Json::parse(t.as_bytes()).unwrap();
    let mut value = parse(r#"{"backend":{"a":[{"path":"/2"},{"path":"/1"}]},"status":[2,1]}"#);
    sort_calls(&mut value);
    assert_eq!(value.dump(), r#"{"backend": {"a": [{"path": "/1"}, {"path": "/2"}]}, "status": [2, 1]}"#);
}
