//! The hosts that a backend's calls may go to, written or found; picks none and resolves no name.
//!
//! hot: for written hosts both accessors are a borrow from the plan; for found ones a load, a
//! comparison and a count.

use super::io::Io;
use crate::base::clock::Time;
use crate::http::fault::{Fault, Kind};
use crate::plan::{HostPlan, HostSet, Plan};
use std::ops::Deref;
use std::rc::Rc;

/// Indexes of hosts, a host as often as its weight says; may be empty.
#[derive(Debug)]
pub enum Candidates<'p> {
    Written(&'p [u32]),
    Found(Rc<[u32]>),
}

impl Deref for Candidates<'_> {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Candidates::Written(indexes) => indexes,
            Candidates::Found(indexes) => indexes,
        }
    }
}

/// A host. The index of a found one means no other host while this is held.
#[derive(Debug)]
pub enum Host<'p> {
    Written(&'p HostPlan),
    Found(Rc<HostPlan>),
}

impl Deref for Host<'_> {
    type Target = HostPlan;

    fn deref(&self) -> &HostPlan {
        match self {
            Host::Written(host) => host,
            Host::Found(host) => host,
        }
    }
}

/// The candidates of a backend now. Waits for the first answer about a service that is discovered.
///
/// # Errors
/// `Kind::NotDiscovered`: there is none by `deadline`, or the lookup failed.
pub async fn candidates<'p, I: Io>(
    io: &I,
    hosts: &'p HostSet,
    deadline: Time,
) -> Result<Candidates<'p>, Fault> {
    match (hosts, known(io, hosts)) {
        (_, Some(known)) => Ok(known),
        (HostSet::Discovered(service), None) => io.discover(*service, deadline).await.map(Candidates::Found),
        (HostSet::Written(indexes), None) => Ok(Candidates::Written(indexes)),
    }
}

/// The same without waiting; `None`: nothing is known yet.
pub fn known<'p, I: Io>(io: &I, hosts: &'p HostSet) -> Option<Candidates<'p>> {
    match hosts {
        HostSet::Written(indexes) => Some(Candidates::Written(indexes)),
        HostSet::Discovered(service) => io.found(*service).map(Candidates::Found),
    }
}

/// The host at an index of the candidates.
pub fn at<'p, I: Io>(io: &I, plan: &'p Plan, index: u32) -> Option<Host<'p>> {
    match plan.hosts.get(index as usize) {
        Some(host) => Some(Host::Written(host)),
        None => io.found_host(index).map(Host::Found),
    }
}

/// What a fault says beyond its own text: the name of a service of which nothing is known.
#[must_use]
pub fn explain(plan: &Plan, fault: &Fault) -> Option<String> {
    let Kind::NotDiscovered(service) = fault.kind else { return None };
    let service = plan.discovered.get(service as usize)?;
    Some(format!("no hosts available: nothing is known of the service {}", service.name))
    // alloc: a failing call
}
