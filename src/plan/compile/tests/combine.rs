//! Lanes, shadows, placeholders, flatmap and static data.

use super::*;

#[test]
fn lanes_and_budgets() {
    let secs = |s| Duration::from_millis(s);
    let proxy = |value: Value| extra("", &[("proxy", value)]);
    let sequential = || proxy(json!({"sequential": true}));
    let shadow = |n| Backend { extra: proxy(json!({"shadow": true})), ..backend(n, "/") };
    let single = || vec![backend(0, "/")];
    let two = || vec![backend(0, "/"), backend(1, "/")];
    let none = || Extra(Default::default());
    let table = [
        (single(), none(), None, Lane::Single, 1000, 1),
        (single(), none(), Some(-3), Lane::Single, 1000, 1),
        (single(), sequential(), Some(1), Lane::Single, 1000, 1),
        (two(), none(), None, Lane::Merge, 850, 1),
        (vec![backend(0, "/"), shadow(1)], sequential(), None, Lane::Merge, 1000, 1),
        (single(), none(), Some(3), Lane::Race, 750, 3),
        (two(), none(), Some(2), Lane::Race, 850, 2),
        (two(), sequential(), None, Lane::Sequence, 850, 1),
        (two(), sequential(), Some(2), Lane::Sequence, 850, 2),
    ];
    for (backends, extra, concurrent_calls, lane, merge, calls) in table {
        let timeout = Some(secs(1000));
        let plan = one(Endpoint { extra, concurrent_calls, timeout, ..endpoint("/x", backends) });
        assert_eq!((plan.lane, plan.merge_timeout, plan.calls), (lane, secs(merge), calls));
        assert_eq!(plan.race_timeout, secs(750));
    }
    let many = Endpoint { concurrent_calls: Some(65), ..endpoint("/x", single()) };
    assert_eq!(places(&config(vec![many])), ["!endpoints[0].concurrent_calls"]);
    let relay =
        Endpoint { concurrent_calls: Some(2), output_encoding: "no-op".into(), ..endpoint("/x", single()) };
    assert_eq!(places(&config(vec![relay])), ["endpoints[0].concurrent_calls"]);
}

#[test]
fn shadows_stand_apart() {
    let shadow = |n, value: Value| Backend { extra: extra("", &[("proxy", value)]), ..backend(n, "/s") };
    let plan = one(Endpoint {
        timeout: Some(Duration::from_secs(3)),
        ..endpoint(
            "/x",
            vec![
                shadow(0, json!({"shadow": true})),
                backend(1, "/r"),
                shadow(2, json!({"shadow": true, "shadow_timeout": "100ms"})),
                shadow(3, json!({"shadow": false})),
            ],
        )
    });
    let patterns: Vec<_> = plan.backends.iter().map(|b| b.pattern.as_str()).collect();
    assert_eq!(patterns, ["/r", "/s"]);
    let timeouts: Vec<_> = plan.shadows.iter().map(|s| s.timeout).collect();
    assert_eq!(timeouts, [Duration::from_secs(3), Duration::from_millis(100)]);
    let only = endpoint("/x", vec![shadow(0, json!({"shadow": true}))]);
    assert_eq!(places(&config(vec![only])), ["!endpoints[0].backend"]);
}

#[test]
fn placeholders_for_earlier_answers() {
    let with = |backends, proxy: Value| Endpoint {
        extra: extra("", &[("proxy", proxy)]),
        ..endpoint("/x", backends)
    };
    let noop = |n| Backend { encoding: "no-op".into(), ..backend(n, "/a") };
    let plan = one(with(vec![noop(0), backend(1, "/b/{resp0}")], json!({"sequential": true})));
    assert!(plan.backends[0].keep_body && !plan.backends[1].keep_body);
    let on = json!({"sequential": true});
    let table = [
        (vec![backend(0, "/a"), backend(1, "/{resp0_id}")], on.clone(), vec![]),
        (
            vec![backend(0, "/a"), backend(1, "/{resp0}")],
            on.clone(),
            vec!["endpoints[0].backend[1].url_pattern"],
        ),
        (vec![backend(0, "/{resp0_id}"), backend(1, "/a")], on, vec!["endpoints[0].backend[0].url_pattern"]),
        (
            vec![backend(0, "/a"), backend(1, "/{resp0_id}")],
            json!({}),
            vec!["endpoints[0].backend[1].url_pattern"],
        ),
    ];
    for (backends, proxy, want) in table {
        assert_eq!(places(&config(vec![with(backends, proxy)])), want);
    }
}

#[test]
fn flatmap_and_static_data() {
    let proxy = |value: Value| extra("", &[("proxy", value)]);
    let flatmap = json!({"flatmap_filter": [{"type": "del", "args": ["a"]}]});
    let fixed = |key: &str| json!({"static": {"data": {key: 1}, "strategy": "always"}});
    let grouped = |n, group: &str| Backend { group: group.into(), ..backend(n, "/") };
    let filtered = |n| Backend { extra: proxy(flatmap.clone()), allow: s(&["x"]), ..backend(n, "/") };
    let allowed = |n, keys: &[&str]| Backend { allow: s(keys), ..backend(n, "/") };
    let table = [
        (vec![backend(0, "/")], json!({}), true),
        (vec![backend(0, "/")], fixed("a"), false),
        (vec![grouped(0, "a")], fixed("a"), false),
        (vec![grouped(0, "a")], fixed("b"), true),
        (vec![filtered(0), grouped(1, "a")], json!({}), false),
        (vec![allowed(0, &["x", "y"]), grouped(1, "a")], json!({}), true),
        (vec![allowed(0, &["x", "y"]), grouped(1, "a")], fixed("y"), false),
    ];
    for (backends, written, want) in table {
        let plan = one(Endpoint { extra: proxy(written.clone()), ..endpoint("/x", backends) });
        assert_eq!(plan.keys_disjoint, want, "{written}");
        assert_eq!(plan.finish.is_some(), written != json!({}));
    }
    let plan = one(Endpoint { extra: proxy(flatmap), ..endpoint("/x", vec![backend(0, "/")]) });
    assert!(plan.finish.is_some_and(|f| f.flatmap.is_some() && f.static_data.is_none()));
    let relay = Endpoint {
        output_encoding: "no-op".into(),
        extra: extra("endpoints[0].", &[("proxy", fixed("a"))]),
        ..endpoint("/x", vec![backend(0, "/")])
    };
    assert_eq!(places(&config(vec![relay])), ["endpoints[0].extra_config[\"proxy\"]"]);
}
