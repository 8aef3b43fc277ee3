//! Body formats at the edges: a backend's body becomes JSON text, the merged JSON text becomes
//! the answer's body; pure functions on bytes, no HTTP message, no configuration.
//!
//! Between the two stands the span merger of `json`: a decoder writes the text of one object,
//! so that target, filters, mapping and group need not know where the data came from.

mod collection;
pub mod compress;
mod feed;
#[doc(hidden)]
pub mod fuzzing;
mod negotiate;
mod registry;
mod safe_json;
mod string;
mod xml;
mod yaml;

#[cfg(test)]
mod tests;

use crate::http::fault::{Fault, Kind};
use crate::json::DecodeError;
use crate::limits::RENDERED_BYTES;

/// `Content-Type` of JSON answers.
pub const JSON: &str = "application/json; charset=utf-8";
/// `Content-Type` of `string` answers.
pub const TEXT: &str = "text/plain; charset=utf-8";
/// `Content-Type` of XML answers.
pub const XML: &str = "application/xml";
/// `Content-Type` of YAML answers.
pub const YAML: &str = "application/yaml; charset=utf-8";

/// How a backend's body becomes data, KrakenD key `encoding` of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoder {
    /// An object as it is; with `is_collection` an array under `collection`.
    Json,
    /// Any JSON value: arrays under `collection`, scalars and `null` under `content`.
    SafeJson,
    /// The body as one string under `content`.
    Str,
    /// The tree of elements.
    Xml,
    /// RSS, Atom or JSON Feed.
    Rss,
    /// The body is not looked at: an empty object.
    NoOp,
}

/// What `Decoder::decode` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// The body itself is the JSON text (not yet checked: the merger does).
    Passthrough,
    /// The JSON text of one object was appended to `out`.
    Written,
}

impl Decoder {
    /// The decoder with that name, whatever its case; an unknown name is JSON.
    #[must_use]
    pub fn by_name(name: &str) -> Decoder {
        registry::decoder(name).unwrap_or(Decoder::Json)
    }

    /// Whether the merger has to take the text as a collection: JSON alone leaves that to it, the
    /// other decoders always give an object.
    #[must_use]
    pub fn shapes_collection(self, is_collection: bool) -> bool {
        self == Decoder::Json && is_collection
    }

    /// Decodes `body`. What was written is one JSON object; only the array that `SafeJson` wraps
    /// is, like a JSON body, checked by the merger.
    ///
    /// # Errors
    /// A body that the format does not allow, or above a limit; `out` is then as before the call.
    pub fn decode(self, is_collection: bool, body: &[u8], out: &mut Vec<u8>) -> Result<Decoded, DecodeError> {
        match self {
            Decoder::Json => return Ok(Decoded::Passthrough),
            Decoder::SafeJson => return safe_json::decode(body, out),
            Decoder::Str => string::decode(body, out),
            Decoder::Xml => xml::decode(is_collection, body, out)?,
            Decoder::Rss => feed::decode(body, out)?,
            Decoder::NoOp => out.extend_from_slice(b"{}"),
        }
        Ok(Decoded::Written)
    }
}

/// How data becomes an answer's body, KrakenD key `output_encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renderer {
    Json,
    /// The value of `collection`.
    JsonCollection,
    /// The text of `content`.
    Str,
    Xml,
    Yaml,
    /// JSON, XML or YAML, by the request's `Accept`.
    Negotiate,
    /// Nothing: such answers are passed on and never rendered.
    NoOp,
}

impl Renderer {
    /// The renderer with that name; an unknown name is JSON. Unlike decoders, renderers go by the
    /// exact name, as with KrakenD.
    #[must_use]
    pub fn by_name(name: &str) -> Renderer {
        Renderer::choose(name, None)
    }

    /// The renderer of an endpoint. `backend`: the encoding of its backend as written, when it
    /// has exactly one; it stands in for an unknown `output`.
    #[must_use]
    pub fn choose(output: &str, backend: Option<&str>) -> Renderer {
        let fallback = || backend.and_then(registry::renderer).unwrap_or(Renderer::Json);
        registry::renderer(output).unwrap_or_else(fallback)
    }

    /// Appends the rendering of `json` to `out` and returns its content type. `json` is one JSON
    /// value, an object or `null`; `accept` is the first `Accept` field of the request.
    ///
    /// # Errors
    /// `Kind::AnswerTooLarge`: XML repeats names and YAML indentation, so that little data may
    /// become a large answer. `out` then holds a part of it.
    pub fn render(
        self,
        json: &[u8],
        accept: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<&'static str, Fault> {
        match self {
            Renderer::Json => out.extend_from_slice(json),
            Renderer::JsonCollection => collection::render(json, out),
            Renderer::Str => {
                string::render(json, out);
                return Ok(TEXT);
            }
            Renderer::Xml => return xml::render(json, out).map(|()| XML),
            Renderer::Yaml => return yaml::render(json, out).map(|()| YAML),
            Renderer::Negotiate => return negotiate::choose(accept).render(json, None, out),
            Renderer::NoOp => return Ok(""),
        }
        Ok(JSON)
    }
}

/// Refuses an answer that started at `start` of `out` and has grown beyond its bound.
fn check_rendered(out: &[u8], start: usize) -> Result<(), Fault> {
    if out.len().saturating_sub(start) > RENDERED_BYTES {
        return Err(Fault::upstream(Kind::AnswerTooLarge));
    }
    Ok(())
}

/// The fault of a renderer whose input is no JSON. Not reached: the text comes from the merger.
const NOT_JSON: Fault = Fault::gateway(Kind::Internal("the merged answer is not JSON"));
