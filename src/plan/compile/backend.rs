//! One backend of a configuration: target, hosts, decoding, shape, errors, filters; knows of its
//! endpoint only the method, the output and the parameters.

use super::combine::flatmap;
use super::endpoint::{header_names, names};
use super::hosts::Host;
use super::Compiler;
use crate::config::{Backend, HttpKeys, TimeoutKeys};
use crate::encoding::{Decoder, Renderer};
use crate::filter::{Level, Scope, Tier};
use crate::http::head::Method;
use crate::json::{Shape, ShapeSpec};
use crate::plan::pattern::Pattern;
use crate::plan::target::Target;
use crate::plan::{BackendPlan, ErrorMode, HostSet};

/// Of its endpoint, what a backend depends on.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) method: Method,
    pub(super) output: Renderer,
    pub(super) pattern: &'a Pattern,
    /// The endpoint is sequential; then backends before this one.
    pub(super) earlier: Option<usize>,
    /// `sluice/timeout` of the endpoint.
    pub(super) times: &'a TimeoutKeys,
}

impl Compiler<'_> {
    /// Compiles a backend. `None`: findings say why.
    pub(super) fn backend(&mut self, backend: &Backend, place: Place<'_>) -> Option<BackendPlan> {
        let Place { method, output, pattern, earlier, times } = place;
        let (hosts, base) = self.backend_hosts(backend);
        let method = self.backend_method(backend, method, output);
        let target = self.target(backend, &base, pattern, earlier);
        let encoding = match output {
            Renderer::NoOp => Decoder::NoOp,
            _ => Decoder::by_name(&backend.encoding),
        };
        let scope = Scope {
            level: Level::Backend,
            endpoint: &pattern.log,
            params: &pattern.params,
            url_pattern: &backend.url_pattern,
            shards: self.shards,
        };
        let filters = self.filters(&backend.extra, &scope, Tier::Backend);
        let (target, method) = (target?, method?);
        Some(BackendPlan {
            method,
            pattern: target.log,
            target: target.pieces,
            target_has_query: target.has_query,
            hosts,
            headers: header_names(&backend.input_headers),
            query: names(backend.input_query_strings.iter().cloned()),
            encoding,
            is_collection: backend.is_collection,
            shape: shape(backend, encoding),
            keep_body: false,
            errors: error_mode(&backend.http),
            budgets: self.budgets(backend, times),
            filters,
        })
    }

    fn backend_method(&mut self, backend: &Backend, of_endpoint: Method, output: Renderer) -> Option<Method> {
        if backend.method.is_empty() {
            // An answer to HEAD has nothing to decode.
            let needs_body = of_endpoint == Method::Head && output != Renderer::NoOp;
            return Some(if needs_body { Method::Get } else { of_endpoint });
        }
        let method = Method::from_bytes(backend.method.to_ascii_uppercase().as_bytes());
        if matches!(method, Method::Other | Method::Connect) {
            let text =
                format!("found {:?}, allowed is a method of HTTP that asks for an answer", backend.method);
            self.refuse(format!("{}.method", backend.at), text);
            return None;
        }
        Some(method)
    }

    /// Where its calls go, and the path that stands before every target.
    fn backend_hosts(&mut self, backend: &Backend) -> (HostSet, String) {
        let own = !backend.host.is_empty();
        let written = if own { &backend.host } else { &self.config.host };
        let place = if own { format!("{}.host", backend.at) } else { "host".to_owned() };
        if backend.sd == "dns" {
            return (self.discovered(backend, written, &place), String::new());
        }
        self.not_discovered(backend);
        let mut parsed = Vec::with_capacity(written.len());
        for (n, text) in written.iter().enumerate() {
            match Host::parse(text, !backend.disable_host_sanitize) {
                Ok(host) => {
                    if host.plan.tls {
                        let text = "TLS to backends is not built yet: calls to this host fail";
                        self.no_effect(format!("{place}[{n}]"), text);
                    }
                    parsed.push(host);
                }
                Err(text) if backend.disable_host_sanitize => {
                    self.warn(format!("{place}[{n}]"), format!("{text}: it cannot be called"));
                }
                Err(text) => self.refuse(format!("{place}[{n}]"), text),
            }
        }
        let base = parsed.first().map(|h| h.base.clone()).unwrap_or_default();
        if parsed.iter().any(|h| h.base != base) {
            self.refuse(place, "found different paths after the hosts, allowed is one path for all");
        }
        let indexes = parsed.into_iter().map(|h| self.hosts.index(h.plan)).collect();
        (HostSet::Written(indexes), base)
    }

    fn target(
        &mut self,
        backend: &Backend,
        base: &str,
        pattern: &Pattern,
        earlier: Option<usize>,
    ) -> Option<Target> {
        let at = format!("{}.url_pattern", backend.at);
        match Target::compile(&backend.url_pattern, base, &pattern.params, earlier.unwrap_or(0)) {
            Ok(target) => {
                if target.fragment {
                    self.warn(at.clone(), "what follows '#' is never sent");
                }
                for name in &target.unresolved {
                    let why = match earlier {
                        _ if name.starts_with("JWT.") => "is not built yet",
                        Some(_) => "names no backend that is called before this one",
                        None => "works on sequential endpoints (\"proxy\": {\"sequential\": true})",
                    };
                    self.no_effect(at.clone(), format!("{{{name}}} {why}: the placeholder itself is sent"));
                }
                Some(target)
            }
            Err(undefined) => {
                let found = undefined.iter().map(|n| format!("{{{n}}}")).collect::<Vec<_>>().join(", ");
                let allowed = if pattern.params.is_empty() {
                    "the endpoint has no parameters".to_owned()
                } else {
                    format!("the endpoint has {{{}}}", pattern.params.join("}, {"))
                };
                self.refuse(at, format!("found {found}, {allowed}"));
                None
            }
        }
    }
}

fn shape(backend: &Backend, encoding: Decoder) -> Shape {
    let flatmap = flatmap(&backend.proxy.flatmap_filter);
    Shape::compile(&ShapeSpec {
        target: &backend.target,
        allow: &backend.allow,
        deny: &backend.deny,
        mapping: &backend.mapping,
        group: &backend.group,
        is_collection: encoding.shapes_collection(backend.is_collection),
        flatmap: flatmap.as_ref(),
    })
}

/// Details win over the code.
fn error_mode(keys: &HttpKeys) -> ErrorMode {
    if !keys.return_error_details.is_empty() {
        ErrorMode::Details(format!("error_{}", keys.return_error_details))
    } else if keys.return_error_code {
        ErrorMode::Code
    } else {
        ErrorMode::Fault
    }
}
