//! `flatmap_filter`, as KrakenD was seen to answer.

use crate::json::flatmap::{apply_to_text, Rewritten};
use crate::json::fuzzing::check_flatmap;
use crate::json::{keys_disjoint, Flatmap, Merger, Shape, ShapeSpec};

const DOC: &str = r#"{"id":7,"a":{"b":{"c":1,"d":2},"e":3},"l":[1,2,3],"m":[9],
    "o":[{"k":1,"v":2},{"k":3,"v":4}],"nul":null,"em":{},"ea":[],"x":1.50}"#;

/// `move a.b c; del d e`.
fn ops(text: &str) -> Vec<(String, Vec<String>)> {
    let op = |op: &str| {
        let mut words = op.split_whitespace().map(str::to_owned);
        (words.next().unwrap_or_default(), words.collect())
    };
    text.split(';').map(op).collect()
}

fn compile(text: &str) -> Flatmap {
    let ops = ops(text);
    let (flatmap, problems) = Flatmap::compile(ops.iter().map(|(kind, args)| (kind.as_str(), &args[..])));
    assert_eq!(problems, [], "{text}");
    flatmap.unwrap()
}

fn run(text: &str, doc: &str) -> String {
    check_flatmap(&ops(text), doc.as_bytes());
    let mut out = doc.as_bytes().to_vec();
    apply_to_text(&compile(text), &mut out, 0).unwrap();
    String::from_utf8(out).unwrap()
}

