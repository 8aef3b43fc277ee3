//! Allocation budgets: a shard in this process, its thread's allocations counted per request once
//! warm. PERF.md repeats the measured values.

use crate::kit::{client::Client, free_port, origin, origin::Origin, wait_stable, wait_until};
use serde_json::{json, Value};
use sluice::config;
use sluice::filter::registry;
use sluice::flow::built::Built;
use sluice::meter::counters::Meters;
use sluice::net::{driver, listen};
use sluice::plan::compile::{compile, CompileEnv};
use sluice::plan::Plan;
use sluice::port::handle::Ask;
use sluice::port::log::lane;
use sluice::port::mail::{mailbox, Mail, Post};
use sluice::shard::accept::{self, Bounds};
use sluice::shard::Parts;
use sluice::shared::names::{NameTable, NameView};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Counts allocations of threads that asked for it.
struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);
/// Bytes that counted threads hold.
static BYTES: AtomicI64 = AtomicI64::new(0);

thread_local! {
    static COUNTED: Cell<bool> = const { Cell::new(false) };
    /// What this thread has come to hold since `peak_of` began, and the most of it.
    static HELD: Cell<(i64, i64)> = const { Cell::new((0, 0)) };
}

/// Runs `work` and gives the most bytes that this thread held on top of what it had before.
pub fn peak_of(work: impl FnOnce()) -> usize {
    HELD.set((0, 0));
    work();
    usize::try_from(HELD.get().1).unwrap_or(0)
}

