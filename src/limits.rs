//! Every bound of the gateway, in one place, unit last in the name; knows nothing but numbers.
//!
//! A bound that a configuration key can change stands here as its default. Network input that
//! reaches a bound becomes a fault that the client sees, never a growing queue.

/// Largest request head, KrakenD key `max_header_bytes` (its real limit is the value + 4096).
pub const REQUEST_HEAD_BYTES: usize = 1_000_000;
/// What the peer adds to `max_header_bytes` before it refuses (request line included).
pub const REQUEST_HEAD_SLACK_BYTES: usize = 4096;
/// Largest response head taken from a backend.
pub const RESPONSE_HEAD_BYTES: usize = 1 << 20;
/// Header fields in one message, requests, responses and trailers alike.
pub const HEADER_FIELDS: usize = 256;
/// Hex digits of a chunk size.
pub const CHUNK_SIZE_DIGITS: usize = 16;
/// Bytes of chunk extensions in one body.
pub const CHUNK_EXTENSION_BYTES: usize = 16 << 10;
/// Bytes of a trailer section.
pub const TRAILER_BYTES: usize = 16 << 10;
/// Interim (1xx) heads taken from a backend before its final head.
pub const INTERIM_RESPONSES: usize = 16;
/// Length of a request method, bytes (the longest registered one has 17).
pub const METHOD_BYTES: usize = 32;
/// Options named by the `Connection` fields of one message.
pub const CONNECTION_OPTIONS: usize = 64;
/// Pairs of one query; a query with more of them counts as empty (Go's own limit).
pub const QUERY_PAIRS: usize = 10_000;

/// Backend body held in memory for decoding.
pub const BACKEND_BODY_BYTES: usize = 64 << 20;
/// Body of a backend that becomes part of a later backend's target.
pub const TARGET_BODY_BYTES: usize = 64 << 10;
/// Request body held in memory, where several backends need their own copy.
pub const REQUEST_BODY_BUFFER_BYTES: usize = 64 << 20;
/// Unread request body drained to keep the connection; a longer rest closes it.
pub const REQUEST_DRAIN_BYTES: usize = 256 << 10;
/// JSON nesting (Go's own limit).
pub const JSON_DEPTH: usize = 10_000;
/// Brackets, commas, colons, names and values of one JSON body that is indexed. The index holds a
/// body at most `JSON_INDEX_RATIO` times, and is freed before the next body is read.
pub const JSON_TOKENS: usize = 16 << 20;
/// Memory of the index of one JSON body, bytes for each of its bytes (for each token where that is
/// less): 24 of the tape, 8 of the places of tokens, copies of the text.
pub const JSON_INDEX_RATIO: usize = 48;
/// Memory of one JSON text that is read as a tree (`flatmap_filter`, YAML, XML), bytes.
pub const JSON_TREE_BYTES: usize = 512 << 20;
/// Steps of one `flatmap_filter` beyond what grows with the document: names compared, places
/// visited or made.
pub const FLATMAP_STEPS: usize = 4 << 20;
/// Nesting of an XML or feed body.
pub const XML_DEPTH: usize = 1_000;
/// Elements and attributes of an XML or feed body.
pub const XML_NODES: usize = 1 << 20;
/// Namespaces of a feed that hold at one place.
pub const FEED_NAMESPACES: usize = 64;
/// Prefix that a feed declares for a namespace, bytes (an answer may repeat it for every item).
pub const FEED_PREFIX_BYTES: usize = 64;
/// Text that is searched for a name and an address, bytes.
pub const FEED_PERSON_BYTES: usize = 4 << 10;
/// Rendered answer in a format that repeats names or indentation (XML, YAML).
pub const RENDERED_BYTES: usize = 256 << 20;
/// Nesting up to which a YAML answer is written as indented blocks; below it as flow text, since
/// every line of a block repeats its indentation.
pub const YAML_BLOCK_DEPTH: usize = 64;
/// How many times its packed size a body may unpack to.
pub const INFLATE_RATIO: usize = 1_000;
/// Unpacked size up to which the ratio does not matter, bytes.
pub const INFLATE_FREE_BYTES: usize = 1 << 20;
/// Content codings of one body, one above the other.
pub const CONTENT_CODINGS: usize = 4;
/// Header of a gzip member, with the name and the comment that it may hold, bytes.
pub const GZIP_HEADER_BYTES: usize = 8 << 10;
/// Idle inflaters kept for reuse per shard; each has some 40 KiB.
pub const INFLATERS_KEPT: usize = 16;
/// Window of a zstd frame, bytes (RFC 9659: what a web client must not go beyond).
pub const ZSTD_WINDOW_BYTES: u64 = 8 << 20;

