//! Backend hosts: `scheme://host[:port]` taken apart, each distinct one kept once; resolves no
//! names.

use crate::plan::{DiscoveredPlan, HostName, HostPlan};
use std::collections::HashMap;
use std::net::Ipv6Addr;

/// Longest DNS name (RFC 1035 section 2.3.4).
const NAME_BYTES: usize = 253;

/// A host as written, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) plan: HostPlan,
    /// What stands after the authority; only with `disable_host_sanitize`.
    pub(super) base: String,
}

impl Host {
    /// Reads a host. `sanitize`: a missing scheme is `http://`, a slash at the end is cut off, and
    /// nothing else may follow.
    pub(super) fn parse(text: &str, sanitize: bool) -> Result<Host, String> {
        let wrong = |allowed: &str| Err(format!("found {text:?}, allowed is {allowed}"));
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None if sanitize => ("http", text),
            None => return wrong("scheme://host[:port]"),
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return wrong("http or https as the scheme"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, base) = rest.split_at(end);
        if sanitize && !base.is_empty() {
            return wrong("scheme://host[:port] with nothing after it");
        }
        if base.contains(['?', '#']) {
            return wrong("a host without query and fragment");
        }
        let default = if tls { 443 } else { 80 };
        let Some((name, port)) = split_authority(authority, default) else {
            return wrong("scheme://host[:port]");
        };
        let plan = HostPlan { tls, authority: authority.to_owned(), name, port };
        Ok(Host { plan, base: base.to_owned() })
    }
}

fn split_authority(authority: &str, default: u16) -> Option<(HostName, u16)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (inner, port) = rest.split_once(']')?;
        let ip: Ipv6Addr = inner.parse().ok()?;
        return Some((HostName::Ip(ip.into()), port_of(port, default)?));
    }
    let end = authority.find(':').unwrap_or(authority.len());
    let (name, port) = authority.split_at(end);
    let port = port_of(port, default)?;
    if let Ok(ip) = name.parse() {
        return Some((HostName::Ip(ip), port));
    }
    is_dns_name(name).then(|| (HostName::Dns(name.to_ascii_lowercase().into()), port))
}

/// Whether a text can be a host's or a service's name.
pub(super) fn is_dns_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= NAME_BYTES && name.bytes().all(allowed)
}

/// `""` or `:80`; digits only, which is less than Rust's own parser takes.
fn port_of(text: &str, default: u16) -> Option<u16> {
    if text.is_empty() {
        return Some(default);
    }
    let digits = text.strip_prefix(':')?;
    let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| valid && *port > 0)
}

impl HostPlan {
    /// Reads `scheme://host[:port]`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<HostPlan> {
        Host::parse(text, true).ok().map(|host| host.plan)
    }
}

/// The distinct hosts and services of a plan.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    plans: Vec<HostPlan>,
    known: HashMap<(bool, String), u32>,
    discovered: Vec<DiscoveredPlan>,
}

impl Hosts {
    /// The index of a host, which is added if it is new. Hosts are the same when scheme and
    /// authority are: the authority goes out in the Host field, so `a` and `a:80` are two.
    pub(super) fn index(&mut self, plan: HostPlan) -> u32 {
        let key = (plan.tls, plan.authority.clone());
        let next = u32::try_from(self.plans.len()).unwrap_or(u32::MAX); // a file holds fewer
        let index = *self.known.entry(key).or_insert(next);
        if index == next {
            self.plans.push(plan);
        }
        index
    }

    /// The index of a service, which is added if it is new.
    pub(super) fn service(&mut self, service: DiscoveredPlan) -> u32 {
        let index = self.discovered.iter().position(|known| *known == service).unwrap_or_else(|| {
            self.discovered.push(service);
            self.discovered.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX) // a file holds fewer
    }

    pub(super) fn into_plans(self) -> (Vec<HostPlan>, Vec<DiscoveredPlan>) {
        (self.plans, self.discovered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn dns(name: &str) -> HostName {
        HostName::Dns(name.into())
    }

    #[test]
    fn hosts_are_taken_apart() {
        let v4 = HostName::Ip(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1)));
        let table = [
            ("http://a", false, "a", dns("a"), 80),
            ("a", false, "a", dns("a"), 80),
            ("a:8080/", false, "a:8080", dns("a"), 8080),
            ("https://A.example", true, "A.example", dns("a.example"), 443),
            ("HTTPS://x_y-z:1", true, "x_y-z:1", dns("x_y-z"), 1),
            ("http://127.0.0.1:99", false, "127.0.0.1:99", v4, 99),
            ("http://[::1]", false, "[::1]", HostName::Ip(Ipv6Addr::LOCALHOST.into()), 80),
            ("https://[::1]:7", true, "[::1]:7", HostName::Ip(Ipv6Addr::LOCALHOST.into()), 7),
        ];
        for (text, tls, authority, name, port) in table {
            let host = Host::parse(text, true).expect(text);
            assert_eq!(host.plan, HostPlan { tls, authority: authority.to_owned(), name, port }, "{text}");
            assert_eq!(host.base, "");
        }
    }

    #[test]
    fn other_things_are_no_hosts() {
        let long = format!("http://{}", "a".repeat(NAME_BYTES + 1));
        let texts = [
            "",
            "http://",
            "http://bad host",
            "http://a/b",
            "http://a?x",
            "http://u:p@a",
            "ftp://a",
            "http://a:",
            "http://a:0",
            "http://a:65536",
            "http://a:+80",
            "http://a:8x",
            "http://[::1",
            "http://[::1]x",
            "http://[zz]",
            "http://:80",
            "http://::1",
            &long,
        ];
        for text in texts {
            assert!(Host::parse(text, true).is_err(), "{text}");
        }
        for text in ["a", "a:80", "amqp://a", "http://a/x?y", ""] {
            assert!(Host::parse(text, false).is_err(), "{text}");
        }
        let based = Host::parse("http://a:1/base/x/", false).expect("a base path");
        assert_eq!((based.plan.authority.as_str(), based.base.as_str()), ("a:1", "/base/x"));
    }

    #[test]
    fn each_host_is_kept_once() {
        let mut hosts = Hosts::default();
        let mut index = |text| hosts.index(Host::parse(text, true).expect("valid").plan);
        let found = ["http://a", "http://b", "a", "https://a", "http://a:80", "b/"].map(&mut index);
        assert_eq!(found, [0, 1, 0, 2, 3, 1]);
        assert_eq!(hosts.into_plans().0.len(), 4);
    }
}
