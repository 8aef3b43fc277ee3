//! Strict reading of HTTP/1.1 messages from a socket, for both ends; knows nothing of scripts.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;

/// How reading a message failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The peer closed (or reset) before the first byte.
    Closed,
    /// The message began and did not end.
    Cut(String),
    /// Nothing came within the socket's read timeout.
    Timeout,
    /// The bytes break RFC 9112.
    Malformed(String),
}

/// One line of a head: name as sent, value without the blanks around it. Bytes above 127 are kept
/// as the code points of the same number.
pub type Headers = Vec<(String, String)>;

/// A head as it came.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The first line without its line end.
    pub line: String,
    pub headers: Headers,
}

impl Head {
    /// All values of a field, compared without case.
    pub fn values(&self, name: &str) -> Vec<&str> {
        values(&self.headers, name)
    }
}

/// All values of a field, compared without case.
pub fn values<'a>(headers: &'a Headers, name: &str) -> Vec<&'a str> {
    headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
}

/// Largest line that is read; a longer one is malformed.
const LINE_BYTES: usize = 4 << 20;

/// Buffered strict reader.
pub struct Reader {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
}

impl Reader {
    pub fn new(stream: TcpStream) -> Reader {
        Reader { stream, buffer: Vec::new(), start: 0 }
    }

    /// Bytes read from the socket and not used yet.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Reads more; `Ok(false)` at the end of the stream.
    fn fill(&mut self) -> Result<bool, Broken> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let old = self.buffer.len();
        self.buffer.resize(old + (64 << 10), 0);
        let outcome = loop {
            match self.stream.read(&mut self.buffer[old..]) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(old + *outcome.as_ref().unwrap_or(&0));
        match outcome {
            Ok(n) => Ok(n > 0),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(Broken::Timeout),
            Err(_) if old == 0 => Err(Broken::Closed),
            Err(e) => Err(Broken::Cut(e.to_string())),
        }
    }

    /// Waits for the first byte of a message.
    pub fn begin(&mut self) -> Result<(), Broken> {
        if self.rest().is_empty() && !self.fill()? {
            return Err(Broken::Closed);
        }
        Ok(())
    }

    /// A line without its CRLF. A bare LF or CR is malformed.
    pub fn line(&mut self) -> Result<Vec<u8>, Broken> {
        let mut seen = 0;
        loop {
            if let Some(at) = self.rest()[seen..].iter().position(|&b| b == b'\n') {
                let line = self.rest()[..seen + at].to_vec();
                self.start += seen + at + 1;
                return match line.split_last() {
                    Some((b'\r', line)) if !line.contains(&b'\r') => Ok(line.to_vec()),
                    _ => Err(Broken::Malformed(format!("line end of {:?}", line.escape_ascii().to_string()))),
                };
            }
            seen = self.rest().len();
            if seen > LINE_BYTES {
                return Err(Broken::Malformed("endless line".to_owned()));
            }
            if !self.fill().map_err(mid)? {
                return Err(Broken::Cut("end of stream in a line".to_owned()));
            }
        }
    }

    /// Exactly `n` bytes.
    pub fn exact(&mut self, n: usize) -> Result<Vec<u8>, Broken> {
        while self.rest().len() < n {
            if !self.fill().map_err(mid)? {
                return Err(Broken::Cut(format!("{} of {n} bytes of the body", self.rest().len())));
            }
        }
        let data = self.rest()[..n].to_vec();
        self.start += n;
        Ok(data)
    }

    /// Everything until the peer closes; an error of the socket is a cut.
    pub fn until_close(&mut self) -> Result<Vec<u8>, Broken> {
        while self.fill().map_err(mid)? {}
        Ok(self.buffered())
    }

    /// Takes what is buffered.
    pub fn buffered(&mut self) -> Vec<u8> {
        let data = self.rest().to_vec();
        self.start = self.buffer.len();
        data
    }

    /// Takes what is buffered, or reads once; `None` at the end of the stream.
    pub fn some(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        if self.rest().is_empty() && !self.fill()? {
            return Ok(None);
        }
        Ok(Some(self.buffered()))
    }

    /// A head: first line and fields up to the blank line.
    pub fn head(&mut self) -> Result<Head, Broken> {
        self.begin()?;
        let line = latin1(&self.line()?);
        let mut headers = Headers::new();
        loop {
            let field_line = self.line()?;
            if field_line.is_empty() {
                return Ok(Head { line, headers });
            }
            headers.push(field(&field_line)?);
        }
    }

    /// The data of one chunk; none of the last chunk, after which the trailers come.
    pub fn chunk(&mut self) -> Result<Vec<u8>, Broken> {
        let line = latin1(&self.line()?);
        let digits = line.split(';').next().unwrap_or_default().trim_end();
        let hex = !digits.is_empty() && digits.len() <= 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let size = if hex { usize::from_str_radix(digits, 16).ok() } else { None };
        let size = size.ok_or_else(|| Broken::Malformed(format!("chunk size {line:?}")))?;
        let data = self.exact(size)?;
        if size > 0 && self.exact(2)? != b"\r\n" {
            return Err(Broken::Malformed("no CRLF after a chunk".to_owned()));
        }
        Ok(data)
    }

    /// The body of a chunked message; trailers are read and dropped.
    pub fn chunked(&mut self) -> Result<Vec<u8>, Broken> {
        let mut body = Vec::new();
        loop {
            let data = self.chunk()?;
            if data.is_empty() {
                break;
            }
            body.extend(data);
        }
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(body);
            }
            let (name, _) = field(&line)?;
            if ["content-length", "transfer-encoding", "host"].contains(&name.to_ascii_lowercase().as_str()) {
                return Err(Broken::Malformed(format!("{name} in the trailers")));
            }
        }
    }

    /// The body of a message with these headers. `close_ends` allows a body without any length.
    pub fn body(&mut self, head: &Head, close_ends: bool) -> Result<Vec<u8>, Broken> {
        let (lengths, codings) = (head.values("content-length"), head.values("transfer-encoding"));
        match (lengths.as_slice(), codings.as_slice()) {
            ([], []) if close_ends => self.until_close(),
            ([], []) => Ok(Vec::new()),
            ([length], []) if !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit()) => {
                let n = length.parse().map_err(|_| Broken::Malformed(format!("length {length}")))?;
                self.exact(n)
            }
            ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => self.chunked(),
            _ => Err(Broken::Malformed(format!("framing: lengths {lengths:?}, codings {codings:?}"))),
        }
    }
}

/// The same fault in the middle of a message: a close is a cut there.
fn mid(fault: Broken) -> Broken {
    match fault {
        Broken::Closed => Broken::Cut("connection reset".to_owned()),
        other => other,
    }
}

fn field(line: &[u8]) -> Result<(String, String), Broken> {
    let bad = || Broken::Malformed(format!("field {:?}", line.escape_ascii().to_string()));
    let colon = line.iter().position(|&b| b == b':').ok_or_else(bad)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b);
    if name.is_empty() || !name.iter().all(token) || value.iter().any(|&b| (b < 32 && b != b'\t') || b == 127)
    {
        return Err(bad());
    }
    Ok((latin1(name), latin1(value).trim_matches([' ', '\t']).to_owned()))
}

/// Each byte as the code point of the same number.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| char::from(b)).collect()
}
