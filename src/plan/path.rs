//! Request paths: decoded, cleaned, encoded again, and the check of what stands in for a
//! parameter; knows no routes.
//!
//! hot: everything is written into a buffer of the caller; a path without escapes is one copy.

use std::fmt::Write as _;

/// A `%` that two hex digits do not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEscape {
    bytes: [u8; 3],
    len: u8,
}

impl BadEscape {
    fn at(rest: &[u8]) -> BadEscape {
        let mut bytes = [0; 3];
        let len = rest.len().min(3);
        bytes[..len].copy_from_slice(&rest[..len]);
        BadEscape { bytes, len: len as u8 } // at most 3
    }

    /// The broken piece, at most three bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// What an encoded slash (`%2F`) in a path is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EncodedSlash {
    /// A slash like any other, as in KrakenD.
    #[default]
    Decode,
    /// A byte of its segment. `KEPT_SLASH` stands for it until the route is known.
    Keep,
    /// A reason to refuse the request.
    Reject,
}

/// Stands for an encoded slash that does not end its segment. No path that is read with
/// `EncodedSlash::Keep` holds this byte otherwise.
pub const KEPT_SLASH: u8 = 0;

/// How the path of a request is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathRules {
    /// KrakenD's router option: the path is cleaned, too.
    pub remove_extra_slash: bool,
    pub encoded_slash: EncodedSlash,
}

/// Why a path cannot be read: the request is a 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    BadEscape(BadEscape),
    EncodedSlash,
    Nul,
}

impl PathFault {
    /// For the log.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            PathFault::BadEscape(_) => "broken escape in the path",
            PathFault::EncodedSlash => "encoded slash in the path",
            PathFault::Nul => "NUL in the path",
        }
    }
}

/// Decodes `raw` into `out`, which is cleared first, as the rules say.
///
/// # Errors
/// The path cannot be read.
pub fn prepare(raw: &[u8], rules: PathRules, out: &mut Vec<u8>) -> Result<(), PathFault> {
    out.clear();
    match rules.encoded_slash {
        EncodedSlash::Decode => decode(raw, out).map_err(PathFault::BadEscape)?,
        slash => decode_but_slashes(raw, slash, out)?,
    }
    if rules.remove_extra_slash && needs_cleaning(out) {
        clean(out);
    }
    Ok(())
}

