//! Rules for the placeholders of a `url_pattern`; knows nothing of how they are filled.

use super::Report;
use crate::config::{near, path, Backend};

/// The `{name}` placeholders of a text, KrakenD's `\{([\w\-\.:/]+)\}`; other braces are literal.
#[must_use]
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = rest.get(open + 1..).unwrap_or("");
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.:/".contains(c))).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if !name.is_empty() && after.starts_with('}') {
            names.push(name);
        }
        rest = after;
    }
    names
}

/// Whether a placeholder takes its value from elsewhere than the path: an earlier answer
/// (`{resp0_key}`, or `{resp0}` for all of it) or the token (`{JWT.claim}`).
#[must_use]
pub fn is_special(name: &str) -> bool {
    if name.strip_prefix("JWT.").is_some_and(|claim| !claim.is_empty()) {
        return true;
    }
    let Some(rest) = name.strip_prefix("resp") else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let key = rest.get(digits..).unwrap_or_default();
    digits > 0 && (key.is_empty() || key.strip_prefix('_').is_some_and(|key| !key.is_empty()))
}

/// Refuses placeholders that the endpoint does not have.
pub fn check(endpoint: &str, params: &[String], backend: &Backend, report: &mut Report<'_>) {
    let mut used = placeholders(&backend.url_pattern);
    used.retain(|name| !is_special(name));
    used.sort_unstable();
    used.dedup();
    let too_many = if used.len() > params.len() && !params.is_empty() {
        format!(" ({} parameters are used, the endpoint has {})", used.len(), params.len())
    } else {
        String::new()
    };
    for name in &used {
        if params.iter().any(|param| param == name) {
            continue;
        }
        let allowed = match params {
            [] => format!("no parameter: endpoint '{endpoint}' has none"),
            _ => format!("one of {{{}}}", params.join("}, {")),
        };
        let hint = near::hint(name, params.iter().map(String::as_str));
        let text = format!("undefined output param '{{{name}}}'{too_many}, allowed is {allowed}{hint}");
        report.error(path::member(&backend.at, "url_pattern"), text);
    }
}
