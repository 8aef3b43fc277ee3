//! gzip bodies of backends, undone within a bound; knows no HTTP.

use crate::base::chunk::Chunk;
use crate::http::fault::{Fault, Kind};
use flate2::bufread::MultiGzDecoder;
use std::io::Read;

/// The decoded body, of at most `limit` bytes.
///
/// # Errors
/// `Kind::Decode` for broken data, `Kind::AnswerTooLarge` above the limit.
pub fn decode(body: &[u8], limit: usize) -> Result<Chunk, Fault> {
    let mut out = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match MultiGzDecoder::new(body).take(bound).read_to_end(&mut out) {
        Ok(n) if n > limit => Err(Fault::upstream(Kind::AnswerTooLarge)),
        Ok(_) => Ok(Chunk::new(out)),
        Err(_) => Err(Fault::upstream(Kind::Decode("gzip: invalid data"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn zip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn undoes_what_was_packed() {
        assert_eq!(&decode(&zip(b"{\"a\":1}"), 100).unwrap()[..], b"{\"a\":1}");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let fault = decode(&zip(&vec![0; 1 << 20]), 1 << 16).unwrap_err();
        assert_eq!(fault.kind, Kind::AnswerTooLarge);
    }

    #[test]
    fn broken_and_short_data_are_the_backends_fault() {
        for bytes in [&b"no gzip"[..], &zip(b"hello")[..12]] {
            assert!(matches!(decode(bytes, 100).unwrap_err().kind, Kind::Decode(_)));
        }
    }
}
