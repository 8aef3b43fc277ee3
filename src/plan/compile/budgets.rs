//! `sluice/timeout`: the budgets of a backend's calls, each from the nearest place that sets it.

use super::combine::{Backends, Calls};
use super::{non_zero, Compiler};
use crate::config::units::format_duration;
use crate::config::{Backend, Endpoint, TimeoutKeys};
use crate::limits::ENDPOINT_TIMEOUT_MS;
use crate::plan::budget::{Budgets, Limit, Source};
use std::time::Duration;

impl Compiler<'_> {
    /// The budgets of a backend of an endpoint whose own block is `above`.
    pub(super) fn budgets(&self, backend: &Backend, above: &TimeoutKeys) -> Budgets {
        let own = &backend.times;
        let service = &self.config.transport;
        Budgets {
            total: nearest(own.total, above.total, None),
            connect: nearest(own.connect, above.connect, non_zero(service.dialer_timeout)),
            head: nearest(own.head, above.head, non_zero(service.response_header_timeout)),
            idle: nearest(own.idle, above.idle, None),
        }
    }

    /// The timeout of an endpoint and where it stands; 0 counts as absent, at both places.
    pub(super) fn timeout(&self, endpoint: &Endpoint) -> Limit {
        let default = Limit { time: Duration::from_millis(ENDPOINT_TIMEOUT_MS), source: Source::Default };
        nearest(None, non_zero(endpoint.timeout), non_zero(self.config.timeout)).unwrap_or(default)
    }

    /// Warns about budgets that end later than what stands above them.
    pub(super) fn check_totals(&mut self, endpoint: &Endpoint, backends: &Backends, calls: &Calls) {
        let whole =
            if calls.calls > 1 { calls.merge_timeout.min(calls.race_timeout) } else { calls.merge_timeout };
        let written = endpoint.backend.iter().filter(|backend| !backend.proxy.shadow);
        for (written, plan) in written.zip(&backends.regular) {
            let Some(limit) = plan.budgets.total.filter(|limit| limit.time > whole) else { continue };
            let extra = if limit.source == Source::Backend { &written.extra } else { &endpoint.extra };
            let Some(raw) = extra.get("sluice/timeout") else { continue };
            let (found, ends) = (format_duration(limit.time), format_duration(whole));
            let text = format!(
                "found {found}, but the endpoint's timeout leaves its calls {ends}: that ends them first"
            );
            self.warn(format!("{}.total", raw.at), text);
        }
    }
}

fn nearest(
    backend: Option<Duration>,
    endpoint: Option<Duration>,
    service: Option<Duration>,
) -> Option<Limit> {
    let places = [(backend, Source::Backend), (endpoint, Source::Endpoint), (service, Source::Service)];
    places.into_iter().find_map(|(time, source)| Some(Limit { time: time?, source }))
}
