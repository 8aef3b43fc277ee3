use crate::config::{Backend, Config, Endpoint};
use crate::plan::compile::{compile, CompileEnv};
use crate::plan::report::Report;
use crate::plan::{DiscoveredPlan, HostSet, Plan};

const SERVICE: &str = "_http._tcp.api.test";

fn backend(hosts: &[&str], sd: &str) -> Backend {
    Backend {
        at: "b".into(),
        url_pattern: "/x".into(),
        host: hosts.iter().map(|host| (*host).to_owned()).collect(),
        sd: sd.into(),
        disable_host_sanitize: true,
        ..Backend::default()
    }
}

/// The plan of one endpoint for each backend, and where findings are.
fn compiled(backends: &[Backend]) -> (Plan, Vec<String>) {
    let mut config = Config::default();
    for (n, backend) in backends.iter().enumerate() {
        let endpoint = format!("/{n}");
        config.endpoints.push(Endpoint { endpoint, backend: vec![backend.clone()], ..Endpoint::default() });
    }
    let (plan, findings) = compile(&config, &[], &CompileEnv { shards: 1, fd_limit: 1024 });
    (plan.expect("a plan"), findings.into_iter().map(|finding| finding.at).collect())
}

#[test]
fn services_are_told_apart_by_name_and_scheme() {
    let https = Backend { sd_scheme: "https".into(), ..backend(&[SERVICE], "dns") };
    let again = backend(&["_HTTP._tcp.api.test"], "dns");
    let other = backend(&["_other._tcp.api.test"], "dns");
    let (plan, findings) = compiled(&[backend(&[SERVICE], "dns"), https, again, other]);
    assert!(findings.is_empty(), "{findings:?}");
    let sets: Vec<_> = plan.endpoints.iter().map(|endpoint| endpoint.backends[0].hosts.clone()).collect();
    assert_eq!(sets, [0, 1, 0, 2].map(HostSet::Discovered));
    assert_eq!(plan.discovered[1], DiscoveredPlan { name: SERVICE.into(), tls: true });
    assert!(plan.hosts.is_empty());
    let report = Report(&plan).to_string();
    assert!(report.contains("hosts https:// of the SRV records of _http._tcp.api.test\n"), "{report}");
}

#[test]
fn what_finds_no_service_has_no_hosts_and_says_why() {
    let cleaned = Backend { disable_host_sanitize: false, ..backend(&["http://_http._tcp.api.test"], "dns") };
    let scheme = Backend { sd_scheme: "ftp".into(), ..backend(&[SERVICE], "dns") };
    let table = [
        ("cleaned to a URL", cleaned, "b.sd"),
        ("a URL", backend(&["http://_http._tcp.api.test"], "dns"), "b.host[0]"),
        ("no name", backend(&["a b"], "dns"), "b.host[0]"),
        ("another scheme", scheme, "b.sd_scheme"),
    ];
    for (name, backend, at) in table {
        let (plan, findings) = compiled(&[backend]);
        assert_eq!(plan.endpoints[0].backends[0].hosts, HostSet::Written(vec![]), "{name}");
        assert_eq!(findings, [at], "{name}");
    }
    let (plan, findings) = compiled(&[backend(&[SERVICE, "_more._tcp.api.test"], "dns")]);
    assert_eq!(plan.endpoints[0].backends[0].hosts, HostSet::Discovered(0));
    assert_eq!((plan.discovered.len(), findings), (1, vec!["b.host".to_owned()]), "only the first counts");
}

#[test]
fn anything_else_is_static_and_an_unknown_word_is_named() {
    let scheme = Backend { sd_scheme: "https".into(), ..backend(&["http://a"], "static") };
    let table: [(Backend, &[&str]); 5] = [
        (backend(&["http://a"], ""), &[]),
        (backend(&["http://a"], "static"), &[]),
        (backend(&["http://a"], "DNS"), &["b.sd"]),
        (backend(&["http://a"], "etcd"), &["b.sd"]),
        (scheme, &["b.sd_scheme"]),
    ];
    for (backend, at) in table {
        let (plan, findings) = compiled(std::slice::from_ref(&backend));
        assert_eq!(plan.endpoints[0].backends[0].hosts, HostSet::Written(vec![0]), "{:?}", backend.sd);
        assert_eq!(findings, at, "{:?}", backend.sd);
    }
}
