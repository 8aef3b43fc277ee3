//! One HTTP/1.1 client connection: head, request, answer, and again; knows no backend.
//!
//! hot: between requests a connection holds one small buffer and no tables.

use super::accept::Open;
use super::client::{unless_gone, BodySide, ClientSide, OutSide};
use super::guard::{catch, Caught};
use super::inbound::{take_head, Inbound, ReadDone};
use super::real_io::RealIo;
use super::{RequestState, Shard};
use crate::base::chunk::{take_buffer, Chunk};
use crate::base::clock::{self, Time};
use crate::flow::{self, reply, Done};
use crate::http::fault::{Fault, Kind, Whose};
use crate::http::h1::parse::parse_request;
use crate::http::h1::scan::HeadScanner;
use crate::limits::{DRAIN_IDLE_GRACE_MS, LINGER_MS, QUIET_MS, REQUEST_DRAIN_BYTES};
use crate::meter::counters::Counter;
use crate::net::conn::{Conn, Reader, Rest, Writer};
use crate::net::wheel::TaskTimer;
use std::cell::{Cell, RefCell};
use std::future::{poll_fn, Future};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
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

/// A client connection on its way from task to task.
pub struct Connection<F> {
    inbound: Inbound<F>,
    writer: Writer,
    rest: Rest,
    peer: SocketAddr,
    timer: TaskTimer,
    open: Open,
}

/// Starts serving a connection.
pub fn start(open: Open, conn: Conn, peer: SocketAddr) {
    let timer = open.shard().wheel.timer();
    let (reader, writer, rest) = conn.into_halves();
    let inbound = Inbound::new(reader, Reader::fill_owned);
    park(Connection { inbound, writer, rest, peer, timer, open });
}

/// Size of the task of a connection that waits, bytes.
#[must_use]
pub fn waiting_task_bytes() -> usize {
    fn size<C, F: Future>(_: fn(C) -> F) -> usize {
        size_of::<F>()
    }
    fn of<R: Future<Output = ReadDone> + 'static>(_: fn(Reader, Vec<u8>) -> R) -> usize {
        size(waiting::<R>)
    }
    of(Reader::fill_owned)
}

fn park<F: Future<Output = ReadDone> + 'static>(connection: Connection<F>) {
    monoio::spawn(waiting(connection));
}

fn unpark<F: Future<Output = ReadDone> + 'static>(connection: Connection<F>) {
    monoio::spawn(busy(connection));
}

/// Makes the current task the one that the connection's deadlines wake.
async fn register(timer: &TaskTimer) {
    poll_fn(|cx| {
        timer.register(cx.waker());
        Poll::Ready(())
    })
    .await;
}

/// A connection without a request: a small task, because there may be very many of them.
async fn waiting<F: Future<Output = ReadDone> + 'static>(mut connection: Connection<F>) {
    register(&connection.timer).await;
    let came = {
        let Connection { inbound, timer, open, .. } = &mut connection;
        let mut wait = HeadWait::new(open.shard(), timer, None);
        poll_fn(|cx| wait.poll_first_byte(inbound, cx)).await
    };
    if came {
        unpark(connection);
    }
}

