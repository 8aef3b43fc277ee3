//! JSON strings: what is escaped and what replaces broken UTF-8; knows no document.
//!
//! hot: one pass over the text, nothing is built on the side.

/// U+FFFD in UTF-8, what stands for each byte that is not part of a valid character.
pub(super) const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` as a JSON string, quotes included. Each byte that is not part of a valid UTF-8
/// character becomes U+FFFD, as Go's encoder does it.
pub fn write_json_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut done = 0;
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        if byte >= 0x80 {
            match char_len(&text[at..]) {
                Some(len) => at += len,
                None => {
                    out.extend_from_slice(&text[done..at]);
                    out.extend_from_slice(REPLACEMENT);
                    at += 1;
                    done = at;
                }
            }
        } else if byte < 0x20 || byte == b'"' || byte == b'\\' {
            out.extend_from_slice(&text[done..at]);
            write_escape(out, byte);
            at += 1;
            done = at;
        } else {
            at += 1;
        }
    }
    out.extend_from_slice(&text[done..]);
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&digits);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Length of the character that `bytes` starts with, none when they do not start with a whole
/// valid one. The first byte is 0x80 or above.
pub(super) fn char_len(bytes: &[u8]) -> Option<usize> {
    let len = match bytes.first()? {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    std::str::from_utf8(bytes.get(..len)?).is_ok().then_some(len)
}

/// Value of the four hex digits at the start of `bytes`.
pub(super) fn hex4(bytes: &[u8]) -> Option<u16> {
    bytes.get(..4)?.iter().try_fold(0_u16, |value, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(value << 4 | u16::try_from(digit).ok()?)
    })
}

/// The blanks of JSON (RFC 8259 section 2).
#[inline]
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
