//! One name looked up once: the hosts file, then the name servers of the system, both address
//! families at the same time; remembers nothing but its connections.

use super::book::Found;
use super::weights::Record;
use crate::limits::{NAME_ADDRESSES, RESOLVE_TIMEOUT_MS};
use crate::plan::HostPlan;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Hosts, TokioResolver};
use std::cell::RefCell;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::pin;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// Wait for the second family once the first gave addresses. RFC 8305 section 3 waits 50 ms before
/// a connection; here it costs only a first request, and buys the addresses for a whole lifetime.
const SECOND_FAMILY: Duration = Duration::from_millis(250);
/// How long a line of the hosts file is believed (Go looks again as often).
const HOSTS_TTL: Duration = Duration::from_secs(5);

const HOSTS: &str = "/etc/hosts";
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The resolver of the system, read anew when its files change.
pub(super) struct System {
    /// Instead of the servers in resolv.conf.
    servers: Option<Vec<SocketAddr>>,
    built: RefCell<Option<Built>>,
}

#[derive(Clone)]
struct Built {
    files: [Option<SystemTime>; 2],
    resolver: TokioResolver,
    hosts: std::rc::Rc<Hosts>,
}

impl System {
    pub fn new(servers: Option<Vec<SocketAddr>>) -> System {
        System { servers, built: RefCell::new(None) }
    }

    /// Time for one lookup.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(RESOLVE_TIMEOUT_MS)
    }

    /// Addresses of `name` with their time to live; the error is for the log.
    pub async fn lookup(&self, name: &str) -> Result<Found, String> {
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(Found { addresses: vec![address], ttl: Duration::MAX });
        }
        let parsed = Name::from_str_relaxed(name).map_err(|e| format!("not a host name: {e}"))?;
        let built = self.built().map_err(|e| format!("no resolver: {e}"))?;
        if let Some(found) = from_hosts(&built.hosts, &parsed) {
            return Ok(found);
        }
        from_servers(&built.resolver, parsed).await
    }

    /// The usable SRV records of `name`; empty when they say that the service is not available. The
    /// error is for the log.
    pub async fn services(&self, name: &str) -> Result<Vec<Record>, String> {
        let parsed = Name::from_str_relaxed(name).map_err(|e| format!("not a service name: {e}"))?;
        let built = self.built().map_err(|e| format!("no resolver: {e}"))?;
        let lookup = built.resolver.lookup(parsed, RecordType::SRV).await.map_err(|e| e.to_string())?;
        let answers = lookup.answers().iter();
        let all: Vec<_> = answers
            .filter_map(|record| match &record.data {
                RData::SRV(srv) => Some(srv),
                _ => None,
            })
            .collect();
        // RFC 2782: a single target "." says so.
        if matches!(&all[..], [only] if only.target.is_root()) {
            return Ok(Vec::new());
        }
        let usable: Vec<Record> = all.into_iter().filter_map(record).collect();
        if usable.is_empty() {
            return Err("no usable SRV records".to_owned());
        }
        Ok(usable)
    }

    fn built(&self) -> Result<Built, NetError> {
        let files = [HOSTS, RESOLV_CONF].map(changed);
        if let Some(built) = self.built.borrow().as_ref().filter(|built| built.files == files) {
            return Ok(built.clone());
        }
        let hosts = std::rc::Rc::new(Hosts::from_system().unwrap_or_default());
        let built = Built { files, resolver: build(self.servers.as_deref())?, hosts };
        *self.built.borrow_mut() = Some(built.clone());
        Ok(built)
    }
}

/// `None`: the target is no host, and its name must not get into a request.
fn record(srv: &SRV) -> Option<Record> {
    let target = srv.target.to_ascii();
    let target = target.strip_suffix('.').unwrap_or(&target).to_ascii_lowercase();
    let host = HostPlan::parse(&format!("http://{target}:{}", srv.port))?;
    Some(Record { priority: srv.priority, weight: srv.weight, port: host.port, target })
}

fn changed(file: &str) -> Option<SystemTime> {
    std::fs::metadata(Path::new(file)).and_then(|about| about.modified()).ok()
}

