//! What the log says of a failed call beyond its fault: which backend, which host, which budget of
//! time ended, how long it was and which key set it; maps nothing to a status.

use super::fan::At;
use crate::config::units::format_duration;
use crate::http::fault::{Budget, Fault, Kind, Whose};
use crate::plan::budget::{Limit, Source};
use crate::plan::{BackendPlan, EndpointPlan, HostPlan, Lane};
use std::fmt::Write as _;

/// The text; empty where a backend has no part in the fault.
#[must_use]
pub fn blame(fault: &Fault, at: At<'_>, host: Option<&HostPlan>) -> String {
    if fault.whose == Whose::Client {
        return String::new();
    }
    let mut text = name(at.backend);
    // Writing to a String does not fail.
    if let Some(host) = host {
        let _ = write!(text, " at {}://{}", if host.tls { "https" } else { "http" }, host.authority);
    }
    if let Kind::Deadline(budget) = fault.kind {
        let _ = write!(text, ": {}", ended(budget, at));
    }
    text
}

/// How the log calls a backend.
#[must_use]
pub fn name(backend: &BackendPlan) -> String {
    format!("{} {}", backend.method.as_str(), backend.pattern)
}

/// A line of the log: what went wrong, and `about` whom.
#[must_use]
pub fn error_text(text: &str, about: &str) -> String {
    if about.is_empty() {
        return text.to_owned();
    }
    format!("{text}: {about}")
}

fn ended(budget: Budget, at: At<'_>) -> String {
    let budgets = &at.backend.budgets;
    let own = |limit: Option<Limit>, what: &str, key: &str, of_service: &str| {
        let Some(Limit { time, source }) = limit else { return what.to_owned() };
        let key = match source {
            Source::Service | Source::Default => format!("'{of_service}' of the service"),
            Source::Endpoint | Source::Backend => format!("'sluice/timeout'.{key} of {}", place(source)),
        };
        format!("{what} within {}, {key}", format_duration(time))
    };
    match budget {
        Budget::Endpoint => of_endpoint(at.endpoint),
        Budget::Total => own(budgets.total, "no whole answer", "total", ""),
        Budget::Connect => own(budgets.connect, "no connection", "connect", "dialer_timeout"),
        Budget::Head => own(budgets.head, "no head of an answer", "head", "response_header_timeout"),
        Budget::Idle => own(budgets.idle, "no next piece of the answer", "idle", ""),
    }
}

/// The endpoint's `timeout`, or the share of it that its calls have.
fn of_endpoint(endpoint: &EndpointPlan) -> String {
    let share = match endpoint.lane {
        Lane::Relay => endpoint.timeout,
        _ if endpoint.calls > 1 => endpoint.merge_timeout.min(endpoint.race_timeout),
        _ => endpoint.merge_timeout,
    };
    let whole = format_duration(endpoint.timeout);
    let key = match endpoint.timeout_source {
        Source::Default => "the default of 'timeout'".to_owned(),
        source => format!("'timeout' of {}", place(source)),
    };
    if share == endpoint.timeout {
        return format!("no whole answer within {whole}, {key}");
    }
    let percent = share.as_nanos() * 100 / endpoint.timeout.as_nanos().max(1);
    format!("no whole answer within {}, {percent} % of {whole}, {key}", format_duration(share))
}

fn place(source: Source) -> &'static str {
    match source {
        Source::Backend => "the backend",
        Source::Endpoint => "the endpoint",
        Source::Service | Source::Default => "the service",
    }
}
