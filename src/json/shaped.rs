//! One backend's data as a tree, where its shape needs values: `target`, `flatmap_filter`, then
//! its members or its `group`; knows no other document.
//!
//! Slower than cutting spans and allocating: only shapes with a `flatmap_filter` come here.

use super::cut::comma;
use super::flatmap::Flatmap;
use super::keys::Keys;
use super::merge::{Added, IS_ARRAY, IS_OBJECT, IS_SCALAR};
use super::shape::{Shape, COLLECTION};
use super::text::write_json_string;
use super::tree::{parse, Object, Value};
use super::DecodeError;
use std::collections::BTreeMap;

/// Decodes `body` and appends what `shape` makes of it.
///
/// # Errors
/// As `Merger::add`, and when `flatmap` fails; `out` is then as before.
pub(super) fn append(
    out: &mut Vec<u8>,
    keys: &mut Keys,
    body: &[u8],
    shape: &Shape,
    flatmap: &Flatmap,
) -> Result<Added, DecodeError> {
    let mut data = decode(body, shape.is_collection)?;
    if !shape.target.is_empty() {
        data = Value::Object(find(data, &shape.target));
    }
    // `null` stays what it is, as in KrakenD.
    flatmap.apply(&mut data)?;
    if let Some(group) = &shape.group {
        comma(out);
        keys.note(&group.text, out.len());
        out.extend_from_slice(&group.head);
        data.write(out);
        return Ok(Added { null: false, empty: false });
    }
    let Value::Object(object) = data else { return Ok(Added { null: true, empty: true }) };
    for (name, value) in &object.0 {
        comma(out);
        keys.note(name, out.len());
        write_json_string(out, name.as_bytes());
        out.push(b':');
        value.write(out);
    }
    Ok(Added { null: false, empty: object.0.is_empty() })
}

fn decode(body: &[u8], is_collection: bool) -> Result<Value, DecodeError> {
    let value = parse(body)?.value;
    match (&value, is_collection) {
        (Value::Object(_) | Value::Null, false) => Ok(value),
        (Value::Array(_) | Value::Null, true) => {
            Ok(Value::Object(Object(BTreeMap::from([(COLLECTION.to_owned(), value)]))))
        }
        (Value::Array(_), false) => Err(IS_ARRAY),
        (Value::Object(_), true) => Err(IS_OBJECT),
        _ => Err(IS_SCALAR),
    }
}

/// The object at the target; an empty one where there is none.
fn find(data: Value, target: &[Box<str>]) -> Object {
    let mut value = data;
    for part in target {
        let Value::Object(mut object) = value else { return Object::default() };
        value = object.0.remove(&**part).unwrap_or_default();
    }
    match value {
        Value::Object(object) => object,
        _ => Object::default(),
    }
}