fn note(calls: u64, bytes: i64) {
    let _ = HELD.try_with(|held| {
        let now = held.get().0 + bytes;
        held.set((now, held.get().1.max(now)));
    });
    if COUNTED.try_with(Cell::get).unwrap_or(false) {
        COUNT.fetch_add(calls, Ordering::Relaxed);
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call is handed to the system allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as i64 - layout.size() as i64);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(ptr, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A shard on a thread of its own.
pub struct Running {
    pub port: u16,
    post: Post,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(config: &Value) -> Running {
        Running::launch(config, true, |_| {})
    }

    /// Not counted. `change` may put things into the plan that no configuration can.
    pub fn start_with(config: &Value, change: impl FnOnce(&mut Plan)) -> Running {
        Running::launch(config, false, change)
    }

    fn launch(config: &Value, counted: bool, change: impl FnOnce(&mut Plan)) -> Running {
        let port = free_port();
        let mut config = config.clone();
        config["port"] = json!(port);
        let loaded = config::load_text("alloc.json", &config.to_string(), &[]);
        assert!(!loaded.has_errors(), "{:?}", loaded.findings);
        let env = CompileEnv { shards: 1, fd_limit: 1024 };
        let (plan, findings) = compile(&loaded.config.unwrap(), registry::all(), &env);
        let mut plan = plan.unwrap_or_else(|| panic!("{findings:?}"));
        change(&mut plan);
        let plan = Arc::new(plan);
        let listener = listen::bind(Some(Ipv4Addr::LOCALHOST.into()), port, 1, 1024).unwrap().remove(0);
        let kind = driver::detect(true, true).unwrap();
        let (post, mailbox) = mailbox();
        let thread = std::thread::spawn(move || {
            COUNTED.set(counted);
            let parts = Parts {
                built: Built::new(plan, 0),
                ask: Ask::nobody(),
                names: NameView::new(Arc::new(NameTable::new([]))),
                services: Arc::default(),
                log: lane(None, false).0,
                meters: Meters::default(),
            };
            let bounds = Bounds { connections: 4096 };
            driver::block_on(kind, 256, accept::run(parts, listener, mailbox, bounds)).unwrap().unwrap();
        });
        Running { port, post, thread: Some(thread) }
    }

    /// Allocations per request of `bytes`, once warm.
    fn per_request(&self, bytes: &[u8]) -> f64 {
        const REQUESTS: u32 = 200;
        let mut client = Client::new(self.port);
        let mut ask = |n| (0..n).for_each(|_| assert_eq!(client.call("GET", bytes).status, 200));
        ask(50);
        let before = COUNT.load(Ordering::Relaxed);
        ask(REQUESTS);
        (COUNT.load(Ordering::Relaxed) - before) as f64 / f64::from(REQUESTS)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        assert!(self.post.send(Mail::Drain) || std::thread::panicking());
        let thread = self.thread.take().unwrap();
        let ended = wait_until(Duration::from_secs(10), || thread.is_finished());
        assert!(ended || std::thread::panicking(), "the shard did not drain");
    }
}

fn backend() -> Origin {
    let body = br#"{"id":42,"name":"Jo","address":{"city":"Bonn","zip":"53111"},"tags":["a","b"]}"#;
    Origin::start(|_, stream: &mut std::net::TcpStream| origin::answer(stream, 200, "application/json", body))
}

/// The counters are one for the process: one counted shard at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn warm_requests_stay_within_their_budgets() {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let origin = backend();
    let one = |more: Value| {
        let mut backend = json!({"host": [origin.host()], "url_pattern": "/b"});
        for (key, value) in more.as_object().unwrap() {
            backend[key] = value.clone();
        }
        backend
    };
    let four: Vec<Value> = ["a", "b", "c", "d"].iter().map(|g| one(json!({"group": g}))).collect();
    let running = Running::start(&json!({
        "version": 3,
        "extra_config": {"router": {"disable_access_log": true}},
        "endpoints": [
            {"endpoint": "/relay", "output_encoding": "no-op", "backend": [one(json!({"encoding": "no-op"}))]},
            {"endpoint": "/single/{id}", "input_headers": ["X-A"], "input_query_strings": ["q"],
             "backend": [one(json!({"allow": ["id", "address.city"], "mapping": {"id": "no"}, "group": "user"}))]},
            {"endpoint": "/two", "backend": [one(json!({"group": "a"})), one(json!({}))]},
            {"endpoint": "/four", "backend": four},
            {"endpoint": "/limited", "extra_config": {
                "security/bot-detector": {"deny": ["bad"], "patterns": ["^x"], "cache_size": 100},
                "qos/ratelimit/router": {"max_rate": 1e6, "capacity": 1_000_000, "client_max_rate": 1e6,
                                         "client_capacity": 1_000_000, "strategy": "ip"}},
             "backend": [one(json!({"extra_config": {
                "qos/circuit-breaker": {"interval": 60, "timeout": 10, "max_errors": 5}}}))]}
        ]
    }));
    // Scenario, request, allocations allowed per warm request.
    let budgets: [(&str, &str, f64); 5] = [
        ("relay", "/relay", 0.0),
        ("single", "/single/7?q=1&r=2", 0.0),
        ("merge of two", "/two", 2.0),
        ("merge of four", "/four", 2.0),
        ("bot detector, limits, breaker", "/limited", 0.0),
    ];
    for (name, path, budget) in budgets {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nUser-Agent: me\r\n\r\n");
        let measured = running.per_request(request.as_bytes());
        println!("{name}: {measured} allocations per request, budget {budget}");
        assert!(measured <= budget, "{name}: {measured} allocations per request, budget {budget}");
    }
}

#[test]
fn a_waiting_connection_costs_little() {
    const CONNECTIONS: i64 = 500;
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let origin = backend();
    let running = Running::start(&json!({
        "version": 3,
        "endpoints": [{"endpoint": "/relay", "output_encoding": "no-op",
                       "backend": [{"host": [origin.host()], "url_pattern": "/b", "encoding": "no-op"}]}]
    }));
    let held = || BYTES.load(Ordering::Relaxed);
    // What the shard needs once does not count.
    let mut first = Client::new(running.port);
    assert_eq!(first.get("/relay").status, 200);
    let before = held();
    let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::new(running.port)).collect();
    let each = || (held() - before) / CONNECTIONS;
    wait_stable(Duration::from_secs(10), Duration::from_millis(300), || held().unsigned_abs());
    println!("a fresh connection: {} bytes", each());
    assert!(each() <= 4096, "a fresh connection holds {} bytes", each());
    for client in &mut clients {
        assert_eq!(client.get("/relay").status, 200);
    }
    println!("a busy connection: {} bytes", each());
    let quiet = Duration::from_millis(sluice::limits::QUIET_MS);
    let small = wait_until(quiet * 5, || each() <= 4096);
    println!("a quiet connection: {} bytes", each());
    assert!(small, "a quiet connection holds {} bytes", each());
}
