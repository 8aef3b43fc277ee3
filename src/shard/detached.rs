//! Calls whose answers nobody waits for: tasks of their own on this shard, a bounded number of
//! them.

use super::guard::{catch, Caught};
use super::real_io::RealIo;
use super::Shard;
use crate::base::chunk::give_buffer;
use crate::filter::Outcome;
use crate::flow::io::{Exchange, Io, Outgoing, To};
use crate::flow::steps::Held;
use crate::limits::{SHADOW_ANSWER_BYTES, SHADOW_BYTES, SHADOW_CALLS};
use crate::meter::counters::Counter;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

/// What is under way.
#[derive(Default)]
pub struct Load {
    calls: Cell<usize>,
    bytes: Cell<usize>,
}

impl Load {
    fn fits(&self, bytes: usize) -> bool {
        self.calls.get() < SHADOW_CALLS && self.bytes.get() + bytes <= SHADOW_BYTES
    }
}

/// A call's part of the load, for as long as it runs.
struct Share {
    shard: Rc<Shard>,
    bytes: usize,
}

impl Share {
    fn take(shard: Rc<Shard>, bytes: usize) -> Share {
        let load = &shard.detached;
        load.calls.set(load.calls.get() + 1);
        load.bytes.set(load.bytes.get() + bytes);
        Share { shard, bytes }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let load = &self.shard.detached;
        load.calls.set(load.calls.get() - 1);
        load.bytes.set(load.bytes.get() - self.bytes);
    }
}

/// Starts a call, or drops it when too much is under way.
pub fn start(shard: &Shard, request: Outgoing, held: Held) {
    let bytes = request.bytes.len();
    let Some(shard) = shard.me.upgrade().filter(|shard| shard.detached.fits(bytes)) else {
        shard.meters.count(Counter::ShadowsLost);
        return;
    };
    shard.meters.count(Counter::Shadows);
    // Held from now on, before the task runs: the index must not come to mean another host.
    let host = match &request.to {
        To::Host(index) => shard.hosts.at(*index),
        To::Elsewhere(_) => None,
    };
    let share = Share::take(shard, bytes);
    monoio::spawn(async move {
        run(share, request, held).await;
        drop(host);
    });
}

async fn run(share: Share, request: Outgoing, mut held: Held) {
    let shard = &share.shard;
    let timer = shard.wheel.timer();
    poll_fn(|cx| {
        timer.register(cx.waker());
        Poll::Ready(())
    })
    .await;
    let io = RealIo { shard, timer: &timer, start: crate::base::clock::now() };
    let call = pin!(async {
        let (bytes, called) = io.call(request).await;
        give_buffer(bytes);
        let Ok(mut exchange) = called else { return Outcome::Failure };
        let rx = exchange.halves().1;
        let good = matches!(rx.head().0.status, 200 | 201);
        // Read only so that the connection can be kept.
        if rx.collect(SHADOW_ANSWER_BYTES).await.is_ok() {
            exchange.release();
        }
        if good {
            Outcome::Success
        } else {
            Outcome::Failure
        }
    });
    match catch(call).await {
        Caught::Value(outcome) => held.ended(outcome),
        Caught::Panic => shard.meters.count(Counter::Panics),
    }
}
