//! The body of a no-op answer on its way through, piece by piece, unpacked where the gateway itself
//! asked for it packed; knows no socket.
//!
//! hot: pieces that nothing is done to are handed on in place.

use super::io::Rx;
use crate::base::chunk::{give_buffer, take_buffer, Chunk};
use crate::encoding::compress::Gunzip;
use crate::http::fault::Fault;

/// A body under way.
pub struct Passage<'r, R> {
    rx: &'r mut R,
    unpack: Option<Unpack>,
}

struct Unpack {
    gunzip: Gunzip,
    /// What came and is not unpacked yet.
    packed: Chunk,
    /// The last piece filled its buffer: there may be more without further input.
    full: bool,
}

impl<'r, R: Rx> Passage<'r, R> {
    pub fn new(rx: &'r mut R, unpack: bool) -> Passage<'r, R> {
        let start = || Unpack { gunzip: Gunzip::new(), packed: Chunk::default(), full: false };
        Passage { rx, unpack: unpack.then(start) }
    }

    /// What came with the head; waits for nothing.
    pub fn buffered(&mut self) -> Result<Option<Chunk>, Fault> {
        let piece = self.rx.buffered()?;
        match (&mut self.unpack, piece) {
            (Some(unpack), Some(packed)) => unpack.start(packed),
            (_, piece) => Ok(piece),
        }
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Chunk>, Fault> {
        let Some(unpack) = &mut self.unpack else { return self.rx.next().await };
        loop {
            if let Some(piece) = unpack.more()? {
                return Ok(Some(piece));
            }
            let Some(packed) = self.rx.next().await? else {
                unpack.gunzip.finish()?;
                return Ok(None);
            };
            if let Some(piece) = unpack.start(packed)? {
                return Ok(Some(piece));
            }
        }
    }

    /// No piece follows, and the body is whole.
    pub fn is_done(&self) -> bool {
        self.rx.is_done() && self.unpack.as_ref().is_none_or(Unpack::is_done)
    }
}

impl Unpack {
    fn start(&mut self, packed: Chunk) -> Result<Option<Chunk>, Fault> {
        self.packed = packed;
        self.full = true;
        self.more()
    }

    /// The next piece of what came.
    fn more(&mut self) -> Result<Option<Chunk>, Fault> {
        if !self.full {
            return Ok(None);
        }
        let mut out = take_buffer();
        let mut rest = &self.packed[..];
        let taken = self.gunzip.take(&mut rest, &mut out);
        let taken = taken.map(|()| self.packed.len() - rest.len());
        self.full = out.len() == out.capacity();
        match taken {
            Ok(taken) if !out.is_empty() => {
                self.packed.advance(taken);
                Ok(Some(Chunk::new(out)))
            }
            other => {
                give_buffer(out);
                self.packed = Chunk::default();
                other.map(|_| None)
            }
        }
    }

    fn is_done(&self) -> bool {
        !self.full && self.gunzip.finish().is_ok()
    }
}
