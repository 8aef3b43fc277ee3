//! `string`: a whole body as text under `content`, and back; knows no other format.
//!
//! hot: the text is copied once.

use super::collection::member;
use crate::json::tree::{self, Value};
use crate::json::write_json_string;

/// `{"content":"…"}`; bytes that are no UTF-8 become U+FFFD, as with Go's JSON encoder.
pub(super) fn decode(body: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"content\":");
    write_json_string(out, body);
    out.push(b'}');
}

/// `content` when it is a string, else nothing.
pub(super) fn render(json: &[u8], out: &mut Vec<u8>) {
    let Some(text) = member(json, b"content").filter(|text| text.first() == Some(&b'"')) else {
        return;
    };
    if text.contains(&b'\\') {
        if let Ok(parsed) = tree::parse(text) {
            if let Value::String(text) = &parsed.value {
                out.extend_from_slice(text.as_bytes());
            }
        }
    } else {
        out.extend_from_slice(text.get(1..text.len().saturating_sub(1)).unwrap_or_default());
    }
}
