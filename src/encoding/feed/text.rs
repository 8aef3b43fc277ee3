//! Texts of feeds: CDATA, HTML references, names with addresses; knows no feed format.

use super::Person;
use crate::limits::FEED_PERSON_BYTES;
use quick_xml::escape::resolve_html5_entity;
use regex::Regex;
use std::sync::LazyLock;

const CDATA: &str = "<![CDATA[";

/// The text of an element's content as it is written: CDATA sections as they are, references
/// outside of them resolved once, markup kept.
pub(super) fn plain(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.trim();
    while let Some(start) = rest.find(CDATA) {
        let Some(len) = rest[start + CDATA.len()..].find("]]>") else { break };
        push_decoded(&mut out, &rest[..start]);
        let data = start + CDATA.len();
        out.push_str(&rest[data..data + len]);
        rest = &rest[data + len + "]]>".len()..];
    }
    push_decoded(&mut out, rest);
    out
}

/// Base64 (RFC 4648 section 4, with padding; line ends do not count) that holds UTF-8 text.
pub(super) fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0_u32, 0_usize, 0_usize);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                0
            }
            _ => return None,
        };
        if padding > 0 && byte != b'=' {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count % 4 == 0 {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
            bits = 0;
        }
    }
    if count % 4 != 0 || padding > 2 {
        return None;
    }
    bytes.truncate(bytes.len() - padding);
    String::from_utf8(bytes).ok()
}

/// Whether the content holds a CDATA section.
pub(super) fn has_cdata(inner: &str) -> bool {
    inner.contains(CDATA)
}

/// Appends `text` with its references resolved, HTML's among them; what is none stays.
fn push_decoded(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        // A reference holds no second `&`, and the longest name of HTML has 31 characters.
        let mut head = rest.bytes().take(40);
        let end = head.position(|b| matches!(b, b';' | b'&'));
        match end.filter(|end| rest[*end..].starts_with(';') && push_reference(out, &rest[..*end])) {
            Some(end) => rest = &rest[end + 1..],
            None => out.push('&'),
        }
    }
    out.push_str(rest);
}

fn push_reference(out: &mut String, name: &str) -> bool {
    let Some(number) = name.strip_prefix('#') else {
        let known = resolve_html5_entity(name);
        out.push_str(known.unwrap_or_default());
        return known.is_some();
    };
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return false;
    }
    out.push(numbered(u32::from_str_radix(digits, radix).unwrap_or(u32::MAX)));
    true
}

/// The character of a numeric reference as HTML has it: 0x80 to 0x9F are those of windows-1252.
fn numbered(code: u32) -> char {
    let byte = u8::try_from(code).ok().filter(|byte| (0x80..0xA0).contains(byte));
    if let Some(byte) = byte {
        let bytes = [byte];
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
        return text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// `address (name)`, `name (address)`, `name`, `address`: pattern, group of the name, group of the
/// address.
static FORMS: LazyLock<Vec<(Regex, usize, usize)>> = LazyLock::new(|| {
    [
        (r"^([^@]+@\S+)[ \t\r\n]+\(([^@]+)\)$", 2, 1),
        (r"^([^@]+?)[ \t\r\n]+\(([^@]+@[^)]+)\)$", 1, 2),
        (r"^([^@()]+)$", 1, 0),
        (r"^([^@()]+@[^@()]+)$", 0, 1),
    ]
    .into_iter()
    .filter_map(|(form, name, email)| Some((Regex::new(form).ok()?, name, email)))
    .collect()
});

/// Reads the usual ways to write a person in RSS; what fits none of them gives an empty person.
pub(super) fn person(text: &str) -> Person {
    if text.len() > FEED_PERSON_BYTES {
        return Person { name: text.to_owned(), email: String::new() };
    }
    for (form, name, email) in FORMS.iter() {
        if let Some(found) = form.captures(text) {
            let part = |group: usize| match group {
                0 => String::new(),
                group => found.get(group).map_or("", |part| part.as_str()).to_owned(),
            };
            return Person { name: part(*name), email: part(*email) };
        }
    }
    Person::default()
}
