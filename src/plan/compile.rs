//! Config to Plan: everything that can be worked out before the first request is worked out here,
//! and everything that is wrong is found here, all of it at once; does no I/O.

mod backend;
mod budgets;
mod combine;
mod discovery;
mod endpoint;
mod errors;
mod hosts;
mod service;

use super::path::EncodedSlash;
use super::route::{RouteOptions, Routes};
use super::{FilterPlan, Plan, Service};
use crate::config::{Config, Extra, Finding, Severity};
use crate::filter::{Feature, Scope, Tier};
use hosts::Hosts;

/// What the machine gives.
#[derive(Clone, Copy, Debug)]
pub struct CompileEnv {
    /// Shards when the configuration does not say: one for each core that the process may use.
    pub shards: usize,
    /// Soft limit of open files.
    pub fd_limit: usize,
}

/// Compiles a configuration. No plan = at least one finding is an error.
#[must_use]
pub fn compile(config: &Config, features: &[&dyn Feature], env: &CompileEnv) -> (Option<Plan>, Vec<Finding>) {
    let router = &config.router;
    let runtime = service::runtime(&config.runtime, env);
    let mut compiler = Compiler {
        config,
        features,
        shards: runtime.shards,
        strict: runtime.strict,
        hosts: Hosts::default(),
        findings: Vec::new(),
    };
    let service = service::service(&mut compiler, router);
    let edge = compiler.edge();
    let mut routes = Routes::new(route_options(config, &service));
    let mut endpoints = Vec::with_capacity(config.endpoints.len());
    for (index, endpoint) in config.endpoints.iter().enumerate() {
        endpoints.extend(compiler.endpoint(index, endpoint, &mut routes));
    }
    if let Some(path) = &service.health_path {
        compiler.health(path, &mut routes);
    }
    if config.routing.auto_head {
        routes.derive_head();
    }
    let Compiler { hosts, findings, .. } = compiler;
    if findings.iter().any(|f| f.severity == Severity::Error) {
        return (None, findings);
    }
    let (hosts, discovered) = hosts.into_plans();
    let plan = Plan { service, routes, endpoints, hosts, discovered, runtime, edge };
    (Some(plan), findings)
}

fn route_options(config: &Config, service: &Service) -> RouteOptions {
    let router = &config.router;
    RouteOptions {
        auto_options: router.auto_options,
        method_not_allowed: !router.disable_handle_method_not_allowed,
        redirect_trailing_slash: !router.disable_redirect_trailing_slash,
        redirect_fixed_path: !router.disable_redirect_fixed_path,
        keep_slashes: service.paths.encoded_slash == EncodedSlash::Keep,
        debug: config.debug_endpoint,
        echo: config.echo_endpoint,
    }
}

/// The state of one compilation.
struct Compiler<'a> {
    config: &'a Config,
    features: &'a [&'a dyn Feature],
    shards: usize,
    /// What has no effect refuses the start.
    strict: bool,
    hosts: Hosts,
    findings: Vec<Finding>,
}

impl Compiler<'_> {
    fn refuse(&mut self, at: impl Into<String>, text: impl Into<String>) {
        self.findings.push(Finding::error(at, text));
    }

    fn warn(&mut self, at: impl Into<String>, text: impl Into<String>) {
        self.findings.push(Finding::warning(at, text));
    }

    /// Place of a key of `router`.
    fn router_at(&self, key: &str) -> String {
        let at = self.config.extra.get("router").map_or("", |raw| &raw.at);
        format!("{at}.{key}")
    }

    /// Something is configured that has no effect.
    fn no_effect(&mut self, at: impl Into<String>, text: impl Into<String>) {
        if self.strict {
            self.refuse(at, text);
        } else {
            self.warn(at, text);
        }
    }

    fn edge(&mut self) -> Vec<FilterPlan> {
        let scope = Scope {
            level: crate::filter::Level::Service,
            endpoint: "",
            params: &[],
            url_pattern: "",
            shards: self.shards,
        };
        let config = self.config;
        self.filters(&config.extra, &scope, Tier::Edge)
    }

    /// The filters of one place and tier, in the order of the features.
    fn filters(&mut self, extra: &Extra, scope: &Scope<'_>, tier: Tier) -> Vec<FilterPlan> {
        let mut filters = Vec::new();
        for feature in self.features {
            if !feature.places().contains(&(scope.level, tier)) {
                continue;
            }
            let Some(raw) = extra.get(feature.namespace()) else { continue };
            let blueprint = feature.compile(raw, scope, &mut self.findings);
            filters.extend(blueprint.map(|b| FilterPlan { namespace: feature.namespace(), blueprint: b }));
        }
        filters
    }

    fn health(&mut self, path: &str, routes: &mut Routes) {
        let rest = path.strip_prefix('/').unwrap_or(path);
        let literal = |s: &str| super::pattern::Segment::Literal(s.as_bytes().to_vec());
        let segments: Vec<_> = rest.split('/').map(literal).collect();
        if let Err(endpoint) = routes.add_health(&segments) {
            let other = self.config.endpoints.get(endpoint).map_or("", |e| e.at.as_str());
            let text = format!("found {path:?}, which {other} has, too");
            self.refuse(self.router_at("health_path"), text);
        }
    }
}

/// `0` counts as absent.
fn non_zero<T: Default + PartialEq>(value: Option<T>) -> Option<T> {
    value.filter(|v| *v != T::default())
}

#[cfg(test)]
mod tests;
