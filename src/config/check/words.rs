//! Names that KrakenD takes without a word although it knows no such thing, and then does
//! something else; knows no encoding by what it does.

use super::Report;
use crate::config::component::quote;
use crate::config::keys::{ENCODINGS, OUTPUTS};
use crate::config::{near, path, Backend, Endpoint};

/// Warns about an `output_encoding` at this level.
pub fn output(at: &str, found: &str, report: &mut Report<'_>) {
    if !found.is_empty() && !OUTPUTS.contains(&found) {
        let text = format!(
            "found {}, allowed is one of {}; the answer is rendered by the encoding of the only backend, or as json{}",
            quote(found),
            OUTPUTS.join(", "),
            near::hint(found, OUTPUTS.iter().copied())
        );
        report.warn(path::member(at, "output_encoding"), text);
    }
}

/// Warns about the words and counts of an endpoint.
pub fn endpoint(endpoint: &Endpoint, report: &mut Report<'_>) {
    output(&endpoint.at, &endpoint.output_encoding, report);
    if let Some(calls) = endpoint.concurrent_calls.filter(|calls| *calls < 0) {
        let at = path::member(&endpoint.at, "concurrent_calls");
        report.warn(at, format!("found {calls}, allowed is 1 or more; it counts as 1"));
    }
}

/// Warns about a backend's `encoding`; case does not matter in it.
pub fn encoding(backend: &Backend, report: &mut Report<'_>) {
    let found = &backend.encoding;
    if !found.is_empty() && !ENCODINGS.iter().any(|name| name.eq_ignore_ascii_case(found)) {
        let text = format!(
            "found {}, allowed is one of {}; the answer is read as json{}",
            quote(found),
            ENCODINGS.join(", "),
            near::hint(found, ENCODINGS.iter().copied())
        );
        report.warn(path::member(&backend.at, "encoding"), text);
    }
}
