//! Kept connections of one shard, last in first out per host; knows no HTTP.
//!
//! hot: taking and giving back move a few words. A connection that waited long enough for the
//! backend to have closed it is looked at before reuse.

use crate::base::clock::Time;
use crate::net::conn::Conn;
use crate::plan::Transport;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

/// A connection that waited less is taken without a look: the look costs a system call, and a
/// request that is safe to repeat is repeated when the connection proves closed.
const TRUSTED_FOR: Duration = Duration::from_millis(50);

struct Idle {
    conn: Conn,
    since: Time,
}

/// One host's kept connections, the oldest first.
#[derive(Default)]
struct Pool {
    idle: VecDeque<Idle>,
    /// The host is gone: what comes back is closed.
    closed: bool,
}

/// All kept connections of one shard.
pub struct Pools {
    hosts: RefCell<Vec<Pool>>,
    idle: Cell<usize>,
    settings: Transport,
}

impl Pools {
    /// One empty pool per host of the plan.
    #[must_use]
    pub fn new(hosts: usize, settings: Transport) -> Pools {
        let pools = (0..hosts).map(|_| Pool::default()).collect();
        Pools { hosts: RefCell::new(pools), idle: Cell::new(0), settings }
    }

    #[must_use]
    pub fn settings(&self) -> &Transport {
        &self.settings
    }

    /// The connection kept last for `host`. `repeatable`: the request may be sent again when the
    /// connection turns out to be closed, so a fresh one need not be looked at.
    pub fn take(&self, host: u32, now: Time, repeatable: bool) -> Option<Conn> {
        loop {
            let idle = self.hosts.borrow_mut().get_mut(host as usize)?.idle.pop_back()?;
            self.idle.set(self.idle.get() - 1);
            let waited = now.since(idle.since);
            if self.settings.idle_timeout.is_some_and(|limit| waited >= limit) {
                continue;
            }
            if (!repeatable || waited > TRUSTED_FOR) && idle.conn.is_stale() {
                continue;
            }
            return Some(idle.conn);
        }
    }

    /// Keeps a connection, unless the limits say no: then it is closed.
    pub fn give(&self, host: u32, conn: Conn, now: Time) {
        if !self.settings.keep_alives || self.settings.idle_max.is_some_and(|max| self.idle.get() >= max) {
            return;
        }
        let mut hosts = self.hosts.borrow_mut();
        let Some(pool) = hosts.get_mut(host as usize) else { return };
        if pool.closed || pool.idle.len() >= self.settings.idle_per_host {
            return;
        }
        pool.idle.push_back(Idle { conn, since: now });
        self.idle.set(self.idle.get() + 1);
    }

    /// A host was found: keeps connections to it from now on.
    pub fn open(&self, host: u32) {
        let mut hosts = self.hosts.borrow_mut();
        let at = host as usize;
        if hosts.len() <= at {
            hosts.resize_with(at + 1, Pool::default);
        }
        hosts[at].closed = false;
    }

    /// A host is gone: closes what is kept, and what comes back later.
    pub fn close(&self, host: u32) {
        let mut hosts = self.hosts.borrow_mut();
        let Some(pool) = hosts.get_mut(host as usize) else { return };
        pool.closed = true;
        let kept = std::mem::take(&mut pool.idle);
        drop(hosts);
        self.idle.set(self.idle.get() - kept.len());
    }

    /// Closes what has waited too long or was closed by the backend: the oldest of each host, so
    /// that a quiet shard does not hold dead sockets.
    pub fn sweep(&self, now: Time) {
        for pool in self.hosts.borrow_mut().iter_mut() {
            while let Some(oldest) = pool.idle.front() {
                let old = self.settings.idle_timeout.is_some_and(|limit| now.since(oldest.since) >= limit);
                if !old && !oldest.conn.is_stale() {
                    break;
                }
                pool.idle.pop_front();
                self.idle.set(self.idle.get() - 1);
            }
        }
    }

    /// Kept connections of all hosts.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.idle.get()
    }
}