/// Wait for the rest of a request head when the configuration says nothing, milliseconds.
pub const HEAD_TIMEOUT_MS: u64 = 30_000;
/// Wait between requests on a kept connection when the configuration says nothing, milliseconds.
pub const IDLE_TIMEOUT_MS: u64 = 120_000;
/// Wait between two pieces of a body when the configuration says nothing, milliseconds.
pub const BODY_GAP_TIMEOUT_MS: u64 = 60_000;
/// Endpoint timeout when the configuration says nothing, KrakenD key `timeout`, milliseconds.
pub const ENDPOINT_TIMEOUT_MS: u64 = 2_000;
/// Wait for a next request after which a connection moves to a smaller task, milliseconds.
pub const QUIET_MS: u64 = 500;
/// Wait of idle kept connections for a last request once the gateway drains, milliseconds.
pub const DRAIN_IDLE_GRACE_MS: u64 = 300;

/// Wait for a client to take the end of the last answer of its connection, milliseconds.
pub const LINGER_MS: u64 = 2_000;

/// Idle connections kept per backend host, KrakenD key `max_idle_connections_per_host`.
pub const IDLE_PER_HOST: usize = 250;
/// Read buffer of a client connection that has never sent anything, bytes.
pub const WAITING_BUFFER_BYTES: usize = 512;
/// Read buffer of a client connection between two requests, bytes: most heads fit.
pub const CLIENT_BUFFER_BYTES: usize = 1536;
/// Read buffer of a busy connection, bytes.
pub const READ_BUFFER_BYTES: usize = 16 << 10;
/// Read buffers kept for reuse per shard.
pub const BUFFERS_KEPT: usize = 512;
/// Capacity above which a grown buffer is freed and not kept for reuse, bytes.
pub const BUFFER_KEPT_BYTES: usize = 256 << 10;

/// Tick of the deadline wheel, milliseconds.
pub const WHEEL_TICK_MS: u64 = 4;
/// Entries of an io_uring submission queue when the configuration says nothing.
pub const RING_ENTRIES: u32 = 4096;
/// Backlog of the listener when the configuration says nothing.
pub const LISTEN_BACKLOG: i32 = 4096;
/// Most shards a configuration may ask for.
pub const SHARDS: usize = 1024;

/// Calls that one request may ask of the control thread.
pub const ASKS_PER_REQUEST: usize = 8;
/// Calls waiting for the control thread, per process.
pub const CONTROL_QUEUE: usize = 4096;
/// Messages waiting for one shard.
pub const MAILBOX: usize = 64;
/// Log records waiting for the log thread, per shard.
pub const LOG_QUEUE: usize = 8192;
/// Longest message kept of one log record, bytes.
pub const LOG_MESSAGE_BYTES: usize = 4096;
/// Formatted log lines that are written at once, bytes; the line that passes it included.
pub const LOG_BATCH_BYTES: usize = 64 << 10;
/// Addresses kept of one resolved name.
pub const NAME_ADDRESSES: usize = 64;
/// Time for one name to resolve, milliseconds.
pub const RESOLVE_TIMEOUT_MS: u64 = 5_000;
/// Bounds of how long a resolved name is believed, seconds.
pub const NAME_TTL_MIN_S: u64 = 1;
pub const NAME_TTL_MAX_S: u64 = 300;
/// Names that the resolver knows at one time.
pub const NAMES: usize = 1 << 16;
/// Questions that wait for names to resolve, all names together.
pub const NAME_WAITERS: usize = 1 << 16;
/// Names that are looked up at the same time.
pub const NAME_LOOKUPS: usize = 64;
/// How long old addresses serve while a name does not resolve, seconds (RFC 8767: 1 to 3 days).
pub const NAME_STALE_MAX_S: u64 = 86_400;
/// Bounds of the pause before a failed lookup is repeated while old addresses serve, seconds.
pub const NAME_RETRY_MIN_S: u64 = 1;
pub const NAME_RETRY_MAX_S: u64 = 30;
/// How long the failure of a name without addresses is believed, milliseconds.
pub const NAME_FAILED_MS: u64 = 1_000;

