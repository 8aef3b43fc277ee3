//! One entry of a `backend` list, of an endpoint or of an agent.

use super::extra;
use crate::config::finding::Finding;
use crate::config::weak::{Child, Keys};
use crate::config::Backend;

pub fn backend(child: &Child<'_>, findings: &mut Vec<Finding>) -> Backend {
    let mut keys = Keys::new(&child.at, child.members);
    keys.renamed(&[
        ("whitelist", "allow"),
        ("blacklist", "deny"),
        ("headers_to_pass", "input_headers"),
        ("querystring_params", "input_query_strings"),
    ]);
    let mut backend = Backend {
        at: child.at.clone(),
        url_pattern: keys.text("url_pattern"),
        host: keys.texts("host"),
        method: keys.text("method"),
        encoding: keys.text("encoding"),
        target: keys.text("target"),
        allow: keys.texts("allow"),
        deny: keys.texts("deny"),
        mapping: keys.text_map("mapping"),
        group: keys.text("group"),
        is_collection: keys.bool("is_collection"),
        input_headers: keys.texts("input_headers"),
        input_query_strings: keys.texts("input_query_strings"),
        disable_host_sanitize: keys.bool("disable_host_sanitize"),
        sd: keys.text("sd"),
        sd_scheme: keys.text("sd_scheme"),
        ..Backend::default()
    };
    let mut inner = Vec::new();
    backend.extra = extra::extra(&mut keys, &mut inner);
    keys.finish("a backend", findings);
    findings.append(&mut inner);
    backend
}
