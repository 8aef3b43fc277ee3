//! Byte classes of the HTTP and URI grammars in one table; knows nothing of messages.
//!
//! hot: a class test is one load and one mask.

/// `tchar` (RFC 9110 section 5.6.2): field names, methods.
pub const TOKEN: u8 = 1;
/// What a field value may hold: visible characters, blank, tab, obs-text (RFC 9110 section 5.5).
pub const FIELD: u8 = 2;
/// What a request target may hold; bytes from 0x80 on are taken raw, as Go takes them.
pub const TARGET: u8 = 4;
/// `reg-name` less its escapes (RFC 3986 section 3.2.2).
pub const REG_NAME: u8 = 8;
/// `pchar` less its escapes (RFC 3986 section 3.3): one path segment.
pub const SEGMENT: u8 = 16;
/// `unreserved` (RFC 3986 section 2.3): what Go's url.QueryEscape keeps.
pub const UNRESERVED: u8 = 32;

static CLASSES: [u8; 256] = classes();

/// Whether `byte` belongs to `class`.
#[inline]
#[must_use]
pub fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// Whether all bytes belong to `class`.
#[inline]
#[must_use]
pub fn all(bytes: &[u8], class: u8) -> bool {
    bytes.iter().all(|&b| is(b, class))
}

/// The value of a hexadecimal digit of either case.
#[inline]
#[must_use]
pub const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Upper-case hexadecimal digits by value.
pub const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";

const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut byte = 0usize;
    while byte < 256 {
        table[byte] = classes_of(byte as u8);
        byte += 1;
    }
    table
}

const fn classes_of(b: u8) -> u8 {
    let mut class = 0;
    let unreserved = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let sub_delim = matches!(b, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=');
    if unreserved {
        class |= UNRESERVED;
    }
    if unreserved || sub_delim {
        class |= REG_NAME | SEGMENT;
    }
    if matches!(b, b':' | b'@') {
        class |= SEGMENT;
    }
    if unreserved || matches!(b, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'^' | b'`' | b'|')
    {
        class |= TOKEN;
    }
    if matches!(b, b'\t' | 0x20..=0x7e | 0x80..=0xff) {
        class |= FIELD;
    }
    if matches!(b, 0x21..=0x7e | 0x80..=0xff) {
        class |= TARGET;
    }
    class
}
