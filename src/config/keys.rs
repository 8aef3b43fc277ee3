//! KrakenD's keys at every level of the file, as tables, from which the JSON schema is made and
//! by which the environment finds keys; a test holds them to what `decode` reads. Knows no rule
//! about values.

mod components;
#[cfg(test)]
pub mod sample;

pub use components::{find, COMPONENTS};

use crate::config::check::{BACKEND_METHODS, ENDPOINT_METHODS};
use crate::config::namespaces::Level;
use crate::config::own::{Key, Kind};

const fn key(name: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Key {
    Key { name, kind, default, meaning }
}

const fn text(name: &'static str, meaning: &'static str) -> Key {
    key(name, Kind::Text, "", meaning)
}

const fn texts(name: &'static str, meaning: &'static str) -> Key {
    key(name, Kind::Texts, "", meaning)
}

const fn flag(name: &'static str, meaning: &'static str) -> Key {
    key(name, Kind::Bool, "false", meaning)
}

const fn count(name: &'static str, default: &'static str, meaning: &'static str) -> Key {
    key(name, Kind::Int(0, i64::MAX), default, meaning)
}

const fn duration(name: &'static str, default: &'static str, meaning: &'static str) -> Key {
    key(name, Kind::Duration, default, meaning)
}

const METHOD: &str = "\"GET\"";
/// Names of `output_encoding`; any other renders by the backend's encoding.
pub const OUTPUTS: &[&str] =
    &["json", "json-collection", "fast-json", "string", "xml", "yaml", "negotiate", "no-op"];
/// Names of a backend's `encoding`; any other is json.
pub const ENCODINGS: &[&str] = &["json", "fast-json", "safejson", "string", "xml", "rss", "no-op"];

/// The root.
pub const ROOT: &[Key] = &[
    key("version", Kind::Int(3, 3), "", "format of the file"),
    text("name", "name of the service, for logs"),
    texts("host", "hosts for backends that have none"),
    key("port", Kind::Int(0, 65_535), "8080", "port to listen on"),
    text("listen_ip", "address to listen on; absent = all"),
    duration("timeout", "\"2s\"", "of an endpoint that has none"),
    duration("cache_ttl", "\"0s\"", "Cache-Control of complete answers, for endpoints that have none"),
    key("output_encoding", Kind::Word(OUTPUTS), "\"json\"", "for endpoints that have none"),
    flag("disable_rest", "endpoints may have any path, braces anywhere"),
    flag("sequential_start", "agents start one after the other"),
    flag("debug_endpoint", "/__debug/ logs and answers what it gets"),
    flag("echo_endpoint", "/__echo/ answers what it gets"),
    flag("use_h2c", "HTTP/2 without TLS"),
    duration("read_timeout", "\"0s\"", "for a whole request; 0 = none"),
    duration("read_header_timeout", "\"30s\"", "for the head of a request; 0 = none"),
    duration("write_timeout", "\"0s\"", "for a whole answer; 0 = none"),
    duration("idle_timeout", "\"120s\"", "between two requests of a connection; 0 = none"),
    count("max_header_bytes", "1000000", "of a request's head"),
    duration("max_shutdown_wait_time", "\"0s\"", "how long a drain may take; 0 = no limit"),
    count("max_idle_connections", "0", "kept connections to all hosts; 0 = no limit"),
    count("max_idle_connections_per_host", "250", "kept connections to one host"),
    duration("idle_connection_timeout", "\"0s\"", "of a kept connection to a host; 0 = none"),
    duration("response_header_timeout", "\"0s\"", "for the head of a backend's answer; 0 = none"),
    duration("expect_continue_timeout", "\"0s\"", "wait for a backend's 100 Continue"),
    duration("dialer_timeout", "\"0s\"", "for a connection to a host; 0 = none"),
    duration(
        "dialer_fallback_delay",
        "\"300ms\"",
        "until the other address family is tried too; negative = never",
    ),
    duration("dialer_keep_alive", "\"15s\"", "between TCP keep-alive probes; negative = none"),
    flag("disable_keep_alives", "a new connection for each call"),
    flag("disable_compression", "do not ask backends for gzip"),
    flag("allow_insecure_connections", "accept any certificate of a backend"),
    duration("dns_cache_ttl", "", "how long an address is believed; absent = the record's TTL"),
    key("plugin", Kind::Object(PLUGIN), "", "where plugins are"),
    key("tls", Kind::Object(TLS), "", "TLS of the listener"),
    key("client_tls", Kind::Object(CLIENT_TLS), "", "TLS towards backends"),
    key("endpoints", Kind::Objects(ENDPOINT), "", "what clients may ask for"),
    key("async_agent", Kind::Objects(AGENT), "", "consumers of queues"),
    key("extra_config", Kind::Components(Level::Service), "", "components, by namespace"),
];

const PLUGIN: &[Key] =
    &[text("folder", "folder of the plugins"), text("pattern", "part of their file names")];

const TLS: &[Key] = &[
    flag("disabled", "serve clear text all the same"),
    text("public_key", "file of the certificate chain, PEM"),
    text("private_key", "file of its key, PEM"),
    key("min_version", Kind::Word(VERSIONS), "\"TLS13\"", "oldest version of TLS"),
    key("max_version", Kind::Word(VERSIONS), "\"TLS13\"", "newest version of TLS"),
    texts("ca_certs", "files of certificate authorities, PEM"),
    key("curve_preferences", Kind::Ints, "", "numbers of key exchange groups"),
    key("cipher_suites", Kind::Ints, "", "numbers of cipher suites"),
    flag("prefer_server_cipher_suites", "has no effect since Go 1.17"),
    flag("enable_mtls", "clients must show a certificate"),
    flag("disable_system_ca_pool", "believe only ca_certs"),
    key("keys", Kind::Objects(KEY_PAIR), "", "several certificates"),
];

const KEY_PAIR: &[Key] =
    &[text("public_key", "file of the certificate chain, PEM"), text("private_key", "file of its key, PEM")];

const CLIENT_TLS: &[Key] = &[
    key("min_version", Kind::Word(VERSIONS), "\"TLS13\"", "oldest version of TLS"),
    key("max_version", Kind::Word(VERSIONS), "\"TLS13\"", "newest version of TLS"),
    texts("ca_certs", "files of certificate authorities, PEM"),
    key("curve_preferences", Kind::Ints, "", "numbers of key exchange groups"),
    key("cipher_suites", Kind::Ints, "", "numbers of cipher suites"),
    flag("allow_insecure_connections", "accept any certificate"),
    flag("disable_system_ca_pool", "believe only ca_certs"),
    key("client_certs", Kind::Objects(CLIENT_CERT), "", "certificates to show"),
];

const CLIENT_CERT: &[Key] =
    &[text("certificate", "file of the certificate chain, PEM"), text("private_key", "file of its key, PEM")];

const VERSIONS: &[&str] = &["SSL3.0", "TLS10", "TLS11", "TLS12", "TLS13"];

/// An entry of `endpoints`.
pub const ENDPOINT: &[Key] = &[
    text("endpoint", "path, with {parameters}"),
    key("method", Kind::Word(&ENDPOINT_METHODS), METHOD, "method of the request"),
    duration("timeout", "", "until the answer; absent = the service's"),
    duration("cache_ttl", "", "Cache-Control of a complete answer; absent = the service's"),
    key("output_encoding", Kind::Word(OUTPUTS), "", "how the answer is written; absent = the service's"),
    texts("input_headers", "headers that backends get; [\"*\"] = all"),
    texts("input_query_strings", "query strings that backends get; [\"*\"] = all"),
    count("concurrent_calls", "1", "equal calls to each backend, the first good answer counts"),
    key("backend", Kind::Objects(BACKEND), "", "whom to call"),
    key("extra_config", Kind::Components(Level::Endpoint), "", "components, by namespace"),
];

/// An entry of `backend`.
pub const BACKEND: &[Key] = &[
    text("url_pattern", "path, with {parameters}"),
    texts("host", "hosts that serve it; absent = the service's"),
    key("method", Kind::Word(&BACKEND_METHODS), "", "method of the call; absent = the endpoint's"),
    key("encoding", Kind::Word(ENCODINGS), "\"json\"", "how the body is read"),
    text("target", "path of the object that counts"),
    texts("allow", "paths that stay"),
    texts("deny", "paths that go"),
    key("mapping", Kind::Map, "", "new names of members, by old name"),
    text("group", "member that all of it comes under"),
    flag("is_collection", "the body is an array"),
    texts("input_headers", "of the headers that the endpoint lets pass, those for this backend"),
    texts("input_query_strings", "of the query strings that the endpoint lets pass, those for this backend"),
    flag("disable_host_sanitize", "take hosts as they are written"),
    key("sd", Kind::Word(&["static", "dns"]), "\"static\"", "how hosts are found"),
    text("sd_scheme", "scheme of hosts that are found"),
    key("extra_config", Kind::Components(Level::Backend), "", "components, by namespace"),
];

const AGENT: &[Key] = &[
    text("name", "name of the agent, for logs"),
    text("encoding", "how messages are read"),
    key("connection", Kind::Object(AGENT_CONNECTION), "", "how often to connect again"),
    key("consumer", Kind::Object(AGENT_CONSUMER), "", "what to read"),
    key("backend", Kind::Objects(BACKEND), "", "whom to call"),
    key("extra_config", Kind::Any, "", "the queue, by namespace"),
];

const AGENT_CONNECTION: &[Key] = &[
    count("max_retries", "0", "tries; 0 = no limit"),
    text("backoff_strategy", "pauses between tries"),
    duration("health_interval", "\"1s\"", "between two looks at the connection"),
];

const AGENT_CONSUMER: &[Key] = &[
    text("topic", "name of the queue"),
    count("workers", "1", "messages at once"),
    duration("timeout", "\"2s\"", "for one message"),
    key("max_rate", Kind::Number(0.0, f64::MAX), "0", "messages a second; 0 = no limit"),
];
