//! A plan as text, for `check -d` and the log at start: what runs, in which order; decides
//! nothing.

use super::errors::{ErrorBody, ErrorsPlan};
use super::{
    BackendPlan, EndpointPlan, ErrorMode, FilterPlan, HostPlan, HostSet, Lane, Names, Plan, Service,
};
use crate::encoding::{Decoder, Renderer};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// The plan, printable.
pub struct Report<'a>(pub &'a Plan);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Report(plan) = self;
        service(f, &plan.service)?;
        let runtime = &plan.runtime;
        writeln!(
            f,
            "  shards {}{}, driver {:?}, at most {} connections",
            runtime.shards,
            if runtime.pin_cores { ", pinned" } else { "" },
            runtime.driver,
            runtime.max_connections
        )?;
        filters(f, "  edge", &plan.edge)?;
        for endpoint in &plan.endpoints {
            self.endpoint(f, endpoint)?;
        }
        Ok(())
    }
}

impl Report<'_> {
    fn endpoint(&self, f: &mut Formatter<'_>, endpoint: &EndpointPlan) -> fmt::Result {
        let lane = match endpoint.lane {
            Lane::Relay => "relay",
            Lane::Single => "single",
            Lane::Merge => "merge",
            Lane::Race => "race",
            Lane::Sequence => "sequence",
        };
        let output = match endpoint.output {
            Renderer::Json => "json",
            Renderer::JsonCollection => "json-collection",
            Renderer::Str => "string",
            Renderer::Xml => "xml",
            Renderer::Yaml => "yaml",
            Renderer::Negotiate => "negotiate",
            Renderer::NoOp => "no-op",
        };
        write!(f, "{} {}: lane {lane}, output {output}", endpoint.method.as_str(), endpoint.route)?;
        write!(f, ", timeout {:?}", endpoint.timeout)?;
        if endpoint.merge_timeout != endpoint.timeout {
            write!(f, " (backends {:?})", endpoint.merge_timeout)?;
        }
        if let Some(cache) = &endpoint.cache_control {
            write!(f, ", cache {cache:?}")?;
        }
        if endpoint.calls > 1 {
            write!(f, ", {} calls to each backend", endpoint.calls)?;
        }
        if let Some(finish) = &endpoint.finish {
            let steps =
                [(finish.flatmap.is_some(), ", flatmap"), (finish.static_data.is_some(), ", static data")];
            steps.iter().filter(|(there, _)| *there).try_for_each(|(_, text)| f.write_str(text))?;
        }
        if let Some(errors) = &endpoint.errors {
            self::errors(f, errors)?;
        }
        writeln!(f)?;
        names(f, "  headers", &endpoint.headers, false)?;
        names(f, "  query", &endpoint.query, false)?;
        filters(f, "  endpoint", &endpoint.filters)?;
        filters(f, "  pipe", &endpoint.pipe)?;
        endpoint.backends.iter().try_for_each(|backend| self.backend(f, "->", backend))?;
        endpoint.shadows.iter().try_for_each(|shadow| self.backend(f, "-> (shadow)", &shadow.backend))
    }

    fn backend(&self, f: &mut Formatter<'_>, arrow: &str, backend: &BackendPlan) -> fmt::Result {
        let encoding = match backend.encoding {
            Decoder::Json => "json",
            Decoder::SafeJson => "safejson",
            Decoder::Str => "string",
            Decoder::Xml => "xml",
            Decoder::Rss => "rss",
            Decoder::NoOp => "no-op",
        };
        write!(f, "  {arrow} {} {}, {encoding}, hosts", backend.method.as_str(), backend.pattern)?;
        self.hosts(f, &backend.hosts)?;
        match &backend.errors {
            ErrorMode::Fault => {}
            ErrorMode::Code => write!(f, ", errors keep their status")?,
            ErrorMode::Details(key) => write!(f, ", errors as {key:?}")?,
        }
        writeln!(f)?;
        names(f, "     headers", &backend.headers, true)?;
        names(f, "     query", &backend.query, true)?;
        filters(f, "     backend", &backend.filters)
    }
}

impl Report<'_> {
    fn hosts(&self, f: &mut Formatter<'_>, hosts: &HostSet) -> fmt::Result {
        match hosts {
            HostSet::Written(indexes) if indexes.is_empty() => write!(f, " none"),
            HostSet::Written(indexes) => indexes.iter().enumerate().try_for_each(|(n, index)| {
                let host = self.0.hosts.get(*index as usize);
                write!(f, "{} {}", if n == 0 { "" } else { "," }, Host(host))
            }),
            HostSet::Discovered(index) => match self.0.discovered.get(*index as usize) {
                Some(service) => {
                    let scheme = if service.tls { "https" } else { "http" };
                    write!(f, " {scheme}:// of the SRV records of {}", service.name)
                }
                None => f.write_str(" ?"),
            },
        }
    }
}

struct Host<'a>(Option<&'a HostPlan>);

impl Display for Host<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(host) => write!(f, "{}://{}", if host.tls { "https" } else { "http" }, host.authority),
            None => f.write_str("?"),
        }
    }
}

fn service(f: &mut Formatter<'_>, service: &Service) -> fmt::Result {
    let name = if service.name.is_empty() { "(no name)" } else { &service.name };
    write!(f, "service {name}: ")?;
    match service.listen_ip {
        Some(ip) => writeln!(f, "listens on {ip}, port {}", service.port)?,
        None => writeln!(f, "listens on all addresses, port {}", service.port)?,
    }
    let timeouts = &service.timeouts;
    writeln!(
        f,
        "  timeouts: head {}, idle {}, read {}, write {}, body gap {}, shutdown {}",
        Limit(timeouts.head),
        Limit(timeouts.idle),
        Limit(timeouts.read),
        Limit(timeouts.write),
        Limit(timeouts.body_gap),
        Limit(timeouts.shutdown)
    )?;
    writeln!(f, "  health {}", service.health_path.as_deref().unwrap_or("off"))
}

struct Limit(Option<Duration>);

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(limit) => write!(f, "{limit:?}"),
            None => f.write_str("none"),
        }
    }
}

fn errors(f: &mut Formatter<'_>, errors: &ErrorsPlan) -> fmt::Result {
    let parts = [
        (errors.backend_status, "status of the backend"),
        (errors.gateway_status, "502/503/504"),
        (errors.any_2xx, "any 2xx is success"),
        (errors.fail_partial, "no partial answers"),
        (errors.body == ErrorBody::Backend, "body of the backend"),
        (errors.template().is_some(), "body by template"),
    ];
    let mut separator = ", errors: ";
    for (_, text) in parts.iter().filter(|(there, _)| *there) {
        write!(f, "{separator}{text}")?;
        separator = " + ";
    }
    Ok(())
}

/// A line for a list that is not the default.
fn names(f: &mut Formatter<'_>, label: &str, names: &Names, all_is_default: bool) -> fmt::Result {
    match names {
        Names::Default => Ok(()),
        Names::All if all_is_default => Ok(()),
        Names::All => writeln!(f, "{label}: all"),
        Names::Listed(list) => writeln!(f, "{label}: {}", list.join(", ")),
    }
}

fn filters(f: &mut Formatter<'_>, label: &str, filters: &[FilterPlan]) -> fmt::Result {
    if filters.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = filters.iter().map(|filter| filter.namespace).collect();
    writeln!(f, "{label} filters: {}", names.join(" > "))
}
