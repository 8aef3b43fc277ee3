//! Names and characters of XML 1.0; knows no document.

/// May start a name (XML 1.0 section 2.3, without the colon).
const fn starts(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// May stand in a name behind its first character (without the colon).
const fn continues(c: char) -> bool {
    starts(c)
        || matches!(c,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// A name without a colon.
fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(starts) && chars.all(continues)
}

/// Prefix and local part of a name that may carry one prefix. None: no valid name.
pub(in crate::encoding) fn split(name: &str) -> Option<(&str, &str)> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let valid = is_plain(local) && (is_plain(prefix) || (prefix.is_empty() && !name.contains(':')));
    valid.then_some((prefix, local))
}

/// Appends `name` as an element or attribute name; what a name may not hold becomes `_`.
pub(in crate::encoding) fn push_valid(out: &mut Vec<u8>, name: &str) {
    if split(name).is_some() {
        out.extend_from_slice(name.as_bytes());
        return;
    }
    let mut chars = name.chars().peekable();
    if !chars.peek().is_some_and(|c| starts(*c)) {
        out.push(b'_');
        if !chars.peek().is_some_and(|c| continues(*c)) {
            chars.next();
        }
    }
    let mut buffer = [0; 4];
    for c in chars {
        let c = if continues(c) { c } else { '_' };
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
}

/// A character that XML text may hold at all (XML 1.0 section 2.2).
pub(in crate::encoding) const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
