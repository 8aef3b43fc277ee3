//! Hostile clients and lying backends over real sockets: what spec and RFC 9112 demand of the
//! running gateway. After every attack an ordinary request must still be served.

mod backends;
mod bodies;
mod connections;
mod framing;
mod limits;
mod pressure;
mod replay;

use crate::kit::client::{self, Client, Response};
use crate::kit::gateway::Gateway;
use crate::kit::origin::{answer, Origin, Script};
use serde_json::{json, Value};

/// An endpoint that decodes its one backend's JSON.
fn decoded(method: &str, path: &str, origin: &Origin) -> Value {
    json!({"endpoint": path, "method": method, "timeout": "2s",
        "backend": [{"host": [origin.host()], "url_pattern": path}]})
}

/// An endpoint that passes everything through.
fn relayed(method: &str, path: &str, origin: &Origin) -> Value {
    json!({"endpoint": path, "method": method, "output_encoding": "no-op", "timeout": "2s",
        "input_headers": ["*"], "input_query_strings": ["*"],
        "backend": [{"host": [origin.host()], "url_pattern": path, "encoding": "no-op"}]})
}

/// A configuration on one shard, so that pools and orders can be foretold.
fn config(endpoints: &[Value]) -> Value {
    json!({"version": 3, "timeout": "2s", "endpoints": endpoints,
        "extra_config": {"sluice/runtime": {"shards": 1}}})
}

/// A gateway before one backend: `GET /json` decodes, `GET|POST /relay/{name}` pass through.
struct Front {
    gateway: Gateway,
    origin: Origin,
}

impl Front {
    /// Before a backend that answers `{"ok":true}` and echoes the bodies of POST.
    fn plain() -> Front {
        Front::before(|seen: &crate::kit::origin::Seen, stream: &mut std::net::TcpStream| {
            let body: &[u8] = if seen.method == "POST" { &seen.body } else { br#"{"ok":true}"# };
            answer(stream, 200, "application/json", body)
        })
    }

    fn before(script: impl Script) -> Front {
        Front::configured(script, |_| {})
    }

    /// `change` may add keys to the configuration.
    fn configured(script: impl Script, change: impl FnOnce(&mut Value)) -> Front {
        let origin = Origin::start(script);
        let mut config = config(&[
            decoded("GET", "/json", &origin),
            decoded("GET", "/json/{name}", &origin),
            relayed("GET", "/relay/{name}", &origin),
            relayed("POST", "/relay/{name}", &origin),
        ]);
        change(&mut config);
        Front { gateway: Gateway::start(&config), origin }
    }

    fn client(&self) -> Client {
        Client::new(self.gateway.port)
    }

    fn get(&self, path: &str) -> Response {
        client::get(self.gateway.port, path)
    }

    /// The gateway still serves, and the backend has seen nothing that is no HTTP.
    #[track_caller]
    fn still_serves(&self, after: &str) {
        let response = self.get("/json");
        assert_eq!((response.status, response.text().as_str()), (200, r#"{"ok":true}"#), "after {after}");
        assert_eq!(self.origin.take_malformed(), Vec::<String>::new(), "after {after}");
        self.origin.take();
    }
}
