//! One entry of `endpoints`.

use super::{backend, extra};
use crate::config::finding::Finding;
use crate::config::weak::{Child, Keys};
use crate::config::Endpoint;

pub fn endpoint(child: &Child<'_>, findings: &mut Vec<Finding>) -> Endpoint {
    let mut keys = Keys::new(&child.at, child.members);
    keys.renamed(&[("headers_to_pass", "input_headers"), ("querystring_params", "input_query_strings")]);
    let mut endpoint = Endpoint {
        at: child.at.clone(),
        endpoint: keys.text("endpoint"),
        method: keys.text("method"),
        timeout: keys.timeout("timeout"),
        cache_ttl: keys.duration("cache_ttl"),
        output_encoding: keys.text("output_encoding"),
        input_headers: keys.texts("input_headers"),
        input_query_strings: keys.texts("input_query_strings"),
        concurrent_calls: keys.int("concurrent_calls"),
        ..Endpoint::default()
    };
    let mut inner = Vec::new();
    for item in keys.objects("backend") {
        endpoint.backend.push(backend::backend(&item, &mut inner));
    }
    endpoint.extra = extra::extra(&mut keys, &mut inner);
    keys.finish("an endpoint", findings);
    findings.append(&mut inner);
    endpoint
}
