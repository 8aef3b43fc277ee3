//! Each rule against bad input: a check that cannot fail is no check.

use super::code::code_only;
use super::layers;
use super::rules::{self, Source};
use std::collections::BTreeSet;

const TABLE: &str = "\
## Direction of dependencies

| layer | modules | may use | must never name |
|---|---|---|---|
| 0 | base, limits | – | anything of the crate |
| 1 | shared, json, http, config | 0 | monoio, tokio, each other (config may use json only for raw values) |
| 2 | encoding, port, meter, engine | 0–1 | monoio, tokio |
| 3 | filter | 0–2 | monoio, tokio, upstream, flow, plan, shard, control; sibling filters |
| 4 | plan | 0–3 | monoio, tokio, shard, control |
| 5 | net | 0–1 | tokio, anything above |
| 5 | upstream, tls | 0–2, net and plan | tokio runtime, filter internals |
| 6 | flow | 0–4 (talks to 5 through `flow::Io`) | monoio, tokio, control |
| 7 | shard | 0–6 | tokio runtime, control |
| 7 | control | 0–4, port | monoio, shard, flow, upstream |
| 8 | cli, main | all | – |

## Next
| 9 | not | of | this |
";

fn layer_faults(file: &str, text: &str) -> Vec<String> {
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<_>>();
    let allowed = layers::parse(TABLE).unwrap();
    let mut modules: BTreeSet<String> = allowed.keys().cloned().collect();
    modules.insert("demo".to_owned());
    let tree = layers::Tree { modules, filters: set(&["cors", "breaker"]) };
    layers::breaches(file, &code_only(text), &allowed, &tree)
}