/// Lookups under way or waiting for their turn, and their outcomes; one more fails at once.
pub const NAME_LOOKUPS_OPEN: usize = 8192;
/// Interval at which a discovered service is looked up, KrakenD key `dns_cache_ttl`, seconds.
pub const SERVICE_INTERVAL_S: u64 = 30;
/// Targets kept of one discovered service.
pub const SERVICE_TARGETS: usize = 1024;
/// Hosts found for discovered services, per shard; those that are gone but still held included.
pub const FOUND_HOSTS: usize = 4096;

/// Clients tracked by one per-client rate limit.
pub const RATE_CLIENTS: usize = 1 << 20;
/// Locks over which the clients of one per-client rate limit are spread.
pub const RATE_STRIPES: usize = 64;
/// Decisions kept by one bot detector, whatever its `cache_size`.
pub const BOT_CACHE_ENTRIES: usize = 1 << 16;
/// Compiled size of one regular expression, bytes.
pub const REGEX_BYTES: usize = 1 << 20;
/// Notes of filters waiting to be logged, per shard.
pub const FILTER_NOTES: usize = 256;

/// Size of a configuration file, bytes.
pub const CONFIG_BYTES: usize = 64 << 20;
/// Nesting of a configuration file.
pub const CONFIG_DEPTH: usize = 256;
/// Values in a configuration file, lists and objects among them.
pub const CONFIG_VALUES: usize = 4 << 20;
/// Calls that `concurrent_calls` can ask for.
pub const CONCURRENT_CALLS: usize = 64;
/// Segments of an endpoint's path: the depth to which routing descends.
pub const ROUTE_SEGMENTS: usize = 128;
/// Redirects of a backend that are followed (Go's own limit).
pub const REDIRECTS: usize = 10;

/// Shadow calls under way, per shard; one more is dropped.
pub const SHADOW_CALLS: usize = 1024;
/// Requests of shadow calls under way, per shard, bytes.
pub const SHADOW_BYTES: usize = 64 << 20;
/// Answer of a shadow that is read so that its connection can be kept, bytes.
pub const SHADOW_ANSWER_BYTES: usize = 256 << 10;

/// Request id of a client as it is repeated in an answer or a log line, bytes.
pub const REQUEST_ID_BYTES: usize = 128;

/// Client connections of one demo backend; a further one is answered 503.
pub const DEMO_CONNECTIONS: usize = 256;
/// Request head of a demo backend, bytes.
pub const DEMO_HEAD_BYTES: usize = 16 << 10;
/// Request body of a demo backend, bytes.
pub const DEMO_BODY_BYTES: u64 = 1 << 20;
/// Silence after which a demo backend closes a connection, milliseconds.
pub const DEMO_IDLE_MS: u64 = 60_000;

const _: () = assert!(BUFFER_KEPT_BYTES <= JSON_TOKENS, "kept indexes are those of small bodies");
const _: () = assert!(WAITING_BUFFER_BYTES < CLIENT_BUFFER_BYTES);
const _: () = assert!(CLIENT_BUFFER_BYTES < READ_BUFFER_BYTES);
const _: () = assert!(READ_BUFFER_BYTES <= BUFFER_KEPT_BYTES);
const _: () = assert!(REQUEST_HEAD_BYTES < u32::MAX as usize, "spans are u32");
const _: () = assert!(RESPONSE_HEAD_BYTES < u32::MAX as usize, "spans are u32");
const _: () = assert!(SERVICE_TARGETS <= u16::MAX as usize, "turns are u16");
const _: () = assert!(NAME_TTL_MIN_S <= NAME_TTL_MAX_S);
const _: () = assert!(CONFIG_BYTES < u32::MAX as usize, "places are u32");
