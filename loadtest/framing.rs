//! Message framing of HTTP/1.1 for the load tools: what the fields say of a body, and where it
//! ends; knows no socket. Both tools include it, neither shares code with the gateway under test.

use httparse::Header;

/// Longest line within a chunked body (size with extensions, trailer), bytes.
const CHUNK_LINE_BYTES: usize = 16 << 10;
/// Most bytes of trailers in one body.
const TRAILER_BYTES: usize = 64 << 10;

/// The message cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// What the fields of a head say about its body and its connection (RFC 9112 section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    pub length: Option<u64>,
    pub chunked: bool,
    pub close: bool,
    pub keep_alive: bool,
}

impl Fields {
    /// Reads the fields that frame a message.
    pub fn of(headers: &[Header<'_>]) -> Result<Fields, Malformed> {
        let mut fields = Fields::default();
        for header in headers {
            if header.name.eq_ignore_ascii_case("content-length") {
                let length = parse_length(header.value)?;
                if fields.length.is_some_and(|other| other != length) {
                    return Err(Malformed);
                }
                fields.length = Some(length);
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if fields.chunked || !header.value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Malformed);
                }
                fields.chunked = true;
            } else if header.name.eq_ignore_ascii_case("connection") {
                for word in header.value.split(|b| *b == b',').map(<[u8]>::trim_ascii) {
                    fields.close |= word.eq_ignore_ascii_case(b"close");
                    fields.keep_alive |= word.eq_ignore_ascii_case(b"keep-alive");
                }
            }
        }
        if fields.chunked && fields.length.is_some() {
            return Err(Malformed);
        }
        Ok(fields)
    }

    /// The body of a message whose end the fields mark; `None`: nothing marks it.
    pub fn body(&self) -> Option<Body> {
        if self.chunked {
            Some(Body::Chunked(Chunks::default()))
        } else {
            self.length.map(Body::Length)
        }
    }

    /// Whether the connection stays open; `minor` is the version's, 0 or 1.
    pub fn keeps(&self, minor: u8) -> bool {
        !self.close && (minor >= 1 || self.keep_alive)
    }
}

fn parse_length(value: &[u8]) -> Result<u64, Malformed> {
    let digits = value.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).ok_or(Malformed)
}

/// A body being skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Bytes still to come.
    Length(u64),
    Chunked(Chunks),
}

/// What [`Body::skip`] did with a piece of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Bytes of the input that belonged to the body, framing included.
    pub taken: usize,
    /// The body has ended; what is left of the input is the next message.
    pub done: bool,
}

impl Body {
    /// Takes what belongs to the body from the front of `input`.
    pub fn skip(&mut self, input: &[u8]) -> Result<Skipped, Malformed> {
        match self {
            Body::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= taken as u64;
                Ok(Skipped { taken, done: *left == 0 })
            }
            Body::Chunked(chunks) => chunks.skip(input),
        }
    }
}

/// Where in a chunked body (RFC 9112 section 7.1) the reader stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// The size's first digit must come.
    #[default]
    Size,
    /// More digits, an extension, or the line's end.
    MoreSize,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    TrailerStart,
    Trailer,
    EndLf,
}

/// A chunked body being skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chunks {
    place: Place,
    /// Size being read, then bytes of data still to come.
    size: u64,
    /// Bytes of the current line, or of all trailers.
    line: usize,
}

