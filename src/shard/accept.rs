//! A shard's life: accept, serve, drain; the tasks that move its clock and sweep its pools.

use super::{conn_h1, Parts, Shard};
use crate::base::clock::{self, Time};
use crate::meter::counters::Counter;
use crate::net::conn::Conn;
use crate::port::log::{EventTag, Level};
use crate::port::mail::{Mail, Mailbox};
use monoio::io::CancelHandle;
use monoio::net::{TcpListener, TcpStream};
use std::cell::RefCell;
use std::future::{poll_fn, Future};
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

const SWEEP: Duration = Duration::from_secs(5);
/// Wait after the kernel refused a connection (out of descriptors or memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bounds of one shard.
pub struct Bounds {
    pub connections: usize,
}

/// Runs a shard on the current runtime until it has drained.
///
/// # Errors
/// When the listener cannot be used on this runtime.
pub async fn run(
    parts: Parts,
    listener: std::net::TcpListener,
    mailbox: Mailbox,
    bounds: Bounds,
) -> std::io::Result<()> {
    let shard = Shard::new(parts);
    let spare = listener.try_clone()?;
    let listener = TcpListener::from_std(listener)?;
    monoio::spawn(turn_wheel(shard.clone()));
    monoio::spawn(sweep(shard.clone()));
    let canceller = monoio::io::Canceller::new();
    let slot = Slot::default();
    let accepting = accept_all(&shard, listener, canceller.handle(), &bounds, &slot);
    let stop = async {
        // Also when nobody can send any more: then nobody can stop this shard but itself.
        let (Some(Mail::Drain) | None) = mailbox.next().await;
        shard.draining.set(Some(clock::now()));
        slot.wake();
        canceller.cancel();
    };
    let (mut accepting, mut stop) = (pin!(accepting), pin!(stop));
    let mut stopped = false;
    poll_fn(|cx| {
        if !stopped {
            stopped = stop.as_mut().poll(cx).is_ready();
        }
        accepting.as_mut().poll(cx)
    })
    .await;
    accept_rest(&shard, spare, &slot);
    shard.wheel.wake_all();
    wait_until_empty(&shard, &slot).await;
    Ok(())
}

/// Wakes whoever waits for a connection to end.
#[derive(Clone, Default)]
struct Slot(Rc<RefCell<Option<Waker>>>);

impl Slot {
    fn wake(&self) {
        if let Some(waker) = self.0.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// Accepts until the shard drains; the listener is closed then.
async fn accept_all(
    shard: &Rc<Shard>,
    listener: TcpListener,
    cancel: CancelHandle,
    bounds: &Bounds,
    slot: &Slot,
) {
    while shard.draining().is_none() {
        if shard.connections.get() >= bounds.connections {
            wait_below(shard, bounds.connections, slot).await;
            continue;
        }
        match listener.cancelable_accept(cancel.clone()).await {
            Ok((stream, peer)) => start(shard, stream, peer, slot),
            Err(_) if shard.draining().is_some() => return,
            Err(error) => {
                shard.log.event(Level::Error, EventTag::Service("Accept"), format!("cannot accept: {error}"));
                monoio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Waits until fewer than `limit` connections are open, or the shard drains.
async fn wait_below(shard: &Shard, limit: usize, slot: &Slot) {
    poll_fn(|cx| {
        if shard.connections.get() < limit || shard.draining().is_some() {
            return Poll::Ready(());
        }
        *slot.0.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    })
    .await;
}

async fn wait_until_empty(shard: &Shard, slot: &Slot) {
    poll_fn(|cx| {
        if shard.connections.get() == 0 {
            return Poll::Ready(());
        }
        *slot.0.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    })
    .await;
}

/// Connections that the kernel had completed before the listener closed are served too.
fn accept_rest(shard: &Rc<Shard>, listener: std::net::TcpListener, slot: &Slot) {
    while let Ok((stream, peer)) = listener.accept() {
        if let Ok(stream) = TcpStream::from_std(stream) {
            start(shard, stream, peer, slot);
        }
    }
}

fn start(shard: &Rc<Shard>, stream: TcpStream, peer: SocketAddr, slot: &Slot) {
    shard.connections.set(shard.connections.get() + 1);
    shard.meters.count(Counter::Accepted);
    let open = Open { shard: shard.clone(), slot: slot.clone() };
    conn_h1::start(open, Conn::new(stream), peer);
}

/// Size of the task of a client connection that waits, bytes: what it costs beside its read buffer.
#[must_use]
pub fn waiting_task_bytes() -> usize {
    conn_h1::waiting_task_bytes()
}

/// Counts one open connection, whatever way it ends.
pub struct Open {
    shard: Rc<Shard>,
    slot: Slot,
}

impl Open {
    /// The shard that the connection belongs to.
    #[must_use]
    pub fn shard(&self) -> &Rc<Shard> {
        &self.shard
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shard.connections.set(self.shard.connections.get() - 1);
        self.shard.meters.count(Counter::Closed);
        self.slot.wake();
    }
}

/// Moves the shard's clock when the next deadline is due, and not before.
async fn turn_wheel(shard: Rc<Shard>) {
    let wheel = &shard.wheel;
    loop {
        let until = wheel.next_tick();
        let wait = until.map_or(Duration::from_secs(3600), |t| t.since(clock::now()));
        let mut sleep = pin!(monoio::time::sleep(wait));
        poll_fn(|cx| {
            wheel.driver_sleeps(until, cx.waker());
            let earlier = wheel.next_tick().unwrap_or(Time::NEVER) < until.unwrap_or(Time::NEVER);
            if earlier {
                return Poll::Ready(());
            }
            sleep.as_mut().poll(cx)
        })
        .await;
        wheel.advance(clock::now());
    }
}

async fn sweep(shard: Rc<Shard>) {
    loop {
        monoio::time::sleep(SWEEP).await;
        let pools = &shard.upstreams.pools;
        shard.hosts.sweep(pools);
        if pools.idle() > 0 {
            pools.sweep(clock::now());
        }
        shard.log_left_out();
    }
}
