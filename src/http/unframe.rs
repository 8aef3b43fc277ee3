//! Takes the framing out of a body in place; knows no socket.
//!
//! hot: data of a body with a length stays where it is; of a chunked body it moves forward over
//! the chunk lines, so that one buffer holds data alone.

use super::body::{BodyDecoder, Step};
use super::fault::Fault;

/// Where the data ended up in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unframed {
    /// Data stands from the start that was given up to here.
    pub data_end: usize,
    /// The body is complete.
    pub done: bool,
    /// First byte that does not belong to the body; the end of the buffer unless `done`.
    pub rest: usize,
}

/// Decodes `buffer[start..]`. Bytes from `rest` on are untouched.
///
/// # Errors
/// Broken framing, as `BodyDecoder::next`.
pub fn unframe(decoder: &mut BodyDecoder, buffer: &mut [u8], start: usize) -> Result<Unframed, Fault> {
    let (mut at, mut data_end) = (start, start);
    loop {
        match decoder.next(&buffer[at..])? {
            Step::Data { skip, len } => {
                let from = at + skip;
                if from != data_end {
                    buffer.copy_within(from..from + len, data_end);
                }
                data_end += len;
                at = from + len;
            }
            Step::More => return Ok(Unframed { data_end, done: false, rest: buffer.len() }),
            Step::End { skip } => return Ok(Unframed { data_end, done: true, rest: at + skip }),
        }
        if at == buffer.len() && !decoder.is_done() {
            return Ok(Unframed { data_end, done: false, rest: at });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Framing;
    use crate::http::fault::Whose;

    fn run(framing: Framing, bytes: &[u8], start: usize) -> (Unframed, Vec<u8>) {
        let mut decoder = BodyDecoder::new(framing, Whose::Upstream);
        let mut buffer = bytes.to_vec();
        let found = unframe(&mut decoder, &mut buffer, start).unwrap();
        (found, buffer[start..found.data_end].to_vec())
    }

    #[test]
    fn a_body_with_a_length_is_not_moved() {
        let (found, data) = run(Framing::Length(5), b"HEADhellorest", 4);
        assert_eq!((found.done, found.rest, data.as_slice()), (true, 9, &b"hello"[..]));
        let (found, data) = run(Framing::Length(50), b"hello", 0);
        assert_eq!((found.done, found.rest, data.as_slice()), (false, 5, &b"hello"[..]));
        let (found, data) = run(Framing::Length(5), b"hello", 0);
        assert_eq!((found.done, found.rest, data.as_slice()), (true, 5, &b"hello"[..]));
    }

    #[test]
    fn chunks_become_one_piece_and_the_next_message_stays() {
        let (found, data) = run(Framing::Chunked, b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\nNEXT", 0);
        assert_eq!((found.done, data.as_slice()), (true, &b"hello world"[..]));
        assert_eq!(found.rest, b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n".len());
        let (found, data) = run(Framing::Chunked, b"5\r\nhel", 0);
        assert_eq!((found.done, data.as_slice()), (false, &b"hel"[..]));
    }

    #[test]
    fn until_close_is_all_data() {
        let (found, data) = run(Framing::UntilClose, b"any", 0);
        assert_eq!((found.done, data.as_slice()), (false, &b"any"[..]));
    }
}
