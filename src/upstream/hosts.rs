//! The hosts of discovered services on one shard: which index each has, which are there now, and
//! where they are; knows no request.
//!
//! hot: while nothing changed, a look costs a load and a comparison.
//!
//! A found host has an index behind those of the plan, and with it a pool. It keeps both when it is
//! gone, until another host needs the index and nobody holds it any more: a call under way never
//! sees its index mean another host.

use super::pool::Pools;
use crate::limits::FOUND_HOSTS;
use crate::plan::{DiscoveredPlan, HostName, HostPlan};
use crate::shared::names::Slot;
use crate::shared::services::{Group, ServiceTable, Target, TargetName};
use crate::shared::snapshot::Seen;
use hashbrown::HashMap;
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

/// All found hosts of one shard.
pub struct Hosts {
    /// Index of the first found host: so many stand in the plan.
    first: u32,
    table: Arc<ServiceTable>,
    services: RefCell<Vec<Service>>,
    found: RefCell<Found>,
    /// Targets left out because the table was full, since the last look.
    left_out: Cell<usize>,
}

/// A service as this shard knows it.
struct Service {
    /// Position in `ServiceTable`; `None` cannot happen, and finds nothing.
    slot: Option<usize>,
    tls: bool,
    seen: Seen<Group>,
    /// What `candidates` was made from.
    group: Option<Arc<Group>>,
    candidates: Rc<[u32]>,
    /// Distinct.
    members: Vec<u32>,
}

#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    /// Positions in `entries` by scheme and authority.
    known: HashMap<(bool, String), usize>,
}

struct Entry {
    plan: Rc<HostPlan>,
    /// `None`: the target is an address.
    slot: Option<Arc<Slot>>,
    seen: Seen<[IpAddr]>,
    /// Services that list it now.
    services: usize,
}

impl Hosts {
    /// `first` hosts stand in the plan.
    #[must_use]
    pub fn new(first: usize, discovered: &[DiscoveredPlan], table: Arc<ServiceTable>) -> Hosts {
        let service = |plan: &DiscoveredPlan| Service {
            slot: table.find(&plan.name),
            tls: plan.tls,
            seen: Seen::default(),
            group: None,
            candidates: Rc::new([]), // alloc: once per service
            members: Vec::new(),     // alloc: once per service
        };
        let services = RefCell::new(discovered.iter().map(service).collect());
        let first = u32::try_from(first).unwrap_or(u32::MAX); // a file holds fewer
        Hosts { first, table, services, found: RefCell::default(), left_out: Cell::new(0) }
    }

    /// The candidates of a service now. `None`: nothing is known of it.
    pub fn candidates(&self, service: u32, pools: &Pools) -> Option<Rc<[u32]>> {
        let mut services = self.services.borrow_mut();
        let service = services.get_mut(service as usize)?;
        let slot = self.table.services().get(service.slot?)?;
        let group = service.seen.get(&slot.group)?;
        if !service.group.as_ref().is_some_and(|built| Arc::ptr_eq(built, group)) {
            let group = Arc::clone(group);
            self.renew(service, group, pools);
        }
        Some(Rc::clone(&service.candidates))
    }

    /// Looks at every service, so that hosts that are gone lose their connections also when no
    /// request comes.
    pub fn sweep(&self, pools: &Pools) {
        let services = self.services.borrow().len();
        for service in 0..services {
            self.candidates(service as u32, pools);
        }
    }

    /// Targets that found no room since the last call.
    pub fn take_left_out(&self) -> usize {
        self.left_out.take()
    }

    /// The host at an index. While it is held, the index means no other.
    #[must_use]
    pub fn at(&self, index: u32) -> Option<Rc<HostPlan>> {
        let at = index.checked_sub(self.first)?;
        self.found.borrow().entries.get(at as usize).map(|entry| Rc::clone(&entry.plan))
    }

