//! `safejson`: any JSON value as an object; knows no other format.

use super::collection::{blanks, value_end};
use super::Decoded;
use crate::json::{tree, DecodeError};

/// An object stays, an array goes under `collection`, anything else under `content`. What follows
/// the first value is not looked at.
pub(super) fn decode(body: &[u8], out: &mut Vec<u8>) -> Result<Decoded, DecodeError> {
    let start = blanks(body, 0);
    match body.get(start) {
        Some(b'{') => return Ok(Decoded::Passthrough),
        Some(b'[') => {
            let array = value_end(body, start).and_then(|end| body.get(start..end));
            let array = array.ok_or(DecodeError("JSON array does not end"))?;
            out.extend_from_slice(b"{\"collection\":");
            out.extend_from_slice(array);
        }
        _ => {
            let parsed = tree::parse(body)?;
            out.extend_from_slice(b"{\"content\":");
            parsed.value.write(out);
        }
    }
    out.push(b'}');
    Ok(Decoded::Written)
}
