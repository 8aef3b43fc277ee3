//! Which decoder makes what of which body, which renderer what of which data, and their names.

use super::{decode, render};
use crate::encoding::negotiate::choose;
use crate::encoding::{Decoder, Renderer, JSON, TEXT, XML, YAML};
use crate::json::{Merger, Shape, ShapeSpec};

/// What an answer of one backend becomes: decoder, then merger. None: an error.
fn answer(name: &str, is_collection: bool, body: &str) -> Option<String> {
    let decoder = Decoder::by_name(name);
    let mut data = Vec::new();
    let written = decoder.decode(is_collection, body.as_bytes(), &mut data).ok()?;
    let body = if written == crate::encoding::Decoded::Written { &data } else { body.as_bytes() };
    let spec = ShapeSpec {
        target: "",
        allow: &[],
        deny: &[],
        mapping: &[],
        group: "",
        is_collection: decoder.shapes_collection(is_collection),
        flatmap: None,
    };
    let (mut merger, mut out) = (Merger::new(), Vec::new());
    merger.begin(&mut out, false);
    let added = merger.add(&mut out, body, &Shape::compile(&spec)).ok()?;
    merger.finish(&mut out);
    Some(if added.null { "null".to_owned() } else { String::from_utf8(out).unwrap() })
}

const OBJECT: &str = "{\"a\":1}";
const ARRAY: &str = "[1,{\"b\":2}]";
const BIG: &str = "{\"e\":1e5,\"f\":1.10,\"n\":12345678901234567890123,\"neg\":-0,\"tiny\":1e-400}";

#[test]
fn decoders_by_kind_of_body() {
    let wrapped = "{\"collection\":[1,{\"b\":2}]}";
    for (name, is_collection, body, expected) in [
        ("json", false, OBJECT, Some(OBJECT)),
        ("json", false, ARRAY, None),
        ("json", false, "42", None),
        ("json", false, "null", Some("null")),
        ("json", false, "", None),
        ("json", false, "{\"a\":", None),
        ("json", false, BIG, Some(BIG)),
        ("json", true, ARRAY, Some(wrapped)),
        ("json", true, OBJECT, None),
        ("json", true, "null", Some("{\"collection\":null}")),
        ("fast-json", false, OBJECT, Some(OBJECT)),
        ("fast-json", true, ARRAY, Some(wrapped)),
        ("nope", false, "plain text", None),
        ("nope", false, OBJECT, Some(OBJECT)),
        ("safejson", false, OBJECT, Some(OBJECT)),
        ("SafeJSON", true, OBJECT, Some(OBJECT)),
        ("safejson", false, ARRAY, Some(wrapped)),
        ("safejson", false, " [1,{\"b\":2}] and more", Some(wrapped)),
        ("safejson", false, "[1,2}", None),
        ("safejson", false, "[1,]", None),
        ("safejson", false, "[\"]\"", None),
        ("safejson", false, "42", Some("{\"content\":42}")),
        ("safejson", false, " 1.10 x", Some("{\"content\":1.10}")),
        ("safejson", false, "\"a\\nb\"", Some("{\"content\":\"a\\nb\"}")),
        ("safejson", false, "null", Some("{\"content\":null}")),
        ("safejson", false, "true", Some("{\"content\":true}")),
        ("safejson", false, "", None),
        ("safejson", false, "plain text", None),
        ("string", false, "", Some("{\"content\":\"\"}")),
        ("string", true, "a \"b\"\n", Some("{\"content\":\"a \\\"b\\\"\\n\"}")),
        ("no-op", false, "anything", Some("{}")),
        ("xml", false, "<a>1</a>", Some("{\"a\":\"1\"}")),
        ("xml", true, "<a>1</a>", Some("{\"collection\":{\"a\":\"1\"}}")),
        ("xml", false, "<a><b></a>", None),
        ("rss", false, "nope", None),
    ] {
        let got = answer(name, is_collection, body);
        assert_eq!(got.as_deref(), expected, "{name} {is_collection} {body}");
    }
}

#[test]
fn strings_that_are_no_utf8_are_mended() {
    assert_eq!(decode(Decoder::Str, b"a\xFFb\xC3").unwrap(), "{\"content\":\"a\u{FFFD}b\u{FFFD}\"}");
}

