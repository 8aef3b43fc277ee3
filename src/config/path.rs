//! JSON paths of findings, `endpoints[0].extra_config["qos/http-cache"].shared`: written, read
//! and turned into JSON pointers; knows nothing of what they point at.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// The path of member `key` of the object at `at`; an empty `at` is the root.
#[must_use]
pub fn member(at: &str, key: &str) -> String {
    if !is_plain(key) {
        let quoted = serde_json::Value::from(key).to_string();
        format!("{at}[{quoted}]")
    } else if at.is_empty() {
        key.to_string()
    } else {
        format!("{at}.{key}")
    }
}

/// The path of element `index` of the list at `at`.
#[must_use]
pub fn element(at: &str, index: usize) -> String {
    format!("{at}[{index}]")
}

/// Whether a key needs no brackets.
fn is_plain(key: &str) -> bool {
    let first = |b: u8| b.is_ascii_alphabetic() || b"_$@#".contains(&b);
    let rest = |b: u8| first(b) || b.is_ascii_digit() || b == b'-';
    key.bytes().next().is_some_and(first) && key.bytes().all(rest)
}

/// Reads a path written by this module. What it cannot read becomes one last key, so that the
/// answer is never worse than "somewhere below the part that could be read".
#[must_use]
pub fn steps(at: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = at;
    while !rest.is_empty() {
        if let Some((step, after)) = bracket(rest) {
            steps.push(step);
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('.').unwrap_or(rest);
        let end =
            name.char_indices().skip(1).find(|(_, c)| matches!(c, '.' | '[')).map_or(name.len(), |(i, _)| i);
        let (key, after) = name.split_at(end);
        steps.push(Step::Key(key.to_string()));
        rest = after;
    }
    steps
}

/// Reads `[3]` or `["key"]` at the start of `text`.
fn bracket(text: &str) -> Option<(Step, &str)> {
    let inside = text.strip_prefix('[')?;
    if inside.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(inside).into_iter::<String>();
        let key = values.next()?.ok()?;
        let after = inside.get(values.byte_offset()..)?.strip_prefix(']')?;
        return Some((Step::Key(key), after));
    }
    let (digits, after) = inside.split_once(']')?;
    Some((Step::Index(digits.parse().ok()?), after))
}

/// The JSON pointer (RFC 6901) of a path: `/endpoints/0/timeout`.
#[must_use]
pub fn pointer(at: &str) -> String {
    let mut out = String::new();
    for step in steps(at) {
        out.push('/');
        match step {
            Step::Key(key) => out.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => out.push_str(&index.to_string()),
        }
    }
    out
}

/// Whether `inner` is `outer` or lies below it.
#[must_use]
pub fn is_within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}
