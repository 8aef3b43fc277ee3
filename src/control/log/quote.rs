//! Text from outside as it may stand in a log line: nothing breaks the line or moves the cursor.

use std::borrow::Cow;
use std::io::Write;

/// `text` as Go's `strconv.Quote` writes it (that is how KrakenD's access log prints the path).
pub(super) fn go_quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    // Nearly every path is of this kind.
    if text.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        out.extend_from_slice(text);
        out.push(b'"');
        return;
    }
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            go_char(c, out);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}"); // a Vec takes everything
        }
    }
    out.push(b'"');
}

fn go_char(c: char, out: &mut Vec<u8>) {
    let short: &[u8] = match c {
        '"' => b"\\\"",
        '\\' => b"\\\\",
        '\x07' => b"\\a",
        '\x08' => b"\\b",
        '\x0c' => b"\\f",
        '\n' => b"\\n",
        '\r' => b"\\r",
        '\t' => b"\\t",
        '\x0b' => b"\\v",
        _ => b"",
    };
    let code = u32::from(c);
    let _ = match c {
        _ if !short.is_empty() => out.write_all(short),
        ' '..='~' => out.write_all(&[code as u8]), // ASCII
        '\0'..='\x1f' | '\x7f' => write!(out, "\\x{code:02x}"),
        _ if is_printable(c) => write!(out, "{c}"),
        '\u{80}'..='\u{ffff}' => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Letters, marks, numbers, punctuation and symbols, as Go's `unicode.IsPrint`. The standard
/// library tells it through its debug form, in which marks after a base letter stay as they are.
fn is_printable(c: char) -> bool {
    let mut pair = [0; 8];
    pair[0] = b'a';
    let len = 1 + c.encode_utf8(&mut pair[1..]).len();
    std::str::from_utf8(&pair[..len]).is_ok_and(|text| text.escape_debug().eq(text.chars()))
}

/// `text` with control characters (C0, C1, DEL) and line separators escaped as Go would, the rest
/// as it is: for messages that may repeat what a client or a backend sent.
pub(super) fn one_line(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            go_char(c, out);
        } else {
            let _ = write!(out, "{c}"); // a Vec takes everything
        }
    }
}

/// Path and query as Go's handlers see them: the path decoded, the query as it was sent, without
/// the question mark when it is empty. A broken escape leaves the path as it was sent.
pub(super) fn path_and_query(target: &[u8]) -> Cow<'_, [u8]> {
    let (path, query) = match memchr::memchr(b'?', target) {
        Some(at) => (&target[..at], &target[at + 1..]),
        None => (target, &target[target.len()..]),
    };
    let Some(mut text) = decode(path) else {
        return Cow::Borrowed(if query.is_empty() { path } else { target });
    };
    if !query.is_empty() {
        text.push(b'?');
        text.extend_from_slice(query);
    }
    Cow::Owned(text)
}

/// `None`: nothing to decode, or a broken escape.
fn decode(path: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'%', path)?;
    let mut text = Vec::with_capacity(path.len());
    let mut rest = path.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            text.push(byte);
            continue;
        }
        let mut digit = || char::from(*rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        text.push((high * 16 + low) as u8); // at most 255
    }
    Some(text)
}