#[test]
fn renderers_by_kind_of_data() {
    for (renderer, json, expected, content_type) in [
        (Renderer::Json, "{\"a\":1}", "{\"a\":1}", JSON),
        (Renderer::JsonCollection, "{\"collection\":[1,{\"i\":1.10}],\"z\":1}", "[1,{\"i\":1.10}]", JSON),
        (Renderer::JsonCollection, "{ \"a\" : {\"collection\":1} }", "[]", JSON),
        (Renderer::JsonCollection, "{\"a\":\"\\\"}\",\"\\u0063ollection\":[2]}", "[2]", JSON),
        (Renderer::JsonCollection, "{\"collection\":[1],\"b\":[],\"collection\":[2]}", "[2]", JSON),
        (Renderer::JsonCollection, "{\"collection\":null}", "null", JSON),
        (Renderer::JsonCollection, "{}", "[]", JSON),
        (Renderer::JsonCollection, "null", "[]", JSON),
        (Renderer::Str, "{\"a\":1,\"content\":\"x <y> \\u00e9\\n\"}", "x <y> é\n", TEXT),
        (Renderer::Str, "{\"content\":\"plain\"}", "plain", TEXT),
        (Renderer::Str, "{\"content\":{\"x\":\"y\"}}", "", TEXT),
        (Renderer::Str, "{\"a\":\"content\"}", "", TEXT),
        (Renderer::Xml, "{}", "<doc/>", XML),
        (Renderer::Yaml, "{}", "{}\n", YAML),
        (Renderer::Yaml, "null", "{}\n", YAML),
        (Renderer::Negotiate, "{\"a\":1}", "{\"a\":1}", JSON),
        (Renderer::NoOp, "{\"a\":1}", "", ""),
    ] {
        assert_eq!(render(renderer, json), (expected.to_owned(), content_type), "{renderer:?} {json}");
    }
}

#[test]
fn renderers_by_name() {
    for (output, backend, expected) in [
        ("json", Some("string"), Renderer::Json),
        ("string", None, Renderer::Str),
        ("json-collection", None, Renderer::JsonCollection),
        ("xml", None, Renderer::Xml),
        ("yaml", None, Renderer::Yaml),
        ("negotiate", None, Renderer::Negotiate),
        ("no-op", None, Renderer::NoOp),
        ("fast-json", Some("json"), Renderer::Json),
        // A name without a renderer takes the one of the only backend's encoding.
        ("fast-json", Some("string"), Renderer::Str),
        ("bogus", Some("xml"), Renderer::Xml),
        ("bogus", Some("rss"), Renderer::Json),
        ("bogus", None, Renderer::Json),
        ("XML", Some("json"), Renderer::Json),
    ] {
        assert_eq!(Renderer::choose(output, backend), expected, "{output} {backend:?}");
    }
    assert_eq!(Renderer::by_name("nope"), Renderer::Json);
}

#[test]
fn negotiation() {
    for (accept, expected) in [
        ("application/json", Renderer::Json),
        ("application/xml", Renderer::Xml),
        ("text/plain", Renderer::Yaml),
        ("application/x-yaml", Renderer::Yaml),
        ("text/html", Renderer::Json),
        ("text/html, application/xml", Renderer::Xml),
        ("*/*", Renderer::Json),
        ("text/*", Renderer::Yaml),
        ("application/*", Renderer::Json),
        (" application/xml ; q=0.1", Renderer::Xml),
        // The order of the list counts, not the weight.
        ("application/xml;q=0.9, application/json", Renderer::Xml),
        ("text/plain;q=0.5,application/xml;q=0.9", Renderer::Yaml),
        ("application/xml;q=0, application/json", Renderer::Json),
        ("application/xml; Q = 0.00, text/plain", Renderer::Yaml),
        ("application/xml;level=0", Renderer::Xml),
        ("Application/XML", Renderer::Xml),
        ("", Renderer::Json),
        (",;,", Renderer::Json),
    ] {
        assert_eq!(choose(Some(accept.as_bytes())), expected, "{accept}");
    }
    assert_eq!(choose(None), Renderer::Json);
}

#[test]
fn a_refused_body_leaves_nothing() {
    for (decoder, body) in [
        (Decoder::SafeJson, &b"[1"[..]),
        (Decoder::SafeJson, b"nul"),
        (Decoder::Xml, b"<a><b/>"),
        (Decoder::Rss, b"<rss>"),
    ] {
        let mut out = b"kept".to_vec();
        assert!(decoder.decode(false, body, &mut out).is_err());
        assert_eq!(out, b"kept");
    }
}

#[test]
fn what_repeats_names_stops_at_a_bound() {
    let json = format!("{{\"{}\":[{}1]}}", "k".repeat(1 << 20), "1,".repeat(200));
    let mut out = Vec::new();
    assert!(Renderer::Xml.render(json.as_bytes(), None, &mut out).is_err());
    assert!(out.len() < crate::limits::RENDERED_BYTES + (4 << 20));
}
