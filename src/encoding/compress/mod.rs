//! Content codings: gzip, deflate, br and zstd, undone within bounds; knows no HTTP field but the
//! names of the codings.
//!
//! A coding that expands beyond measure is stopped before it fills the memory: an absolute bound,
//! a bound on the ratio, and none of the decoders gets a window that its RFC does not allow.

mod decode;
mod gunzip;

pub use gunzip::Gunzip;

use crate::base::chunk::Chunk;
use crate::http::fault::{Fault, Kind};
use crate::limits::{CONTENT_CODINGS, INFLATE_FREE_BYTES, INFLATE_RATIO};
use smallvec::SmallVec;

/// A content coding (RFC 9110 section 8.4.1, RFC 7932, RFC 8878).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    /// The zlib format, or the bare one that some servers send under this name.
    Deflate,
    Brotli,
    Zstd,
}

const NAMES: [(&[u8], Coding); 5] = [
    (b"gzip", Coding::Gzip),
    (b"x-gzip", Coding::Gzip),
    (b"deflate", Coding::Deflate),
    (b"br", Coding::Brotli),
    (b"zstd", Coding::Zstd),
];

impl Coding {
    /// The coding that one element of `Content-Encoding` names, in any case.
    #[must_use]
    pub fn by_name(name: &[u8]) -> Option<Coding> {
        NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, coding)| *coding)
    }
}

/// The codings of one body, in the order in which they were applied. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codings(SmallVec<[Coding; CONTENT_CODINGS]>);

impl Codings {
    /// Reads the values of all `Content-Encoding` fields of a message. `None`: the body is not
    /// coded, or in a way that is not known; then it is taken as it is.
    ///
    /// # Errors
    /// `Kind::Decode`: more than [`CONTENT_CODINGS`], one above the other.
    pub fn of<'a>(values: impl Iterator<Item = &'a [u8]>) -> Result<Option<Codings>, Fault> {
        let mut codings = SmallVec::new();
        for name in values.flat_map(|value| value.split(|b| *b == b',')).map(<[u8]>::trim_ascii) {
            if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            let Some(coding) = Coding::by_name(name) else { return Ok(None) };
            if codings.len() == CONTENT_CODINGS {
                return Err(Fault::upstream(Kind::Decode("too many content codings")));
            }
            codings.push(coding);
        }
        Ok((!codings.is_empty()).then_some(Codings(codings)))
    }

    /// Whether gzip is the only one.
    #[must_use]
    pub fn is_gzip(&self) -> bool {
        self.0[..] == [Coding::Gzip]
    }

    /// The decoded body, of at most `limit` bytes and of at most [`INFLATE_RATIO`] times its
    /// packed size (what is below [`INFLATE_FREE_BYTES`] is never refused for its ratio). What
    /// comes between two codings is bound alike. No bytes are an empty body whatever the coding, as
    /// in an answer that has none (204) and as Go's client takes it.
    ///
    /// # Errors
    /// `Kind::Decode` for broken or truncated data, `Kind::AnswerTooLarge` above a bound.
    pub fn decode(&self, body: Chunk, limit: usize) -> Result<Chunk, Fault> {
        if body.is_empty() {
            return Ok(body);
        }
        let limit = limit.min(body.len().saturating_mul(INFLATE_RATIO).max(INFLATE_FREE_BYTES));
        let last_first = self.0.iter().rev();
        last_first.copied().try_fold(body, |body, coding| decode::decode(coding, &body, limit))
    }
}

#[cfg(test)]
mod tests;
