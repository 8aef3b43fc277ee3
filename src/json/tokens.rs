//! How many tokens a JSON text has, so that no index is made of one that has too many; knows no
//! grammar.
//!
//! hot: only texts of more bytes than `JSON_TOKENS` are looked at.

use crate::limits::JSON_TOKENS;

/// Are there more than `JSON_TOKENS` brackets, commas, colons, names and values in `text`?
pub(super) fn too_many(text: &[u8]) -> bool {
    // No two tokens start at one byte.
    text.len() > JSON_TOKENS && more_than(text, JSON_TOKENS)
}

/// Any text is taken, so a backslash counts everywhere, as it does for the parser's first pass.
fn more_than(text: &[u8], limit: usize) -> bool {
    let mut tokens = 0;
    let (mut in_string, mut in_scalar, mut escaped) = (false, false, false);
    for &byte in text {
        if escaped || byte == b'\\' {
            escaped = !escaped;
            tokens += usize::from(!in_string && !in_scalar);
            in_scalar = !in_string;
            continue;
        }
        if byte == b'"' {
            tokens += usize::from(!in_string);
            (in_string, in_scalar) = (!in_string, false);
            continue;
        }
        if in_string {
            continue;
        }
        let sign = matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':');
        let plain = !sign && !byte.is_ascii_whitespace();
        tokens += usize::from(sign || (plain && !in_scalar));
        in_scalar = plain;
        if tokens > limit {
            return true;
        }
    }
    tokens > limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted() {
        let cases = [
            ("", 0),
            ("1", 1),
            ("[]", 2),
            ("[1, 22 ,true]", 7),
            (r#"{"a":"b","c":{}}"#, 10),
            (r#"["a,b:[{\"\\"]"#, 3),
            ("[[[[", 4),
            (r#"\"[["#, 3),
            ("12 34", 2),
        ];
        for (text, tokens) in cases {
            assert!(!more_than(text.as_bytes(), tokens), "{text}");
            if tokens > 0 {
                assert!(more_than(text.as_bytes(), tokens - 1), "{text}");
            }
        }
    }
}
