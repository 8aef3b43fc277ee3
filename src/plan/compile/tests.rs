use super::*;
use crate::config::{Backend, Endpoint, Raw, ServerKeys, TransportKeys};
use crate::encoding::{Decoder, Renderer};
use crate::filter::registry;
use crate::http::head::Method;
use crate::plan::path::PathRules;
use crate::plan::report::Report;
use crate::plan::route::{Match, ParamSpans};
use crate::plan::{Driver, ErrorMode, HostSet, Lane, Names, Piece, Timeouts};
use serde_json::{json, Value};
use std::time::Duration;

mod budgets;
mod combine;
mod errors;
mod routing;

const ENV: CompileEnv = CompileEnv { shards: 4, fd_limit: 1000 };

fn s(list: &[&str]) -> Vec<String> {
    list.iter().map(|t| (*t).to_owned()).collect()
}

fn extra(at: &str, parts: &[(&str, Value)]) -> Extra {
    let raw = |(name, value): &(&str, Value)| {
        ((*name).to_owned(), Raw { at: format!("{at}extra_config[{name:?}]"), value: value.clone() })
    };
    Extra(parts.iter().map(raw).collect())
}

fn backend(n: usize, url_pattern: &str) -> Backend {
    Backend {
        at: format!("endpoints[0].backend[{n}]"),
        host: s(&["http://a:1"]),
        url_pattern: url_pattern.into(),
        ..Backend::default()
    }
}

fn endpoint(path: &str, backends: Vec<Backend>) -> Endpoint {
    Endpoint { at: "endpoints[0]".into(), endpoint: path.into(), backend: backends, ..Endpoint::default() }
}

fn config(endpoints: Vec<Endpoint>) -> Config {
    Config { endpoints, ..Config::default() }
}

fn with_extra(parts: &[(&str, Value)]) -> Config {
    Config { extra: extra("", parts), ..config(vec![endpoint("/x", vec![backend(0, "/x")])]) }
}

/// The components that the configuration layer reads, from what stands in `extra`.
fn typed(config: &Config) -> Config {
    let mut config = config.clone();
    crate::config::components(&mut config, &mut Vec::new());
    config
}

fn plan(config: &Config) -> Plan {
    let (plan, findings) = compile(&typed(config), registry::all(), &ENV);
    plan.unwrap_or_else(|| panic!("{findings:?}"))
}

fn one(endpoint: Endpoint) -> crate::plan::EndpointPlan {
    plan(&config(vec![endpoint])).endpoints.swap_remove(0)
}

/// Places of the findings; errors marked with `!`.
fn places(config: &Config) -> Vec<String> {
    let (plan, findings) = compile(&typed(config), registry::all(), &ENV);
    let errors = findings.iter().any(|f| f.severity == Severity::Error);
    assert_eq!(plan.is_none(), errors, "a plan exists exactly when there is no error");
    let mark = |f: &Finding| format!("{}{}", if f.severity == Severity::Error { "!" } else { "" }, f.at);
    findings.iter().map(mark).collect()
}

#[test]
fn defaults_of_the_service() {
    let plan = plan(&Config::default());
    let service = &plan.service;
    assert_eq!((service.listen_ip, service.port, service.head_bytes), (None, 8080, 1_004_096));
    assert_eq!(service.health_path.as_deref(), Some("/__health"));
    assert!(service.redirect_trailing_slash && service.redirect_fixed_path && service.method_not_allowed);
    assert!(
        service.params.plain
            && service.access_log
            && !service.auto_options
            && service.paths == PathRules::default()
    );
    assert_eq!(service.client_ip.headers, ["x-forwarded-for", "x-real-ip"]);
    assert!(service.client_ip.from_headers && service.client_ip.trusted.is_none());
    let transport = &service.transport;
    assert_eq!((transport.idle_max, transport.idle_per_host), (None, 62));
    assert_eq!(transport.idle_timeout, None);
    assert_eq!(transport.tcp_keep_alive, Some(Duration::from_secs(15)));
    assert_eq!(transport.fallback_delay, Duration::from_millis(300));
    assert!(transport.keep_alives && transport.compression);
    let runtime = &plan.runtime;
    assert_eq!((runtime.shards, runtime.max_connections, runtime.driver), (4, 900, Driver::Auto));
    assert_eq!((runtime.ring_entries, runtime.backlog, runtime.pin_cores), (4096, 4096, true));
    assert!(plan.edge.is_empty() && plan.endpoints.is_empty() && plan.hosts.is_empty());
}

