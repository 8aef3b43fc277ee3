//! The receiving side of an exchange: head, then body without its framing.
//!
//! hot: a small answer is one receive into one pooled buffer; its body is handed out in place.

use crate::base::chunk::{give_buffer, take_buffer, Chunk};
use crate::base::clock;
use crate::http::body::{BodyDecoder, Framing};
use crate::http::fault::{Budget, Due, Fault, Kind, Whose};
use crate::http::h1::parse::parse_response;
use crate::http::h1::scan::HeadScanner;
use crate::http::head::{Method, ResponseHead};
use crate::http::unframe::unframe;
use crate::limits::{INTERIM_RESPONSES, READ_BUFFER_BYTES, RESPONSE_HEAD_BYTES};
use crate::net::conn::Reader;
use crate::net::wheel::TaskTimer;
use crate::plan::budget::{Limit, Times};

/// What `limit` from now and `due` allow together. Without a limit the clock is not read.
fn within(limit: Option<Limit>, budget: Budget, due: Due) -> Due {
    limit.map_or(due, |limit| Due::new(clock::now().after(limit.time), budget).min(due))
}

/// Reads one answer.
pub struct Receiver<'a> {
    pub(super) reader: Reader,
    timer: &'a TaskTimer,
    times: Times,
    method: Method,
    /// Head, then whatever of the body came with it. Empty once handed out.
    buffer: Vec<u8>,
    head_len: usize,
    head: Box<ResponseHead>,
    decoder: BodyDecoder,
    done: bool,
    /// The connection can serve another request as far as this side knows.
    reusable: bool,
}