impl Chunks {
    fn skip(&mut self, input: &[u8]) -> Result<Skipped, Malformed> {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            if self.place == Place::Data {
                let run = usize::try_from(self.size).unwrap_or(usize::MAX).min(input.len() - at);
                self.size -= run as u64;
                at += run;
                if self.size == 0 {
                    self.place = Place::DataCr;
                }
                continue;
            }
            at += 1;
            if self.step(byte)? {
                return Ok(Skipped { taken: at, done: true });
            }
        }
        Ok(Skipped { taken: at, done: false })
    }

    /// Takes one byte of framing; true at the end of the body.
    fn step(&mut self, byte: u8) -> Result<bool, Malformed> {
        self.place = match (self.place, byte) {
            (Place::Size | Place::MoreSize, b) if b.is_ascii_hexdigit() => self.digit(b)?,
            (Place::MoreSize, b';' | b' ' | b'\t') => Place::Extension,
            (Place::MoreSize | Place::Extension, b'\r') => Place::SizeLf,
            (Place::Extension, b) if b != b'\n' => self.within(Place::Extension, CHUNK_LINE_BYTES)?,
            (Place::SizeLf, b'\n') => {
                self.line = 0;
                if self.size == 0 {
                    Place::TrailerStart
                } else {
                    Place::Data
                }
            }
            (Place::DataCr, b'\r') => Place::DataLf,
            (Place::DataLf, b'\n') => Place::Size,
            (Place::TrailerStart, b'\r') => Place::EndLf,
            (Place::Trailer, b'\n') => Place::TrailerStart,
            (Place::TrailerStart | Place::Trailer, b) if b != b'\n' => {
                self.within(Place::Trailer, TRAILER_BYTES)?
            }
            (Place::EndLf, b'\n') => return Ok(true),
            _ => return Err(Malformed),
        };
        Ok(false)
    }

    fn digit(&mut self, byte: u8) -> Result<Place, Malformed> {
        let value = (byte as char).to_digit(16).ok_or(Malformed)?;
        self.size = self.size.checked_mul(16).ok_or(Malformed)? + u64::from(value);
        self.within(Place::MoreSize, CHUNK_LINE_BYTES)
    }

    fn within(&mut self, place: Place, bound: usize) -> Result<Place, Malformed> {
        self.line += 1;
        if self.line > bound {
            return Err(Malformed);
        }
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Chunks, Fields, Malformed, Skipped};
    use httparse::Header;

    fn fields(list: &[(&'static str, &'static str)]) -> Result<Fields, Malformed> {
        let headers: Vec<Header<'_>> =
            list.iter().map(|(name, value)| Header { name, value: value.as_bytes() }).collect();
        Fields::of(&headers)
    }

    #[test]
    fn fields_frame_a_message() {
        assert_eq!(fields(&[("Content-Length", "12")]).unwrap().body(), Some(Body::Length(12)));
        assert_eq!(fields(&[]).unwrap().body(), None);
        let chunked = fields(&[("transfer-encoding", "Chunked")]).unwrap();
        assert_eq!(chunked.body(), Some(Body::Chunked(Chunks::default())));
        assert!(fields(&[("Connection", "te, Close")]).unwrap().close);
        assert!(!fields(&[]).unwrap().keeps(0));
        assert!(fields(&[("Connection", "keep-alive")]).unwrap().keeps(0));
        for bad in ["", "-1", "+1", "1 2", "99999999999999999999999", "0x1"] {
            assert_eq!(fields(&[("Content-Length", bad)]), Err(Malformed), "{bad}");
        }
        assert!(fields(&[("Content-Length", "1"), ("Content-Length", "2")]).is_err());
        assert!(fields(&[("Content-Length", "1"), ("Transfer-Encoding", "chunked")]).is_err());
        assert!(fields(&[("Transfer-Encoding", "gzip, chunked")]).is_err());
    }

    #[test]
    fn a_length_ends_where_it_says() {
        let mut body = Body::Length(5);
        assert_eq!(body.skip(b"abc"), Ok(Skipped { taken: 3, done: false }));
        assert_eq!(body.skip(b"defg"), Ok(Skipped { taken: 2, done: true }));
    }

    #[test]
    fn chunks_end_where_they_say_however_they_are_cut() {
        let whole = b"4;ext=1\r\nabcd\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT";
        for cut in 1..whole.len() {
            let mut body = Body::Chunked(Chunks::default());
            let (mut taken, mut done) = (0, false);
            for piece in whole.chunks(cut) {
                if done {
                    break;
                }
                let skipped = body.skip(piece).unwrap();
                taken += skipped.taken;
                done = skipped.done;
            }
            assert!(done, "cut every {cut}");
            assert_eq!(taken, whole.len() - 4, "cut every {cut}");
        }
    }

    #[test]
    fn broken_chunks_are_malformed() {
        let long_line = format!("1;{}", "x".repeat(20_000));
        let long_trailer = format!("0\r\n{}", "T: x\r\n".repeat(20_000));
        for bad in [
            "\r\n",
            "x\r\n",
            "1\n",
            "1\r\nab\r\n",
            "fffffffffffffffff\r\n",
            "0\r\n\n",
            "1;a\nb",
            &long_line,
            &long_trailer,
        ] {
            let mut body = Body::Chunked(Chunks::default());
            assert_eq!(body.skip(bad.as_bytes()), Err(Malformed), "{bad:.20}");
        }
    }
}