#[test]
fn timeouts_absent_zero_and_set() {
    let d = |secs: u64| Some(Duration::from_secs(secs));
    // read, read_header, idle, write, shutdown -> head, idle, read, write, body gap, shutdown
    let table = [
        ([None, None, None, None, None], [d(30), d(120), None, None, d(60), None]),
        ([d(0), d(0), d(0), d(0), d(0)], [None, None, None, None, None, None]),
        ([d(5), None, None, d(7), d(9)], [d(5), d(5), d(5), d(7), d(60), d(9)]),
        ([d(300), d(2), d(3), None, None], [d(2), d(3), d(300), None, d(300), None]),
        ([d(5), d(0), d(0), None, None], [d(5), d(5), d(5), None, d(60), None]),
        ([None, d(0), d(0), None, None], [None, None, None, None, d(60), None]),
        ([d(0), None, None, None, None], [None, None, None, None, None, None]),
    ];
    for (written, want) in table {
        let [read_timeout, read_header_timeout, idle_timeout, write_timeout, max_shutdown_wait_time] =
            written;
        let server = ServerKeys {
            read_timeout,
            read_header_timeout,
            idle_timeout,
            write_timeout,
            max_shutdown_wait_time,
            max_header_bytes: None,
        };
        let Timeouts { head, idle, read, write, body_gap, shutdown } =
            plan(&Config { server, ..Config::default() }).service.timeouts;
        assert_eq!([head, idle, read, write, body_gap, shutdown], want, "{written:?}");
    }
}

#[test]
fn numbers_are_divided_by_shards_with_a_floor_of_one() {
    // (max_idle_connections, per host) -> (idle_max, idle_per_host)
    let table = [
        (None, None, None, 62),
        (Some(0), Some(0), None, 62),
        (Some(100), Some(10), Some(25), 2),
        (Some(1), Some(3), Some(1), 1),
        (Some(-1), Some(-1), None, 0),
    ];
    for (all, per_host, want_all, want_per_host) in table {
        let transport = TransportKeys {
            max_idle_connections: all,
            max_idle_connections_per_host: per_host,
            ..TransportKeys::default()
        };
        let transport = plan(&Config { transport, ..Config::default() }).service.transport;
        assert_eq!((transport.idle_max, transport.idle_per_host), (want_all, want_per_host));
    }
    for (written, want) in [(Some(100), 4196), (Some(0), 1_004_096), (Some(-5), 1_004_096)] {
        let server = ServerKeys { max_header_bytes: written, ..ServerKeys::default() };
        assert_eq!(plan(&Config { server, ..Config::default() }).service.head_bytes, want);
    }
}