/// A connection that is in use: request after request, until it ends or waits for long.
async fn busy<F: Future<Output = ReadDone> + 'static>(connection: Connection<F>) {
    let Connection { inbound, mut writer, rest, peer, timer, open } = connection;
    register(&timer).await;
    let shard = open.shard().clone(); // alloc: reference count only
    let inbound = RefCell::new(inbound);
    let after = loop {
        let head = match next_head(&shard, &inbound, &timer).await {
            Ok(Head::Complete(head)) => head,
            Ok(Head::Ended) => break After::Abort,
            Ok(Head::Quiet) => {
                return park(Connection { inbound: inbound.into_inner(), writer, rest, peer, timer, open });
            }
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

/// What waiting for a head came to.
enum Head {
    Complete(Chunk),
    /// The connection is over without one.
    Ended,
    /// Nothing came for a while: the connection may wait in a smaller task.
    Quiet,
}

/// Waits for the next request head.
async fn next_head<F: Future<Output = ReadDone>>(
    shard: &Shard,
    inbound: &RefCell<Inbound<F>>,
    timer: &TaskTimer,
) -> Result<Head, Fault> {
    let mut wait = HeadWait::new(shard, timer, Some(Duration::from_millis(QUIET_MS)));
    poll_fn(|cx| wait.poll(&mut inbound.borrow_mut(), cx)).await
}

struct HeadWait<'a> {
    shard: &'a Shard,
    timer: &'a TaskTimer,
    scanner: HeadScanner,
    since: Time,
    /// The first byte has come. The clock is read only when the rest must be waited for.
    begun: bool,
    /// `since` is the time of the first byte.
    timed: bool,
    /// When to give up the large task; `None`: this is the small one.
    quiet: Option<Duration>,
}

impl<'a> HeadWait<'a> {
    fn new(shard: &'a Shard, timer: &'a TaskTimer, quiet: Option<Duration>) -> HeadWait<'a> {
        let scanner = HeadScanner::request(shard.head_bytes());
        HeadWait { shard, timer, scanner, since: clock::now(), begun: false, timed: false, quiet }
    }

    fn poll<F: Future<Output = ReadDone>>(
        &mut self,
        inbound: &mut Inbound<F>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Head, Fault>> {
        loop {
            let pending = inbound.pending();
            if !pending.is_empty() {
                self.begun = true;
                if let Some(end) = self.scanner.find_end(pending)? {
                    return Poll::Ready(Ok(Head::Complete(take_head(pending, end))));
                }
            }
            match inbound.poll_read(cx, false) {
                Poll::Ready(Ok(n)) if n > 0 => {}
                Poll::Ready(_) => return Poll::Ready(Ok(Head::Ended)),
                Poll::Pending => return self.check_time(),
            }
        }
    }

    /// Whether a byte came before the connection ended or its time did.
    fn poll_first_byte<F: Future<Output = ReadDone>>(
        &mut self,
        inbound: &mut Inbound<F>,
        cx: &mut Context<'_>,
    ) -> Poll<bool> {
        match inbound.poll_read(cx, false) {
            Poll::Ready(result) => Poll::Ready(matches!(result, Ok(n) if n > 0)),
            Poll::Pending => self.check_time().map(|_| false),
        }
    }

    fn check_time(&mut self) -> Poll<Result<Head, Fault>> {
        if self.begun && !self.timed {
            (self.timed, self.since) = (true, clock::now());
        }
        let limits = self.shard.timeouts();
        let limit = if self.begun { limits.head } else { limits.idle };
        let mut deadline = limit.map_or(Time::NEVER, |d| self.since.after(d));
        if let (false, Some(since)) = (self.begun, self.shard.draining()) {
            // A last request may be under way already: it gets its answer, with `close` in it.
            deadline = deadline.min(since.after(Duration::from_millis(DRAIN_IDLE_GRACE_MS)));
        }
        let quiet = match self.quiet {
            Some(after) if !self.begun => self.since.after(after),
            _ => Time::NEVER,
        };
        let now = self.timer.wheel().now();
        if now < deadline.min(quiet) {
            self.timer.arm(deadline.min(quiet));
            return Poll::Pending;
        }
        Poll::Ready(if self.begun {
            Err(Fault::client(Kind::ClientTimeout))
        } else if now < deadline {
            Ok(Head::Quiet)
        } else {
            Ok(Head::Ended)
        })
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
    inbound: &RefCell<Inbound<F>>,
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
    inbound.borrow_mut().begin_body(state.head.framing);
    let built = shard.built();
    let closing = shard.draining().is_some();
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
            draining: closing,
        };
        let io = RealIo { shard, timer, start };
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
    // A drain that began meanwhile is told with the next answer: this one said that it goes on.
    done.close |= closing || !state.head.keep_alive;
    shard.finished(&done, &state.head, &head_bytes, peer, start);
    shard.give_state(state);
    if done.abort {
        return After::Abort;
    }
    // A client at fault does not get more patience.
    let at_fault = done.fault.is_some_and(|f| f.whose == Whose::Client) && !inbound.borrow().body_done();
    if done.close || at_fault || !drain_body(inbound, timer).await {
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
async fn drain_body<F: Future<Output = ReadDone>>(inbound: &RefCell<Inbound<F>>, timer: &TaskTimer) -> bool {
    if inbound.borrow().body_done() {
        return true;
    }
    let mut drained = 0;
    let until = clock::now().after(Duration::from_millis(LINGER_MS));
    loop {
        let next = poll_fn(|cx| inbound.borrow_mut().poll_body(cx));
        match timer.timed(until, next).await {
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
    inbound: &RefCell<Inbound<F>>,
    timer: &TaskTimer,
    writer: &mut Writer,
) {
    writer.finish().await;
    let until = clock::now().after(Duration::from_millis(LINGER_MS));
    let mut taken = 0;
    while taken <= REQUEST_DRAIN_BYTES {
        let next = poll_fn(|cx| {
            let mut inbound = inbound.borrow_mut();
            inbound.pending().clear();
            inbound.poll_read(cx, true)
        });
        match timer.timed(until, next).await {
            Some(io::Result::Ok(n)) if n > 0 => taken += n,
            _ => return,
        }
    }
}
