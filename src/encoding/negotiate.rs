//! `negotiate`: the renderer that an `Accept` field asks for; knows no rendering.
//!
//! hot: a walk over the field.

use super::Renderer;

/// What is offered, in the order in which it is taken where the client leaves the choice.
const OFFERS: [(&[u8], Renderer); 4] = [
    (b"application/json", Renderer::Json),
    (b"text/plain", Renderer::Yaml),
    (b"application/xml", Renderer::Xml),
    (b"application/x-yaml", Renderer::Yaml),
];

/// The renderer for `accept`; JSON where nothing fits.
///
/// The peer takes the first range of the list that fits an offer, and weights do not reorder it:
/// `application/xml;q=0.9, application/json` is XML. A weight of zero means "not this"
/// (RFC 9110 section 12.4.2), which the peer overlooks and this function does not.
pub(super) fn choose(accept: Option<&[u8]>) -> Renderer {
    let ranges = accept.unwrap_or_default().split(|b| *b == b',');
    ranges.filter_map(acceptable).find_map(offer).unwrap_or(Renderer::Json)
}

/// The media range of one element of the list, without its parameters.
fn acceptable(element: &[u8]) -> Option<&[u8]> {
    let mut parts = element.split(|b| *b == b';').map(<[u8]>::trim_ascii);
    let range = parts.next().filter(|range| !range.is_empty())?;
    parts.all(|parameter| !refuses(parameter)).then_some(range)
}

/// `q=0`, `q=0.0` and the like.
fn refuses(parameter: &[u8]) -> bool {
    let Some((b'q' | b'Q', rest)) = parameter.split_first() else { return false };
    let weight = rest.trim_ascii_start().strip_prefix(b"=").map(<[u8]>::trim_ascii);
    weight.is_some_and(|weight| weight.starts_with(b"0") && weight.iter().all(|b| matches!(b, b'0' | b'.')))
}

/// The first offer that starts with `range`, up to a `*` in it.
fn offer(range: &[u8]) -> Option<Renderer> {
    let fixed = range.split(|b| *b == b'*').next().unwrap_or_default();
    let fits = |offer: &[u8]| offer.get(..fixed.len()).is_some_and(|start| start.eq_ignore_ascii_case(fixed));
    OFFERS.iter().find(|(offer, _)| fits(offer)).map(|(_, renderer)| *renderer)
}
