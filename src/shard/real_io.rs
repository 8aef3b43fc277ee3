//! `flow::Io` on monoio: this shard's pools, resolver and control lane.

use super::Shard;
use crate::base::chunk::Chunk;
use crate::base::clock::{self, Time};
use crate::flow::io::{Exchange, Io, Outgoing, Rx, To, Tx};
use crate::flow::steps::Held;
use crate::http::fault::{Fault, Kind};
use crate::http::head::ResponseHead;
use crate::limits::NAME_ADDRESSES;
use crate::net::wheel::TaskTimer;
use crate::plan::{HostName, HostPlan};
use crate::port::call::{Answer, Call};
use crate::upstream::exchange as up;
use crate::upstream::receive::Receiver;
use smallvec::SmallVec;
use std::net::SocketAddr;
use std::rc::Rc;

type Addresses = SmallVec<[SocketAddr; 4]>;

/// The outside, for one connection's task.
pub struct RealIo<'a> {
    pub shard: &'a Shard,
    pub timer: &'a TaskTimer,
    /// When the request began.
    pub start: Time,
}

impl RealIo<'_> {
    /// Where a host is: known at once for addresses and names resolved before.
    async fn addresses(&self, to: &To, deadline: Time) -> Result<Addresses, Fault> {
        let built = self.shard.built();
        let found;
        let host = match to {
            To::Host(index) => match built.plan.hosts.get(*index as usize) {
                Some(host) => Some(host),
                None => {
                    found = self.shard.hosts.at(*index);
                    found.as_deref()
                }
            },
            To::Elsewhere(host) => Some(&**host),
        };
        let Some(host) = host else {
            return Err(Fault::gateway(Kind::Internal("host index out of range")));
        };
        if host.tls {
            // Never in clear text instead.
            return Err(Fault::upstream(Kind::Connect));
        }
        let name = match &host.name {
            HostName::Ip(ip) => return Ok(std::iter::once(SocketAddr::new(*ip, host.port)).collect()),
            HostName::Dns(name) => name,
        };
        let known = match to {
            To::Host(index) if *index as usize >= built.plan.hosts.len() => {
                self.shard.hosts.addresses(*index)
            }
            _ => self.shard.known_addresses(name, host.port),
        };
        if let Some(known) = known {
            return Ok(known);
        }
        match self.ask(Call::Resolve(name.clone()), deadline).await {
            Answer::Addresses(list) => {
                Ok(list.iter().take(NAME_ADDRESSES).map(|ip| SocketAddr::new(*ip, host.port)).collect())
            }
            Answer::Failed(_) | Answer::Unavailable | Answer::Published => {
                Err(Fault::upstream(Kind::Resolve))
            }
        }
    }
}

/// The pool of kept connections. What no configuration names has none: its number is no host's.
fn pool_of(to: &To) -> u32 {
    match to {
        To::Host(index) => *index,
        To::Elsewhere(_) => u32::MAX,
    }
}

impl<'a> Io for RealIo<'a> {
    type Exchange = up::Exchange<'a>;

    fn now(&self) -> Time {
        clock::now()
    }

    fn log_notes(&self) {
        self.shard.log_notes();
    }

    async fn call(&self, request: Outgoing) -> (Vec<u8>, Result<Self::Exchange, Fault>) {
        let addresses = match self.addresses(&request.to, request.times.head_due.at).await {
            Ok(addresses) => addresses,
            Err(fault) => return (request.bytes, Err(fault)),
        };
        let Outgoing { to, method, bytes, times } = request;
        let to = up::Request { host: pool_of(&to), addresses: &addresses, method, times, now: self.start };
        self.shard.upstreams.call(&to, bytes, self.timer).await
    }

    async fn open(&self, request: Outgoing) -> (Vec<u8>, Result<Self::Exchange, Fault>) {
        let addresses = match self.addresses(&request.to, request.times.head_due.at).await {
            Ok(addresses) => addresses,
            Err(fault) => return (request.bytes, Err(fault)),
        };
        let Outgoing { to, method, bytes, times } = request;
        let to = up::Request { host: pool_of(&to), addresses: &addresses, method, times, now: self.start };
        self.shard.upstreams.open(&to, bytes, self.timer).await
    }

    fn detach(&self, request: Outgoing, held: Held) {
        super::detached::start(self.shard, request, held);
    }

    fn found(&self, service: u32) -> Option<Rc<[u32]>> {
        self.shard.hosts.candidates(service, &self.shard.upstreams.pools)
    }

    async fn discover(&self, service: u32, deadline: Time) -> Result<Rc<[u32]>, Fault> {
        let unknown = Fault::upstream(Kind::NotDiscovered(service));
        let built = self.shard.built();
        let plan = built.plan.discovered.get(service as usize).ok_or(unknown)?;
        match self.ask(Call::Discover(plan.name.clone()), deadline).await {
            Answer::Published => self.found(service).ok_or(unknown),
            Answer::Addresses(_) | Answer::Failed(_) | Answer::Unavailable => Err(unknown),
        }
    }

    fn found_host(&self, index: u32) -> Option<Rc<HostPlan>> {
        self.shard.hosts.at(index)
    }

    async fn ask(&self, call: Call, deadline: Time) -> Answer {
        self.timer.timed(deadline, self.shard.ask.ask(call)).await.unwrap_or(Answer::Unavailable)
    }
}

impl<'a> Exchange for up::Exchange<'a> {
    type Tx = up::Sender<'a>;
    type Rx = Receiver<'a>;

    fn halves(&mut self) -> (&mut Self::Tx, &mut Self::Rx) {
        (&mut self.tx, &mut self.rx)
    }

    fn release(self) {
        up::Exchange::release(self);
    }
}

impl Tx for up::Sender<'_> {
    async fn send(&mut self, bytes: Vec<u8>, from: usize) -> Result<Vec<u8>, Fault> {
        up::Sender::send(self, bytes, from).await.map_err(|(_, fault)| fault)
    }

    fn finished(&mut self) {
        up::Sender::finished(self);
    }
}

impl Rx for Receiver<'_> {
    async fn read_head(&mut self) -> Result<(), Fault> {
        Receiver::read_head(self).await
    }

    fn head(&self) -> (&ResponseHead, &[u8]) {
        Receiver::head(self)
    }

    fn buffered(&mut self) -> Result<Option<Chunk>, Fault> {
        Receiver::buffered(self)
    }

    async fn next(&mut self) -> Result<Option<Chunk>, Fault> {
        Receiver::next(self).await
    }

    async fn collect(&mut self, limit: usize) -> Result<Chunk, Fault> {
        Receiver::collect(self, limit).await
    }

    fn is_done(&self) -> bool {
        Receiver::is_done(self)
    }
}