#[test]
fn router_options() {
    let router = json!({
        "error_body": {"404": {"b": 1, "a": [1]}, "405": "no"}, "return_error_msg": true,
        "health_path": "/alive", "auto_options": true, "disable_redirect_trailing_slash": true,
        "disable_redirect_fixed_path": true, "disable_handle_method_not_allowed": true,
        "remove_extra_slash": true, "disable_path_decoding": true, "disable_access_log": true,
        "logger_skip_paths": ["/a"], "hide_version_header": true, "forwarded_by_client_ip": false,
        "remote_ip_headers": ["X-Client"], "trusted_proxies": ["10.0.0.0/8", "::1"],
    });
    let plan = plan(&with_extra(&[("router", router)]));
    let service = &plan.service;
    assert_eq!(service.body_404.as_deref(), Some(&br#"{"b":1,"a":[1]}"#[..]));
    assert_eq!(service.body_405.as_deref(), Some(&b"\"no\""[..]));
    assert_eq!(service.health_path.as_deref(), Some("/alive"));
    assert!(
        service.auto_options
            && service.return_error_msg
            && service.paths.remove_extra_slash
            && service.hide_version
    );
    assert!(!service.redirect_trailing_slash && !service.redirect_fixed_path && !service.method_not_allowed);
    assert!(!service.params.plain && !service.access_log);
    assert_eq!(service.access_log_skip, ["/a"]);
    assert!(!service.client_ip.from_headers);
    assert_eq!(service.client_ip.headers, ["x-client"]);
    assert_eq!(service.client_ip.trusted.as_ref().map(Vec::len), Some(2));
    let mut params = ParamSpans::new();
    assert_eq!(plan.routes.find(Method::Get, b"/alive", &mut params), Match::Health);
    assert_eq!(plan.routes.find(Method::Get, b"/__health", &mut params), Match::NotFound);
    assert!(matches!(plan.routes.find(Method::Options, b"/x", &mut params), Match::Options(_)));
    let off =
        super::compile(&typed(&with_extra(&[("router", json!({"disable_health": true}))])), &[], &ENV).0;
    assert_eq!(off.expect("a plan").service.health_path, None);
}

#[test]
fn runtime_keys() {
    let settings = json!({"shards": 2, "pin_cores": false, "driver": "epoll", "ring_entries": 64, "backlog": 9,
                          "max_connections": 7, "strict": true});
    let runtime = plan(&with_extra(&[("sluice/runtime", settings)])).runtime;
    assert_eq!((runtime.shards, runtime.pin_cores, runtime.driver), (2, false, Driver::Epoll));
    assert_eq!((runtime.ring_entries, runtime.backlog, runtime.max_connections), (64, 9, 7));
    assert!(runtime.strict);
    let zero = plan(&with_extra(&[("sluice/runtime", json!({"shards": 0, "max_connections": 0}))])).runtime;
    assert_eq!((zero.shards, zero.max_connections), (4, 900));
}

#[test]
fn an_endpoint_with_one_backend() {
    let plan = one(Endpoint {
        input_headers: s(&["X-A", "x-a", "Authorization"]),
        input_query_strings: s(&["Q", "q", "Q"]),
        cache_ttl: Some(Duration::from_millis(500)),
        ..endpoint("u/{id}", vec![Backend { encoding: "JSON".into(), ..backend(0, "b/{id}?f=1") }])
    });
    assert_eq!((plan.method, plan.lane, plan.output), (Method::Get, Lane::Single, Renderer::Json));
    assert_eq!((plan.route.as_str(), &plan.params), ("/u/:id", &s(&["id"])));
    assert_eq!((plan.timeout, plan.merge_timeout), (Duration::from_secs(2), Duration::from_secs(2)));
    assert_eq!(plan.headers, Names::Listed(s(&["x-a", "authorization"])));
    assert_eq!(plan.query, Names::Listed(s(&["Q", "q"])));
    assert_eq!(plan.cache_control.as_deref(), Some("public, max-age=0"));
    assert!(plan.keys_disjoint);
    let backend = &plan.backends[0];
    assert_eq!((backend.pattern.as_str(), backend.target_has_query), ("/b/{{.Id}}?f=1", true));
    let target = [Piece::Literal(b"/b/".to_vec()), Piece::Param(0), Piece::Literal(b"?f=1".to_vec())];
    assert_eq!(backend.target, target);
    assert_eq!((backend.method, backend.encoding), (Method::Get, Decoder::Json));
    assert_eq!((&backend.headers, &backend.query), (&Names::Default, &Names::Default));
    assert_eq!((&backend.hosts, &backend.errors), (&HostSet::Written(vec![0]), &ErrorMode::Fault));
}

#[test]
fn an_endpoint_inherits_from_the_service() {
    let ttl = |secs| Some(Duration::from_secs(secs));
    // own, root -> timeout
    for (own, root, want) in [(None, None, 2), (ttl(0), ttl(0), 2), (ttl(0), ttl(7), 7), (ttl(3), ttl(7), 3)]
    {
        let mut config =
            config(vec![Endpoint { timeout: own, cache_ttl: own, ..endpoint("/x", vec![backend(0, "/")]) }]);
        (config.timeout, config.cache_ttl) = (root, root);
        let endpoint = plan(&config).endpoints.swap_remove(0);
        assert_eq!(endpoint.timeout, Duration::from_secs(want));
        let cached = (own.or(root) != ttl(0) && own.or(root).is_some()) || root == ttl(7);
        assert_eq!(endpoint.cache_control.is_some(), cached, "{own:?} {root:?}");
    }
    let mut root = config(vec![endpoint("/x", vec![Backend { host: Vec::new(), ..backend(0, "/") }])]);
    root.host = s(&["b", "http://b/", "https://b"]);
    root.output_encoding = "no-op".into();
    let plan = plan(&root);
    assert_eq!(plan.endpoints[0].backends[0].hosts, HostSet::Written(vec![0, 0, 1]));
    assert_eq!(plan.hosts.len(), 2);
    assert_eq!((plan.endpoints[0].lane, plan.endpoints[0].output), (Lane::Relay, Renderer::NoOp));
    assert_eq!(plan.endpoints[0].backends[0].encoding, Decoder::NoOp);
}

#[test]
fn several_backends_get_85_percent() {
    let plan = one(Endpoint {
        method: "POST".into(),
        timeout: Some(Duration::from_secs(1)),
        input_headers: s(&["X", "*"]),
        input_query_strings: s(&["*"]),
        ..endpoint("/x", vec![Backend { method: "get".into(), ..backend(0, "/a") }, backend(1, "/b")])
    });
    assert_eq!((plan.lane, plan.method), (Lane::Merge, Method::Post));
    assert_eq!(plan.merge_timeout, Duration::from_millis(850));
    assert_eq!((&plan.headers, &plan.query), (&Names::All, &Names::All));
    assert_eq!([plan.backends[0].method, plan.backends[1].method], [Method::Get, Method::Post]);
}

#[test]
fn groups_and_error_details_decide_whether_keys_can_meet() {
    let details = |name: &str| {
        extra("", &[("backend/http", json!({"return_error_details": name, "return_error_code": true}))])
    };
    let grouped = |n, group: &str| Backend { group: group.into(), ..backend(n, "/") };
    let table = [
        (vec![grouped(0, "a"), grouped(1, "b")], true),
        (vec![grouped(0, "a"), grouped(1, "a")], false),
        (vec![grouped(0, "a"), grouped(1, "")], false),
        (vec![Backend { extra: details("x"), ..grouped(0, "a") }, grouped(1, "b")], true),
        (vec![Backend { extra: details("b"), ..grouped(0, "a") }, grouped(1, "error_b")], false),
        (
            vec![
                Backend { extra: details("x"), ..grouped(0, "a") },
                Backend { extra: details("x"), ..grouped(1, "b") },
            ],
            false,
        ),
    ];
    for (backends, want) in table {
        assert_eq!(one(endpoint("/x", backends)).keys_disjoint, want);
    }
    let plan = one(endpoint("/x", vec![Backend { extra: details("x"), ..backend(0, "/") }]));
    assert_eq!(plan.backends[0].errors, ErrorMode::Details("error_x".into()), "details win");
    let code = extra("", &[("backend/http", json!({"return_error_code": true}))]);
    let plan = one(endpoint("/x", vec![Backend { extra: code, ..backend(0, "/") }]));
    assert_eq!(plan.backends[0].errors, ErrorMode::Code);
}

#[test]
fn filters_stand_in_the_order_of_the_registry() {
    let bots = || ("security/bot-detector", json!({"deny": ["x"]}));
    let limit = ("qos/ratelimit/router", json!({"max_rate": 1}));
    let breaker = ("qos/circuit-breaker", json!({"interval": 1, "timeout": 1, "max_errors": 1}));
    let config = Config {
        extra: extra("", &[limit.clone(), breaker.clone(), bots()]),
        ..config(vec![Endpoint {
            extra: extra("endpoints[0].", &[breaker.clone(), limit.clone(), bots()]),
            ..endpoint("/x", vec![Backend { extra: extra("", &[limit, bots(), breaker]), ..backend(0, "/") }])
        }])
    };
    let plan = plan(&config);
    let names = |filters: &[FilterPlan]| filters.iter().map(|f| f.namespace).collect::<Vec<_>>();
    assert_eq!(names(&plan.edge), ["security/bot-detector"]);
    assert_eq!(names(&plan.endpoints[0].filters), ["security/bot-detector", "qos/ratelimit/router"]);
    assert!(plan.endpoints[0].pipe.is_empty());
    assert_eq!(names(&plan.endpoints[0].backends[0].filters), ["qos/circuit-breaker"]);
}

#[test]
fn all_faults_are_reported_together() {
    let mut config = config(vec![
        endpoint(
            "/x",
            vec![backend(0, "/{id}"), Backend { host: s(&["http://bad host"]), ..backend(1, "/") }],
        ),
        Endpoint { at: "endpoints[1]".into(), ..endpoint("/x", vec![backend(0, "/")]) },
        Endpoint { at: "endpoints[2]".into(), ..endpoint("/x/*y", vec![backend(0, "/")]) },
        Endpoint { at: "endpoints[3]".into(), ..endpoint("/none", vec![]) },
        Endpoint {
            at: "endpoints[4]".into(),
            method: "TRACE".into(),
            ..endpoint("/h", vec![backend(0, "/")])
        },
        Endpoint {
            at: "endpoints[5]".into(),
            output_encoding: "no-op".into(),
            ..endpoint("/two", vec![backend(0, "/"), Backend { method: "FROB".into(), ..backend(1, "/") }])
        },
    ]);
    config.listen_ip = "300.1.1.1".into();
    config.extra = extra(
        "",
        &[
            ("router", json!({"trusted_proxies": ["x"], "health_path": "/none"})),
            ("security/bot-detector", json!({"patterns": ["("]})),
        ],
    );
    let want = [
        "!listen_ip",
        "!extra_config[\"router\"].trusted_proxies[0]",
        "!extra_config[\"security/bot-detector\"].patterns[0]",
        "!endpoints[0].backend[0].url_pattern",
        "!endpoints[0].backend[1].host[0]",
        "!endpoints[1].endpoint",
        "!endpoints[2].endpoint",
        "!endpoints[3].backend",
        "!endpoints[4].method",
        "!endpoints[5].backend",
        "!endpoints[0].backend[1].method",
        "!extra_config[\"router\"].health_path",
    ];
    assert_eq!(places(&config), want);
}

#[test]
fn what_is_not_built_yet_is_named() {
    let build = |strict: bool| {
        let mut config = config(vec![endpoint(
            "/x",
            vec![backend(0, "/{JWT.sub}#f"), Backend { sd: "dns".into(), ..backend(1, "/") }],
        )]);
        config.transport.allow_insecure_connections = true;
        config.extra = extra("", &[("sluice/runtime", json!({"strict": strict}))]);
        config
    };
    let want = [
        "allow_insecure_connections",
        "endpoints[0].backend[0].url_pattern",
        "endpoints[0].backend[0].url_pattern",
        "endpoints[0].backend[1].sd",
    ];
    assert_eq!(places(&build(false)), want);
    let strict = places(&build(true));
    assert_eq!(strict.iter().filter(|p| p.starts_with('!')).count(), 3, "the fragment stays a warning");
    assert!(places(&config(vec![Endpoint {
        output_encoding: "fast-json".into(),
        ..endpoint("/x", vec![Backend { encoding: "made-up".into(), sd: "static".into(), ..backend(0, "/") }])
    }]))
    .is_empty());
}

#[test]
fn encodings_and_outputs() {
    // output, encoding -> output, encoding, what the shape takes for a collection
    let table = [
        ("", "", Renderer::Json, Decoder::Json, true),
        ("", "XML", Renderer::Json, Decoder::Xml, false),
        ("made-up", "xml", Renderer::Xml, Decoder::Xml, false),
        ("made-up", "made-up", Renderer::Json, Decoder::Json, true),
        ("yaml", "SafeJSON", Renderer::Yaml, Decoder::SafeJson, false),
        ("no-op", "json", Renderer::NoOp, Decoder::NoOp, false),
    ];
    for (output, encoding, want_output, want_encoding, collection) in table {
        let one = |is_collection| {
            let backend = Backend { encoding: encoding.into(), is_collection, ..backend(0, "/") };
            one(Endpoint { output_encoding: output.into(), ..endpoint("/x", vec![backend]) })
        };
        let plan = one(true);
        let backend = &plan.backends[0];
        assert_eq!((plan.output, backend.encoding), (want_output, want_encoding), "{output} {encoding}");
        assert!(backend.is_collection);
        assert_eq!(backend.shape.top_keys().is_some(), collection, "{output} {encoding}");
        assert_eq!(one(false).backends[0].shape.top_keys(), None);
    }
}

#[test]
fn hosts_without_sanitizing() {
    let raw = |hosts: &[&str]| Backend { host: s(hosts), disable_host_sanitize: true, ..backend(0, "/p") };
    let plan = one(endpoint("/x", vec![raw(&["http://a/base", "https://b:1/base/"])]));
    assert_eq!(plan.backends[0].target, [Piece::Literal(b"/base/p".to_vec())]);
    assert_eq!(plan.backends[0].hosts, HostSet::Written(vec![0, 1]));
    let case = |hosts: &[&str]| places(&config(vec![endpoint("/x", vec![raw(hosts)])]));
    assert_eq!(case(&["http://a/x", "http://a/y"]), ["!endpoints[0].backend[0].host"]);
    assert_eq!(case(&["_srv._tcp.a"]), ["endpoints[0].backend[0].host[0]"]);
    let plan = one(endpoint("/x", vec![Backend { host: vec![], ..backend(0, "/p") }]));
    assert_eq!(
        plan.backends[0].hosts,
        HostSet::Written(vec![]),
        "a backend without hosts compiles; its calls fail"
    );
}

#[test]
fn the_report_names_lanes_filters_and_hosts() {
    let mut config = config(vec![Endpoint {
        extra: extra(
            "",
            &[
                ("security/bot-detector", json!({"deny": ["x"]})),
                ("qos/ratelimit/router", json!({"max_rate": 1})),
            ],
        ),
        input_headers: s(&["X-A"]),
        ..endpoint(
            "/u/{id}",
            vec![backend(0, "/a/{id}"), Backend { encoding: "no-op".into(), ..backend(1, "/b") }],
        )
    }]);
    config.name = "shop".into();
    let text = Report(&plan(&config)).to_string();
    let lines = [
        "service shop: listens on all addresses, port 8080",
        "GET /u/:id: lane merge, output json, timeout 2s (backends 1.7s)",
        "  headers: x-a",
        "  endpoint filters: security/bot-detector > qos/ratelimit/router",
        "  -> GET /a/{{.Id}}, json, hosts http://a:1",
        "  -> GET /b, no-op, hosts http://a:1",
    ];
    for line in lines {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
}
