//! Message bodies: how they are framed, and a decoder that finds their data in the bytes read.
//!
//! hot: data is never looked at, only the framing around it, byte by byte; no allocation. Knows no
//! socket: the caller owns the bytes and moves them.

use super::ascii::{self, FIELD, TOKEN};
use super::fault::{Fault, Kind, Whose};
use crate::limits::{CHUNK_EXTENSION_BYTES, CHUNK_SIZE_DIGITS, HEADER_FIELDS, TRAILER_BYTES};

/// How the end of a body is found (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    #[default]
    None,
    Length(u64),
    Chunked,
    /// Responses only: the body ends with the connection.
    UntilClose,
}

/// What the decoder found at the start of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `skip` bytes of framing, then `len` bytes of data (at least one). Call again with the input
    /// after them.
    Data { skip: usize, len: usize },
    /// The whole input is used up and held no data; more is needed.
    More,
    /// The body ends after `skip` bytes of framing; what follows belongs to the next message.
    End { skip: usize },
}

/// Finds the data of one body in the pieces in which it arrives.
///
/// The pieces may be cut anywhere. Chunk extensions and trailers are checked and dropped. A fault
/// is final: every later call gives it again.
#[derive(Clone, Copy, Debug)]
pub struct BodyDecoder {
    state: State,
    /// Data bytes left in the body or in the chunk.
    left: u64,
    extension_bytes: usize,
    trailer_bytes: usize,
    trailer_fields: usize,
    digits: usize,
    whose: Whose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Length,
    UntilClose,
    /// Before the first digit of a chunk size.
    SizeFirst,
    Size,
    /// In blanks between the size and the `;` of an extension.
    SizeBlank,
    Extension,
    SizeLf,
    ChunkData,
    DataCr,
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    TrailerFirst,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done,
    Broken(Fault),
}

impl BodyDecoder {
    /// A decoder for one body; `whose` is the side that sends it and is to blame for its faults.
    #[must_use]
    pub const fn new(framing: Framing, whose: Whose) -> BodyDecoder {
        let (state, left) = match framing {
            Framing::None | Framing::Length(0) => (State::Done, 0),
            Framing::Length(n) => (State::Length, n),
            Framing::Chunked => (State::SizeFirst, 0),
            Framing::UntilClose => (State::UntilClose, 0),
        };
        BodyDecoder { state, left, extension_bytes: 0, trailer_bytes: 0, trailer_fields: 0, digits: 0, whose }
    }

