use super::*;
use serde_json::json;

#[test]
fn durations_read_as_go_reads_them() {
    let table = [
        ("0", Some(0)),
        ("1s", Some(1_000_000_000)),
        ("1h30m10s", Some(5_410_000_000_000)),
        ("1.5s", Some(1_500_000_000)),
        (".5s", Some(500_000_000)),
        ("100ms", Some(100_000_000)),
        ("7us", Some(7_000)),
        ("7\u{b5}s", Some(7_000)),
        ("+2ns", Some(2)),
        ("-5s", Some(0)),
        ("", None),
        ("10", None),
        ("1d", None),
        ("s", None),
        (".s", None),
        ("1.2.3s", None),
        ("1s ", None),
        ("1e3s", None),
        ("9999999999h", None),
    ];
    for (text, nanos) in table {
        assert_eq!(go_duration(text), nanos.map(Duration::from_nanos), "{text:?}");
    }
}

#[test]
fn wrong_types_leave_findings_with_their_place() {
    let raw = Raw {
        at: "x.y".into(),
        value: json!({"n": "1", "t": 5, "b": 0, "l": ["a", 1], "m": {}, "null": null, "f": 2.9}),
    };
    for wrong in [Wrong::Refuse, Wrong::Ignore] {
        let mut findings = Vec::new();
        let mut reader = Reader::new(&raw, wrong, &mut findings).expect("an object");
        assert_eq!(reader.number("n"), None);
        assert_eq!(reader.text("t"), None);
        assert_eq!(reader.boolean("b"), None);
        assert_eq!(reader.texts("l"), ["a"]);
        assert!(reader.texts("m").is_empty());
        assert_eq!((reader.number("null"), reader.number("none")), (None, None));
        assert_eq!(reader.whole("f"), Some(2));
        let places: Vec<_> = findings.iter().map(|f| f.at.as_str()).collect();
        assert_eq!(places, ["x.y.n", "x.y.t", "x.y.b", "x.y.l[1]", "x.y.m"]);
        let severity = Finding::error("", "").severity;
        assert!(findings.iter().all(|f| (f.severity == severity) == (wrong == Wrong::Refuse)));
    }
}

#[test]
fn settings_that_are_no_object() {
    let raw = Raw { at: "x".into(), value: json!([1]) };
    let mut findings = Vec::new();
    assert!(Reader::new(&raw, Wrong::Refuse, &mut findings).is_none());
    assert!(Reader::new(&raw, Wrong::Ignore, &mut findings).is_none());
    assert_eq!(findings[0].text, "found an array, allowed is an object");
    assert!(findings[1].text.ends_with("the component is off"));
}
