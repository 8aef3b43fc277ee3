//! Starting and stopping the gateway: threads, listeners, signals; knows nothing of requests.

use crate::base::clock::{self, Time};
use crate::base::cpu;
use crate::control::log::{LogSettings, LogThread};
use crate::control::{self, Control};
use crate::flow::built::Built;
use crate::meter::counters::Meters;
use crate::net::{driver, listen};
use crate::plan::report::Report;
use crate::plan::{Driver, HostName, Plan};
use crate::port::handle::Ask;
use crate::port::log::{EventTag, Level, LogLane};
use crate::port::mail::{mailbox, Mail, Mailbox, Post};
use crate::shard::accept::{self, Bounds};
use crate::shard::Parts;
use crate::shared::names::{NameTable, NameView};
use crate::shared::services::ServiceTable;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// What is known before the first thread starts.
pub struct Start {
    pub plan: Arc<Plan>,
    pub log: LogSettings,
    /// Warnings of the configuration, one line each.
    pub warnings: Vec<String>,
    pub name_ttl: Option<Duration>,
    /// Printed on stdout once the gateway listens.
    pub banner: Option<String>,
}

/// Runs the gateway until a signal ends it. Returns the exit code.
#[must_use]
pub fn serve(start: Start) -> u8 {
    // Before any thread: all inherit the handling, and none of these signals is lost.
    let signals = match Signals::new([SIGTERM, SIGINT]) {
        Ok(signals) => signals,
        Err(error) => return fatal(&format!("cannot take over signals: {error}")),
    };
    let log = match LogThread::start(&start.log) {
        Ok(log) => log,
        Err(error) => return fatal(&format!("cannot start the log thread: {error}")),
    };
    let code = run(&start, &log, signals);
    log.stop();
    code
}

fn run(start: &Start, log: &LogThread, signals: Signals) -> u8 {
    let lane = log.lane();
    let plan = &start.plan;
    let runtime = &plan.runtime;
    let kind = match driver::detect(runtime.driver != Driver::Epoll, runtime.driver != Driver::IoUring) {
        Ok(kind) => kind,
        Err(error) => return fail(&lane, &format!("cannot start a driver: {error}")),
    };
    let service = &plan.service;
    let listeners = match listen::bind(service.listen_ip, service.port, runtime.shards, runtime.backlog) {
        Ok(listeners) => listeners,
        Err(error) => {
            let ip = service.listen_ip.map_or_else(|| "all interfaces".to_owned(), |ip| ip.to_string());
            return fail(&lane, &format!("cannot listen on port {} ({ip}): {error}", service.port));
        }
    };
    let tables = Tables::new(plan);
    let control = match start_control(start, &tables, log) {
        Ok(control) => control,
        Err(error) => return fail(&lane, &format!("cannot start the control thread: {error}")),
    };
    summary(start, &lane, kind);
    let shards = match start_shards(start, kind, listeners, &tables, control.as_ref(), log) {
        Ok(shards) => shards,
        Err(error) => return fail(&lane, &format!("cannot start the shards: {error}")),
    };
    lane.event(Level::Info, EventTag::Service("Gin"), format!("Listening on port: {}", service.port));
    if let Some(banner) = &start.banner {
        println!("{banner}");
    }
    let code = wait(shards, signals, service.timeouts.shutdown, &lane);
    if let Some(control) = control {
        control.stop();
    }
    lane.event(Level::Info, EventTag::Service("Gin"), "Router execution ended");
    code
}

fn fatal(text: &str) -> u8 {
    eprintln!("ERROR: {text}");
    1
}

/// A start that failed: in the log, and on stderr for those who have no log yet.
fn fail(lane: &LogLane, text: &str) -> u8 {
    lane.event(Level::Critical, EventTag::None, text.to_owned());
    fatal(text)
}

/// What the control thread keeps filled and the shards read.
#[derive(Clone)]
struct Tables {
    names: Arc<NameTable>,
    services: Arc<ServiceTable>,
}

impl Tables {
    fn new(plan: &Plan) -> Tables {
        let names = plan.hosts.iter().filter_map(|host| match &host.name {
            HostName::Dns(name) => Some(name.clone()),
            HostName::Ip(_) => None,
        });
        let services = plan.discovered.iter().map(|service| service.name.clone());
        Tables { names: Arc::new(NameTable::new(names)), services: Arc::new(ServiceTable::new(services)) }
    }
}

/// Only when something needs it: names and services of backends do.
fn start_control(start: &Start, tables: &Tables, log: &LogThread) -> std::io::Result<Option<Control>> {
    if tables.names.slots().is_empty() && tables.services.services().is_empty() {
        return Ok(None);
    }
    let settings = control::Settings {
        names: tables.names.clone(),
        services: tables.services.clone(),
        name_ttl: start.name_ttl,
        ..control::Settings::default()
    };
    control::start(settings, log.lane()).map(Some)
}

fn summary(start: &Start, lane: &LogLane, kind: driver::Kind) {
    let plan = &start.plan;
    let version = env!("CARGO_PKG_VERSION");
    lane.event(Level::Info, EventTag::None, format!("Starting Sluice v{version}"));
    if let Ok(folder) = std::env::current_dir() {
        lane.event(Level::Info, EventTag::None, format!("Working directory is {}", folder.display()));
    }
    for warning in &start.warnings {
        lane.event(Level::Warning, EventTag::None, warning.clone());
    }
    for line in Report(plan).to_string().lines() {
        lane.event(Level::Debug, EventTag::None, line.to_owned());
    }
    let text = format!(
        "Starting the Sluice instance: driver {}, {} shard(s), {} endpoint(s), {} warning(s)",
        kind.name(),
        plan.runtime.shards,
        plan.endpoints.len(),
        start.warnings.len()
    );
    lane.event(Level::Info, EventTag::None, text);
}