fn build(servers: Option<&[SocketAddr]>) -> Result<TokioResolver, NetError> {
    let provider = TokioRuntimeProvider::default();
    let mut builder = match servers {
        Some(servers) => {
            let config = ResolverConfig::from_name_servers(servers.iter().map(server).collect());
            TokioResolver::builder_with_config(config, provider)
        }
        // Without a usable resolv.conf the C library asks this machine; so do we.
        None => TokioResolver::builder(provider.clone()).unwrap_or_else(|_| {
            let local = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
            TokioResolver::builder_with_config(ResolverConfig::from_name_servers(vec![local]), provider)
        }),
    };
    bound(builder.options_mut());
    builder.build()
}

fn server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.to_vec())
}

/// The book is the cache, the hosts file is read here, and a silent server must leave time to ask
/// another one.
fn bound(options: &mut ResolverOpts) {
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = options.timeout.min(Duration::from_millis(RESOLVE_TIMEOUT_MS / 2));
}

/// A name in the hosts file has the addresses given there and no others.
fn from_hosts(hosts: &Hosts, name: &Name) -> Option<Found> {
    let mut families = Vec::new();
    for kind in [RecordType::AAAA, RecordType::A] {
        families.extend(hosts.lookup_static_host(&Query::query(name.clone(), kind)));
    }
    let mut found = merge(&families)?;
    found.ttl = HOSTS_TTL;
    Some(found)
}

async fn from_servers(resolver: &TokioResolver, name: Name) -> Result<Found, String> {
    let mut v6 = pin!(resolver.lookup(name.clone(), RecordType::AAAA));
    let mut v4 = pin!(resolver.lookup(name, RecordType::A));
    let (first, second) = tokio::select! {
        first = &mut v6 => and_then(first, v4).await,
        first = &mut v4 => and_then(first, v6).await,
    };
    let mut families = Vec::new();
    let mut error = None;
    for result in [Some(first), second].into_iter().flatten() {
        match result {
            Ok(lookup) => families.push(lookup),
            // "No such records" says less than that a server failed.
            Err(e) if error.is_none() || !e.is_no_records_found() => error = Some(e),
            Err(_) => {}
        }
    }
    merge(&families).ok_or_else(|| error.map_or_else(|| "no addresses".to_owned(), |e| e.to_string()))
}

type Family = Result<Lookup, NetError>;

/// Waits for the second family, not long when the first has something to offer.
async fn and_then(first: Family, second: impl Future<Output = Family>) -> (Family, Option<Family>) {
    let offers = first.as_ref().is_ok_and(|lookup| addresses(lookup).next().is_some());
    let second = if offers { timeout(SECOND_FAMILY, second).await.ok() } else { Some(second.await) };
    (first, second)
}

fn addresses(lookup: &Lookup) -> impl Iterator<Item = IpAddr> + '_ {
    lookup.answers().iter().filter_map(|record| record.data.ip_addr())
}

/// All addresses, families in turn, IPv6 first (RFC 8305 section 4), and the shortest time to live
/// on the way there. `None`: there are no addresses.
fn merge(families: &[Lookup]) -> Option<Found> {
    let (mut v6, mut v4) = (Vec::new(), Vec::new());
    for address in families.iter().flat_map(addresses) {
        let family = if address.is_ipv6() { &mut v6 } else { &mut v4 };
        if family.len() < NAME_ADDRESSES && !family.contains(&address) {
            family.push(address);
        }
    }
    let addresses = interleave(&v6, &v4);
    let ttl = families.iter().flat_map(Lookup::answers).map(|record| record.ttl).min()?;
    (!addresses.is_empty()).then(|| Found { addresses, ttl: Duration::from_secs(u64::from(ttl)) })
}

/// One of each in turn, `first` first, at most `NAME_ADDRESSES`.
pub(super) fn interleave(first: &[IpAddr], second: &[IpAddr]) -> Vec<IpAddr> {
    let longest = first.len().max(second.len());
    let in_turn = (0..longest).flat_map(|n| [first.get(n), second.get(n)]).flatten();
    in_turn.copied().take(NAME_ADDRESSES).collect()
}

#[cfg(test)]
mod tests;
