//! What the client gets of backends that fail, move or have something to say in their heads: the
//! components `sluice/errors`, `sluice/headers` and `sluice/redirect`.

use crate::kit::{
    client, client::Client, client::Response, free_port, gateway::Gateway, origin, origin::Origin,
};
use serde_json::{json, Value};
use std::time::Duration;

/// Answers `/STATUS` with that status and a body that names it, `/empty/STATUS` with none, `/bad`
/// with what is no JSON, `/close` with nothing; `/slow` never answers.
fn statuses() -> Origin {
    Origin::start(|seen, stream| {
        let path = seen.path();
        let (status, empty) = match path.strip_prefix("/empty/") {
            Some(status) => (status, true),
            None => (&path[1..], false),
        };
        match status {
            "bad" => origin::answer(stream, 200, "application/json", b"{not json"),
            "close" => origin::Then::Close,
            "slow" => {
                std::thread::park_timeout(Duration::from_secs(5));
                origin::Then::Close
            }
            status => {
                let body = format!("{{\"said\":{status}}}");
                let body = if empty { "" } else { &body };
                let status = status.parse().unwrap_or(500);
                origin::answer(stream, status, "application/problem+json", body.as_bytes())
            }
        }
    })
}

fn call(host: &str, target: &str) -> Value {
    json!({"host": [host], "url_pattern": target, "extra_config": {}})
}

fn errors(value: Value) -> Value {
    json!({ "sluice/errors": value })
}

/// Status, content type, body, completed.
fn seen(answer: &Response) -> (u16, String, String, String) {
    let header = |name| answer.header(name).unwrap_or_default().to_owned();
    (answer.status, header("content-type"), answer.text(), header("x-krakend-completed"))
}

fn expect(port: u16, path: &str, status: u16, content_type: &str, body: &str, completed: &str) {
    let found = seen(&client::get(port, path));
    let expected = (status, content_type.to_owned(), body.to_owned(), completed.to_owned());
    assert_eq!(found, expected, "{path}");
}

const JSON: &str = "application/json; charset=utf-8";
const PROBLEM: &str = "application/problem+json";

#[test]
fn the_failing_backend_speaks() {
    let origin = statuses();
    let host = &origin.host();
    let nobody = &format!("http://127.0.0.1:{}", free_port());
    let one = |path: &str, host: &str, target: &str, keys: Value| json!({"endpoint": path, "backend": [call(host, target)], "extra_config": errors(keys)});
    let two = |path: &str, targets: [&str; 2], keys: Value| json!({"endpoint": path, "backend": [call(host, targets[0]), call(host, targets[1])], "extra_config": errors(keys)});
    let relayed = |path: &str, host: &str, target: &str| json!({"endpoint": path, "output_encoding": "no-op", "backend": [call(host, target)]});
    let all = json!({"status": "backend", "gateway_status": true, "body": "backend"});
    let strict = json!({"status": "backend", "gateway_status": true, "partial": "fail"});
    let config = json!({
        "version": 3, "timeout": "3s",
        "extra_config": errors(json!({"gateway_status": true})),
        "endpoints": [
            one("/plain", host, "/404", json!({"gateway_status": false})),
            one("/bad-gateway", host, "/404", json!({})),
            one("/status", host, "/404", json!({"status": "backend"})),
            one("/both", host, "/404", all.clone()),
            one("/refused", nobody, "/", all.clone()),
            one("/closed", host, "/close", all.clone()),
            one("/broken", host, "/bad", all.clone()),
            {"endpoint": "/slow", "timeout": "100ms", "backend": [call(host, "/slow")], "extra_config": errors(all.clone())},
            one("/not-modified", host, "/empty/304", all.clone()),
            two("/two", ["/404", "/503"], all.clone()),
            two("/two-equal", ["/404", "/409"], all.clone()),
            two("/two-plain", ["/404", "/404"], json!({"gateway_status": false})),
            two("/partial", ["/404", "/200"], all.clone()),
            two("/no-partial", ["/404", "/200"], strict),
            relayed("/relay-refused", nobody, "/"),
            {"endpoint": "/relay-slow", "timeout": "100ms", "output_encoding": "no-op", "backend": [call(host, "/slow")]},
            relayed("/relay", host, "/404"),
        ]
    });
    let gateway = Gateway::start(&config);
    let port = gateway.port;
    expect(port, "/plain", 500, "", "", "false");
    expect(port, "/bad-gateway", 502, "", "", "false");
    expect(port, "/status", 404, "", "", "false");
    expect(port, "/both", 404, PROBLEM, "{\"said\":404}", "false");
    expect(port, "/refused", 502, "", "", "false");
    expect(port, "/closed", 502, "", "", "false");
    expect(port, "/broken", 502, "", "", "false");
    expect(port, "/slow", 504, "", "", "false");
    expect(port, "/not-modified", 304, "", "", "false");
    // 5xx before 4xx, and of equal ones the first.
    expect(port, "/two", 503, PROBLEM, "{\"said\":503}", "false");
    expect(port, "/two-equal", 404, PROBLEM, "{\"said\":404}", "false");
    expect(port, "/two-plain", 500, "", "", "false");
    expect(port, "/partial", 200, JSON, "{\"said\":200}", "false");
    expect(port, "/no-partial", 404, "", "", "false");
    expect(port, "/relay-refused", 502, "", "", "false");
    expect(port, "/relay-slow", 504, "", "", "false");
    expect(port, "/relay", 404, PROBLEM, "{\"said\":404}", "false");
}

