//! gzip undone piece by piece (RFC 1952), with bounded memory; knows no HTTP.
//!
//! hot: the state of the inflater, some 40 KiB, is used again from body to body.

use crate::http::fault::{Fault, Kind};
use crate::limits::{GZIP_HEADER_BYTES, INFLATERS_KEPT};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use smallvec::SmallVec;
use std::cell::RefCell;

thread_local! {
    static IDLE: RefCell<Vec<Decompress>> = const { RefCell::new(Vec::new()) }; // alloc: none, it is empty
}

const BROKEN: Fault = Fault::upstream(Kind::Decode("gzip: invalid data"));
const SHORT: Fault = Fault::upstream(Kind::Decode("gzip: unexpected end of data"));

/// Length of what follows the data of a member: checksum and size.
const TRAILER_BYTES: usize = 8;

/// Where in the body the next byte belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Before a member; the body may end here.
    Between,
    Header,
    Data,
    Trailer,
}

/// Undoes one body, of one member or of several.
pub struct Gunzip {
    /// `None` only while it is dropped.
    inflate: Option<Decompress>,
    crc: Crc,
    part: Part,
    /// The start of a header or trailer that came in pieces.
    kept: SmallVec<[u8; 16]>,
}

impl Gunzip {
    #[must_use]
    pub fn new() -> Gunzip {
        let idle = IDLE.with(|idle| idle.borrow_mut().pop());
        let inflate = idle.unwrap_or_else(|| Decompress::new(false)); // alloc: none once warm
        Gunzip { inflate: Some(inflate), crc: Crc::new(), part: Part::Between, kept: SmallVec::new() }
    }

    /// Takes from `input` and appends to `out`, never beyond its capacity. Returns when `out` is
    /// full (there may be more, also without further input) or else with all of `input` taken.
    ///
    /// # Errors
    /// `Kind::Decode`: this is not gzip, or its checksum is another.
    pub fn take(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        loop {
            match self.part {
                Part::Between if input.is_empty() => return Ok(()),
                Part::Between => self.part = Part::Header,
                Part::Header => {
                    if !self.header(input)? {
                        return Ok(());
                    }
                }
                Part::Data => {
                    if !self.data(input, out)? {
                        return Ok(());
                    }
                }
                Part::Trailer => {
                    if !self.trailer(input)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Says that no more input comes.
    ///
    /// # Errors
    /// `Kind::Decode`: the body was not complete.
    pub fn finish(&self) -> Result<(), Fault> {
        if self.part == Part::Between {
            Ok(())
        } else {
            Err(SHORT)
        }
    }

    /// `false`: all of `input` is taken and the header goes on.
    fn header(&mut self, input: &mut &[u8]) -> Result<bool, Fault> {
        let before = self.kept.len();
        let found = if before == 0 {
            header_len(input)?
        } else {
            self.kept.extend_from_slice(input);
            header_len(&self.kept)?
        };
        if let Some(len) = found {
            *input = &input[len - before..];
            self.kept.clear();
            self.crc.reset();
            self.part = Part::Data;
            return Ok(true);
        }
        if before == 0 {
            self.kept.extend_from_slice(input);
        }
        if self.kept.len() > GZIP_HEADER_BYTES {
            return Err(BROKEN);
        }
        *input = &[];
        Ok(false)
    }

    /// `false`: `out` is full or all of `input` is taken.
    fn data(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Fault> {
        let Some(inflate) = &mut self.inflate else { return Ok(false) };
        while out.len() < out.capacity() {
            let (taken, from) = (inflate.total_in(), out.len());
            let status = inflate.decompress_vec(input, out, FlushDecompress::None).map_err(|_| BROKEN)?;
            let taken = (inflate.total_in() - taken) as usize;
            *input = &input[taken..];
            self.crc.update(&out[from..]);
            if status == Status::StreamEnd {
                self.part = Part::Trailer;
                return Ok(true);
            }
            if taken == 0 && out.len() == from {
                break;
            }
        }
        Ok(false)
    }

    /// `false`: all of `input` is taken and the trailer goes on.
    fn trailer(&mut self, input: &mut &[u8]) -> Result<bool, Fault> {
        let missing = TRAILER_BYTES - self.kept.len();
        let (now, later) = input.split_at(missing.min(input.len()));
        self.kept.extend_from_slice(now);
        *input = later;
        let Some((sum, size)) = self.kept.split_first_chunk::<4>() else { return Ok(false) };
        let Some(size) = size.first_chunk::<4>() else { return Ok(false) };
        if u32::from_le_bytes(*sum) != self.crc.sum() || u32::from_le_bytes(*size) != self.crc.amount() {
            return Err(BROKEN);
        }
        self.kept.clear();
        if let Some(inflate) = &mut self.inflate {
            inflate.reset(false);
        }
        self.part = Part::Between;
        Ok(true)
    }
}

impl Default for Gunzip {
    fn default() -> Gunzip {
        Gunzip::new()
    }
}

impl Drop for Gunzip {
    fn drop(&mut self) {
        let Some(mut inflate) = self.inflate.take() else { return };
        // At thread exit the list may be gone already.
        let _ = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            if idle.len() < INFLATERS_KEPT {
                inflate.reset(false);
                idle.push(inflate);
            }
        });
    }
}

/// Flags of a member header (RFC 1952 section 2.3.1).
const HEADER_SUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Length of the member header at the start of `bytes`; `None`: more is needed.
fn header_len(bytes: &[u8]) -> Result<Option<usize>, Fault> {
    const START: [u8; 3] = [0x1f, 0x8b, 8];
    let known = bytes.len().min(START.len());
    if bytes[..known] != START[..known] {
        return Err(BROKEN);
    }
    let Some(&flags) = bytes.get(3) else { return Ok(None) };
    if flags & RESERVED != 0 {
        return Err(BROKEN);
    }
    let mut at = 10;
    if flags & EXTRA != 0 {
        let Some(&[low, high]) = bytes.get(at..at + 2) else { return Ok(None) };
        at += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let Some(rest) = bytes.get(at..) else { return Ok(None) };
            let Some(end) = memchr::memchr(0, rest) else { return Ok(None) };
            at += end + 1;
        }
    }
    if flags & HEADER_SUM != 0 {
        let Some((head, sum)) = bytes.get(..at + 2).and_then(<[u8]>::split_last_chunk::<2>) else {
            return Ok(None);
        };
        let mut crc = Crc::new();
        crc.update(head);
        if crc.sum() as u16 != u16::from_le_bytes(*sum) {
            return Err(BROKEN);
        }
        at += 2;
    }
    Ok((bytes.len() >= at).then_some(at))
}
