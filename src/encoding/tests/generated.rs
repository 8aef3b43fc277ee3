//! Decoders and renderers on generated input: no panic, always valid output.

use crate::encoding::fuzzing::{render, rss_in, xml_in};
use crate::encoding::{Decoded, Decoder};
use crate::json::fuzzing::{expected, OwnedSpec};
use crate::json::tests::generator::document;
use crate::json::tree::{self, Value};
use crate::json::{Merger, Shape};
use proptest::prelude::*;

/// Pieces that make documents which are almost right.
const PIECES: [&str; 40] = [
    "<a>",
    "</a>",
    "<a b=\"1\">",
    "<n:a xmlns:n=\"u\">",
    "</n:a>",
    "<b/>",
    "text",
    " ",
    "&amp;",
    "&#65;",
    "&x;",
    "&",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version=\"1.0\"?>",
    "<?xml version=\"1.0\" encoding=\"latin1\"?>",
    "<!DOCTYPE a [",
    "]>",
    "<rss>",
    "</rss>",
    "<channel>",
    "</channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
    "</feed>",
    "<entry>",
    "</entry>",
    "<link href=\"h\"/>",
    "<title type=\"xhtml\"><div>",
    "</div></title>",
    "<pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate>",
    "\u{FEFF}",
    "<author>a@b (c)</author>",
    "<dc:date xmlns:dc=\"http://purl.org/dc/elements/1.1/\">2006-01-02</dc:date>",
    "\r\n",
];

const JSON_PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\":",
    "\"-b\":",
    "\"#text\":",
    "\"collection\":",
    "\"content\":",
    "1",
    "1.10",
    "null",
    "true",
    "\"x\"",
    "\"\\u0001\"",
    "\"a b\":",
    "\"\":",
    "\"é\"",
    "{\"items\":[{\"title\":\"t\"}]}",
    " ",
    "{\"a\":[1,{\"-x\":\"y\",\"#text\":\"t\"},[]]}",
    "\"\\n: #\"",
];

fn joined(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

/// JSON values with awkward names.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    let name = prop_oneof!["[-#a-c1 :]{0,3}", ".{0,4}", Just("#text".to_owned()), Just("-a".to_owned())];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What a backend with this decoder and shape gives; none when it fails or gives no data.
fn data(decoder: Decoder, body: &[u8], spec: &OwnedSpec) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let decoded = decoder.decode(spec.is_collection, body, &mut text).ok()?;
    let text = if decoded == Decoded::Passthrough { body } else { &text };
    let spec = OwnedSpec { is_collection: decoder.shapes_collection(spec.is_collection), ..spec.clone() };
    let (mut merger, mut out, mut sorted) = (Merger::new(), Vec::new(), Vec::new());
    merger.begin(&mut out, false);
    let added = merger.add(&mut out, text, &Shape::compile(&spec.spec())).ok()?;
    merger.finish(&mut out);
    tree::parse(&out).ok()?.value.write(&mut sorted);
    (!added.null).then_some(sorted)
}

/// The object that `safejson` makes of a body, by its rules.
fn as_object(body: &[u8]) -> Option<Vec<u8>> {
    let value = tree::parse(body).ok()?.value;
    let name = match value {
        Value::Object(_) => None,
        Value::Array(_) => Some("collection"),
        _ => Some("content"),
    };
    let mut text = name.map_or_else(Vec::new, |name| format!("{{\"{name}\":").into_bytes());
    value.write(&mut text);
    text.extend(name.map(|_| b'}'));
    Some(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn documents(body in joined(&PIECES)) {
        xml_in(&body);
        rss_in(&body);
    }

    #[test]
    fn bytes(body in prop::collection::vec(any::<u8>(), 0..64)) {
        xml_in(&body);
        rss_in(&body);
        render(&body);
    }

    #[test]
    fn json_text(body in joined(&JSON_PIECES)) {
        render(&body);
        rss_in(&body);
    }

    #[test]
    fn decoders_of_json_with_any_shape((body, spec) in document()) {
        assert_eq!(data(Decoder::Json, &body, &spec), expected(&body, &spec));
        // A collection is for `json` alone.
        let spec = OwnedSpec { is_collection: false, ..spec };
        let safe = as_object(&body).and_then(|body| expected(&body, &spec));
        assert_eq!(data(Decoder::SafeJson, &body, &spec), safe);
    }

    #[test]
    fn json_values(value in json()) {
        render(value.to_string().as_bytes());
    }
}

#[test]
fn corpora_of_the_fuzz_targets() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (target, run) in [("xml_in", xml_in as fn(&[u8])), ("rss_in", rss_in), ("render", render)] {
        let mut seen = 0;
        for entry in std::fs::read_dir(folder.join(target)).expect("the corpus folder") {
            run(&std::fs::read(entry.expect("an entry").path()).expect("a seed"));
            seen += 1;
        }
        assert!(seen >= 4, "the corpus of {target} is there");
    }
}
