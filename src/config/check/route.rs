//! Rules for endpoint paths: form, reserved names, parameters, duplicates; knows no router.

use super::Report;
use crate::config::component::quote;
use crate::config::{path, Config, Endpoint};
use std::collections::HashMap;

/// Paths that the gateway keeps for itself; KrakenD refuses them also deeper in a path.
const RESERVED: [&str; 3] = ["/__debug", "/__echo", "/__health"];

/// The names of the parameters of an endpoint path, in order. Strict (`disable_rest` off): a
/// parameter fills a whole segment. Free: `{name}` anywhere.
#[must_use]
pub fn params(path: &str, disable_rest: bool) -> Vec<String> {
    if disable_rest {
        return super::target::placeholders(path).into_iter().map(str::to_string).collect();
    }
    path.split('/').skip(1).filter_map(strict_param).map(str::to_string).collect()
}

/// The name inside a segment that is one parameter.
fn strict_param(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    let ok = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    ok.then_some(name)
}

/// Adds the leading slash and applies the rules for one path.
pub fn check_path(endpoint: &mut Endpoint, disable_rest: bool, report: &mut Report<'_>) {
    let at = path::member(&endpoint.at, "endpoint");
    if endpoint.endpoint.is_empty() {
        report.warn(&endpoint.at, "found no path in 'endpoint': it serves \"/\"");
    }
    if !endpoint.endpoint.starts_with('/') {
        endpoint.endpoint.insert(0, '/');
    }
    let path = endpoint.endpoint.as_str();
    if path.find('*').is_some_and(|star| star + 1 != path.len()) {
        report.error(
            &at,
            format!("found {} with something after '*', allowed is '*' at the end only", quote(path)),
        );
    }
    if let Some(reserved) = RESERVED.iter().find(|reserved| has_reserved(path, reserved)) {
        report.error(
            &at,
            format!("found {}, which is reserved: '{reserved}' is the gateway's own", quote(path)),
        );
    }
    if path.contains(['?', '#']) {
        report.warn(&at, format!("found {}: '?' and '#' end a path, so no request matches it", quote(path)));
    }
    for segment in path.split('/').skip(1) {
        if let Some(why) = bad_segment(segment, disable_rest) {
            report.error(&at, format!("found segment {}: {why}", quote(segment)));
        } else if segment.starts_with(':') {
            let hint = segment.trim_start_matches(':');
            report.warn(
                &at,
                format!(
                    "found segment {}, which is taken literally; a parameter is written '{{{hint}}}'",
                    quote(segment)
                ),
            );
        }
    }
}

/// KrakenD's `/__(debug|echo|health)(/.*)?$`, searched.
fn has_reserved(path: &str, reserved: &str) -> bool {
    path.match_indices(reserved).any(|(at, _)| {
        let rest = path.get(at + reserved.len()..).unwrap_or("");
        rest.is_empty() || rest.starts_with('/')
    })
}

/// What is wrong with the braces of a segment.
fn bad_segment(segment: &str, disable_rest: bool) -> Option<&'static str> {
    let mut open = false;
    for c in segment.chars() {
        match c {
            '{' if open => return Some("a brace inside braces, allowed is '{name}'"),
            '}' if !open => return Some("'}' without '{', allowed is '{name}'"),
            '{' => open = true,
            '}' => open = false,
            _ => {}
        }
    }
    if open {
        return Some("'{' without '}', allowed is '{name}'");
    }
    let braces = segment.matches('{').count();
    if braces == 0 {
        None
    } else if disable_rest {
        let named = super::target::placeholders(segment).len();
        (named != braces)
            .then_some("allowed in a parameter's name are letters, digits, '_', '-', '.' and ':'")
    } else if segment.starts_with('{') && segment.ends_with('}') && braces == 1 {
        strict_param(segment)
            .is_none()
            .then_some("allowed in a parameter's name are letters, digits, '_' and '-'")
    } else {
        Some("a parameter fills a whole segment, unless \"disable_rest\" is true")
    }
}

/// Refuses equal routes: same method, same path, names of parameters not counted.
pub fn duplicates(config: &Config, report: &mut Report<'_>) {
    let mut seen: HashMap<(String, String), &str> = HashMap::new();
    let health = config.router.health_path.as_str();
    if !config.router.disable_health && !health.is_empty() {
        seen.insert(("GET".to_string(), health.to_string()), "router.health_path");
    }
    for endpoint in &config.endpoints {
        if report.is_unread(&path::member(&endpoint.at, "endpoint")) {
            continue;
        }
        let method = if endpoint.method.is_empty() { "GET" } else { &endpoint.method };
        let shape = shape(&endpoint.endpoint, config.disable_rest);
        match seen.get(&(method.to_string(), shape.clone())) {
            Some(first) => report.error(
                path::member(&endpoint.at, "endpoint"),
                format!(
                    "found {method} {} a second time: '{first}' is the same route",
                    quote(&endpoint.endpoint)
                ),
            ),
            None => {
                seen.insert((method.to_string(), shape), &endpoint.at);
            }
        }
    }
}

/// The path with the names of its parameters taken out.
fn shape(path: &str, disable_rest: bool) -> String {
    let mut shape = path.to_string();
    for name in params(path, disable_rest) {
        shape = shape.replace(&format!("{{{name}}}"), "{}");
    }
    shape
}