/// The members of the answer to `DOC` that differ from it, and `-name` for those that are gone.
fn changes(text: &str) -> String {
    let object = |text: &str| match serde_json::from_str(text).unwrap() {
        serde_json::Value::Object(object) => object,
        other => panic!("no object: {other}"),
    };
    let (before, after) = (object(DOC), object(&run(text, DOC)));
    let mut all: Vec<String> = Vec::new();
    for (name, value) in &after {
        if before.get(name) != Some(value) {
            all.push(format!("{name}:{value}"));
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    all.extend(gone.map(|name| format!("-{name}")));
    all.join(" ")
}

#[test]
fn operations_on_a_document() {
    let cases = [
        // Same depth: the last name changes, whatever stands before it.
        ("move x y", "y:1.50 -x"),
        ("move a.b.c q.r.z", r#"a:{"b":{"d":2,"z":1},"e":3}"#),
        ("move o.*.k o.*.label", r#"o:[{"label":1,"v":2},{"label":3,"v":4}]"#),
        ("move x id", "id:1.50 -x"),
        ("move nope y", ""),
        ("move x *", "*:1.50 -x"),
        ("move l.1 l.7", ""),
        // A wildcard at the end of the source is a name like any other.
        ("move * y", ""),
        ("move a.* y", ""),
        // Shallower: promotion.
        ("move a.b.c c", r#"a:{"b":{"d":2},"e":3} c:1"#),
        ("move a.b.c id", r#"id:1 a:{"b":{"d":2},"e":3}"#),
        ("move a.b.c a.c", r#"a:{"b":{"d":2},"c":1,"e":3}"#),
        ("move a.b.c a", "a:1"),
        ("move a.b.c q.c", r#"a:{"b":{"d":2},"e":3} c:1"#),
        ("move a.*.c a.*", r#"a:{"*":1,"b":{"d":2},"e":3}"#),
        ("move o.*.k k", r#"k:3 o:[{"v":2},{"v":4}]"#),
        ("move o.*.k o.w", r#"o:[{"v":2},{"v":4},1,3]"#),
        ("move l.1 second", "l:[1,3] second:2"),
        // Deeper: embedding.
        ("move x id.y", r#"id:{"y":1.50} -x"#),
        ("move x new.y", r#"new:{"y":1.50} -x"#),
        ("move x ea.y", "ea:[1.50] -x"),
        ("move x em.y", r#"em:{"y":1.50} -x"#),
        ("move x nul.y", r#"nul:{"y":1.50} -x"#),
        ("move x l.7.y", r#"l:[1,2,3,{"y":1.50}] -x"#),
        ("move a a.b", r#"a:{"b":{"b":{"c":1,"d":2},"e":3}}"#),
        ("move o.*.k o.*.z.k", r#"o:[{"v":2,"z":{"k":1}},{"v":4,"z":{"k":3}}]"#),
        ("move o.*.k o.w.z.k", r#"o:[{"v":2,"z":{"k":1}},{"v":4,"z":{"k":3}}]"#),
        ("move a.*.c a.*.n.m", r#"a:{"b":{"d":2,"n":{"m":1}},"e":3}"#),
        // Deleting: what is emptied is null, what was empty stays.
        ("del a.b x", r#"a:{"e":3} -x"#),
        ("del a.* l.* ea.* em.*", "a:null l:null"),
        ("del o.*.v", r#"o:[{"k":1},{"k":3}]"#),
        ("del l.0", "l:[2,3]"),
        ("del l.0 l.0", "l:[2,3]"),
        ("del l.0; del l.1", "l:[3]"),
        ("del x.y nul.y", ""),
        ("del", ""),
        // The older of two members with one name is met first.
        ("move a.b.c id; del id", r#"id:1 a:{"b":{"d":2},"e":3}"#),
        // Appending.
        ("append m l", "l:[1,2,3,9] -m"),
        ("append m ea", "ea:[9] -m"),
        ("append ea m", "-ea"),
        ("append m x", ""),
        ("append x m", ""),
        ("append nope m", ""),
        ("append o.* m", r#"m:[9,{"k":1,"v":2},{"k":3,"v":4}] o:null"#),
        ("append o.*.k m", r#"m:[9,1,3] o:[{"v":2},{"v":4}]"#),
        ("append o.*.q m", "m:[9,null,null]"),
        ("append m m", "-m"),
        ("append l.* m; append m ea", "l:null ea:[9,1,2,3] -m"),
        // Here KrakenD mixes the elements up: [3,9,2].
        ("del l.0; append m l", "l:[2,3,9] -m"),
        ("append m l; del l.3", "-m"),
    ];
    for (text, expected) in cases {
        let sorted = |list: &str| {
            let mut list: Vec<String> = list.split(' ').map(str::to_owned).collect();
            list.sort();
            list
        };
        assert_eq!(sorted(&changes(text)), sorted(expected), "{text}");
    }
}

#[test]
fn nested_wildcards_gather_arrays_of_arrays() {
    let doc = r#"{"g":[{"i":[{"n":1},{"n":2}]},{"i":[]},{"z":0}],"t":[]}"#;
    assert_eq!(
        run("append g.*.i.*.n t", doc),
        r#"{"g":[{"i":[{},{}]},{"i":[]},{"z":0}],"t":[[1,2],null,null]}"#.replace("{}", "null")
    );
    assert_eq!(
        run("append g.*.i.* t", doc),
        r#"{"g":[{"i":null},{"i":[]},{"z":0}],"t":[[{"n":1},{"n":2}],null,null]}"#
    );
}

#[test]
fn wildcards_of_the_new_place_stand_for_what_was_met() {
    let doc = r#"{"u":{"10":{"p":{"id":1}},"9":{"p":{"id":2}},"x":{"p":{"q":0}}}}"#;
    assert_eq!(
        run("move u.*.p.id u.*.id", doc),
        r#"{"u":{"10":{"id":1,"p":null},"9":{"id":2,"p":null},"x":{"p":{"q":0}}}}"#
    );
}

#[test]
fn moved_and_moved_back() {
    let doc = r#"{"a":{"b":{"c":1,"d":[1,{"e":null}]}},"z":{"y":[{"k":1,"v":1},{"k":2,"v":2}]}}"#;
    for (there, back) in [
        ("move a.b.c a.b.x", "move a.b.x a.b.c"),
        ("move a.b.c c", "move c a.b.c"),
        ("move a.b.d a.d", "move a.d a.b.d"),
        ("move z.y.*.k z.y.*.n.k", "move z.y.*.n.k z.y.*.k; del z.y.*.n"),
        ("move a w.w.w", "move w.w.w a; del w"),
    ] {
        assert_eq!(run(&format!("{there};{back}"), doc), doc, "{there}; {back}");
    }
}

#[test]
fn text_after_the_head_of_an_answer() {
    let mut out = b"head{\"a\": 1.10,\"b\" :[]}".to_vec();
    let rewritten = apply_to_text(&compile("move a c"), &mut out, 4);
    assert_eq!(rewritten, Ok(Rewritten { null: false, members: 2 }));
    assert_eq!(out, b"head{\"b\":[],\"c\":1.10}");
    let rewritten = apply_to_text(&compile("del b c"), &mut out, 4);
    assert_eq!(rewritten, Ok(Rewritten { null: true, members: 0 }));
    assert_eq!(out, b"headnull");
    assert!(apply_to_text(&compile("del b"), &mut out, 2).is_err());
    assert!(apply_to_text(&compile("del b"), &mut out, 100).is_err());
    assert_eq!(out, b"headnull");
}

fn shaped(bodies: &[&str], specs: &[ShapeSpec<'_>]) -> (String, Vec<(bool, bool)>) {
    let shapes: Vec<Shape> = specs.iter().map(Shape::compile).collect();
    let mut merger = Merger::new();
    let mut out = Vec::new();
    merger.begin(&mut out, keys_disjoint(&shapes));
    let mut added = Vec::new();
    for (body, shape) in bodies.iter().zip(&shapes) {
        let one = merger.add(&mut out, body.as_bytes(), shape).unwrap();
        added.push((one.null, one.empty));
    }
    merger.finish(&mut out);
    (String::from_utf8(out).unwrap(), added)
}

#[test]
fn a_backend_with_a_flatmap() {
    let flatmap = compile("del id");
    let with = ShapeSpec { flatmap: Some(&flatmap), ..ShapeSpec::default() };
    let allow = ["id".to_owned()];
    let mapping = [("n".to_owned(), "m".to_owned())];
    // It takes the place of allow and mapping; target comes before it, group after it.
    let spec = ShapeSpec { allow: &allow, mapping: &mapping, ..with };
    assert_eq!(shaped(&[r#"{"id":1,"n":2}"#], &[spec]).0, r#"{"n":2}"#);
    let spec = ShapeSpec { target: "t", group: "g", ..with };
    assert_eq!(shaped(&[r#"{"t":{"id":1,"n":2}}"#], &[spec]).0, r#"{"g":{"n":2}}"#);
    assert_eq!(shaped(&[r#"{"t":3}"#], &[spec]).0, r#"{"g":{}}"#);
    assert_eq!(shaped(&[r#"{"t":{"id":1}}"#], &[spec]), (r#"{"g":null}"#.to_owned(), vec![(false, false)]));
    // Nothing left is null.
    assert_eq!(shaped(&[r#"{"id":1}"#], &[with]), ("{}".to_owned(), vec![(true, true)]));
    assert_eq!(shaped(&["null"], &[with]), ("{}".to_owned(), vec![(true, true)]));
    assert_eq!(shaped(&["{}"], &[with]), ("{}".to_owned(), vec![(false, true)]));
    // Equal names: the later backend wins, on both paths.
    let two = [with, ShapeSpec::default()];
    assert_eq!(shaped(&[r#"{"a":1,"b":2}"#, r#"{"b":3}"#], &two).0, r#"{"a":1,"b":3}"#);
    let two = [ShapeSpec::default(), with];
    assert_eq!(shaped(&[r#"{"b":3,"c":1}"#, r#"{"b":2}"#], &two).0, r#"{"b":2,"c":1}"#);
    let first = compile("del collection.0");
    let spec = ShapeSpec { is_collection: true, flatmap: Some(&first), ..ShapeSpec::default() };
    assert_eq!(shaped(&["[1,2]"], &[spec]).0, r#"{"collection":[2]}"#);
    assert_eq!(shaped(&["null"], &[spec]).0, r#"{"collection":null}"#);
    let mut merger = Merger::new();
    let mut out = Vec::new();
    merger.begin(&mut out, false);
    for body in ["[]", "1", "{", ""] {
        assert!(merger.add(&mut out, body.as_bytes(), &Shape::compile(&with)).is_err(), "{body}");
        assert_eq!(out, b"{");
    }
}

#[test]
fn operations_that_do_nothing() {
    let args = ["a".to_owned(), "b.*".to_owned()];
    let (flatmap, problems) = Flatmap::compile([
        ("bogus", &args[..]),
        ("move", &args[..1]),
        ("append", &args[..1]),
        ("append", &args[..]),
        ("del", &args[..1]),
    ]);
    assert_eq!(problems.iter().map(|problem| problem.op).collect::<Vec<_>>(), [0, 1, 2, 3]);
    let mut out = br#"{"a":1,"b":2}"#.to_vec();
    apply_to_text(&flatmap.unwrap(), &mut out, 0).unwrap();
    assert_eq!(out, br#"{"b":2}"#);
    // KrakenD lets a list of nothing but unknown types replace allow; an empty list does not.
    let (flatmap, _) = Flatmap::compile([("bogus", &args[..])]);
    let spec = ShapeSpec { allow: &args, flatmap: flatmap.as_ref(), ..ShapeSpec::default() };
    assert_eq!(shaped(&[r#"{"z":1}"#], &[spec]).0, r#"{"z":1}"#);
    assert!(Flatmap::compile([]).0.is_none());
}

#[test]
fn deep_documents_need_no_stack() {
    let depth = 9_000;
    let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let doc = format!("{{\"a\":{deep},\"b\":{{\"c\":{deep}}}}}");
    let path = format!("a{}", ".*".repeat(depth - 1));
    for text in [
        format!("del {path}.0"),
        format!("append {path} b.c"),
        format!("move {path}.0 z"),
        format!("move a {}", vec!["n"; depth].join(".")),
    ] {
        let mut out = doc.clone().into_bytes();
        apply_to_text(&compile(&text), &mut out, 0).unwrap();
        assert_ne!(out, doc.as_bytes());
    }
}

/// Promotions that look each element up in a wide object: refused, not waited for.
#[test]
fn work_is_bounded() {
    let list: Vec<String> = (0..20_000).map(|_| r#"{"p":{"id":1}}"#.to_owned()).collect();
    let wide: Vec<String> = (0..20_000).map(|i| format!("\"k{i}\":{{}}")).collect();
    let doc = format!("{{\"l\":[{}],\"w\":{{{}}}}}", list.join(","), wide.join(","));
    let mut out = doc.clone().into_bytes();
    assert!(apply_to_text(&compile("move l.*.p.id w.*.id"), &mut out, 0).is_err());
    assert_eq!(out, doc.as_bytes());
    // The same in its own place is linear.
    let linear = "move l.*.p.id l.*.id; move l.*.id w.id; del l.*.p l.*.q w.k19999; append l.* w.x";
    apply_to_text(&compile(linear), &mut out, 0).unwrap();
}

/// The rows of the guide's table: document, operation, result.
#[test]
fn the_guide_tells_the_truth() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/manipulation.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut rows = 0;
    for line in text.lines().filter(|line| line.starts_with("| `{")) {
        let cells: Vec<&str> =
            line.trim_matches('|').split(" | ").map(|c| c.trim().trim_matches('`')).collect();
        let [doc, op, result] = cells[..] else { panic!("not three cells: {line}") };
        assert_eq!(run(op, doc), result, "{line}");
        rows += 1;
    }
    assert!(rows >= 8, "the table is there");
}
