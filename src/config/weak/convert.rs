//! KrakenD's conversions between scalars; knows nothing of keys. `None` = refused.

use crate::config::text::{Kind, Node};

/// Number (fraction cut), number as text, true/false as 1/0, empty text as 0.
pub fn int(node: &Node) -> Option<i64> {
    match &node.kind {
        Kind::Number(number) => whole(number),
        Kind::Bool(b) => Some(i64::from(*b)),
        Kind::Text(text) if text.is_empty() => Some(0),
        Kind::Text(text) => int_text(text),
        _ => None,
    }
}

/// The whole part of a JSON number that fits.
pub fn whole(number: &str) -> Option<i64> {
    if let Ok(exact) = number.parse::<i64>() {
        return Some(exact);
    }
    let float = number.parse::<f64>().ok()?.trunc();
    // 2^63 as a float; everything below it in size fits.
    (float.abs() < 9_223_372_036_854_775_808.0).then_some(float as i64)
}

/// Go's `ParseInt` with base 0: decimal, `0x`, `0o`, `0b`, and a leading 0 for octal.
fn int_text(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let (base, digits) = match prefix.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some(p) if p.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{digits}"), base).ok()
}

/// Number, number as text, true/false as 1/0, empty text as 0.
pub fn float(node: &Node) -> Option<f64> {
    match &node.kind {
        Kind::Number(text) | Kind::Text(text) if !text.is_empty() => {
            text.parse::<f64>().ok().filter(|f| f.is_finite())
        }
        Kind::Text(_) => Some(0.0),
        Kind::Bool(b) => Some(f64::from(u8::from(*b))),
        _ => None,
    }
}

/// true/false, numbers (0 is false), Go's `ParseBool` texts, empty text as false.
pub fn bool(node: &Node) -> Option<bool> {
    match &node.kind {
        Kind::Bool(b) => Some(*b),
        Kind::Number(number) => number.parse::<f64>().ok().map(|f| f != 0.0),
        Kind::Text(text) => match text.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Text; a number in its shortest form without exponent; true/false as 1/0.
pub fn text(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) => Some(text.clone()),
        Kind::Bool(b) => Some(u8::from(*b).to_string()),
        Kind::Number(number) => number.parse::<f64>().ok().filter(|f| f.is_finite()).map(|f| f.to_string()),
        _ => None,
    }
}
