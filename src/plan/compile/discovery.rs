//! Backends whose hosts are found by SRV records, KrakenD keys `"sd": "dns"` and `sd_scheme`; looks
//! nothing up.

use super::hosts::is_dns_name;
use super::Compiler;
use crate::config::Backend;
use crate::plan::{DiscoveredPlan, HostSet};

impl Compiler<'_> {
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
        let text = "discovery by DNS is not built yet: the backend has no hosts, its calls fail";
        self.no_effect(format!("{}.sd", backend.at), text);
        let name = name.to_ascii_lowercase();
        HostSet::Discovered(self.hosts.service(DiscoveredPlan { name: name.into(), tls }))
    }
}
