//! The text of numbers, through every decoder of JSON, every way of shaping and every renderer: it
//! never changes. (KrakenD: the same, but that it quotes numbers in YAML, and rounds those of
//! `proxy.static` to 64-bit floats.)

use super::{decode, render};
use crate::encoding::{Decoder, Renderer};
use crate::json::static_data::Strategy;
use crate::json::{Flatmap, Merger, Shape, ShapeSpec, StaticData};

/// Beyond 2^53, beyond 64-bit floats, signs of zero, digits that a float does not keep.
const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "-0.0",
    "1.0",
    "1.10",
    "1e5",
    "1E400",
    "-1e-400",
    "0.1e+1",
    "9007199254740993",
    "18446744073709551616",
    "123456789012345678901234567890",
    "12345.678901234567890123",
    "0.1000000000000000055511151231257827",
];

/// One backend's data under this shape.
fn shaped(json: &str, spec: &ShapeSpec<'_>) -> String {
    let (mut merger, mut out) = (Merger::new(), Vec::new());
    merger.begin(&mut out, false);
    merger.add(&mut out, json.as_bytes(), &Shape::compile(spec)).unwrap();
    merger.finish(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn numbers_keep_their_text() {
    for number in NUMBERS {
        let body = format!("{{\"n\":{number},\"o\":{{\"l\":[{number}]}}}}");
        let rename = [("n".to_owned(), "m".to_owned())];
        let deny = ["x".to_owned()];
        let args = ["o".to_owned(), "p".to_owned()];
        let flatmap = Flatmap::compile([("move", &args[..])]).0;
        let specs = [
            (ShapeSpec::default(), body.clone()),
            (
                ShapeSpec { mapping: &rename, deny: &deny, ..ShapeSpec::default() },
                body.replace("\"n\"", "\"m\""),
            ),
            (ShapeSpec { flatmap: flatmap.as_ref(), ..ShapeSpec::default() }, body.replace("\"o\"", "\"p\"")),
        ];
        for name in ["json", "fast-json", "safejson"] {
            let data = decode(Decoder::by_name(name), body.as_bytes()).unwrap();
            for (spec, expected) in &specs {
                assert_eq!(shaped(&data, spec), *expected, "{name}");
            }
        }
        let content = format!("{{\"content\":{number}}}");
        assert_eq!(decode(Decoder::SafeJson, number.as_bytes()).unwrap(), content);
        let quoted = format!("{{\"content\":\"{number}\"}}");
        assert_eq!(decode(Decoder::Str, number.as_bytes()).unwrap(), quoted);
        let xml = decode(Decoder::Xml, format!("<n>{number}</n>").as_bytes()).unwrap();
        assert_eq!(xml, format!("{{\"n\":\"{number}\"}}"), "XML knows no numbers");
        let list = format!("{{\"collection\":[{number}]}}");
        for (renderer, json, expected) in [
            (Renderer::Json, &content, content.clone()),
            (Renderer::JsonCollection, &list, format!("[{number}]")),
            (Renderer::Str, &quoted, number.to_owned()),
            (Renderer::Xml, &content, format!("<content>{number}</content>")),
            (Renderer::Yaml, &content, format!("content: {number}\n")),
            (Renderer::Yaml, &list, format!("collection:\n  - {number}\n")),
        ] {
            assert_eq!(render(renderer, json).0, expected);
        }
    }
}

#[test]
fn numbers_of_the_configuration_keep_their_text() {
    // An exponent gets its sign (`1e+5`): the number is the same.
    for number in NUMBERS.into_iter().filter(|number| !number.contains(['e', 'E'])) {
        let data = serde_json::from_str(&format!("{{\"n\":{number}}}")).unwrap();
        let (mut merger, mut out) = (Merger::new(), Vec::new());
        merger.begin(&mut out, false);
        merger.add_members(&mut out, &StaticData::compile(&data, Strategy::Always));
        merger.finish(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("{{\"n\":{number}}}"));
    }
}