/// Decodes all but slashes.
fn decode_but_slashes(raw: &[u8], slash: EncodedSlash, out: &mut Vec<u8>) -> Result<(), PathFault> {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        match escaped(&rest[at..]) {
            None => return Err(PathFault::BadEscape(BadEscape::at(&rest[at..]))),
            Some(KEPT_SLASH) => return Err(PathFault::Nul),
            Some(b'/') if slash == EncodedSlash::Reject => return Err(PathFault::EncodedSlash),
            Some(b'/') => out.push(KEPT_SLASH),
            Some(byte) => out.push(byte),
        }
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// Turns kept slashes into plain ones: for when the segments are known.
pub fn restore_slashes(path: &mut [u8]) {
    for byte in path.iter_mut().filter(|byte| **byte == KEPT_SLASH) {
        *byte = b'/';
    }
}

/// Appends `raw` with its escapes decoded.
///
/// # Errors
/// A broken escape; `out` then holds what came before it.
pub fn decode(raw: &[u8], out: &mut Vec<u8>) -> Result<(), BadEscape> {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        let Some(byte) = escaped(&rest[at..]) else {
            return Err(BadEscape::at(&rest[at..]));
        };
        out.push(byte);
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// The byte that the escape at the start of `text` stands for.
fn escaped(text: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    let (high, low) = (digit(*text.get(1)?)?, digit(*text.get(2)?)?);
    Some((high << 4 | low) as u8) // two hex digits
}

/// Whether the text at the start is an escape, `%` and two hex digits.
#[must_use]
pub fn is_escape(text: &[u8]) -> bool {
    text.first() == Some(&b'%') && escaped(text).is_some()
}

fn needs_cleaning(path: &[u8]) -> bool {
    let after_slash = |at: usize| matches!(path.get(at + 1), Some(b'/' | b'.'));
    memchr::memchr_iter(b'/', path).any(after_slash)
}

/// Takes out empty, `.` and `..` segments, in place; a slash at the end stays. The path starts
/// with a slash before and after.
pub fn clean(path: &mut Vec<u8>) {
    let length = path.len();
    let mut trailing = length > 1 && path[length - 1] == b'/';
    // `write` never passes `read`: whatever is written was read, and each slash stands for one.
    let (mut read, mut write) = (1, 1);
    while read < length {
        let rest = &path[read..];
        let segment = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        match &rest[..segment] {
            b"" => {}
            b"." => trailing |= read + segment == length,
            b".." => {
                if let Some(slash) = memchr::memrchr(b'/', &path[..write]) {
                    write = slash.max(1);
                }
            }
            _ => {
                if write > 1 {
                    path[write] = b'/';
                    write += 1;
                }
                path.copy_within(read..read + segment, write);
                write += segment;
            }
        }
        read += segment + 1;
    }
    if trailing && write > 1 {
        path[write] = b'/';
        write += 1;
    }
    path.truncate(write);
}

/// A set of bytes.
pub(super) struct Bytes([bool; 256]);

impl Bytes {
    /// Letters, digits, `-._~` (RFC 3986 "unreserved") and `more`.
    pub(super) const fn unreserved_and(more: &[u8]) -> Bytes {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            set[byte] =
                (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'.' | b'_' | b'~');
            byte += 1;
        }
        let mut at = 0;
        while at < more.len() {
            set[more[at] as usize] = true;
            at += 1;
        }
        Bytes(set)
    }

    pub(super) const fn has(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}

/// Appends `text`; bytes that are not in `plain` go out as `%XX`.
pub(super) fn encode(text: &[u8], plain: &Bytes, out: &mut Vec<u8>) {
    for byte in text {
        if plain.has(*byte) {
            out.push(*byte);
        } else {
            push_escape(*byte, out);
        }
    }
}

pub fn push_escape(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

/// Why a parameter's value is refused with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamFault {
    /// Decoded a second time it would change, or it holds `?` or `#`.
    Encoded,
    /// Decoding it a second time fails.
    BadEscape(BadEscape),
    /// It could leave its place in a backend's path: `.`, `..`, a slash, a backslash; or it holds
    /// NUL, CR or LF.
    Unsafe,
}

impl ParamFault {
    /// The body of the answer (text/plain; charset=utf-8), as KrakenD words it.
    pub fn write_body(&self, out: &mut String) {
        match self {
            ParamFault::Encoded => out.push_str("error: encoded url params"),
            ParamFault::Unsafe => out.push_str("error: invalid url params"),
            ParamFault::BadEscape(bad) => {
                out.push_str("error: invalid URL escape \"");
                for byte in bad.bytes() {
                    // Writing to a String cannot fail.
                    let _ = match byte {
                        b'"' | b'\\' => write!(out, "\\{}", char::from(*byte)),
                        b' '..=b'~' => write!(out, "{}", char::from(*byte)),
                        byte => write!(out, "\\x{byte:02x}"),
                    };
                }
                out.push('"');
            }
        }
    }
}

/// What a parameter may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParamRules {
    /// Nothing that a second decoding would change, no `?` and no `#`.
    pub plain: bool,
    /// Slashes, which leave encoded.
    pub slashes: bool,
}

/// Checks the decoded value of a parameter.
///
/// # Errors
/// See `ParamFault`; the request is a 400 and nothing goes to a backend.
pub fn check_param(value: &[u8], rules: ParamRules) -> Result<(), ParamFault> {
    let (mut doubtful, mut slashes) = (false, false);
    for byte in value {
        match byte {
            0 | b'\r' | b'\n' => return Err(ParamFault::Unsafe),
            b'/' | b'\\' => slashes = true,
            b'%' | b'?' | b'#' => doubtful = true,
            _ => {}
        }
    }
    if (slashes && !rules.slashes) || has_dots(value) {
        return Err(ParamFault::Unsafe);
    }
    if doubtful && rules.plain {
        for at in memchr::memchr_iter(b'%', value) {
            if !is_escape(&value[at..]) {
                return Err(ParamFault::BadEscape(BadEscape::at(&value[at..])));
            }
        }
        return Err(ParamFault::Encoded);
    }
    Ok(())
}

/// Whether a segment is `.` or `..`, for whoever takes slashes and backslashes as the ends of
/// segments.
#[must_use]
pub fn has_dots(text: &[u8]) -> bool {
    let dots = |segment: &[u8]| {
        // Some servers cut `;...` off a segment and then see the dots.
        let end = memchr::memchr(b';', segment).unwrap_or(segment.len());
        matches!(&segment[..end], b"." | b"..")
    };
    memchr::memchr(b'.', text).is_some() && text.split(|b| matches!(b, b'/' | b'\\')).any(dots)
}

#[cfg(test)]
mod tests;