impl<'a> Receiver<'a> {
    #[must_use]
    pub fn new(
        reader: Reader,
        method: Method,
        head: Box<ResponseHead>,
        timer: &'a TaskTimer,
        times: Times,
    ) -> Receiver<'a> {
        let decoder = BodyDecoder::new(Framing::None, Whose::Upstream);
        Receiver {
            reader,
            timer,
            times,
            method,
            buffer: Vec::new(), // alloc: none, it is empty
            head_len: 0,
            head,
            decoder,
            done: false,
            reusable: false,
        }
    }

    /// One read into `buffer`, by `due` at the latest. 0 = the backend ended its side.
    async fn fill(&mut self, buffer: Vec<u8>, due: Due) -> Result<(Vec<u8>, usize), Fault> {
        match self.timer.timed(due.at, self.reader.fill(buffer)).await {
            Some((buffer, Ok(n))) => Ok((buffer, n)),
            Some((_, Err(_))) => Err(Fault::upstream(Kind::Broken)),
            None => Err(due.fault()),
        }
    }

    /// By when the next piece of the body must be there.
    fn body_due(&self) -> Due {
        within(self.times.budgets.idle, Budget::Idle, self.times.due)
    }

    /// Reads up to the end of the final head, past interim (1xx) ones.
    ///
    /// # Errors
    /// Marked `IfReused` when the connection ended before its first byte.
    pub async fn read_head(&mut self) -> Result<(), Fault> {
        let due = within(self.times.budgets.head, Budget::Head, self.times.head_due);
        let mut scanner = HeadScanner::response(RESPONSE_HEAD_BYTES);
        let mut interim = 0;
        self.buffer = take_buffer();
        loop {
            let buffer = std::mem::take(&mut self.buffer);
            let first = buffer.is_empty() && interim == 0;
            let (buffer, n) = match self.fill(buffer, due).await {
                Ok(filled) => filled,
                Err(fault) if first && fault.kind == Kind::Broken => return Err(fault.if_reused()),
                Err(fault) => return Err(fault),
            };
            self.buffer = buffer;
            if n == 0 {
                let fault = Fault::upstream(Kind::Broken);
                return Err(if first { fault.if_reused() } else { fault });
            }
            while let Some(end) = scanner.find_end(&self.buffer)? {
                parse_response(&self.buffer[..end], self.method, &mut self.head)?;
                if self.head.status >= 200 {
                    self.begin_body(end);
                    return Ok(());
                }
                interim += 1;
                if interim > INTERIM_RESPONSES {
                    return Err(Fault::upstream(Kind::BadAnswer("too many interim answers")));
                }
                self.buffer.drain(..end);
            }
            if self.buffer.len() == self.buffer.capacity() {
                self.buffer.reserve(self.buffer.len()); // alloc: a head larger than a read buffer
            }
        }
    }

    fn begin_body(&mut self, head_len: usize) {
        self.head_len = head_len;
        self.decoder = BodyDecoder::new(self.head.framing, Whose::Upstream);
        self.done = matches!(self.head.framing, Framing::None | Framing::Length(0));
        let rest = self.buffer.len() - head_len;
        self.reusable = self.head.keep_alive && !(self.done && rest > 0);
    }

    #[must_use]
    pub fn head(&self) -> (&ResponseHead, &[u8]) {
        (&self.head, &self.buffer[..self.head_len.min(self.buffer.len())])
    }

    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The answer ended in order and nothing came behind it.
    #[must_use]
    pub fn is_reusable(&self) -> bool {
        self.done && self.reusable
    }

    /// Takes the framing out of `buffer[start..]`; keeps book of the end.
    fn unframed(&mut self, mut buffer: Vec<u8>, start: usize) -> Result<Chunk, Fault> {
        let found = match unframe(&mut self.decoder, &mut buffer, start) {
            Ok(found) => found,
            Err(fault) => {
                give_buffer(buffer);
                return Err(fault);
            }
        };
        if found.done {
            self.done = true;
            // Bytes behind the end belong to no answer: such a connection is never used again.
            self.reusable &= found.rest == buffer.len();
        }
        buffer.truncate(found.data_end);
        let mut chunk = Chunk::new(buffer);
        chunk.advance(start);
        Ok(chunk)
    }

    /// Body data that came with the head; waits for nothing.
    ///
    /// # Errors
    /// Broken framing.
    pub fn buffered(&mut self) -> Result<Option<Chunk>, Fault> {
        let buffer = std::mem::take(&mut self.buffer);
        if self.done || buffer.len() <= self.head_len {
            give_buffer(buffer);
            return Ok(None);
        }
        let chunk = self.unframed(buffer, self.head_len)?;
        Ok(if chunk.is_empty() { None } else { Some(chunk) })
    }

    /// The next piece of body data, without framing; `None` at the end.
    ///
    /// # Errors
    /// Broken or short body, deadline.
    pub async fn next(&mut self) -> Result<Option<Chunk>, Fault> {
        if let Some(chunk) = self.buffered()? {
            return Ok(Some(chunk));
        }
        while !self.done {
            let (buffer, n) = self.fill(take_buffer(), self.body_due()).await?;
            if n == 0 {
                give_buffer(buffer);
                return self.ended();
            }
            let chunk = self.unframed(buffer, 0)?;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    fn ended(&mut self) -> Result<Option<Chunk>, Fault> {
        self.reusable = false;
        self.decoder.at_eof()?;
        self.done = true;
        Ok(None)
    }

    /// The whole body in one piece of at most `limit` bytes.
    ///
    /// # Errors
    /// `Kind::AnswerTooLarge`, and those of `next`.
    pub async fn collect(&mut self, limit: usize) -> Result<Chunk, Fault> {
        let expected = match self.head.framing {
            Framing::Length(n) => usize::try_from(n).unwrap_or(usize::MAX),
            _ => 0,
        };
        if expected > limit {
            return Err(Fault::upstream(Kind::AnswerTooLarge));
        }
        let first = self.buffered()?.unwrap_or_default();
        if self.done {
            return Ok(first);
        }
        let (mut buffer, start) = first.into_parts();
        if buffer.capacity() == 0 {
            buffer = take_buffer();
        }
        // `expected` is what the backend claims: memory grows with what it really sends.
        buffer.reserve(expected.saturating_sub(buffer.len() - start).min(READ_BUFFER_BYTES)); // alloc: a body larger than a read buffer
        while !self.done {
            let from = buffer.len();
            if from == buffer.capacity() {
                buffer.reserve(from.max(READ_BUFFER_BYTES)); // alloc: doubles, a large body
            }
            let (filled, n) = self.fill(buffer, self.body_due()).await?;
            buffer = filled;
            if n == 0 {
                self.ended()?;
                break;
            }
            let found = unframe(&mut self.decoder, &mut buffer, from)?;
            if found.done {
                self.done = true;
                self.reusable &= found.rest == buffer.len();
            }
            buffer.truncate(found.data_end);
            if buffer.len() - start > limit {
                return Err(Fault::upstream(Kind::AnswerTooLarge));
            }
        }
        let mut chunk = Chunk::new(buffer);
        chunk.advance(start);
        Ok(chunk)
    }

    /// Takes the reader and the head table back for reuse.
    #[must_use]
    pub fn into_parts(mut self) -> (Reader, Box<ResponseHead>) {
        give_buffer(std::mem::take(&mut self.buffer));
        (self.reader, self.head)
    }
}
