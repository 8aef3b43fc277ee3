mod feeds;
mod generated;
mod numbers;
mod rules;
mod xml;
mod yaml;

use super::{Decoded, Decoder, Renderer};
use crate::json::DecodeError;

/// The JSON text that `decoder` makes of `body`.
fn decode(decoder: Decoder, body: &[u8]) -> Result<String, DecodeError> {
    let mut out = Vec::new();
    let json = match decoder.decode(false, body, &mut out)? {
        Decoded::Passthrough => body.to_vec(),
        Decoded::Written => out,
    };
    Ok(String::from_utf8(json).unwrap())
}

/// What `renderer` makes of `json`, with its content type.
fn render(renderer: Renderer, json: &str) -> (String, &'static str) {
    let mut out = Vec::new();
    let content_type = renderer.render(json.as_bytes(), None, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), content_type)
}

/// `json` as a value that can be compared.
fn value(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}
