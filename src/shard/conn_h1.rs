//! One HTTP/1.1 client connection: head, request, answer, and again; knows no backend.
//!
//! hot: between requests a connection holds one small buffer and no tables.

use super::client::{unless_gone, BodySide, ClientSide, OutSide};
use super::guard::{catch, Caught};
use super::inbound::{take_head, Inbound, ReadDone};
use super::real_io::RealIo;
use super::{RequestState, Shard};
use crate::base::chunk::{take_buffer, Chunk};
use crate::base::clock::{self, Time};
use crate::flow::{self, reply, Done};
use crate::http::fault::{Fault, Kind};
use crate::http::h1::parse::parse_request;
use crate::http::h1::scan::HeadScanner;
use crate::limits::{DRAIN_IDLE_GRACE_MS, REQUEST_DRAIN_BYTES};
use crate::meter::counters::Counter;
use crate::net::conn::{Conn, Reader, Writer};
use crate::net::wheel::TaskTimer;
use std::cell::{Cell, RefCell};
use std::future::{poll_fn, Future};
use std::io;
use std::net::SocketAddr;
use std::pin::{pin, Pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

/// What became of a request, for the connection.
enum After {
    KeepAlive,
    /// End in order: the client reads everything that was sent.
    Close,
    /// Break off visibly: the answer is not complete.
    Abort,
}

/// Serves one connection until it ends.
pub async fn serve(shard: Rc<Shard>, conn: Conn, peer: SocketAddr) {
    let timer = shard.wheel.timer();
    poll_fn(|cx| {
        timer.register(cx.waker());
        Poll::Ready(())
    })
    .await;
    let (reader, mut writer, rest) = conn.into_halves();
    let inbound = pin!(Inbound::new(reader, Reader::fill_owned));
    let inbound = RefCell::new(inbound);
    let after = loop {
        let head = match next_head(&shard, &inbound, &timer).await {
            Ok(Some(head)) => head,
            Ok(None) => break After::Abort,
            Err(fault) => {
                refuse(&shard, &timer, &mut writer, peer, &fault).await;
                break After::Close;
            }
        };
        match request(&shard, &inbound, &timer, &mut writer, peer, head).await {
            After::KeepAlive => {}
            other => break other,
        }
    };
    match after {
        After::Close => linger(&inbound, &timer, &mut writer).await,
        After::Abort => writer.abort(rest),
        After::KeepAlive => {}
    }
}

/// Waits for the next request head. `None`: the connection is over without one.
async fn next_head<F: Future<Output = ReadDone>>(
    shard: &Shard,
    inbound: &RefCell<Pin<&mut Inbound<F>>>,
    timer: &TaskTimer,
) -> Result<Option<Chunk>, Fault> {
    let mut wait = HeadWait {
        shard,
        timer,
        scanner: HeadScanner::request(shard.head_bytes()),
        since: clock::now(),
        begun: false,
    };
    poll_fn(|cx| wait.poll(&mut inbound.borrow_mut(), cx)).await
}

struct HeadWait<'a> {
    shard: &'a Shard,
    timer: &'a TaskTimer,
    scanner: HeadScanner,
    since: Time,
    /// The first byte has come.
    begun: bool,
}

impl HeadWait<'_> {
    fn poll<F: Future<Output = ReadDone>>(
        &mut self,
        inbound: &mut Pin<&mut Inbound<F>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Chunk>, Fault>> {
        loop {
            let pending = inbound.as_mut().pending();
            if !pending.is_empty() {
                if !self.begun {
                    (self.begun, self.since) = (true, clock::now());
                }
                if let Some(end) = self.scanner.find_end(pending)? {
                    return Poll::Ready(Ok(Some(take_head(pending, end))));
                }
            }
            match inbound.as_mut().poll_read(cx, false) {
                Poll::Ready(Ok(n)) if n > 0 => {}
                Poll::Ready(_) => return Poll::Ready(Ok(None)),
                Poll::Pending => return self.check_time(),
            }
        }
    }

    fn check_time(&self) -> Poll<Result<Option<Chunk>, Fault>> {
        let limits = self.shard.timeouts();
        let limit = if self.begun { limits.head } else { limits.idle };
        let mut deadline = limit.map_or(Time::NEVER, |d| self.since.after(d));
        if let (false, Some(since)) = (self.begun, self.shard.draining()) {
            // A last request may be under way already: it gets its answer, with `close` in it.
            deadline = deadline.min(since.after(Duration::from_millis(DRAIN_IDLE_GRACE_MS)));
        }
        if self.timer.wheel().now() < deadline {
            self.timer.arm(deadline);
            return Poll::Pending;
        }
        Poll::Ready(if self.begun { Err(Fault::client(Kind::ClientTimeout)) } else { Ok(None) })
    }
}

