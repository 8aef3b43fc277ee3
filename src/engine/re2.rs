//! Regular expressions as KrakenD's users write them (RE2, as in Go), rewritten for the `regex`
//! crate; knows nothing of what they match.
//!
//! The differences that matter: in RE2 `\d`, `\w`, `\s` and `\b` mean ASCII, a `[` inside a class
//! and a `{` that starts no repetition are plain characters, `--`, `&&` and `~~` inside a class
//! are no operators, and `\Q...\E` quotes. What is wrong in both is left for the crate to refuse.

use std::iter::Peekable;
use std::str::Chars;

const SPACE: &str = r"\t\n\f\r ";
const WORD: &str = "0-9A-Za-z_";
/// Classes that are written `[:alpha:]` inside a class.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// The same expression in the crate's syntax.
pub fn to_rust(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut out),
            '[' => class(&mut rest, &mut out),
            '{' if !is_repetition(rest.clone()) => out.push_str(r"\{"),
            c => out.push(c),
        }
    }
    out
}

/// After a backslash outside of a class.
fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    match rest.next() {
        Some('Q') => quoted(rest, out),
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('w') => out.extend(["[", WORD, "]"]),
        Some('W') => out.extend(["[^", WORD, "]"]),
        Some('s') => out.extend(["[", SPACE, "]"]),
        Some('S') => out.extend(["[^", SPACE, "]"]),
        Some('b') => out.push_str(r"(?-u:\b)"),
        Some(c) => out.extend(['\\', c]),
        None => out.push('\\'),
    }
}

/// After `\Q`, up to `\E` or the end.
fn quoted(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        if c == '\\' && rest.next_if_eq(&'E').is_some() {
            break;
        }
        text.push(c);
    }
    out.push_str(&regex::escape(&text));
}

/// Whether `{` starts `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(rest: Peekable<Chars<'_>>) -> bool {
    let inner: String = rest.take_while(|c| *c != '}').take(16).collect();
    let (low, high) = inner.split_once(',').unwrap_or((&inner, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}

/// After `[`, to the end of the class.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    while let Some(c) = rest.next() {
        if c == ']' && !first {
            out.push(']');
            return;
        }
        first = false;
        if !atom(c, rest, out) {
            continue;
        }
        // A range, unless the dash is the last of the class.
        let mut ahead = rest.clone();
        if ahead.next() == Some('-') && ahead.peek().is_some_and(|c| *c != ']') {
            rest.next();
            out.push('-');
            if let Some(high) = rest.next() {
                atom(high, rest, out);
            }
        }
    }
}

/// One member of a class; true when it is a single character, which may start a range.
fn atom(c: char, rest: &mut Peekable<Chars<'_>>, out: &mut String) -> bool {
    match c {
        '[' if rest.peek() == Some(&':') => {
            let name: String = rest.by_ref().take_while(|c| *c != ']').collect();
            let known = NAMED.contains(&name.trim_matches(':').trim_start_matches('^'));
            // The crate would take an unknown one as a class of its letters; this it refuses.
            out.extend(if known { ["[", &name, "]"] } else { [r"\p{", &name, "}"] });
            false
        }
        '[' | ']' | '&' | '~' | '-' | '^' => {
            out.extend(['\\', c]);
            true
        }
        '\\' => match rest.next() {
            Some('d') => set(out, "0-9"),
            Some('D') => set(out, "[^0-9]"),
            Some('w') => set(out, WORD),
            Some('W') => set(out, "[^0-9A-Za-z_]"),
            Some('s') => set(out, SPACE),
            Some('S') => set(out, r"[^\t\n\f\r ]"),
            Some(c @ ('p' | 'P')) => {
                out.extend(['\\', c]);
                copy_name(rest, 1, out);
                false
            }
            Some('x') => {
                out.push_str(r"\x");
                copy_name(rest, 2, out);
                true
            }
            Some(c) => {
                out.extend(['\\', c]);
                true
            }
            None => {
                out.push('\\');
                true
            }
        },
        c => {
            out.push(c);
            true
        }
    }
}

fn set(out: &mut String, members: &str) -> bool {
    out.push_str(members);
    false
}

/// What follows `\p` or `\x`: something in braces, or as many plain characters.
fn copy_name(rest: &mut Peekable<Chars<'_>>, plain: usize, out: &mut String) {
    if rest.peek() == Some(&'{') {
        for c in rest.by_ref() {
            out.push(c);
            if c == '}' {
                break;
            }
        }
    } else {
        out.extend(rest.by_ref().take(plain));
    }
}

#[cfg(test)]
mod tests;
