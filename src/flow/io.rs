//! The seam between the flow and the world: calls to backends, the client's connection, the
//! control thread, time. Real in `shard`, fake in the simulation; names no socket.

use super::steps::Held;
use crate::base::chunk::Chunk;
use crate::base::clock::Time;
use crate::http::body::Framing;
use crate::http::fault::{Due, Fault};
use crate::http::head::{Method, ResponseHead};
use crate::plan::budget::Times;
use crate::plan::HostPlan;
use crate::port::call::{Answer, Call};
use std::rc::Rc;

/// Where a request goes.
#[derive(Clone, Debug)]
pub enum To {
    /// Index of a host that is written or found, as `flow::hosts` gives them.
    Host(u32),
    /// A host that no configuration names: a redirect leads there. Its connection is not kept.
    Elsewhere(Box<HostPlan>),
}

/// One request to a backend, as bytes.
pub struct Outgoing {
    pub to: To,
    pub method: Method,
    /// Head, and for `Io::call` the body too.
    pub bytes: Vec<u8>,
    pub times: Times,
}

/// What a request may do to the outside.
#[allow(async_fn_in_trait)] // one thread: futures need not be Send
pub trait Io {
    type Exchange: Exchange;

    /// Precise, monotonic.
    fn now(&self) -> Time;

    /// Sends a whole request and reads the head of the answer. Repeats the call once on a fresh
    /// connection when a kept one turned out to be closed, no byte came back and the method is
    /// idempotent. Also gives the request bytes back (for the log and for redirects).
    async fn call(&self, request: Outgoing) -> (Vec<u8>, Result<Self::Exchange, Fault>);

    /// Sends a request head; the caller sends the body and reads the answer. Never repeated.
    async fn open(&self, request: Outgoing) -> (Vec<u8>, Result<Self::Exchange, Fault>);

    /// Sends a whole request whose answer nobody waits for; outlives the request that it is made
    /// for. Too many of them at once: it is dropped and counted. `held` hears how it ended.
    fn detach(&self, request: Outgoing, held: Held);

    /// Logs what filters had to say; called before the answer leaves.
    fn log_notes(&self);

    /// The hosts of a discovered service (index into `Plan::discovered`) at this moment, each as
    /// often as its weight says; `None`: nothing is known yet.
    fn found(&self, service: u32) -> Option<Rc<[u32]>>;

    /// The same, waiting for the first answer about the service; not beyond `deadline`.
    async fn discover(&self, service: u32, deadline: Time) -> Result<Rc<[u32]>, Fault>;

    /// The host at an index out of `found`. Its index means no other host while this is held.
    fn found_host(&self, index: u32) -> Option<Rc<HostPlan>>;

    /// Asks the control thread.
    async fn ask(&self, call: Call, deadline: Time) -> Answer;
}

/// One request and answer on a connection to a backend. Dropped before `release`: the
/// connection is closed.
pub trait Exchange {
    type Tx: Tx;
    type Rx: Rx;

    fn halves(&mut self) -> (&mut Self::Tx, &mut Self::Rx);

    /// Gives the connection back for reuse when both sides ended in order.
    fn release(self);
}

/// The sending side of an exchange.
#[allow(async_fn_in_trait)] // one thread: futures need not be Send
pub trait Tx {
    /// Sends `bytes[from..]` and gives the buffer back.
    async fn send(&mut self, bytes: Vec<u8>, from: usize) -> Result<Vec<u8>, Fault>;
    /// The request is complete.
    fn finished(&mut self);
}

/// The receiving side of an exchange.
#[allow(async_fn_in_trait)] // one thread: futures need not be Send
pub trait Rx {
    /// Reads the final head of the answer, past interim ones.
    async fn read_head(&mut self) -> Result<(), Fault>;
    /// The head that was read, with the bytes it points into.
    fn head(&self) -> (&ResponseHead, &[u8]);
    /// Body data that came with the head, unframed; at most once, waits for nothing.
    fn buffered(&mut self) -> Result<Option<Chunk>, Fault>;
    /// The next piece of body data, unframed; `None` at the end of the body.
    async fn next(&mut self) -> Result<Option<Chunk>, Fault>;
    /// The whole body in one piece; `Kind::AnswerTooLarge` above `limit` bytes.
    async fn collect(&mut self, limit: usize) -> Result<Chunk, Fault>;
    /// The body has ended.
    fn is_done(&self) -> bool;
}

/// The client's side of one request.
pub trait Client {
    type Body: Body;
    type Out: Out;

    fn halves(&mut self) -> (&mut Self::Body, &mut Self::Out);
}

/// The request's body as it comes in.
#[allow(async_fn_in_trait)] // one thread: futures need not be Send
pub trait Body {
    fn framing(&self) -> Framing;
    /// The whole body, when it has been read already.
    fn buffered(&mut self) -> Option<Chunk>;
    /// The next piece; `None` at the end.
    async fn next(&mut self, due: Due) -> Result<Option<Chunk>, Fault>;
}

/// Where the answer goes. Bounds its own waiting: a client that does not read is a fault.
#[allow(async_fn_in_trait)] // one thread: futures need not be Send
pub trait Out {
    /// Sends `bytes[from..]` and gives the buffer back.
    async fn send(&mut self, bytes: Vec<u8>, from: usize) -> Result<Vec<u8>, Fault>;
}
