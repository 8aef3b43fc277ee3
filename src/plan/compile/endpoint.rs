//! One endpoint of a configuration: route, timeouts, lane, lists of names, filters; leaves its
//! backends to `backend`.

use super::backend::Place;
use super::combine::{keys_disjoint, Backends, Calls};
use super::{non_zero, Compiler};
use crate::config::{Endpoint, ENDPOINT_METHODS};
use crate::encoding::Renderer;
use crate::filter::{Level, Scope, Tier};
use crate::http::head::Method;
use crate::plan::budget::Limit;
use crate::plan::pattern::Pattern;
use crate::plan::route::Routes;
use crate::plan::{EndpointPlan, Names};

impl Compiler<'_> {
    /// Compiles an endpoint and adds its route. `None`: findings say why.
    pub(super) fn endpoint(
        &mut self,
        index: usize,
        endpoint: &Endpoint,
        routes: &mut Routes,
    ) -> Option<EndpointPlan> {
        let pattern = self.pattern(endpoint);
        let method = self.method(endpoint);
        let (pattern, method) = (pattern?, method?);
        if let Err(other) = routes.add(method, &pattern.segments, index) {
            let other =
                other.and_then(|o| self.config.endpoints.get(o)).map_or("the gateway", |e| e.at.as_str());
            let text = format!("{} {} has the same requests as {other}", method.as_str(), endpoint.endpoint);
            self.refuse(format!("{}.endpoint", endpoint.at), text);
        }
        let output = self.output(endpoint);
        self.check_backends(endpoint, output);
        let Limit { time: timeout, source: timeout_source } = self.timeout(endpoint);
        let place = Place { method, output, pattern: &pattern, earlier: None, times: &endpoint.times };
        let backends = self.backends(endpoint, place, timeout);
        let finish = self.finish(endpoint, output);
        let scope = Scope {
            level: Level::Endpoint,
            endpoint: &pattern.log,
            params: &pattern.params,
            url_pattern: "",
            shards: self.shards,
        };
        let filters = self.filters(&endpoint.extra, &scope, Tier::Endpoint);
        let pipe = self.filters(&endpoint.extra, &scope, Tier::Pipe);
        let errors = self.errors(&endpoint.extra, &endpoint.errors, output == Renderer::NoOp);
        let backends = backends?;
        let calls = self.calls(endpoint, output, &backends, timeout);
        self.check_totals(endpoint, &backends, &calls);
        let Calls { lane, calls, merge_timeout, race_timeout } = calls;
        let Backends { regular: backends, shadows } = backends;
        Some(EndpointPlan {
            method,
            timeout,
            timeout_source,
            merge_timeout,
            lane,
            calls,
            race_timeout,
            headers: header_names(&endpoint.input_headers),
            query: names(endpoint.input_query_strings.iter().cloned()),
            cache_control: self.cache_control(endpoint),
            output,
            keys_disjoint: keys_disjoint(&backends, finish.as_deref()),
            backends,
            shadows,
            finish,
            errors,
            filters,
            pipe,
            route: pattern.log,
            params: pattern.params,
        })
    }

    fn pattern(&mut self, endpoint: &Endpoint) -> Option<Pattern> {
        let at = format!("{}.endpoint", endpoint.at);
        match Pattern::parse(&endpoint.endpoint, self.config.disable_rest) {
            Ok(pattern) => {
                for segment in &pattern.taken_literally {
                    let text = format!("{segment:?} is plain text: a parameter fills a whole segment");
                    self.warn(at.clone(), text);
                }
                Some(pattern)
            }
            Err(text) => {
                self.refuse(at, text);
                None
            }
        }
    }

    fn method(&mut self, endpoint: &Endpoint) -> Option<Method> {
        match endpoint.method.as_str() {
            "" => Some(Method::Get),
            text if ENDPOINT_METHODS.contains(&text) => Some(Method::from_bytes(text.as_bytes())),
            text => {
                let text = format!("found {text:?}, allowed is one of {}", ENDPOINT_METHODS.join(", "));
                self.refuse(format!("{}.method", endpoint.at), text);
                None
            }
        }
    }

    /// An unknown name is the output that goes with the backend's encoding, if there is one backend.
    fn output(&self, endpoint: &Endpoint) -> Renderer {
        let names = [endpoint.output_encoding.as_str(), &self.config.output_encoding, "json"];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        match endpoint.backend.as_slice() {
            [only] => Renderer::choose(name, Some(&only.encoding)),
            _ => Renderer::by_name(name),
        }
    }

    fn check_backends(&mut self, endpoint: &Endpoint, output: Renderer) {
        let at = format!("{}.backend", endpoint.at);
        match endpoint.backend.len() {
            0 => self.refuse(at, "found none, allowed is one backend or more"),
            2.. if output == Renderer::NoOp => {
                self.refuse(at, "found several, but the output no-op passes on the answer of one");
            }
            _ => {}
        }
    }

    fn cache_control(&self, endpoint: &Endpoint) -> Option<String> {
        let ttl = non_zero(endpoint.cache_ttl).or(non_zero(self.config.cache_ttl))?;
        Some(format!("public, max-age={}", ttl.as_secs()))
    }
}

/// A list of names as configured: `"*"` anywhere in it means all.
pub(super) fn names(list: impl Iterator<Item = String>) -> Names {
    let mut listed: Vec<String> = Vec::new();
    for name in list {
        if name == "*" {
            return Names::All;
        }
        if !listed.contains(&name) {
            listed.push(name);
        }
    }
    if listed.is_empty() {
        Names::Default
    } else {
        Names::Listed(listed)
    }
}

/// Names of header fields, in lower case.
pub(super) fn header_names(list: &[String]) -> Names {
    names(list.iter().map(|name| name.to_ascii_lowercase()))
}