/// Answers bytes that are no acceptable request.
async fn refuse(shard: &Shard, timer: &TaskTimer, writer: &mut Writer, peer: SocketAddr, fault: &Fault) {
    shard.refused(fault, peer);
    let mut bytes = take_buffer();
    let now = clock::now();
    reply::refuse(&mut bytes, fault, now);
    let limit = shard.timeouts().body_gap.map_or(Time::NEVER, |d| now.after(d));
    let _ = timer.timed(limit, writer.send(bytes, 0)).await;
}

/// Serves one request.
async fn request<F: Future<Output = ReadDone>>(
    shard: &Shard,
    inbound: &RefCell<Pin<&mut Inbound<F>>>,
    timer: &TaskTimer,
    writer: &mut Writer,
    peer: SocketAddr,
    head_bytes: Chunk,
) -> After {
    let start = clock::now();
    let mut state = shard.take_state();
    if let Err(fault) = parse_request(&head_bytes, &mut state.head) {
        shard.give_state(state);
        refuse(shard, timer, writer, peer, &fault).await;
        return After::Close;
    }
    inbound.borrow_mut().as_mut().begin_body(state.head.framing);
    let built = shard.built();
    let started = Cell::new(false);
    let limits = &built.plan.service.timeouts;
    let outcome = {
        let RequestState { head, scratch } = &mut *state;
        let input = flow::Input {
            built: &built,
            head,
            head_bytes: &head_bytes,
            peer: peer.ip().to_canonical(),
            start,
            draining: shard.draining().is_some(),
        };
        let io = RealIo { shard, timer };
        let mut client = ClientSide {
            body: BodySide { inbound, timer, limits, start },
            out: OutSide { writer: &mut *writer, timer, limits, start, started: &started },
        };
        let run = pin!(flow::run(&io, &shard.shared, &input, scratch, &mut client));
        let run = pin!(catch(run));
        unless_gone(inbound, run).await
    };
    let mut done = match outcome {
        Some(Caught::Value(done)) => done,
        Some(Caught::Panic) => panicked(shard, timer, writer, &started).await,
        None => Done::gone(),
    };
    done.close |= !state.head.keep_alive || shard.draining().is_some();
    shard.finished(&done, &state.head, &head_bytes, peer, start);
    shard.give_state(state);
    if done.abort {
        return After::Abort;
    }
    if done.close || !drain_body(inbound, timer, limits.body_gap).await {
        return After::Close;
    }
    After::KeepAlive
}

/// A panic ends this request and this connection, nothing else.
async fn panicked(shard: &Shard, timer: &TaskTimer, writer: &mut Writer, started: &Cell<bool>) -> Done {
    shard.meters.count(Counter::Panics);
    let fault = Fault::gateway(Kind::Panic);
    let mut done = Done::new(500);
    done.fault = Some(fault);
    done.errors.push("a panic ended this request".to_owned()); // alloc: a panic
    done.close = true;
    done.abort = started.get();
    if !done.abort {
        let mut bytes = take_buffer();
        let now = clock::now();
        reply::refuse(&mut bytes, &fault, now);
        let limit = shard.timeouts().body_gap.map_or(Time::NEVER, |d| now.after(d));
        let _ = timer.timed(limit, writer.send(bytes, 0)).await;
    }
    done
}

/// Reads what is left of a request body, up to a bound. `false`: the connection cannot be kept.
async fn drain_body<F: Future<Output = ReadDone>>(
    inbound: &RefCell<Pin<&mut Inbound<F>>>,
    timer: &TaskTimer,
    gap: Option<Duration>,
) -> bool {
    let mut drained = 0;
    loop {
        if inbound.borrow().body_done() {
            return true;
        }
        let limit = gap.map_or(Time::NEVER, |d| clock::now().after(d));
        let next = poll_fn(|cx| inbound.borrow_mut().as_mut().poll_body(cx));
        match timer.timed(limit, next).await {
            Some(Ok(Some(piece))) => drained += piece.len(),
            Some(Ok(None)) => return true,
            _ => return false,
        }
        if drained > REQUEST_DRAIN_BYTES {
            return false;
        }
    }
}

/// Ends the sending side and takes what the client still sends, for a short while: closing a
/// socket with unread input would destroy the answer on its way (RFC 9112 section 9.6).
async fn linger<F: Future<Output = ReadDone>>(
    inbound: &RefCell<Pin<&mut Inbound<F>>>,
    timer: &TaskTimer,
    writer: &mut Writer,
) {
    writer.finish().await;
    let until = clock::now().after(Duration::from_millis(crate::limits::LINGER_MS));
    let mut taken = 0;
    while taken <= REQUEST_DRAIN_BYTES {
        let next = poll_fn(|cx| {
            let mut inbound = inbound.borrow_mut();
            inbound.as_mut().pending().clear();
            inbound.as_mut().poll_read(cx, true)
        });
        match timer.timed(until, next).await {
            Some(io::Result::Ok(n)) if n > 0 => taken += n,
            _ => return,
        }
    }
}
