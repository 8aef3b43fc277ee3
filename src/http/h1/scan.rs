//! Finds the end of a head in bytes that arrive in pieces; knows line ends, nothing of HTTP's fields.
//!
//! hot: one search over every byte, whatever the pieces; no allocation.

use crate::http::fault::{Fault, Whose};

/// What one reader remembers of a head that is not complete yet.
///
/// After an end was found the scanner is as new and serves the next head of the connection; after
/// a fault the connection is over.
#[derive(Clone, Copy, Debug)]
pub struct HeadScanner {
    limit: usize,
    /// Bytes looked at.
    scanned: usize,
    /// Where the current line starts.
    line: usize,
    whose: Whose,
}

impl HeadScanner {
    /// For requests; `limit` is the largest head in bytes, its last empty line included.
    #[must_use]
    pub const fn request(limit: usize) -> HeadScanner {
        HeadScanner { limit, scanned: 0, line: 0, whose: Whose::Client }
    }

    /// For the answers of a backend; `limit` as for requests.
    #[must_use]
    pub const fn response(limit: usize) -> HeadScanner {
        HeadScanner { limit, scanned: 0, line: 0, whose: Whose::Upstream }
    }

    /// Whether a part of a head was seen: tells a late client from an idle one.
    #[must_use]
    pub const fn started(&self) -> bool {
        self.scanned > 0 || self.line > 0
    }

    /// The index after the empty line that ends the head, or `None` when more bytes are needed.
    ///
    /// `bytes` starts where the head starts and grows from call to call. One empty line before a
    /// request line is part of the head (RFC 9112 section 2.2); the parser skips it.
    ///
    /// # Errors
    /// A bare LF, a bare CR, a NUL, a misplaced empty line, as soon as it is seen; a head above
    /// the limit.
    pub fn find_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        let window = &bytes[..bytes.len().min(self.limit)];
        let mut at = self.scanned.min(window.len());
        while let Some(found) = memchr::memchr3(b'\r', b'\n', 0, &window[at..]) {
            let found = at + found;
            if window[found] != b'\r' {
                return Err(self.stray(window[found]));
            }
            match window.get(found + 1) {
                Some(b'\n') => {}
                Some(_) => return Err(self.stray(b'\r')),
                None => {
                    at = found;
                    break;
                }
            }
            at = found + 2;
            if found == self.line && self.ends_head(found)? {
                self.scanned = 0;
                self.line = 0;
                return Ok(Some(at));
            }
            self.line = at;
        }
        // A CR at the very end is looked at again, together with the byte after it.
        self.scanned = if window.last() == Some(&b'\r') { at } else { window.len() };
        if bytes.len() > self.limit {
            return Err(Fault::head_too_large(self.whose));
        }
        Ok(None)
    }

    /// Whether the empty line at `at` ends the head; it does not where it stands before the head.
    fn ends_head(&self, at: usize) -> Result<bool, Fault> {
        match at {
            0 if self.whose == Whose::Client => Ok(false),
            // A first line that is not empty has at least three bytes with its end.
            0 | 2 => Err(Fault::malformed(self.whose, "empty line before the head")),
            _ => Ok(true),
        }
    }

    #[cold]
    fn stray(&self, byte: u8) -> Fault {
        let rule = match byte {
            b'\r' => "bare CR in the head",
            b'\n' => "bare LF in the head",
            _ => "NUL in the head",
        };
        Fault::malformed(self.whose, rule)
    }
}