/// The faults that a rule finds in a file of `src` (or the file named) with this text.
fn faults(rule: impl Fn(&Source<'_>) -> Vec<String>, file: &str, text: &str) -> usize {
    rule(&Source { file, text, code: &code_only(text) }).len()
}

#[test]
fn layers_upwards_are_breaches() {
    let bad = [
        ("src/json/doc.rs", "use crate::http::head::Span;"),
        ("src/json/doc.rs", "fn f() { crate::flow::run() }"),
        ("src/base/clock.rs", "use crate::json::Doc;"),
        ("src/http/mod.rs", "use crate::{limits, base::chunk, flow};"),
        ("src/http/h1/parse.rs", "use super::super::super::flow::run;"),
        ("src/json/mod.rs", "use super::http;"),
        ("src/filter/mod.rs", "use crate::plan::Plan;"),
        ("src/filter/cors/mod.rs", "use crate::filter::breaker::Word;"),
        ("src/net/conn.rs", "use crate::flow::Io;"),
        ("src/net/conn.rs", "use crate::plan::Plan;"),
        ("src/flow/mod.rs", "use crate::net::Conn;"),
        ("src/control/mod.rs", "use crate::shard::Shard;"),
        ("src/shard/mod.rs", "use crate::control::start;"),
        ("src/demo/mod.rs", "use crate::base::clock;"),
        ("src/flow/mod.rs", "use crate::demo::start;"),
        ("src/config/mod.rs", "use crate::http::head::Span;"),
    ];
    for (file, text) in bad {
        assert_eq!(layer_faults(file, text).len(), 1, "{file}: {text}");
    }
}

#[test]
fn layers_downwards_are_fine() {
    let good = [
        ("src/base/chunk.rs", "use crate::limits::A;"),
        ("src/config/extra.rs", "use crate::json::Raw; // use crate::flow"),
        ("src/filter/cors/mod.rs", "use crate::filter::{Filter, cors::options}; use crate::port::call;"),
        ("src/upstream/pool.rs", "use crate::{net::Conn, plan::Plan, http::{head, body}};"),
        (
            "src/flow/mod.rs",
            "/// See [`crate::shard`].\nconst A: &str = \"crate::shard\"; use crate::plan::Plan;",
        ),
        ("src/http/h1/parse.rs", "use super::super::head::Span; use super::scan;"),
        ("src/cli/run.rs", "use crate::shard::Shard; use crate::control; use crate::demo;"),
        ("src/demo/mod.rs", "use crate::limits; use crate::demo::wire; use crate::Name;"),
        ("src/lib.rs", "pub use crate::plan::Plan;"),
    ];
    for (file, text) in good {
        assert_eq!(layer_faults(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}

#[test]
fn a_table_that_cannot_be_read_is_an_error() {
    assert!(layers::parse("no table").is_err());
    assert!(layers::parse(&TABLE.replace("| 4 | plan |", "| four | plan |")).is_err());
    assert!(layers::parse(&TABLE.replace("| 4 | plan |", "| 4 | json |")).is_err());
    assert!(layers::parse(&TABLE.replace("| 8 | cli, main | all |", "| 8 | cli, main |")).is_err());
}

#[test]
fn lengths_are_counted() {
    let text = "a\n".repeat(rules::FILE_LINES);
    assert_eq!(faults(rules::file_length, "src/a.rs", &text), 0);
    assert_eq!(faults(rules::file_length, "src/a.rs", &format!("{text}b\n")), 1);
    let function =
        |lines: usize| format!("fn long(\n  a: [u8; 4],\n) {{\n{}}}\n", "  x();\n".repeat(lines - 4));
    let length =
        |text: &str, ratchet: &[&str]| faults(|s| rules::function_length(s, ratchet), "src/a.rs", text);
    assert_eq!(length(&function(rules::FUNCTION_LINES), &[]), 0);
    assert_eq!(length(&function(rules::FUNCTION_LINES + 1), &[]), 1);
    assert_eq!(length(&function(rules::FUNCTION_LINES + 1), &["src/a.rs long"]), 0);
    assert_eq!(length(&function(rules::FUNCTION_LINES + 1), &["src/b.rs long"]), 1);
    assert_eq!(length(&format!("trait T {{ fn a(&self); {} }}", function(80)), &[]), 1);
}

#[test]
fn modules_without_documentation_are_found() {
    assert_eq!(faults(rules::module_doc, "src/a.rs", "\n//! What for.\n"), 0);
    assert_eq!(faults(rules::module_doc, "src/a.rs", "// What for.\n"), 1);
    assert_eq!(faults(rules::module_doc, "src/a.rs", "use b;\n//! Late.\n"), 1);
    assert_eq!(faults(rules::module_doc, "src/a.rs", ""), 1);
    assert_eq!(faults(rules::module_doc, "src/a/tests.rs", "use super::*;"), 0);
}

#[test]
fn allocations_in_hot_files_are_found() {
    let hot = |body: &str| {
        faults(rules::hot_allocations, "src/a.rs", &format!("//! A.\n//!\n//! hot: yes\n\n{body}"))
    };
    for call in [
        "format!(x)",
        "a.to_string()",
        "a.to_vec()",
        "Vec::new()",
        "Box::new(a)",
        "a.clone()",
        "String::from(a)",
    ] {
        assert_eq!(hot(&format!("fn f() {{ {call}; }}")), 1, "{call}");
        assert_eq!(hot(&format!("fn f() {{ {call}; }} // alloc:")), 1, "{call} with an empty reason");
        assert_eq!(hot(&format!("fn f() {{ {call}; }} // alloc: once")), 0, "{call}");
        assert_eq!(hot(&format!("// {call}\nconst A: &str = \"{call}\";")), 0, "{call} in a comment");
        assert_eq!(
            hot(&format!("#[cfg(test)]\nmod tests {{\n fn f() {{ {call} }}\n}}")),
            0,
            "{call} in a test"
        );
        assert_eq!(
            hot(&format!("#[cfg(test)]\nmod tests;\nfn f() {{ {call} }}")),
            1,
            "{call} after a test module"
        );
        assert_eq!(faults(rules::hot_allocations, "src/a.rs", &format!("//! cold\nfn f() {{ {call} }}")), 0);
    }
    assert_eq!(faults(rules::hot_allocations, "src/a/tests.rs", "//! hot: x\nfn f() { format!() }"), 0);
}

#[test]
fn marks_are_found() {
    let marks = [
        ["// TO", "DO later"],
        ["// FIX", "ME"],
        ["X", "XX"],
        ["to", "do!()"],
        ["unimple", "mented!(\"x\")"],
    ];
    for mark in marks {
        assert_eq!(rules::marks("a.rs", &format!("ok\n{}\n", mark.concat())).len(), 1, "{mark:?}");
    }
    assert_eq!(rules::marks("a.rs", "mastodon, toDo, XXXL, to do!\n").len(), 0);
}

#[test]
fn tests_that_do_not_run_are_found() {
    let attributes = ["ignore", "ignore = \"slow\"", "cfg_attr(miri, ignore)"];
    for attribute in attributes {
        assert_eq!(
            faults(rules::ignored_tests, "src/a.rs", &format!("#[test]\n#[{attribute}]\nfn f() {{}}")),
            1
        );
    }
    assert_eq!(faults(rules::ignored_tests, "src/a.rs", "// #[ignore]\n#[test]\nfn ignored() {}"), 0);
}

#[test]
fn reexports_are_found() {
    assert_eq!(faults(rules::reexports, "src/a/mod.rs", "pub use crate::b::C;"), 1);
    assert_eq!(faults(rules::reexports, "src/a/mod.rs", "pub(crate) use\n    crate::b::C;"), 1);
    assert_eq!(faults(rules::reexports, "src/a/mod.rs", "pub use b::C; use crate::b::D;"), 0);
    assert_eq!(faults(rules::reexports, "src/lib.rs", "pub use crate::b::C;"), 0);
}

#[test]
fn allows_without_reason_are_found() {
    let lint = "#[allow(dead_code)]";
    assert_eq!(faults(rules::allows, "src/a.rs", &format!("{lint}\nfn f() {{}}")), 1);
    assert_eq!(faults(rules::allows, "src/a.rs", &format!("fn g() {{}}\n    #!{}", &lint[1..])), 1);
    assert_eq!(faults(rules::allows, "src/a.rs", &format!("{lint} // why\nfn f() {{}}")), 0);
    assert_eq!(faults(rules::allows, "src/a.rs", &format!("// why\n{lint}\nfn f() {{}}")), 0);
    assert_eq!(faults(rules::allows, "src/a.rs", &format!("/// docs\n{lint}\nfn f() {{}}")), 1);
    assert_eq!(faults(rules::allows, "src/a.rs", "#[allow(dead_code, reason = \"why\")]"), 0);
}

#[test]
fn lifted_bans_are_found() {
    let text = "#[allow(clippy::disallowed_methods)] // because";
    assert_eq!(faults(rules::lifted_bans, "src/flow/mod.rs", text), 1);
    assert_eq!(faults(rules::lifted_bans, "src/shared/bucket.rs", text), 0);
    assert_eq!(faults(rules::lifted_bans, "src/flow/tests.rs", text), 0);
    assert_eq!(faults(rules::lifted_bans, "src/flow/mod.rs", "#[allow(clippy::too_many_lines)] // x"), 0);
}

#[test]
fn runtimes_in_other_modules_are_found() {
    for (file, text) in [
        ("src/flow/mod.rs", "use monoio::time;"),
        ("src/flow/mod.rs", "use tokio::time;"),
        ("src/shard/mod.rs", "tokio::spawn(x);"),
        ("src/control/mod.rs", "use monoio::net;"),
        ("src/main.rs", "extern crate tokio;"),
        ("src/network/mod.rs", "use monoio::net;"),
    ] {
        assert_eq!(faults(rules::runtimes, file, text), 1, "{file}: {text}");
    }
    for file in ["src/net/conn.rs", "src/upstream/pool.rs", "src/shard/mod.rs", "src/tls/mod.rs"] {
        assert_eq!(faults(rules::runtimes, file, "use monoio::net; // tokio"), 0, "{file}");
    }
    assert_eq!(faults(rules::runtimes, "src/control/mod.rs", "use tokio::net; let tokio_like = 1;"), 0);
}

#[test]
fn machine_paths_are_found() {
    for root in ["work", "farm", "root", "home", "tmp/wt"] {
        assert_eq!(rules::machine_paths("a", &format!("see \"/{root}/x\"")).len(), 1, "{root}");
        assert_eq!(rules::machine_paths("a", &format!("/{root}/x")).len(), 1, "{root}");
        assert_eq!(
            rules::machine_paths("a", &format!("http://t/{root}/x and a/{root}/b")).len(),
            0,
            "{root}"
        );
    }
}

#[test]
fn features_out_of_order_are_found() {
    let table = |rows: &[&str]| {
        format!("macro_rules! features {{ () => {{}} }}\nfeatures! {{\n{}\n}}\n", rows.join("\n"))
    };
    assert_eq!(rules::registry_order(&table(&["    cors, A;", "    breaker, B;"])).len(), 0);
    assert_eq!(rules::registry_order(&table(&["    breaker, B;", "    cors, A;"])).len(), 1);
    assert_eq!(rules::registry_order(&table(&["    cors, A;", "    novelty, B;"])).len(), 1);
    assert_eq!(rules::registry_order("fn nothing() {}").len(), 1);
}
