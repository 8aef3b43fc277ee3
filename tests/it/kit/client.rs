//! A raw HTTP/1.1 client: sends bytes as given, reads answers strictly.

use super::wire::{values, Broken, Head, Headers, Reader};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longest silence of the gateway that a test bears, unless it says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An answer, wholly read.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a field.
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.headers, name).first().copied()
    }

    /// The answer says that the connection ends with it.
    pub fn closes(&self) -> bool {
        values(&self.headers, "connection").iter().any(|v| v.to_ascii_lowercase().contains("close"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One connection to the gateway.
pub struct Client {
    stream: TcpStream,
    pub reader: Reader,
}

impl Client {
    pub fn connect(port: u16) -> io::Result<Client> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Client { reader: Reader::new(stream.try_clone()?), stream })
    }

    /// Connects; a gateway that does not take the connection fails the test.
    pub fn new(port: u16) -> Client {
        Client::connect(port).unwrap_or_else(|e| panic!("connect to port {port}: {e}"))
    }

    pub fn set_patience(&self, patience: Duration) {
        self.stream.set_read_timeout(Some(patience)).expect("a positive duration");
    }

    /// Sends all bytes; a peer that has closed is not an error here (its answer may be waiting).
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Sends in pieces that arrive apart: the gateway reads each on its own.
    pub fn send_apart(&mut self, bytes: &[u8], piece: usize) {
        for part in bytes.chunks(piece.max(1)) {
            self.send(part);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A handle for another thread that only writes.
    pub fn writer(&self) -> TcpStream {
        self.stream.try_clone().expect("a descriptor")
    }

    /// No more bytes come from us.
    pub fn finish(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads the final answer to a request with this method; interim `100 Continue` is skipped.
    pub fn response(&mut self, method: &str) -> Result<Response, Broken> {
        loop {
            let (status, head) = self.status_head()?;
            if status != 100 {
                let body = if method == "HEAD" || status == 204 || status == 304 || status < 200 {
                    Vec::new()
                } else {
                    self.reader.body(&head, true)?
                };
                return Ok(Response { status, headers: head.headers, body });
            }
        }
    }

    /// Reads one head, also an interim one.
    pub fn status_head(&mut self) -> Result<(u16, Head), Broken> {
        let head = self.reader.head()?;
        let bad = || Broken::Malformed(format!("status line {:?}", head.line));
        // To an HTTP/1.0 client an answer may name either version.
        let rest = head.line.strip_prefix("HTTP/1.1 ").or_else(|| head.line.strip_prefix("HTTP/1.0 "));
        let rest = rest.ok_or_else(bad)?;
        let (digits, reason) = rest.split_at_checked(3).ok_or_else(bad)?;
        if !(reason.is_empty() || reason.starts_with(' ')) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let status = digits.parse().map_err(|_| bad())?;
        Ok((status, head))
    }

    /// Sends and reads the answer; anything else fails the test.
    pub fn call(&mut self, method: &str, bytes: impl AsRef<[u8]>) -> Response {
        let bytes = bytes.as_ref();
        self.send(bytes);
        let shown = &bytes[..bytes.len().min(200)];
        self.response(method)
            .unwrap_or_else(|e| panic!("no answer to {:?}: {e:?}", shown.escape_ascii().to_string()))
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.call("GET", format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n"))
    }

    /// Whether the peer ends the connection within `limit`; what it still sends is dropped.
    pub fn ends_within(&mut self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut scratch = [0; 4096];
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|d| !d.is_zero()) {
            self.set_patience(left);
            match self.stream.read(&mut scratch) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return true,
            }
        }
        false
    }
}

/// `GET path` on a connection of its own.
pub fn get(port: u16, path: &str) -> Response {
    Client::new(port).get(path)
}
