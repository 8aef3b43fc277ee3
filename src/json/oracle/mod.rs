//! The rules of shaping and merging over value trees: slow, obvious, and independent of the span
//! writer, which the tests and fuzz targets hold against it; serves no request.

pub mod flatmap;

use super::tree::{parse, Object, Value};
use super::{DecodeError, ShapeSpec};
use std::collections::BTreeMap;
use std::mem::take;

/// Operations of a `flatmap_filter`, each a type and its paths.
pub type Ops = [(String, Vec<String>)];

/// One backend's data: decodes `body` and applies `spec`, with `ops` where it has a flatmap. None:
/// the data is `null`.
///
/// # Errors
/// As `Merger::add`.
pub fn data(body: &[u8], spec: &ShapeSpec<'_>, ops: &Ops) -> Result<Option<Object>, DecodeError> {
    let mut data = match (parse(body)?.value, spec.is_collection) {
        (Value::Object(object), false) => Some(object),
        (Value::Null, false) => None,
        (value @ (Value::Array(_) | Value::Null), true) => {
            Some(Object(BTreeMap::from([("collection".to_owned(), value)])))
        }
        _ => return Err(DecodeError("wrong kind of value")),
    };
    if !spec.target.is_empty() {
        data = Some(target(data.unwrap_or_default(), spec.target));
    }
    if let Some(object) = &mut data {
        if spec.flatmap.is_some() {
            data = flatten(take(object), ops);
        } else if spec.allow.is_empty() {
            spec.deny.iter().for_each(|path| deny(object, path));
            map(object, spec.mapping);
        } else {
            allow(object, spec.allow);
            map(object, spec.mapping);
        }
    }
    if !spec.group.is_empty() {
        let inner = data.map_or(Value::Null, Value::Object);
        data = Some(Object(BTreeMap::from([(spec.group.to_owned(), inner)])));
    }
    Ok(data)
}

fn flatten(object: Object, ops: &Ops) -> Option<Object> {
    match flatmap::apply(ops, Value::Object(object)) {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn target(mut object: Object, path: &str) -> Object {
    for part in path.split('.') {
        object = match object.0.remove(part) {
            Some(Value::Object(inner)) => inner,
            _ => return Object::default(),
        };
    }
    object
}

/// Walks to the object that holds the last name of `path`.
fn holder<'o, 'p>(object: &'o mut Object, path: &'p str) -> Option<(&'o mut Object, &'p str)> {
    let mut object = object;
    let mut rest = path;
    while let Some((part, after)) = rest.split_once('.') {
        object = match object.0.get_mut(part) {
            Some(Value::Object(inner)) => inner,
            _ => return None,
        };
        rest = after;
    }
    Some((object, rest))
}

fn deny(object: &mut Object, path: &str) {
    if let Some((object, name)) = holder(object, path) {
        object.0.remove(name);
    }
}

fn allow(object: &mut Object, paths: &[String]) {
    let mut leaves: Vec<&str> = Vec::new();
    let under = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
    for path in paths {
        leaves.retain(|leaf| !under(leaf, path) && !under(path, leaf));
        leaves.push(path);
    }
    let mut kept = Object::default();
    for path in leaves {
        let Some(value) = holder(object, path).and_then(|(object, name)| object.0.remove(name)) else {
            continue;
        };
        let mut place = &mut kept;
        let mut rest = path;
        while let Some((part, after)) = rest.split_once('.') {
            let inner = place.0.entry(part.to_owned()).or_insert_with(|| Value::Object(Object::default()));
            let Value::Object(inner) = inner else { return };
            place = inner;
            rest = after;
        }
        place.0.insert(rest.to_owned(), value);
    }
    *object = kept;
}

/// All renames at once: sources leave first, then each takes its new name in the list's order.
fn map(object: &mut Object, mapping: &[(String, String)]) {
    let mut renamed: Vec<(&str, Value)> = Vec::new();
    for (i, (from, to)) in mapping.iter().enumerate() {
        let to = to.split('.').next().unwrap_or_default();
        let again = mapping[i + 1..].iter().any(|(later, _)| later == from);
        match object.0.remove(from) {
            Some(value) if again => drop(object.0.insert(from.clone(), value)),
            Some(value) if from != to => renamed.push((to, value)),
            _ => {}
        }
    }
    for (to, value) in renamed {
        object.0.insert(to.to_owned(), value);
    }
}
