//! What a client sends: bytes up to a head, then its body, then the next head; knows no flow.
//!
//! hot: one receive stays in flight while a request is served. It is the receive of the next
//! request, and it is how the shard learns that the client went away.

use crate::base::chunk::{give_buffer, take_buffer, take_small_buffer, Chunk};
use crate::http::body::{BodyDecoder, Framing};
use crate::http::fault::{Fault, Kind, Whose};
use crate::http::unframe::unframe;
use crate::limits::WAITING_BUFFER_BYTES;
use crate::net::conn::Reader;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a finished read gives back.
pub type ReadDone = (Reader, Vec<u8>, io::Result<usize>);

/// The receiving side of a client connection. `F` is the future of one read.
pub struct Inbound<F> {
    /// In one allocation for the connection's life, so that the connection can change tasks while
    /// its read is in flight.
    reading: Pin<Box<Option<F>>>,
    start: fn(Reader, Vec<u8>) -> F,
    /// `None` while a read is in flight.
    reader: Option<Reader>,
    /// Read and not used yet.
    pending: Vec<u8>,
    decoder: BodyDecoder,
    framing: Framing,
    body_done: bool,
    /// The body broke its framing: nothing behind it can be told apart.
    body_fault: Option<Fault>,
    ended: bool,
    /// Nothing was ever read: many connections are opened ahead of use and wait long.
    fresh: bool,
}

impl<F: Future<Output = ReadDone>> Inbound<F> {
    pub fn new(reader: Reader, start: fn(Reader, Vec<u8>) -> F) -> Inbound<F> {
        Inbound {
            reading: Box::pin(None), // alloc: once per connection
            start,
            reader: Some(reader),
            pending: Vec::new(), // alloc: none, it is empty
            fresh: true,
            decoder: BodyDecoder::new(Framing::None, Whose::Client),
            framing: Framing::None,
            body_done: true,
            body_fault: None,
            ended: false,
        }
    }

    /// Bytes that were read and not used.
    pub fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Reads once; the bytes are then in `pending`. `Ok(0)`: the client ended its side.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, large: bool) -> Poll<io::Result<usize>> {
        if self.ended {
            return Poll::Ready(Ok(0));
        }
        if let Some(reader) = self.reader.take() {
            let buffer = if std::mem::take(&mut self.fresh) {
                Vec::with_capacity(WAITING_BUFFER_BYTES) // alloc: once per connection
            } else {
                buffer_for(&mut self.pending, large)
            };
            self.reading.set(Some((self.start)(reader, buffer)));
        }
        let Some(reading) = self.reading.as_mut().as_pin_mut() else { return Poll::Ready(Ok(0)) };
        let Poll::Ready((reader, buffer, result)) = reading.poll(cx) else { return Poll::Pending };
        self.reading.set(None);
        self.reader = Some(reader);
        if self.pending.is_empty() {
            give_buffer(std::mem::replace(&mut self.pending, buffer));
        } else {
            self.pending.extend_from_slice(&buffer);
            give_buffer(buffer);
        }
        self.ended = !matches!(result, Ok(n) if n > 0);
        Poll::Ready(result)
    }

    /// Begins the body of the request whose head was just taken out of `pending`.
    pub fn begin_body(&mut self, framing: Framing) {
        self.decoder = BodyDecoder::new(framing, Whose::Client);
        self.framing = framing;
        self.body_done = matches!(framing, Framing::None | Framing::Length(0));
    }

    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// The request has been read to its end.
    pub fn body_done(&self) -> bool {
        self.body_done
    }

    /// Nothing that was sent behind this request is waiting.
    pub fn is_drained(&self) -> bool {
        self.body_done && self.pending.is_empty()
    }

    /// The whole body, when it has been read already and its length is known.
    pub fn buffered(&mut self) -> Option<Chunk> {
        let Framing::Length(length) = self.framing else { return None };
        let length = usize::try_from(length).ok()?;
        if self.body_done || self.pending.len() < length {
            return None;
        }
        self.body_done = true;
        Some(split_front(&mut self.pending, length))
    }

    /// The next piece of the body; `None` at its end.
    pub fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Chunk>, Fault>> {
        loop {
            if let Some(fault) = self.body_fault {
                return Poll::Ready(Err(fault));
            }
            if self.body_done {
                return Poll::Ready(Ok(None));
            }
            if !self.pending.is_empty() {
                let mut buffer = std::mem::take(&mut self.pending);
                let found = match unframe(&mut self.decoder, &mut buffer, 0) {
                    Ok(found) => found,
                    Err(fault) => {
                        self.body_fault = Some(fault);
                        return Poll::Ready(Err(fault));
                    }
                };
                self.body_done = found.done;
                if found.rest < buffer.len() {
                    let mut rest = take_small_buffer();
                    rest.extend_from_slice(&buffer[found.rest..]);
                    self.pending = rest;
                }
                buffer.truncate(found.data_end);
                let piece = Chunk::new(buffer);
                if !piece.is_empty() {
                    return Poll::Ready(Ok(Some(piece)));
                }
                continue;
            }
            match self.poll_read(cx, true) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(n)) if n > 0 => {}
                Poll::Ready(_) => return Poll::Ready(Err(Fault::client(Kind::ClientGone))),
            }
        }
    }
}

/// Takes the first `length` bytes off `pending`.
fn split_front(pending: &mut Vec<u8>, length: usize) -> Chunk {
    let mut front = std::mem::take(pending);
    if front.len() > length {
        let mut rest = take_small_buffer();
        rest.extend_from_slice(&front[length..]);
        *pending = rest;
        front.truncate(length);
    }
    Chunk::new(front)
}

/// The buffer for the next read: what is pending, to be continued, or a fresh one.
fn buffer_for(pending: &mut Vec<u8>, large: bool) -> Vec<u8> {
    let fresh = || if large { take_buffer() } else { take_small_buffer() };
    if pending.is_empty() {
        let buffer = std::mem::take(pending);
        if buffer.capacity() != 0 {
            give_buffer(buffer);
        }
        return fresh();
    }
    let mut buffer = std::mem::take(pending);
    if buffer.len() == buffer.capacity() {
        let mut larger = take_buffer();
        larger.reserve(buffer.len() * 2); // alloc: a head larger than a read buffer
        larger.extend_from_slice(&buffer);
        give_buffer(std::mem::replace(&mut buffer, larger));
    }
    buffer
}

/// Takes the head out of `pending`: its buffer, with what followed it left in `pending`.
pub fn take_head(pending: &mut Vec<u8>, end: usize) -> Chunk {
    split_front(pending, end)
}
