//! The names of the encodings, one line each; knows nothing of how they work.

use super::{Decoder, Renderer};

const DECODERS: &[(&str, Decoder)] = &[
    ("json", Decoder::Json),
    ("fast-json", Decoder::Json),
    ("safejson", Decoder::SafeJson),
    ("string", Decoder::Str),
    ("xml", Decoder::Xml),
    ("rss", Decoder::Rss),
    ("no-op", Decoder::NoOp),
];

const RENDERERS: &[(&str, Renderer)] = &[
    ("json", Renderer::Json),
    ("json-collection", Renderer::JsonCollection),
    ("string", Renderer::Str),
    ("xml", Renderer::Xml),
    ("yaml", Renderer::Yaml),
    ("negotiate", Renderer::Negotiate),
    ("no-op", Renderer::NoOp),
];

/// The decoder of that name, in any case.
pub(super) fn decoder(name: &str) -> Option<Decoder> {
    DECODERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, decoder)| *decoder)
}

/// The renderer of exactly that name.
pub(super) fn renderer(name: &str) -> Option<Renderer> {
    RENDERERS.iter().find(|(known, _)| *known == name).map(|(_, renderer)| *renderer)
}
