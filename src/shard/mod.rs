//! One core: its listener, its connections, its pools, its counters; sees no other shard and no
//! control thread but through `port`.

pub mod accept;
mod client;
mod conn_h1;
mod detached;
mod guard;
mod inbound;
mod real_io;

use crate::base::clock::{self, Time};
use crate::filter::notes;
use crate::flow::built::Built;
use crate::flow::{reply, Done, Scratch, Shared};
use crate::http::fault::{Fault, Whose};
use crate::http::head::RequestHead;
use crate::limits::{BUFFERS_KEPT, FOUND_HOSTS};
use crate::meter::counters::{Counter, Meters};
use crate::net::wheel::Wheel;
use crate::plan::Timeouts;
use crate::port::handle::Ask;
use crate::port::log::{wall_ms, AccessRecord, EventTag, Level, LogLane, MethodText, TargetText};
use crate::shared::names::NameView;
use crate::shared::services::ServiceTable;
use crate::upstream::exchange::Upstreams;
use crate::upstream::hosts::Hosts;
use crate::upstream::pool::Pools;
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// Tables of one request, reused.
#[derive(Default)]
struct RequestState {
    head: RequestHead,
    scratch: Scratch,
}

/// Everything that one core owns.
pub struct Shard {
    built: Rc<Built>,
    shared: Shared,
    upstreams: Upstreams,
    /// Hosts of discovered services.
    hosts: Hosts,
    wheel: Rc<Wheel>,
    ask: Ask,
    names: RefCell<NameView>,
    log: LogLane,
    meters: Meters,
    #[allow(clippy::vec_box)] // the box is what goes from hand to hand
    states: RefCell<Vec<Box<RequestState>>>,
    connections: Cell<usize>,
    draining: Cell<Option<Time>>,
    detached: detached::Load,
    /// For tasks that outlive the request they are started in.
    me: Weak<Shard>,
}

/// What a shard is handed at its start.
pub struct Parts {
    pub built: Built,
    pub ask: Ask,
    pub names: NameView,
    pub services: Arc<ServiceTable>,
    pub log: LogLane,
    pub meters: Meters,
}

impl Shard {
    fn new(parts: Parts) -> Rc<Shard> {
        let plan = parts.built.plan.clone();
        let pools = Pools::new(plan.hosts.len(), plan.service.transport);
        Rc::new_cyclic(|me| Shard {
            built: Rc::new(parts.built),
            shared: Shared::default(),
            upstreams: Upstreams::new(pools),
            hosts: Hosts::new(plan.hosts.len(), &plan.discovered, parts.services),
            wheel: Wheel::new(),
            ask: parts.ask,
            names: RefCell::new(parts.names),
            log: parts.log,
            meters: parts.meters,
            states: RefCell::default(),
            connections: Cell::new(0),
            draining: Cell::new(None),
            detached: detached::Load::default(),
            me: me.clone(),
        })
    }

    fn built(&self) -> Rc<Built> {
        self.built.clone()
    }

    fn head_bytes(&self) -> usize {
        self.built.plan.service.head_bytes
    }

    fn timeouts(&self) -> &Timeouts {
        &self.built.plan.service.timeouts
    }

    /// Since when this shard drains.
    fn draining(&self) -> Option<Time> {
        self.draining.get()
    }

    fn take_state(&self) -> Box<RequestState> {
        self.states.borrow_mut().pop().unwrap_or_default()
    }

    fn give_state(&self, state: Box<RequestState>) {
        let mut states = self.states.borrow_mut();
        if states.len() < BUFFERS_KEPT {
            states.push(state);
        }
    }

    /// Addresses of a name that the control thread has published.
    fn known_addresses(&self, name: &str, port: u16) -> Option<SmallVec<[SocketAddr; 4]>> {
        let mut names = self.names.borrow_mut();
        let slot = names.table().find(name)?;
        let addresses = names.addresses(slot)?;
        Some(addresses.iter().map(|ip| SocketAddr::new(*ip, port)).collect())
    }

    /// Books bytes that were no acceptable request.
    fn refused(&self, fault: &Fault, peer: SocketAddr) {
        self.meters.fault(Whose::Client);
        self.meters.answer(reply::status(fault));
        if self.log.wants(Level::Debug) {
            let text = format!("refused a request of {}: {}", peer.ip().to_canonical(), reply::text(fault));
            self.log.event(Level::Debug, EventTag::Service("HTTP"), text);
        }
    }

    /// Books a finished request: counters, access line, errors.
    fn finished(&self, done: &Done, head: &RequestHead, bytes: &[u8], peer: SocketAddr, start: Time) {
        self.meters.count(Counter::Requests);
        self.meters.answer(done.status);
        if let Some(fault) = &done.fault {
            self.meters.fault(fault.whose);
        }
        if !done.errors.is_empty() {
            self.log_errors(done);
        }
        self.log_notes();
        if done.logged && self.log.logs_access() && !self.is_skipped(head.path.of(bytes)) {
            let end = head.query.map_or(head.path.end, |q| q.end);
            let target = &bytes[head.path.start as usize..end as usize];
            self.log.access(AccessRecord {
                wall_ms: wall_ms(),
                latency_ns: clock::now().since(start).as_nanos() as u64,
                bytes: done.bytes,
                status: done.status,
                client: done.client_ip.unwrap_or_else(|| peer.ip().to_canonical()),
                method: MethodText::new(head.method_token.of(bytes)),
                target: TargetText::new(target),
                fault: done.fault.as_ref().map_or("", reply::text),
            });
        }
    }

    /// Logs what filters of this thread have left.
    fn log_notes(&self) {
        while let Some(note) = notes::take() {
            self.log.event(note.level, EventTag::Backend { pattern: note.about, part: "" }, note.text);
        }
    }

    /// Says when found hosts had no room.
    fn log_left_out(&self) {
        let left_out = self.hosts.take_left_out();
        if left_out > 0 {
            let text = format!("{left_out} discovered hosts are left out, a shard keeps {FOUND_HOSTS}");
            self.log.event(Level::Warning, EventTag::Service("DNS"), text);
        }
    }

    fn is_skipped(&self, path: &[u8]) -> bool {
        self.built.plan.service.access_log_skip.iter().any(|p| p.as_bytes() == path)
    }

    /// One line per error, with whose fault it was.
    fn log_errors(&self, done: &Done) {
        if !self.log.wants(Level::Error) {
            return;
        }
        let plan = &self.built.plan;
        let endpoint = done.endpoint.and_then(|i| plan.endpoints.get(i));
        let route = endpoint.map_or("", |e| e.route.as_str());
        let whose = match done.fault.map(|f| f.whose) {
            Some(Whose::Client) => "client",
            Some(Whose::Upstream) => "upstream",
            _ => "gateway",
        };
        let many = endpoint.is_some_and(|e| e.backends.len() > 1);
        for (i, error) in done.errors.iter().enumerate() {
            let text = if many {
                format!("[ENDPOINT: {route}] Error #{i}: {error} (fault: {whose})")
            } else {
                format!("[ENDPOINT: {route}] {error} (fault: {whose})")
            };
            self.log.event(Level::Error, EventTag::None, text);
        }
    }
}