    /// Where a host is. `None`: its name is to be asked for.
    pub fn addresses(&self, index: u32) -> Option<SmallVec<[SocketAddr; 4]>> {
        let at = index.checked_sub(self.first)?;
        let mut found = self.found.borrow_mut();
        let Entry { plan, slot, seen, .. } = found.entries.get_mut(at as usize)?;
        match (&plan.name, slot) {
            (HostName::Ip(ip), _) => Some(std::iter::once(SocketAddr::new(*ip, plan.port)).collect()),
            (HostName::Dns(_), Some(slot)) => {
                Some(slot.look(seen)?.iter().map(|ip| SocketAddr::new(*ip, plan.port)).collect())
            }
            (HostName::Dns(_), None) => None,
        }
    }

    /// Takes over what is published: new hosts get an index, those that no service lists any more
    /// lose their connections.
    #[cold]
    fn renew(&self, service: &mut Service, group: Arc<Group>, pools: &Pools) {
        let mut found = self.found.borrow_mut();
        let mut indexes = Vec::with_capacity(group.targets.len()); // alloc: a change
        let old = std::mem::take(&mut service.members);
        for target in &group.targets {
            let position = found.enter(target, service.tls);
            let index = position.and_then(|p| self.first.checked_add(u32::try_from(p).ok()?));
            if let Some(index) = index {
                pools.open(index);
                service.members.push(index);
            } else {
                self.left_out.set(self.left_out.get() + 1);
            }
            indexes.push(index);
        }
        for index in old {
            if found.leave((index - self.first) as usize) {
                pools.close(index);
            }
        }
        let turns = group.turns.iter().filter_map(|turn| indexes.get(usize::from(*turn)).copied().flatten());
        service.candidates = turns.collect();
        service.group = Some(group);
    }
}

impl Found {
    /// The position of a target, which one more service lists. `None`: there is no room.
    fn enter(&mut self, target: &Target, tls: bool) -> Option<usize> {
        let plan = host_plan(target, tls);
        let key = (tls, plan.authority.clone()); // alloc: a change
        let slot = match &target.name {
            TargetName::Dns(slot) => Some(Arc::clone(slot)),
            TargetName::Ip(_) => None,
        };
        let position = match self.known.get(&key) {
            Some(position) => *position,
            None => {
                let entry = Entry { plan: Rc::new(plan), slot: None, seen: Seen::default(), services: 0 };
                let position = self.room(entry)?;
                self.known.insert(key, position);
                position
            }
        };
        let entry = self.entries.get_mut(position)?;
        let same = match (&entry.slot, &slot) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        if !same {
            entry.slot = slot;
            entry.seen = Seen::default();
        }
        entry.services += 1;
        Some(position)
    }

    /// A place for a new entry: that of a host that is gone and that nobody holds, or a new one.
    fn room(&mut self, entry: Entry) -> Option<usize> {
        let free = |old: &Entry| old.services == 0 && Rc::strong_count(&old.plan) == 1;
        if let Some(position) = self.entries.iter().position(free) {
            let old = std::mem::replace(&mut self.entries[position], entry);
            self.known.remove(&(old.plan.tls, old.plan.authority.clone())); // alloc: a change
            return Some(position);
        }
        if self.entries.len() >= FOUND_HOSTS {
            return None;
        }
        self.entries.push(entry);
        Some(self.entries.len() - 1)
    }

    /// One service fewer lists it. Whether it was the last.
    fn leave(&mut self, position: usize) -> bool {
        let Some(entry) = self.entries.get_mut(position) else { return false };
        entry.services = entry.services.saturating_sub(1);
        entry.services == 0
    }
}

fn host_plan(target: &Target, tls: bool) -> HostPlan {
    let port = target.port;
    let (name, authority) = match &target.name {
        TargetName::Ip(ip) => (HostName::Ip(*ip), SocketAddr::new(*ip, port).to_string()), // alloc: a change
        TargetName::Dns(slot) => {
            let name = slot.name();
            (HostName::Dns(Arc::clone(name)), format!("{name}:{port}")) // alloc: a change
        }
    };
    HostPlan { tls, authority, name, port }
}

#[cfg(test)]
mod tests;
