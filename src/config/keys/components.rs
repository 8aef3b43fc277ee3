//! The keys of KrakenD's components that have an effect here, by namespace and level.

use super::{count, duration, flag, key, text, texts};
use crate::config::namespaces::Level;
use crate::config::own::{Block, Key, Kind};

const fn block(
    namespace: &'static str,
    levels: &'static [Level],
    about: &'static str,
    keys: &'static [Key],
) -> Block {
    Block { namespace, levels, about, keys }
}

const S: &[Level] = &[Level::Service];
const E: &[Level] = &[Level::Endpoint];
const B: &[Level] = &[Level::Backend];

/// Every component, by name; one whose keys differ by level stands here once for each.
pub const COMPONENTS: &[Block] = &[
    block("backend/http", B, "What becomes of a failing status.", HTTP),
    block("proxy", E, "How the calls of an endpoint depend on each other, and what is added.", PROXY),
    block("proxy", B, "What becomes of one backend's answer.", BACKEND_PROXY),
    block("qos/circuit-breaker", B, "Stops calling a backend that fails.", BREAKER),
    block("qos/ratelimit/router", E, "Limits of requests, of all clients together and of each.", RATE),
    block("router", S, "Routing, health, error bodies, addresses of clients.", ROUTER),
    block(
        "security/bot-detector",
        &[Level::Service, Level::Endpoint],
        "Refuses clients by User-Agent.",
        BOTS,
    ),
    block("telemetry/logging", S, "What is logged, and how.", LOGGING),
];

/// The table of a component at a level.
#[must_use]
pub fn find(namespace: &str, level: Level) -> Option<&'static Block> {
    COMPONENTS.iter().find(|block| block.namespace == namespace && block.levels.contains(&level))
}

const HTTP: &[Key] = &[
    flag("return_error_code", "the error carries the backend's status"),
    text("return_error_details", "the error becomes data, under error_ and this name"),
];

const FLATMAP: &[Key] = &[
    key("type", Kind::Word(&["move", "del", "append"]), "", "operation"),
    texts("args", "its paths, with dots; * stands for every name and number"),
];

const STATIC: &[Key] = &[
    key(
        "strategy",
        Kind::Word(&["always", "success", "errored", "complete", "incomplete"]),
        "\"always\"",
        "when the members are added",
    ),
    key("data", Kind::AnyMap, "", "members to add"),
];

const PROXY: &[Key] = &[
    flag("sequential", "call backends one after the other"),
    texts("sequential_propagated_params", "has no effect yet"),
    key("static", Kind::Object(STATIC), "", "fixed members of the answer"),
    key("flatmap_filter", Kind::Objects(FLATMAP), "", "operations on the merged data"),
    flag("force_sandboxed_request", "has no effect yet"),
    key("combiner", Kind::Word(&["default"]), "\"default\"", "how answers are merged"),
];

const BACKEND_PROXY: &[Key] = &[
    key(
        "flatmap_filter",
        Kind::Objects(FLATMAP),
        "",
        "operations that take the place of allow, deny and mapping",
    ),
    flag("shadow", "send a copy of the request and throw the answer away"),
    duration("shadow_timeout", "", "until that call is given up; absent = the endpoint's timeout"),
    key("combiner", Kind::Word(&["default"]), "\"default\"", "how answers are merged"),
];

const BREAKER: &[Key] = &[
    count("interval", "0", "seconds after which failures are forgotten; 0 = never"),
    count("timeout", "60", "seconds until a call is tried again"),
    count("max_errors", "", "failures in a row that open it"),
    text("name", "name in the log"),
    flag("log_status_change", "log when it opens and closes"),
];

const RATE: &[Key] = &[
    key("max_rate", Kind::Number(0.0, f64::MAX), "0", "requests of all clients within `every`; 0 = no limit"),
    count("capacity", "", "requests of all clients that may come at once; absent = max_rate"),
    key(
        "client_max_rate",
        Kind::Number(0.0, f64::MAX),
        "0",
        "requests of one client within `every`; 0 = no limit",
    ),
    count("client_capacity", "", "requests of one client that may come at once"),
    key("strategy", Kind::Word(&["ip", "header", "param"]), "", "what tells clients apart"),
    text("key", "name of the header or parameter"),
    duration("every", "\"1s\"", "time that rates count in, 1s or more"),
    count("num_shards", "2048", "has no effect: the table of clients needs no tuning"),
    duration("cleanup_period", "\"1m\"", "has no effect: the table of clients needs no tuning"),
    count("cleanup_threads", "1", "has no effect: the table of clients needs no tuning"),
];

const ERROR_BODY: &[Key] = &[
    key("404", Kind::Any, "", "body of an answer to an unknown path"),
    key("405", Kind::Any, "", "body of an answer to a wrong method"),
];

const ROUTER: &[Key] = &[
    flag("return_error_msg", "the text of an error is the body"),
    key("error_body", Kind::Object(ERROR_BODY), "", "bodies of errors, any JSON"),
    flag("disable_health", "no health endpoint"),
    key("health_path", Kind::Text, "\"/__health\"", "path of the health endpoint"),
    flag("auto_options", "answer OPTIONS with the methods of a path"),
    flag("disable_redirect_trailing_slash", "a path that differs by its last slash is unknown"),
    flag("disable_redirect_fixed_path", "a path that differs by case, dots or slashes is unknown"),
    flag("disable_handle_method_not_allowed", "404 and not 405 for a wrong method"),
    flag("remove_extra_slash", "several slashes count as one"),
    flag("disable_path_decoding", "parameters may hold anything"),
    key("forwarded_by_client_ip", Kind::Bool, "true", "headers may say who the client is"),
    key("remote_ip_headers", Kind::Texts, "[\"X-Forwarded-For\", \"X-Real-Ip\"]", "these headers do"),
    texts("trusted_proxies", "addresses and blocks whose headers count; empty = everyone's"),
    texts("logger_skip_paths", "paths without access log"),
    flag("disable_access_log", "no access log"),
    flag("hide_version_header", "no X-Krakend header"),
    flag("use_h2c", "HTTP/2 without TLS"),
    flag("app_engine", "has no effect yet"),
    count("max_multipart_memory", "", "has no effect, as in KrakenD"),
];

const BOTS: &[Key] = &[
    texts("allow", "names that always pass"),
    texts("deny", "names that never pass"),
    texts("patterns", "regular expressions (RE2) of names that do not pass"),
    count("cache_size", "0", "decisions kept for names seen"),
    flag("empty_user_agent_is_bot", "no name does not pass"),
];

const LOGGING: &[Key] = &[
    key(
        "level",
        Kind::Word(&["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]),
        "\"INFO\"",
        "lowest level that is written",
    ),
    text("prefix", "beginning of each line"),
    flag("stdout", "write to standard output"),
    flag("syslog", "write to syslog (has no effect yet)"),
    text("syslog_facility", "facility of syslog"),
    key(
        "format",
        Kind::Word(&["default", "logstash", "custom"]),
        "\"default\"",
        "how a line looks (others than the default have no effect yet)",
    ),
    text("custom_format", "pattern of a line"),
    text("access_log_format", "has no effect yet"),
];
