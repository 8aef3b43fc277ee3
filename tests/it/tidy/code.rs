//! Rust source with comments and the text of literals blanked out: what is left is code.

/// Blanks comments, and the insides of string and character literals. Lines keep their numbers
/// and their length in characters.
pub fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_or_comment(&chars, at);
        if end > at {
            let keep = |i: usize, c: char| c == '\n' || (i == at || i + 1 == end) && (c == '"' || c == '\'');
            out.extend((at..end).map(|i| if keep(i, chars[i]) { chars[i] } else { ' ' }));
            at = end;
        } else {
            // A whole identifier at once, so that the r of `for"` does not start a raw string.
            loop {
                out.push(chars[at]);
                at += 1;
                let inside = |c: char| c.is_alphanumeric() || c == '_';
                if at >= chars.len() || !inside(chars[at]) || !inside(chars[at - 1]) {
                    break;
                }
            }
        }
    }
    out
}

/// Where the comment or literal that starts here ends; `at` when none starts here.
fn literal_or_comment(chars: &[char], at: usize) -> usize {
    let next = |i: usize| chars.get(i).copied().unwrap_or('\0');
    match (next(at), next(at + 1)) {
        ('/', '/') => (at..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len()),
        ('/', '*') => block_comment(chars, at),
        ('"', _) => string(chars, at),
        ('b' | 'c', '"') => string(chars, at + 1),
        ('\'', _) => character(chars, at),
        ('b', '\'') => character(chars, at + 1),
        ('r', '"' | '#') => raw_string(chars, at, at + 1),
        ('b' | 'c', 'r') if matches!(next(at + 2), '"' | '#') => raw_string(chars, at, at + 2),
        _ => at,
    }
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn string(chars: &[char], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// `r"`, `r#"`, … at `start`; `hashes` is where the hashes begin. A raw identifier is no string.
fn raw_string(chars: &[char], start: usize, hashes: usize) -> usize {
    let count = chars[hashes..].iter().take_while(|&&c| c == '#').count();
    let open = hashes + count;
    if chars.get(open) != Some(&'"') {
        return start;
    }
    let ends =
        |i: &usize| chars[*i] == '"' && chars[i + 1..].iter().take_while(|&&c| c == '#').count() >= count;
    (open + 1..chars.len()).find(ends).map_or(chars.len(), |i| i + 1 + count)
}

/// A character literal; a lifetime is none.
fn character(chars: &[char], quote: usize) -> usize {
    match (chars.get(quote + 1), chars.get(quote + 2)) {
        (Some('\\'), _) => {
            (quote + 3..chars.len()).find(|&i| chars[i] == '\'').map_or(chars.len(), |i| i + 1)
        }
        (Some(_), Some('\'')) => quote + 3,
        _ => quote,
    }
}

/// For each line, whether it stands in a `#[cfg(test)] mod … { … }`. `code` is blanked source.
pub fn test_lines(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count()];
    let mut offset = 0;
    while let Some(found) = code[offset..].find("#[cfg(test)]").map(|i| i + offset) {
        offset = found + 1;
        let rest = &code[found..];
        let Some(end) = body_end(rest) else { continue };
        let first = code[..found].matches('\n').count();
        let last = first + rest[..end].matches('\n').count();
        marks[first..=last].fill(true);
    }
    marks
}

/// Where the braces of the item that starts here end; `None` for an item without a body.
pub fn body_end(code: &str) -> Option<usize> {
    let (mut braces, mut others) = (0_i32, 0_i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others -= 1,
            ';' if braces == 0 && others == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces == 0 && others == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn comments_and_literals_are_blanked() {
    let cases = [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"f("x // y", 'z', '\'', b"q")"#, r#"f("      ", ' ', '  ',    ")"#),
        (r##"g(r#"a"b"#, r"c")"##, "g(        ,    \")"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ("r#type + for_r\"x\"", "r#type + for_r\" \""),
        (r#""a\"b" c"#, r#""    " c"#),
    ];
    for (source, want) in cases {
        let code = code_only(source);
        assert_eq!(code, want, "{source}");
        assert_eq!(code.chars().count(), source.chars().count());
    }
}

#[test]
fn test_modules_are_found() {
    let code = "a\n#[cfg(test)]\nmod tests {\n  fn f() {}\n}\nb\n#[cfg(test)]\nmod more;\nc\n";
    assert_eq!(test_lines(code), [false, true, true, true, true, false, false, false, false]);
}
