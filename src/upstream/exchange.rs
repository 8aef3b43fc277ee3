//! One request and its answer on a connection to a backend; knows no endpoint.
//!
//! hot: with a kept connection an exchange is one send and, for a small answer, one receive.

use super::connect::connect;
use super::pool::Pools;
use super::receive::Receiver;
use crate::base::clock::{self, Time};
use crate::http::fault::{Due, Fault, Kind, Retry};
use crate::http::head::{Method, ResponseHead};
use crate::limits::BUFFERS_KEPT;
use crate::net::conn::{Conn, Rest, Writer};
use crate::net::wheel::TaskTimer;
use crate::plan::budget::Times;
use std::cell::RefCell;
use std::net::SocketAddr;

/// What one shard needs to talk to backends.
pub struct Upstreams {
    pub pools: Pools,
    /// Head tables for reuse.
    #[allow(clippy::vec_box)] // the box is what goes from hand to hand
    heads: RefCell<Vec<Box<ResponseHead>>>,
}

/// A request to send.
pub struct Request<'a> {
    pub host: u32,
    pub addresses: &'a [SocketAddr],
    pub method: Method,
    pub times: Times,
    /// Not long ago: tells how long a kept connection has waited.
    pub now: Time,
}

/// The sending side of an exchange.
pub struct Sender<'a> {
    writer: Writer,
    timer: &'a TaskTimer,
    due: Due,
    finished: bool,
}

/// An exchange under way. Dropping it closes the connection.
pub struct Exchange<'a> {
    pub tx: Sender<'a>,
    pub rx: Receiver<'a>,
    conn_rest: Rest,
    upstreams: &'a Upstreams,
    host: u32,
}

impl Upstreams {
    #[must_use]
    pub fn new(pools: Pools) -> Upstreams {
        Upstreams { pools, heads: RefCell::default() }
    }

    /// Sends the whole request in `bytes` and reads the head of the answer. One repetition on a
    /// fresh connection, when a kept one was closed, no byte came back and the method allows it.
    pub async fn call<'a>(
        &'a self,
        request: &Request<'_>,
        mut bytes: Vec<u8>,
        timer: &'a TaskTimer,
    ) -> (Vec<u8>, Result<Exchange<'a>, Fault>) {
        let repeatable = request.method.is_idempotent();
        let mut kept = self.pools.take(request.host, request.now, repeatable);
        loop {
            let reused = kept.is_some();
            let (returned, result) = self.attempt(request, kept.take(), bytes, timer).await;
            bytes = returned;
            match result {
                Err(fault) if reused && repeatable && fault.retry == Retry::IfReused && !bytes.is_empty() => {
                }
                other => return (bytes, other),
            }
        }
    }

    async fn attempt<'a>(
        &'a self,
        request: &Request<'_>,
        kept: Option<Conn>,
        bytes: Vec<u8>,
        timer: &'a TaskTimer,
    ) -> (Vec<u8>, Result<Exchange<'a>, Fault>) {
        let conn = match kept {
            Some(conn) => conn,
            None => match self.connect(request, timer).await {
                Ok(conn) => conn,
                Err(fault) => return (bytes, Err(fault)),
            },
        };
        let mut exchange = self.exchange(conn, request, timer);
        let bytes = match exchange.tx.send(bytes, 0).await {
            Ok(bytes) => bytes,
            Err((bytes, fault)) => return (bytes, Err(fault)),
        };
        exchange.tx.finished();
        match exchange.rx.read_head().await {
            Ok(()) => (bytes, Ok(exchange)),
            Err(fault) => (bytes, Err(fault)),
        }
    }

    /// Sends a request head; the caller goes on with the body.
    pub async fn open<'a>(
        &'a self,
        request: &Request<'_>,
        bytes: Vec<u8>,
        timer: &'a TaskTimer,
    ) -> (Vec<u8>, Result<Exchange<'a>, Fault>) {
        let conn = match self.pools.take(request.host, request.now, false) {
            Some(conn) => conn,
            None => match self.connect(request, timer).await {
                Ok(conn) => conn,
                Err(fault) => return (bytes, Err(fault)),
            },
        };
        let mut exchange = self.exchange(conn, request, timer);
        match exchange.tx.send(bytes, 0).await {
            Ok(bytes) => (bytes, Ok(exchange)),
            Err((bytes, fault)) => (bytes, Err(fault)),
        }
    }

    async fn connect(&self, request: &Request<'_>, timer: &TaskTimer) -> Result<Conn, Fault> {
        connect(request.addresses, self.pools.settings(), &request.times, timer).await
    }

    fn exchange<'a>(&'a self, conn: Conn, request: &Request<'_>, timer: &'a TaskTimer) -> Exchange<'a> {
        let (reader, writer, conn_rest) = conn.into_halves();
        let head = self.heads.borrow_mut().pop().unwrap_or_default();
        Exchange {
            tx: Sender { writer, timer, due: request.times.head_due, finished: false },
            rx: Receiver::new(reader, request.method, head, timer, request.times),
            conn_rest,
            upstreams: self,
            host: request.host,
        }
    }
}

impl Sender<'_> {
    /// Sends `bytes[from..]`; the buffer comes back unless the kernel still holds it.
    ///
    /// # Errors
    /// `Broken` (marked `IfReused`) or `Deadline`, with the buffer when there is one.
    pub async fn send(&mut self, bytes: Vec<u8>, from: usize) -> Result<Vec<u8>, (Vec<u8>, Fault)> {
        match self.timer.timed(self.due.at, self.writer.send(bytes, from)).await {
            Some((bytes, Ok(()))) => Ok(bytes),
            Some((bytes, Err(_))) => Err((bytes, Fault::upstream(Kind::Broken).if_reused())),
            None => Err((Vec::new(), self.due.fault())), // alloc: none, it is empty
        }
    }

    /// The request is complete: the connection may be used again after the answer.
    pub fn finished(&mut self) {
        self.finished = true;
    }
}

impl Exchange<'_> {
    /// Gives the connection back when both sides ended in order; closes it otherwise.
    pub fn release(self) {
        let reusable = self.tx.finished && self.rx.is_reusable();
        let (reader, head) = self.rx.into_parts();
        let mut heads = self.upstreams.heads.borrow_mut();
        if heads.len() < BUFFERS_KEPT {
            heads.push(head);
        }
        drop(heads);
        if reusable {
            let conn = Conn::from_halves(reader, self.tx.writer, self.conn_rest);
            self.upstreams.pools.give(self.host, conn, clock::now());
        }
    }
}
