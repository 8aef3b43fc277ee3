//! The client's side of one request, as the flow sees it.
//!
//! hot: no state of its own but where the limits stand.

use super::inbound::{Inbound, ReadDone};
use crate::base::chunk::Chunk;
use crate::base::clock::{self, Time};
use crate::flow::io::{Body, Client, Out};
use crate::http::body::Framing;
use crate::http::fault::{Due, Fault, Kind};
use crate::net::conn::Writer;
use crate::net::wheel::TaskTimer;
use crate::plan::Timeouts;
use std::cell::{Cell, RefCell};
use std::future::{poll_fn, Future};
use std::pin::Pin;
use std::task::Poll;

/// Both directions of a client connection, for the time of one request.
pub struct ClientSide<'a, F> {
    pub body: BodySide<'a, F>,
    pub out: OutSide<'a>,
}

/// The request's body.
pub struct BodySide<'a, F> {
    pub inbound: &'a RefCell<Inbound<F>>,
    pub timer: &'a TaskTimer,
    pub limits: &'a Timeouts,
    pub start: Time,
}

/// The way back.
pub struct OutSide<'a> {
    pub writer: &'a mut Writer,
    pub timer: &'a TaskTimer,
    pub limits: &'a Timeouts,
    pub start: Time,
    /// Bytes of an answer have left: it is too late for another one.
    pub started: &'a Cell<bool>,
}

impl<'a, F: Future<Output = ReadDone>> Client for ClientSide<'a, F> {
    type Body = BodySide<'a, F>;
    type Out = OutSide<'a>;

    fn halves(&mut self) -> (&mut Self::Body, &mut Self::Out) {
        (&mut self.body, &mut self.out)
    }
}

impl<F: Future<Output = ReadDone>> Body for BodySide<'_, F> {
    fn framing(&self) -> Framing {
        self.inbound.borrow().framing()
    }

    fn buffered(&mut self) -> Option<Chunk> {
        self.inbound.borrow_mut().buffered()
    }

    async fn next(&mut self, due: Due) -> Result<Option<Chunk>, Fault> {
        let gap = self.limits.body_gap.map_or(Time::NEVER, |d| clock::now().after(d));
        let whole = self.limits.read.map_or(Time::NEVER, |d| self.start.after(d));
        let limit = gap.min(whole);
        let inbound = self.inbound;
        let next = poll_fn(|cx| inbound.borrow_mut().poll_body(cx));
        match self.timer.timed(limit.min(due.at), next).await {
            Some(result) => result,
            None if limit < due.at => Err(Fault::client(Kind::ClientTimeout)),
            None => Err(Fault::gateway(Kind::Deadline(due.budget))),
        }
    }
}

impl Out for OutSide<'_> {
    async fn send(&mut self, bytes: Vec<u8>, from: usize) -> Result<Vec<u8>, Fault> {
        let gap = self.limits.body_gap.map_or(Time::NEVER, |d| clock::now().after(d));
        let whole = self.limits.write.map_or(Time::NEVER, |d| self.start.after(d));
        self.started.set(true);
        match self.timer.timed(gap.min(whole), self.writer.send(bytes, from)).await {
            Some((bytes, Ok(()))) => Ok(bytes),
            Some((_, Err(_))) => Err(Fault::client(Kind::ClientGone)),
            None => Err(Fault::client(Kind::ClientTimeout)),
        }
    }
}

/// Watches `inbound` while `flow` runs: `None` when the client went away first.
pub async fn unless_gone<F, T>(
    inbound: &RefCell<Inbound<F>>,
    mut flow: Pin<&mut impl Future<Output = T>>,
) -> Option<T>
where
    F: Future<Output = ReadDone>,
{
    poll_fn(|cx| {
        if let Poll::Ready(done) = flow.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        let mut inbound = inbound.borrow_mut();
        if inbound.is_drained() {
            match inbound.poll_read(cx, false) {
                Poll::Ready(Ok(n)) if n > 0 => {}
                Poll::Ready(_) => return Poll::Ready(None),
                Poll::Pending => {}
            }
        }
        Poll::Pending
    })
    .await
}