    /// Whether the body is complete. Of a body with a length this is so right after its last data.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Bytes of a `Length` body that have not come yet; `None` for the other framings.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length => Some(self.left),
            State::Done => Some(0),
            _ => None,
        }
    }

    /// Takes the next step in `input`, the bytes that no earlier step has covered.
    ///
    /// # Errors
    /// Framing that breaks RFC 9112 section 7.1 or its bounds in `limits`.
    pub fn next(&mut self, input: &[u8]) -> Result<Step, Fault> {
        match self.state {
            State::Done => Ok(Step::End { skip: 0 }),
            State::Broken(fault) => Err(fault),
            State::UntilClose if input.is_empty() => Ok(Step::More),
            State::UntilClose => Ok(Step::Data { skip: 0, len: input.len() }),
            State::Length if input.is_empty() => Ok(Step::More),
            State::Length => {
                let len = self.take_data(input.len());
                if self.left == 0 {
                    self.state = State::Done;
                }
                Ok(Step::Data { skip: 0, len })
            }
            _ => self.next_chunked(input),
        }
    }

    /// Says that the sender closed its side.
    ///
    /// # Errors
    /// The body was not complete: `Truncated` of a backend, `ClientGone` of a client.
    pub fn at_eof(&mut self) -> Result<(), Fault> {
        match self.state {
            State::Done => Ok(()),
            State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            State::Broken(fault) => Err(fault),
            _ => {
                let fault = match self.whose {
                    Whose::Client => Fault::client(Kind::ClientGone),
                    Whose::Upstream | Whose::Gateway => Fault::upstream(Kind::Truncated),
                };
                self.state = State::Broken(fault);
                Err(fault)
            }
        }
    }

    /// Counts as much of `available` bytes as the body or chunk still has.
    fn take_data(&mut self, available: usize) -> usize {
        let len = usize::try_from(self.left).map_or(available, |left| left.min(available));
        self.left -= len as u64;
        len
    }

    fn next_chunked(&mut self, input: &[u8]) -> Result<Step, Fault> {
        let mut at = 0;
        loop {
            if self.state == State::Done {
                return Ok(Step::End { skip: at });
            }
            let Some(&byte) = input.get(at) else { return Ok(Step::More) };
            if self.state == State::ChunkData {
                let len = self.take_data(input.len() - at);
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                return Ok(Step::Data { skip: at, len });
            }
            at += 1;
            match self.framing(byte) {
                Ok(state) => self.state = state,
                Err(fault) => {
                    self.state = State::Broken(fault);
                    return Err(fault);
                }
            }
        }
    }

    /// The state after one byte of framing.
    fn framing(&mut self, byte: u8) -> Result<State, Fault> {
        match (self.state, byte) {
            (State::SizeFirst | State::Size, _) => self.size(byte),
            (State::SizeBlank | State::Extension, _) => self.extension(byte),
            (State::SizeLf, b'\n') if self.left > 0 => Ok(State::ChunkData),
            (State::SizeLf, b'\n') => Ok(State::TrailerFirst),
            (State::DataCr, b'\r') => Ok(State::DataLf),
            (State::DataLf, b'\n') => Ok(State::SizeFirst),
            (State::SizeLf, _) => self.bad("chunk size not ended by CRLF"),
            (State::DataCr | State::DataLf, _) => self.bad("chunk data not ended by CRLF"),
            _ => self.trailer(byte),
        }
    }

    fn size(&mut self, byte: u8) -> Result<State, Fault> {
        if let Some(digit) = ascii::hex_value(byte) {
            if self.state == State::SizeFirst {
                self.left = 0;
                self.digits = 0;
            }
            self.digits += 1;
            if self.digits > CHUNK_SIZE_DIGITS {
                return self.bad("chunk size too long");
            }
            self.left = self.left << 4 | u64::from(digit);
            return Ok(State::Size);
        }
        match (self.state, byte) {
            (State::Size, b'\r') => Ok(State::SizeLf),
            (State::Size, b';' | b' ' | b'\t') => self.extension(byte),
            _ => self.bad("invalid chunk size"),
        }
    }

    /// `*( BWS ";" … )` (RFC 9112 section 7.1.1): blanks only in front of a `;`.
    fn extension(&mut self, byte: u8) -> Result<State, Fault> {
        if self.state == State::Extension && byte == b'\r' {
            return Ok(State::SizeLf);
        }
        self.extension_bytes += 1;
        if self.extension_bytes > CHUNK_EXTENSION_BYTES {
            return self.bad("chunk extensions too long");
        }
        match (self.state, byte) {
            (State::Extension, _) if ascii::is(byte, FIELD) => Ok(State::Extension),
            (State::Extension, _) => self.bad("invalid byte in a chunk extension"),
            (_, b';') => Ok(State::Extension),
            (_, b' ' | b'\t') => Ok(State::SizeBlank),
            _ => self.bad("blank after the chunk size"),
        }
    }

    fn trailer(&mut self, byte: u8) -> Result<State, Fault> {
        self.trailer_bytes += 1;
        if self.trailer_bytes > TRAILER_BYTES {
            return Err(Fault::head_too_large(self.whose));
        }
        match (self.state, byte) {
            (State::TrailerFirst, b'\r') => Ok(State::EndLf),
            (State::EndLf, b'\n') => Ok(State::Done),
            (State::TrailerFirst, _) if ascii::is(byte, TOKEN) => {
                self.trailer_fields += 1;
                if self.trailer_fields > HEADER_FIELDS {
                    return Err(Fault::too_many_fields(self.whose));
                }
                Ok(State::TrailerName)
            }
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerName, _) if ascii::is(byte, TOKEN) => Ok(State::TrailerName),
            (State::TrailerValue, b'\r') => Ok(State::TrailerLf),
            (State::TrailerValue, _) if ascii::is(byte, FIELD) => Ok(State::TrailerValue),
            (State::TrailerLf, b'\n') => Ok(State::TrailerFirst),
            _ => self.bad("invalid trailer"),
        }
    }

    #[cold]
    fn bad(&self, rule: &'static str) -> Result<State, Fault> {
        Err(Fault::malformed(self.whose, rule))
    }
}
