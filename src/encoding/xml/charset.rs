//! The character set that an XML declaration names; knows nothing of elements.

use crate::json::DecodeError;
use crate::limits::BACKEND_BODY_BYTES;
use std::borrow::Cow;

/// The text of `body`: UTF-8 unless its XML declaration names another character set (those of the
/// Encoding Standard, by their usual names).
///
/// Byte order marks in front are cut off.
///
/// # Errors
/// An unknown character set, or bytes that are not in the one that holds.
pub(in crate::encoding) fn to_utf8(body: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    let mut body = body;
    while let Some(rest) = body.strip_prefix(b"\xEF\xBB\xBF") {
        body = rest;
    }
    let label = declared(body).filter(|label| !label.eq_ignore_ascii_case(b"utf-8"));
    let Some(label) = label else {
        return std::str::from_utf8(body).map(Cow::Borrowed).map_err(|_| DecodeError("XML: invalid UTF-8"));
    };
    let encoding =
        encoding_rs::Encoding::for_label(label).ok_or(DecodeError("XML: unknown character set"))?;
    let (text, broken) = encoding.decode_without_bom_handling(body);
    if broken {
        return Err(DecodeError("XML: bytes outside of the declared character set"));
    }
    if text.len() > BACKEND_BODY_BYTES {
        return Err(DecodeError("XML: too large"));
    }
    Ok(text)
}

/// The value of `encoding` in a declaration that starts the document.
fn declared(body: &[u8]) -> Option<&[u8]> {
    let rest = body.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = rest.get(..memchr::memmem::find(rest, b"?>")?)?;
    let at = memchr::memmem::find(declaration, b"encoding")? + b"encoding".len();
    let value = declaration.get(at..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first().filter(|(quote, _)| matches!(**quote, b'"' | b'\''))?;
    value.get(..memchr::memchr(*quote, value)?)
}
