//! Backends whose hosts are found by SRV records, KrakenD keys `"sd": "dns"` and `sd_scheme`; looks
//! nothing up.

use super::hosts::is_dns_name;
use super::Compiler;
use crate::config::{near, Backend};
use crate::plan::{DiscoveredPlan, HostSet};

/// What `sd` may say; anything else is `static`, as for KrakenD.
const KINDS: [&str; 2] = ["static", "dns"];

impl Compiler<'_> {
    /// Checks the keys of a backend whose hosts are those that are written.
    pub(super) fn not_discovered(&mut self, backend: &Backend) {
        if !backend.sd.is_empty() && backend.sd != "static" {
            let hint = near::hint(&backend.sd, KINDS.iter().copied());
            let text =
                format!("found {:?}, allowed is {}: taken as static{hint}", backend.sd, KINDS.join(" or "));
            self.no_effect(format!("{}.sd", backend.at), text);
        }
        if !backend.sd_scheme.is_empty() {
            let text = "works with \"sd\": \"dns\" alone: the hosts that are written have their own scheme";
            self.no_effect(format!("{}.sd_scheme", backend.at), text);
        }
    }

    /// The service that a backend's first host names. Without one the backend has no hosts, and its
    /// calls fail as they do with KrakenD.
    pub(super) fn discovered(&mut self, backend: &Backend, written: &[String], place: &str) -> HostSet {
        let none = HostSet::Written(Vec::new());
        let Some(name) = written.first() else { return none };
        if !backend.disable_host_sanitize {
            let text =
                "\"dns\" needs \"disable_host_sanitize\": true, without it the host is taken for a URL and \
                        no service is found: calls of this backend fail";
            self.no_effect(format!("{}.sd", backend.at), text);
            return none;
        }
        if !is_dns_name(name) {
            let text = format!(
                "found {name:?}, allowed is the name of SRV records, \"_service._proto.name\": calls of this \
                 backend fail"
            );
            self.no_effect(format!("{place}[0]"), text);
            return none;
        }
        if written.len() > 1 {
            let text =
                format!("only {name:?} is looked up: with \"sd\": \"dns\" the other hosts have no effect");
            self.no_effect(place, text);
        }
        let tls = match backend.sd_scheme.as_str() {
            "" | "http" => false,
            "https" => true,
            other => {
                let text = format!("found {other:?}, allowed is http or https: calls of this backend fail");
                self.no_effect(format!("{}.sd_scheme", backend.at), text);
                return none;
            }
        };
        let name = name.to_ascii_lowercase();
        HostSet::Discovered(self.hosts.service(DiscoveredPlan { name: name.into(), tls }))
    }
}

#[cfg(test)]
mod tests;
