//! What the fuzz targets and their stable replay call; panics where a promise is broken.

use super::{Decoded, Decoder, Renderer};
use crate::json::tree::{self, Parsed, Value};
use crate::limits::RENDERED_BYTES;

/// # Panics
/// When a body that was taken gave no JSON object, or one that changes on its way back.
pub fn xml_in(data: &[u8]) {
    for is_collection in [false, true] {
        object_or_error(Decoder::Xml, is_collection, data);
    }
}

/// # Panics
/// When a body that was taken gave no JSON object.
pub fn rss_in(data: &[u8]) {
    object_or_error(Decoder::Rss, false, data);
}

/// Renders `data` if it is JSON, and the data that the decoders make of it.
///
/// # Panics
/// When the XML is not well-formed, or something else is not what it promises to be.
pub fn render(data: &[u8]) {
    for decoder in [Decoder::SafeJson, Decoder::Str, Decoder::NoOp] {
        object_or_error(decoder, false, data);
    }
    if let Ok(parsed) = tree::parse(data) {
        let mut json = Vec::new();
        parsed.value.write(&mut json);
        rendered(&json);
    }
}

fn parsed(json: &[u8]) -> Parsed {
    let shown = String::from_utf8_lossy(json);
    match tree::parse(json) {
        Ok(parsed) if parsed.used == json.len() && !parsed.replaced => parsed,
        Ok(_) => panic!("not one JSON value: {shown}"),
        Err(error) => panic!("no JSON, {error}: {shown}"),
    }
}

fn object_or_error(decoder: Decoder, is_collection: bool, body: &[u8]) {
    let mut out = b"before".to_vec();
    match decoder.decode(is_collection, body, &mut out) {
        Ok(Decoded::Written) => {
            let json = &out["before".len()..];
            // What SafeJson wraps is checked by the merger, with the same grammar.
            if decoder == Decoder::SafeJson && tree::parse(body).is_err() {
                assert!(tree::parse(json).is_err(), "a broken array became good");
                return;
            }
            if decoder == Decoder::SafeJson {
                // It is handed on as it came, to be mended there like any other body.
                let mut mended = Vec::new();
                if let Ok(parsed) = tree::parse(json) {
                    parsed.value.write(&mut mended);
                    rendered(&mended);
                }
                return;
            }
            assert!(matches!(parsed(json).value, Value::Object(_)), "no object");
            rendered(json);
        }
        Ok(Decoded::Passthrough) => assert_eq!(out, b"before"),
        Err(_) => assert_eq!(out, b"before", "a refused body left something"),
    }
}

/// Renders valid `json` in every way.
fn rendered(json: &[u8]) {
    let render = |renderer: Renderer| {
        let mut out = Vec::new();
        let rendered = renderer.render(json, None, &mut out);
        assert!(rendered.is_ok() || out.len() > RENDERED_BYTES, "{rendered:?}");
        out
    };
    let xml = render(Renderer::Xml);
    let mut back = Vec::new();
    if let Err(error) = Decoder::Xml.decode(false, &xml, &mut back) {
        // The reader has limits that an answer may go beyond.
        let limit = matches!(error.0, "XML: too deep" | "XML: too many elements and attributes");
        assert!(limit, "no XML, {error}: {}", String::from_utf8_lossy(&xml));
    }
    assert!(std::str::from_utf8(&render(Renderer::Yaml)).is_ok(), "YAML that is no UTF-8");
    parsed(&render(Renderer::JsonCollection));
    render(Renderer::Str);
    assert_eq!(render(Renderer::Negotiate), json);
}
