//! One connection: owned buffers in and out; knows nothing of what the bytes mean.
//!
//! hot: one ring operation per call, no allocation. Reads deliver owned buffers, so that the way
//! of reading (own buffer, buffer ring, multishot) can change without touching the flow.

use super::peek;
use monoio::buf::{IoBuf, SliceMut};
use monoio::io::{
    AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt, OwnedReadHalf, OwnedWriteHalf, Splitable,
};
use monoio::net::TcpStream;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// The receiving half of a connection.
pub struct Reader(OwnedReadHalf<TcpStream>);

/// The sending half of a connection.
pub struct Writer(OwnedWriteHalf<TcpStream>);

/// Both halves; closed when both are dropped and no operation is in flight.
pub struct Conn {
    pub reader: Reader,
    pub writer: Writer,
    fd: RawFd,
}

impl Conn {
    /// Takes over an accepted or connected stream.
    #[must_use]
    pub fn new(stream: TcpStream) -> Conn {
        // Answers are written whole; waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let fd = stream.as_raw_fd();
        let (reader, writer) = stream.into_split();
        Conn { reader: Reader(reader), writer: Writer(writer), fd }
    }

    /// Opens a connection; the caller bounds the time.
    pub async fn connect(to: SocketAddr, keep_alive: Option<Duration>) -> io::Result<Conn> {
        let stream = TcpStream::connect_addr(to).await?;
        if keep_alive.is_some() {
            // A backend that vanished is noticed by the kernel; failing to ask for it is no fault.
            let _ = stream.set_tcp_keepalive(keep_alive, keep_alive, None);
        }
        Ok(Conn::new(stream))
    }

    /// Whether the peer has closed this waiting connection or sent something unasked: then it
    /// must not be used for a request. One system call.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        peek::has_input(self.fd)
    }
}

/// What a connection needs besides its halves to be whole again.
#[derive(Clone, Copy)]
pub struct Rest(RawFd);

impl Conn {
    /// The halves apart, to be used at the same time; `Rest` puts them together again.
    #[must_use]
    pub fn into_halves(self) -> (Reader, Writer, Rest) {
        (self.reader, self.writer, Rest(self.fd))
    }

    /// Puts the halves of one connection together.
    #[must_use]
    pub fn from_halves(reader: Reader, writer: Writer, rest: Rest) -> Conn {
        Conn { reader, writer, fd: rest.0 }
    }
}

impl Reader {
    /// Reads once into the spare capacity of `buffer` (which must have some) and gives it back
    /// with the number of bytes added; 0 = the peer ended its side.
    pub async fn fill(&mut self, buffer: Vec<u8>) -> (Vec<u8>, io::Result<usize>) {
        debug_assert!(buffer.len() < buffer.capacity());
        let (start, end) = (buffer.len(), buffer.capacity());
        let (result, slice) = self.0.read(SliceMut::new(buffer, start, end)).await;
        (slice.into_inner(), result)
    }

    /// `fill` for a caller that keeps the operation in flight while it does something else.
    pub async fn fill_owned(mut self, buffer: Vec<u8>) -> (Reader, Vec<u8>, io::Result<usize>) {
        let (buffer, result) = self.fill(buffer).await;
        (self, buffer, result)
    }
}

impl Writer {
    /// Sends `buffer[from..]` whole and gives the buffer back.
    pub async fn send(&mut self, buffer: Vec<u8>, from: usize) -> (Vec<u8>, io::Result<()>) {
        if from == 0 {
            let (result, buffer) = self.0.write_all(buffer).await;
            return (buffer, result.map(drop));
        }
        let (result, slice) = self.0.write_all(buffer.slice(from..)).await;
        (slice.into_inner(), result.map(drop))
    }

    /// Breaks the connection off: the peer sees a reset, never a clean end.
    pub fn abort(self, rest: Rest) {
        peek::reset_on_close(rest.0);
    }

    /// Ends the sending side; the peer sees the end of the stream.
    pub async fn finish(&mut self) {
        let _ = self.0.shutdown().await;
    }
}