/// A running shard.
struct Running {
    post: Post,
    thread: JoinHandle<std::io::Result<()>>,
}

fn start_shards(
    start: &Start,
    kind: driver::Kind,
    listeners: Vec<TcpListener>,
    tables: &Tables,
    control: Option<&Control>,
    log: &LogThread,
) -> std::io::Result<Vec<Running>> {
    let plan = &start.plan;
    let cores = if plan.runtime.pin_cores { core_affinity::get_core_ids() } else { None }.unwrap_or_default();
    let per_shard = (plan.runtime.max_connections / plan.runtime.shards).max(1);
    let mut running = Vec::new();
    for (index, listener) in listeners.into_iter().enumerate() {
        let (post, mailbox) = mailbox();
        let ask = control.map_or_else(Ask::nobody, Control::ask);
        let seat = Seat {
            index,
            plan: plan.clone(),
            ask,
            tables: tables.clone(),
            log: log.lane(),
            core: cores.get(index % cores.len().max(1)).copied(),
        };
        let bounds = Bounds { connections: per_shard };
        let ring_entries = plan.runtime.ring_entries;
        let thread = std::thread::Builder::new()
            .name(format!("sluice-{index}"))
            .spawn(move || seat.run(kind, ring_entries, listener, mailbox, bounds))?;
        running.push(Running { post, thread });
    }
    Ok(running)
}

/// What travels to a shard's thread before the shard exists there.
struct Seat {
    index: usize,
    plan: Arc<Plan>,
    ask: Ask,
    tables: Tables,
    log: LogLane,
    core: Option<core_affinity::CoreId>,
}

impl Seat {
    fn run(
        self,
        kind: driver::Kind,
        ring_entries: u32,
        listener: TcpListener,
        mailbox: Mailbox,
        bounds: Bounds,
    ) -> std::io::Result<()> {
        if let Some(core) = self.core {
            if !core_affinity::set_for_current(core) {
                self.log.event(Level::Warning, EventTag::None, format!("shard {} is not pinned", self.index));
            }
        }
        let parts = Parts {
            built: Built::new(self.plan, self.index),
            ask: self.ask,
            names: NameView::new(self.tables.names),
            services: self.tables.services,
            log: self.log,
            meters: Meters::default(),
        };
        driver::block_on(kind, ring_entries, accept::run(parts, listener, mailbox, bounds))?
    }
}

/// What ends the gateway, or a part of it.
enum Event {
    Signal(i32),
    ShardEnded(std::io::Result<()>),
}

/// Waits for a signal, drains all shards, and returns the exit code. A second signal, or the end
/// of `limit`, ends what is left at once.
fn wait(shards: Vec<Running>, mut signals: Signals, limit: Option<Duration>, lane: &LogLane) -> u8 {
    let (sender, events) = flume::unbounded();
    let mut posts = Vec::new();
    for shard in shards {
        posts.push(shard.post);
        let sender = sender.clone();
        std::thread::spawn(move || {
            let panicked = |_| Err(std::io::Error::other("it panicked"));
            let _ = sender.send(Event::ShardEnded(shard.thread.join().unwrap_or_else(panicked)));
        });
    }
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let _ = sender.send(Event::Signal(signal));
        }
    });
    let mut left = posts.len();
    let code = match events.recv() {
        Ok(Event::Signal(signal)) => {
            let name = if signal == SIGINT { "interrupt" } else { "terminated" };
            eprintln!("Signal intercepted: {name}");
            0
        }
        Ok(Event::ShardEnded(result)) => {
            left -= 1;
            lane.event(Level::Critical, EventTag::None, format!("a shard ended: {result:?}; stopping"));
            1
        }
        Err(_) => 1,
    };
    for post in posts {
        let _ = post.send(Mail::Drain);
    }
    if !drained(&events, left, limit) {
        lane.event(Level::Warning, EventTag::None, "stopping at once: running requests are cut off");
    }
    code
}

/// Whether all `left` shards ended before the limit and before another signal.
fn drained(events: &flume::Receiver<Event>, mut left: usize, limit: Option<Duration>) -> bool {
    let deadline = limit.map_or(Time::NEVER, |l| clock::now().after(l));
    while left > 0 {
        match events.recv_timeout(deadline.since(clock::now()).min(Duration::from_secs(3600))) {
            Ok(Event::ShardEnded(_)) => left -= 1,
            Ok(Event::Signal(_)) | Err(flume::RecvTimeoutError::Disconnected) => return false,
            Err(flume::RecvTimeoutError::Timeout) if clock::now() >= deadline => return false,
            Err(flume::RecvTimeoutError::Timeout) => {}
        }
    }
    true
}

/// CPUs that shards may use, and descriptors that connections may use.
#[must_use]
pub fn capacity() -> (usize, usize) {
    let files = cpu::max_open_files().map_or(1 << 20, |n| usize::try_from(n).unwrap_or(usize::MAX));
    (cpu::available(), files)
}
