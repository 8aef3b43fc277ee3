//! Bodies that a backend compressed: deflate, brotli and zstd undone within bounds; knows no HTTP
//! field but the names of the codings.
//!
//! The gateway asks for gzip alone (`flow::gzip`), so these come from backends that do not listen.
//! A coding that expands beyond measure is stopped before it fills the memory: an absolute bound,
//! a bound on the ratio, and none of the decoders gets a window that its RFC does not allow.

use crate::base::chunk::Chunk;
use crate::http::fault::{Fault, Kind};
use crate::limits::{INFLATE_FREE_BYTES, INFLATE_RATIO, ZSTD_WINDOW_BYTES};
use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::Read;

/// Buffer of the brotli decoder, bytes.
const BROTLI_BUFFER_BYTES: usize = 8 << 10;

/// A content coding (RFC 9110 section 8.4.1, RFC 7932, RFC 8878).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// The zlib format, or the bare one that some servers send under this name.
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// The coding that one element of `Content-Encoding` names, in any case.
    #[must_use]
    pub fn by_name(name: &[u8]) -> Option<Coding> {
        let known = [(&b"deflate"[..], Coding::Deflate), (b"br", Coding::Brotli), (b"zstd", Coding::Zstd)];
        known.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, coding)| *coding)
    }

    /// The decoded body, of at most `limit` bytes and of at most [`INFLATE_RATIO`] times its
    /// packed size (what is below [`INFLATE_FREE_BYTES`] is never refused for its ratio).
    ///
    /// # Errors
    /// `Kind::Decode` for broken or truncated data, `Kind::AnswerTooLarge` above a bound.
    pub fn decode(self, body: &[u8], limit: usize) -> Result<Chunk, Fault> {
        let limit = limit.min(body.len().saturating_mul(INFLATE_RATIO).max(INFLATE_FREE_BYTES));
        let decoded = match self {
            Coding::Deflate => deflate(body, limit),
            Coding::Brotli => brotli(body, limit),
            Coding::Zstd => zstd(body, limit),
        };
        decoded.map(Chunk::new)
    }
}

/// Appends what `source` gives, as long as `out` stays within `limit`.
fn read(source: impl Read, out: &mut Vec<u8>, limit: usize, broken: &'static str) -> Result<(), Fault> {
    let room = limit.saturating_sub(out.len());
    let bound = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
    match source.take(bound).read_to_end(out) {
        Ok(n) if n > room => Err(Fault::upstream(Kind::AnswerTooLarge)),
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::upstream(Kind::Decode(broken))),
    }
}

fn deflate(body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    const BROKEN: &str = "deflate: invalid data";
    let mut out = Vec::new();
    if let [method, check, ..] = *body {
        // A zlib header (RFC 1950 section 2.2). Bare data may look like one by chance.
        if method & 0x0F == 8 && u16::from_be_bytes([method, check]) % 31 == 0 {
            match read(ZlibDecoder::new(body), &mut out, limit, BROKEN) {
                Err(fault) if fault.kind != Kind::AnswerTooLarge => out.clear(),
                Err(fault) => return Err(fault),
                Ok(()) => return Ok(out),
            }
        }
    }
    read(DeflateDecoder::new(body), &mut out, limit, BROKEN)?;
    Ok(out)
}

fn brotli(body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    const BROKEN: &str = "br: invalid data";
    // The mark of the "large window" variant, which is not RFC 7932 and may ask for a gigabyte.
    if body.first().is_none_or(|first| first & 0x7F == 0x11) {
        return Err(Fault::upstream(Kind::Decode(BROKEN)));
    }
    let mut out = Vec::new();
    read(Decompressor::new(body, BROTLI_BUFFER_BYTES), &mut out, limit, BROKEN)?;
    Ok(out)
}

fn zstd(body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    const BROKEN: &str = "zstd: invalid data";
    let broken = || Fault::upstream(Kind::Decode(BROKEN));
    let mut out = Vec::new();
    let mut rest = body;
    if rest.is_empty() {
        return Err(broken());
    }
    let mut frames = FrameDecoder::new();
    frames.set_max_window_size(ZSTD_WINDOW_BYTES);
    while !rest.is_empty() {
        match StreamingDecoder::new_with_decoder(&mut rest, &mut frames) {
            Ok(decoder) => read(decoder, &mut out, limit, BROKEN)?,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                let length = usize::try_from(length).map_err(|_| broken())?;
                rest = rest.get(length..).ok_or_else(broken)?;
            }
            Err(_) => return Err(broken()),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
