//! Every rule that refuses, and the cleaning of values.

use super::{backend, endpoint, good, load, refused, root};
use crate::config::clean_host;

#[test]
fn versions() {
    assert_eq!(good("{\"version\": \"3\"}").version, 3);
    refused("{\n \"version\": 2}", &["f.json:2:13: error: at 'version': found 2, allowed is 3"]);
    refused("{}", &["f.json:1:1: error: 'version' is missing, allowed is 3"]);
    refused("{\"version\": []}", &["at 'version': found a list"]);
}

#[test]
fn listen_addresses() {
    for ip in ["127.0.0.1", "::1", "0.0.0.0", ""] {
        assert_eq!(good(&root(&format!("\"listen_ip\": \"{ip}\""))).listen_ip, ip);
    }
    for ip in ["localhost", "300.1.1.1", "127.0.0.1:80", "[::1]"] {
        refused(
            &root(&format!("\"listen_ip\": \"{ip}\"")),
            &["at 'listen_ip': found", "allowed is an IPv4 or IPv6 address"],
        );
    }
}

#[test]
fn hosts_are_cleaned() {
    let table = [
        ("stock.internal", "http://stock.internal"),
        ("stock.internal:8081", "http://stock.internal:8081"),
        ("http://stock.internal:8081/", "http://stock.internal:8081"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://a-b_c.d:65535/", "https://a-b_c.d:65535"),
        ("h:80", "http://h:80"),
        ("h/", "http://h"),
        ("https", "http://https"),
    ];
    for (written, cleaned) in table {
        assert_eq!(clean_host(written).as_deref(), Ok(cleaned), "{written}");
    }
}

#[test]
fn hosts_are_refused() {
    let table = [
        ("", "empty"),
        ("http://", "no name"),
        ("/", "no name"),
        ("amqp://mq:5672", "another scheme than http and https"),
        ("HTTP://h", "another scheme than http and https"),
        ("http://h:8081/v1", "a path or query"),
        ("h//", "a path or query"),
        ("h?x", "a path or query"),
        ("http://bad host", "a blank inside"),
        (" h", "a blank inside"),
        ("http://u:p@h", "user and password"),
        ("http://[::1]:80", "an IPv6 address"),
        ("::1", "an IPv6 address"),
        ("a,b", "a character that no name has"),
        ("#a", "a character that no name has"),
        ("http://h\u{e4}", "a character that no name has"),
        ("${HOST}", "a character that no name has"),
        ("h:8", "a port of one digit"),
        ("h:", "a port that is no number"),
        ("h:http", "a port that is no number"),
        ("h:70000", "a port outside 1 to 65535"),
        ("h:00", "a port outside 1 to 65535"),
        ("h:0000080", "a port outside 1 to 65535"),
    ];
    for (written, why) in table {
        assert_eq!(clean_host(written), Err(why), "{written}");
    }
    refused(
        &root(r#""host": ["h", "a b"]"#).replace(r#""host": ["http://h:80"], "#, ""),
        &["at 'host[1]': found \"a b\" (a blank inside), allowed is"],
    );
    refused(&backend(r#""host": ["h", ""]"#), &["at 'endpoints[0].backend[0].host[1]': found \"\" (empty)"]);
}

#[test]
fn hosts_may_be_left_as_they_are() {
    let config = good(&backend(r#""host": ["amqp://u:p@mq:5672/"], "disable_host_sanitize": true"#));
    assert_eq!(config.endpoints[0].backend[0].host, ["amqp://u:p@mq:5672/"]);
    assert_eq!(config.host, ["http://h:80"]);
    assert!(good(&backend("")).endpoints[0].backend[0].host.is_empty(), "the root's hosts are not copied");
}

fn path(path: &str, more: &str) -> String {
    root(&format!(r#"{more}"endpoints": [{{"endpoint": "{path}", "backend": [{{"url_pattern": "x"}}]}}]"#))
}

#[test]
fn paths_get_their_leading_slash() {
    let config = good(&path("a/{id}", ""));
    assert_eq!(config.endpoints[0].endpoint, "/a/{id}");
    assert_eq!(config.endpoints[0].backend[0].url_pattern, "/x");
}

#[test]
fn paths_that_are_taken() {
    for taken in
        ["/", "/a", "/a/", "/a/{id}/b", "/{a}/{b-c_1}", "/files/*", "/__healthy", "/__debugger/x", "/a.b/c"]
    {
        good(&path(taken, ""));
    }
    for taken in ["/a/x-{id}.json", "/{a.b}", "/{a}{b}"] {
        good(&path(taken, "\"disable_rest\": true, "));
    }
}

#[test]
fn paths_that_are_refused() {
    let table = [
        ("/a/*/b", "something after '*', allowed is '*' at the end only"),
        ("/x/*y", "something after '*'"),
        ("/**", "something after '*'"),
        ("/__health", "'/__health' is the gateway's own"),
        ("/__debug/x", "'/__debug' is the gateway's own"),
        ("/__echo/", "'/__echo' is the gateway's own"),
        ("/a/__health", "'/__health' is the gateway's own"),
        ("/{}", "allowed in a parameter's name are letters, digits, '_' and '-'"),
        ("/{a.b}", "allowed in a parameter's name"),
        ("/{a b}", "allowed in a parameter's name"),
        ("/x-{id}", "a parameter fills a whole segment"),
        ("/{id}.json", "a parameter fills a whole segment"),
        ("/{a}{b}", "a parameter fills a whole segment"),
        ("/{a", "'{' without '}'"),
        ("/a}", "'}' without '{'"),
        ("/{{a}}", "a brace inside braces"),
        ("/{a/b}", "'{' without '}'"),
    ];
    for (written, why) in table {
        let loaded = load(&path(written, ""));
        let first = loaded.findings.iter().find(|f| f.at == "endpoints[0].endpoint");
        assert!(first.is_some_and(|f| f.text.contains(why)), "{written}: {:?}", loaded.findings);
    }
    refused(&path("/{a b}-x", "\"disable_rest\": true, "), &["letters, digits, '_', '-', '.' and ':'"]);
}

#[test]
fn endpoints_need_a_backend() {
    for keys in ["\"backend\": []", "\"backend\": null", "\"method\": \"GET\""] {
        let text = root(&format!(r#""endpoints": [{{"endpoint": "/a", {keys}}}]"#));
        refused(&text, &["at 'endpoints[0]': found no backend, allowed is one or more"]);
    }
    good(&root("\"endpoints\": []"));
}

#[test]
fn methods() {
    for (written, read) in [
        ("get", "GET"),
        ("Post", "POST"),
        ("PUT", "PUT"),
        ("patch", "PATCH"),
        ("DELETE", "DELETE"),
        ("head", "HEAD"),
        ("OPTIONS", "OPTIONS"),
        ("query", "QUERY"),
        ("", ""),
    ] {
        assert_eq!(good(&endpoint(&format!("\"method\": \"{written}\""))).endpoints[0].method, read);
    }
    for written in ["TRACE", "CONNECT", "FETCH", " GET"] {
        let text = endpoint(&format!("\"method\": \"{written}\""));
        refused(
            &text,
            &[
                "at 'endpoints[0].method': found",
                "allowed is one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, QUERY",
            ],
        );
    }
    refused(&endpoint("\"method\": \"PSOT\""), &["did you mean 'POST'?"]);
    assert_eq!(good(&backend("\"method\": \"head\"")).endpoints[0].backend[0].method, "HEAD");
    refused(&backend("\"method\": \"CONNECT\""), &["at 'endpoints[0].backend[0].method'"]);
}

#[test]
fn placeholders() {
    for taken in [
        "/{id}",
        "/{id}/{id}?a={id}",
        "/{JWT.sub}",
        "/{resp0_owner.id}/{JWT.a/b:c}",
        "/{resp12_x}",
        "/{resp0}",
        "/x?filter={\\\"a\\\":1}",
        "/{not a name}",
        "/{}",
        "/{id",
    ] {
        good(&backend(&format!("\"url_pattern\": \"{taken}\"")));
    }
    for (refused_pattern, name) in [
        ("/{sku}", "{sku}"),
        ("/{ID}", "{ID}"),
        ("/{resp_x}", "{resp_x}"),
        ("/{resp0_}", "{resp0_}"),
        ("/{JWT.}", "{JWT.}"),
        ("/{jwt.sub}", "{jwt.sub}"),
    ] {
        let text = backend(&format!("\"url_pattern\": \"{refused_pattern}\""));
        let expected = format!("undefined output param '{name}'");
        refused(&text, &["at 'endpoints[0].backend[0].url_pattern'", &expected, "allowed is one of {id}"]);
    }
    let near = endpoint("\"method\": \"GET\"").replace("{id}", "{order}").replace("\"/\"", "\"/{ordr}\"");
    refused(&near, &["allowed is one of {order}", "did you mean 'order'?"]);
    refused(
        &backend("\"url_pattern\": \"/{id}/{other}\""),
        &["{other}", "2 parameters are used, the endpoint has 1"],
    );
    refused(
        &path("/x", "").replace("\"x\"", "\"/{id}\""),
        &["allowed is no parameter: endpoint '/x' has none"],
    );
}

#[test]
fn no_op_has_one_backend() {
    let two = r#""backend": [{"url_pattern": "/"}, {"url_pattern": "/b"}]"#;
    let text = root(&format!(r#""endpoints": [{{"endpoint": "/a", "output_encoding": "no-op", {two}}}]"#));
    refused(
        &text,
        &["at 'endpoints[0].backend': found 2 backends with output_encoding \"no-op\", allowed is one"],
    );
    let inherited =
        root(&format!(r#""output_encoding": "no-op", "endpoints": [{{"endpoint": "/a", {two}}}]"#));
    refused(&inherited, &["at 'endpoints[0].backend'"]);
    let json = root(&format!(
        r#""output_encoding": "no-op", "endpoints": [{{"endpoint": "/a", "output_encoding": "json", {two}}}]"#
    ));
    good(&json);
}

fn routes(list: &[(&str, &str)]) -> String {
    let entries: Vec<String> = list
        .iter()
        .map(|(method, path)| {
            format!(r#"{{"endpoint": "{path}", "method": "{method}", "backend": [{{"url_pattern": "/"}}]}}"#)
        })
        .collect();
    root(&format!("\"endpoints\": [{}]", entries.join(", ")))
}

#[test]
fn routes_are_distinct() {
    good(&routes(&[
        ("GET", "/a"),
        ("POST", "/a"),
        ("GET", "/a/"),
        ("GET", "/a/{x}"),
        ("GET", "/a/{x}/b"),
        ("GET", "/a/{y}/c"),
    ]));
    for twice in [[("GET", "/a"), ("get", "a")], [("", "/a/{x}"), ("GET", "/a/{y}")]] {
        refused(
            &routes(&twice),
            &["at 'endpoints[1].endpoint': found GET", "'endpoints[0]' is the same route"],
        );
    }
    let text = routes(&[("GET", "/up")])
        .replace("\"version\": 3", r#""version": 3, "extra_config": {"router": {"health_path": "/up"}}"#);
    refused(&text, &["'router.health_path' is the same route"]);
}

#[test]
fn a_listener_with_tls_is_refused_until_it_is_built() {
    refused(&root("\"tls\": {}"), &["at 'tls': TLS of the listener is not built yet"]);
    good(&root("\"tls\": {\"disabled\": true, \"keys\": [{\"public_key\": \"a\", \"private_key\": \"b\"}]}"));
    good(&root("\"tls\": null"));
}
