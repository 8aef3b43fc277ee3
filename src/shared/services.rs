//! The hosts that were found for the services of a configuration, one slot for each; looks nothing
//! up.
//!
//! Writer: the control thread publishes a whole group at a time. Readers: each shard, through a
//! `Seen` of its own; one load while nothing changed.

use super::names::Slot;
use super::snapshot::Snapshot;
use std::net::IpAddr;
use std::sync::Arc;

/// Every service known at start. Shared by all threads.
#[derive(Debug, Default)]
pub struct ServiceTable {
    services: Vec<ServiceSlot>,
}

/// One service.
#[derive(Debug)]
pub struct ServiceSlot {
    pub name: Arc<str>,
    pub group: Snapshot<Group>,
}

/// The targets of a service at one time.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Distinct.
    pub targets: Vec<Target>,
    /// Indexes into `targets`, each as often as its weight says, spread evenly.
    pub turns: Vec<u16>,
}

/// One target.
#[derive(Clone, Debug)]
pub struct Target {
    pub name: TargetName,
    pub port: u16,
}

#[derive(Clone, Debug)]
pub enum TargetName {
    Ip(IpAddr),
    /// Its addresses are kept in this slot while the target belongs to a service.
    Dns(Arc<Slot>),
}

impl ServiceTable {
    /// A slot for each distinct name.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = Arc<str>>) -> ServiceTable {
        let mut table = ServiceTable::default();
        for name in names {
            if table.find(&name).is_none() {
                table.services.push(ServiceSlot { name, group: Snapshot::default() });
            }
        }
        table
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.services.iter().position(|service| *service.name == *name)
    }

    /// All slots; the position is the index.
    #[must_use]
    pub fn services(&self) -> &[ServiceSlot] {
        &self.services
    }
}

impl Target {
    /// Whether it is called by this name and port.
    #[must_use]
    pub fn is(&self, name: &str, port: u16) -> bool {
        let same = match &self.name {
            TargetName::Ip(ip) => name.parse() == Ok(*ip),
            TargetName::Dns(slot) => **slot.name() == *name,
        };
        same && self.port == port
    }
}
