//! One content coding of a whole body undone; the bound is the caller's.

use super::{Coding, Gunzip};
use crate::base::chunk::{take_buffer, Chunk};
use crate::http::fault::{Fault, Kind};
use crate::limits::{READ_BUFFER_BYTES, ZSTD_WINDOW_BYTES};
use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::Read;

/// Buffer of the brotli decoder, bytes.
const BROTLI_BUFFER_BYTES: usize = 8 << 10;

/// The decoded body, of at most `limit` bytes.
///
/// # Errors
/// `Kind::Decode` for broken or truncated data, `Kind::AnswerTooLarge` above the limit.
pub(super) fn decode(coding: Coding, body: &[u8], limit: usize) -> Result<Chunk, Fault> {
    let decoded = match coding {
        Coding::Gzip => gzip(body, limit),
        Coding::Deflate => deflate(body, limit),
        Coding::Brotli => brotli(body, limit),
        Coding::Zstd => zstd(body, limit),
    };
    decoded.map(Chunk::new)
}

fn gzip(mut body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    let mut gunzip = Gunzip::new();
    let mut out = take_buffer();
    loop {
        gunzip.take(&mut body, &mut out)?;
        if out.len() > limit {
            return Err(Fault::upstream(Kind::AnswerTooLarge));
        }
        if out.len() < out.capacity() {
            break;
        }
        out.reserve(out.len().max(READ_BUFFER_BYTES));
    }
    gunzip.finish()?;
    Ok(out)
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
            let mut rest = body;
            match read(ZlibDecoder::new(&mut rest), &mut out, limit, BROKEN) {
                Ok(()) if rest.is_empty() => return Ok(out),
                Err(fault) if fault.kind == Kind::AnswerTooLarge => return Err(fault),
                _ => out.clear(),
            }
        }
    }
    let mut rest = body;
    read(DeflateDecoder::new(&mut rest), &mut out, limit, BROKEN)?;
    if rest.is_empty() {
        Ok(out)
    } else {
        Err(Fault::upstream(Kind::Decode(BROKEN)))
    }
}

fn brotli(body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    const BROKEN: &str = "br: invalid data";
    // The mark of the "large window" variant, which is not RFC 7932 and may ask for a gigabyte.
    if body.first().is_none_or(|first| first & 0x7F == 0x11) {
        return Err(Fault::upstream(Kind::Decode(BROKEN)));
    }
    let (mut out, mut rest) = (Vec::new(), body);
    let mut decoder = Decompressor::new(&mut rest, BROTLI_BUFFER_BYTES);
    read(decoder.by_ref(), &mut out, limit, BROKEN)?;
    // A second read behind the end fails when the decoder was given more than it needed.
    let clean_end = decoder.read(&mut [0]).is_ok();
    drop(decoder);
    if clean_end && rest.is_empty() {
        Ok(out)
    } else {
        Err(Fault::upstream(Kind::Decode(BROKEN)))
    }
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
            Ok(decoder) => {
                read(decoder, &mut out, limit, BROKEN)?;
                let sums = (frames.get_checksum_from_data(), frames.get_calculated_checksum());
                if matches!(sums, (Some(sent), Some(real)) if sent != real) {
                    return Err(broken());
                }
            }
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
