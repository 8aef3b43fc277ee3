use super::*;

fn literal(text: &str) -> Segment {
    Segment::Literal(text.as_bytes().to_vec())
}

#[test]
fn takes_paths_apart() {
    let table = [
        ("/", "/", vec![literal("")], vec![]),
        ("", "/", vec![literal("")], vec![]),
        ("no-slash", "/no-slash", vec![literal("no-slash")], vec![]),
        ("/a/b/", "/a/b/", vec![literal("a"), literal("b"), literal("")], vec![]),
        (
            "/u/{id}/{a-b.c:d_}",
            "/u/:id/:a-b.c:d_",
            vec![literal("u"), Segment::Param, Segment::Param],
            vec!["id", "a-b.c:d_"],
        ),
        ("/{a}", "/:a", vec![Segment::Param], vec!["a"]),
        ("/{}", "/{}", vec![literal("{}")], vec![]),
        ("/{a b}", "/{a b}", vec![literal("{a b}")], vec![]),
        ("/\u{fc}/x", "/\u{fc}/x", vec![literal("\u{fc}"), literal("x")], vec![]),
        ("/__debugging", "/__debugging", vec![literal("__debugging")], vec![]),
    ];
    for (path, log, segments, params) in table {
        let pattern = Pattern::parse(path, false).expect(path);
        assert_eq!((pattern.log.as_str(), &pattern.segments), (log, &segments), "{path}");
        assert_eq!(pattern.params, params, "{path}");
        assert!(pattern.taken_literally.is_empty());
    }
}

#[test]
fn refuses_what_cannot_be_routed() {
    for path in ["/x/*y", "/*", "/__health", "__health", "/__debug/x", "/__echo/", "/{x}.json"] {
        assert!(Pattern::parse(path, false).is_err(), "{path}");
    }
    assert!(Pattern::parse("/a-{x}.json", true).is_err());
    assert!(Pattern::parse(&"/a".repeat(ROUTE_SEGMENTS), false).is_ok());
    assert!(Pattern::parse(&"/a".repeat(ROUTE_SEGMENTS + 1), false).is_err());
    let pattern = Pattern::parse("/a-{x}.json", false).expect("plain text");
    assert_eq!(pattern.taken_literally, ["a-{x}.json"]);
    assert!(pattern.params.is_empty());
}