#[test]
fn every_2xx_is_success() {
    let origin = statuses();
    let host = &origin.host();
    let keys = errors(json!({"any_2xx": true, "status": "backend"}));
    let endpoint = |path: &str, targets: &[&str]| {
        let backends: Vec<_> = targets.iter().map(|target| call(host, target)).collect();
        json!({"endpoint": path, "cache_ttl": "1m", "backend": backends, "extra_config": keys})
    };
    let mut sequential = endpoint("/sequential", &["/empty/204", "/202"]);
    sequential["extra_config"]["proxy"] = json!({"sequential": true});
    let mut fixed = endpoint("/static", &["/empty/204"]);
    fixed["extra_config"]["proxy"] = json!({"static": {"data": {"a": 1}, "strategy": "success"}});
    let gateway = Gateway::start(&json!({"version": 3, "timeout": "3s", "endpoints": [
        endpoint("/empty", &["/empty/204"]),
        endpoint("/accepted", &["/empty/202"]),
        endpoint("/accepted-data", &["/202"]),
        endpoint("/created", &["/201"]),
        endpoint("/same", &["/empty/204", "/empty/204"]),
        endpoint("/mixed", &["/empty/202", "/empty/204"]),
        endpoint("/data", &["/200", "/empty/204"]),
        endpoint("/half", &["/empty/204", "/404"]),
        endpoint("/redirected", &["/empty/304"]),
        sequential, fixed,
    ]}));
    let port = gateway.port;
    expect(port, "/empty", 204, "", "", "true");
    expect(port, "/accepted", 202, "", "", "true");
    expect(port, "/accepted-data", 202, JSON, "{\"said\":202}", "true");
    expect(port, "/created", 201, JSON, "{\"said\":201}", "true");
    expect(port, "/same", 204, "", "", "true");
    expect(port, "/mixed", 200, "", "", "true");
    expect(port, "/data", 200, JSON, "{\"said\":200}", "true");
    expect(port, "/half", 200, JSON, "{}", "false");
    expect(port, "/redirected", 304, "", "", "false");
    expect(port, "/sequential", 200, JSON, "{\"said\":202}", "true");
    expect(port, "/static", 200, JSON, "{\"a\":1}", "true");
    let cached = client::get(port, "/accepted-data");
    assert_eq!(cached.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(client::get(port, "/empty").header("content-length"), None);
    // The connection is in step after an answer without a length.
    let mut client = Client::new(port);
    assert_eq!([client.get("/empty").status, client.get("/created").status], [204, 201]);
}

#[test]
fn errors_as_json() {
    let origin = statuses();
    let host = &origin.host();
    let template = json!({"code": "{status}", "text": "{message}", "at": "{method} {endpoint} {backend}", "id": "{request_id}"});
    let limited = json!({"max_rate": 0.001, "capacity": 1});
    let config = json!({
        "version": 3, "timeout": "3s",
        "extra_config": errors(json!({"body": "json", "status": "backend"})),
        "endpoints": [
            {"endpoint": "/standard/{id}", "backend": [call(host, "/404")]},
            {"endpoint": "/own/{id}", "backend": [call(host, "/404"), call(host, "/503")], "extra_config": errors(json!({"template": template}))},
            {"endpoint": "/limited", "backend": [call(host, "/200")], "extra_config": {"qos/ratelimit/router": limited, "sluice/errors": {"template": template}}},
            {"endpoint": "/plain", "backend": [call(host, "/404")], "extra_config": errors(json!({"body": "none"}))},
        ]
    });
    let gateway = Gateway::start(&config);
    let port = gateway.port;
    let ask = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: 7\"\r\n\r\n");
        let answer = Client::new(port).call("GET", request);
        let (status, content_type, body, _) = seen(&answer);
        assert_eq!(content_type, JSON, "{path}");
        (status, serde_json::from_str::<Value>(&body).unwrap_or_else(|e| panic!("{path}: {e}: {body}")))
    };
    assert_eq!(ask("/standard/1"), (404, json!({"error": {"status": 404, "message": "Not Found"}})));
    let own = json!({"code": 503, "text": "Service Unavailable", "at": "GET /own/:id /503", "id": "7\""});
    assert_eq!(ask("/own/1"), (503, own));
    assert_eq!(ask("/standard/%2541").0, 400, "a bad parameter");
    assert_eq!(ask("/unknown"), (404, json!({"error": {"status": 404, "message": "Not Found"}})));
    assert_eq!(client::get(port, "/limited").status, 200);
    let refused = json!({"code": 503, "text": "rate limit exceded", "at": "GET /limited ", "id": "7\""});
    let found = ask("/limited");
    assert_eq!(
        (found.0, &found.1["code"], &found.1["at"], &found.1["id"]),
        (503, &refused["code"], &refused["at"], &refused["id"])
    );
    expect(port, "/plain", 404, "", "", "false");
}
