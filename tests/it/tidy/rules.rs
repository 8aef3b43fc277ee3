//! The rules that hold for single files, each a function from text to faults.

use super::code::{body_end, test_lines};
use regex::Regex;

/// Longest file, lines.
pub const FILE_LINES: usize = 500;
/// Longest function, lines from its signature to its closing brace.
pub const FUNCTION_LINES: usize = 70;

/// A source file: where it stands, its text, and its text without comments and literals.
pub struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub code: &'a str,
}

impl Source<'_> {
    fn fault(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.file)
    }

    /// A file that only tests are in.
    fn is_test(&self) -> bool {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        name == "tests.rs" || self.file.contains("/tests/") || self.file.starts_with("tests/")
    }
}

pub fn file_length(source: &Source<'_>) -> Vec<String> {
    let lines = source.text.lines().count();
    let fault = || source.fault(lines, &format!("{lines} lines, at most {FILE_LINES}"));
    Vec::from_iter((lines > FILE_LINES).then(fault))
}

/// Functions that are too long, except those that the ratchet names as `file function`.
pub fn function_length(source: &Source<'_>, ratchet: &[&str]) -> Vec<String> {
    let start = Regex::new(r"\bfn\s+(\w+)").expect("a valid pattern");
    let mut faults = Vec::new();
    for found in start.captures_iter(source.code) {
        let from = found.get(0).expect("the whole match").start();
        let Some(end) = body_end(&source.code[from..]) else { continue };
        let lines = source.code[from..from + end].lines().count();
        let known = ratchet.contains(&format!("{} {}", source.file, &found[1]).as_str());
        if lines > FUNCTION_LINES && !known {
            let line = source.code[..from].matches('\n').count() + 1;
            faults.push(
                source.fault(line, &format!("fn {} has {lines} lines, at most {FUNCTION_LINES}", &found[1])),
            );
        }
    }
    faults
}

/// Each module opens with what it is for.
pub fn module_doc(source: &Source<'_>) -> Vec<String> {
    let opens = source.text.lines().find(|l| !l.trim().is_empty()).is_some_and(|l| l.starts_with("//! "));
    Vec::from_iter((!opens && !source.is_test()).then(|| source.fault(1, "no module documentation (//!)")))
}

/// Calls that allocate, in files whose documentation says that they are hot.
pub fn hot_allocations(source: &Source<'_>) -> Vec<String> {
    let docs = source.text.lines().take_while(|l| l.trim().is_empty() || l.starts_with("//"));
    if source.is_test() || !docs.filter_map(|l| l.strip_prefix("//!")).any(|l| l.trim().starts_with("hot:")) {
        return Vec::new();
    }
    let banned = Regex::new(
        r"\bformat!|\.to_string\(\)|to_vec\(\)|\bVec::new\(\)|\bBox::new\b|\.clone\(\)|\bString::from\(",
    )
    .expect("a valid pattern");
    let reason = Regex::new(r"// alloc: \S").expect("a valid pattern");
    // The formatter puts a comment that does not fit on a line of its own, below.
    let below = Regex::new(r"^\s*// alloc: \S").expect("a valid pattern");
    let lines: Vec<&str> = source.text.lines().collect();
    let in_tests = test_lines(source.code);
    let mut faults = Vec::new();
    for (i, (code, text)) in source.code.lines().zip(source.text.lines()).enumerate() {
        if in_tests[i] || reason.is_match(text) {
            continue;
        }
        if lines.get(i + 1).is_some_and(|next| below.is_match(next)) {
            continue;
        }
        for word in banned.find_iter(code) {
            let word = word.as_str();
            faults.push(source.fault(i + 1, &format!("{word} in a hot file, without `// alloc: reason`")));
        }
    }
    faults
}

/// Marks of unfinished work. Written in two halves, so that this file does not hold them.
pub fn marks(file: &str, text: &str) -> Vec<String> {
    let words = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"]].map(|w| format!(r"\b{}\b", w.concat()));
    let macros = [["to", "do!"], ["unimple", "mented!"]].map(|w| format!(r"\b{}", w.concat()));
    let mark = Regex::new(&[words.join("|"), macros.join("|")].join("|")).expect("a valid pattern");
    let bad = text.lines().enumerate().filter(|(_, line)| mark.is_match(line));
    bad.map(|(i, line)| format!("{file}:{}: unfinished: {}", i + 1, line.trim())).collect()
}

/// Tests that do not run.
pub fn ignored_tests(source: &Source<'_>) -> Vec<String> {
    let attribute = Regex::new(r"#\[\s*(?:cfg_attr\(.*,\s*)?ignore\b").expect("a valid pattern");
    let bad = source.code.lines().enumerate().filter(|(_, line)| attribute.is_match(line));
    bad.map(|(i, _)| source.fault(i + 1, "a test that does not run")).collect()
}

/// Names of one module handed on by another: the table of layers would not see them.
pub fn reexports(source: &Source<'_>) -> Vec<String> {
    let reexport = Regex::new(r"\bpub(?:\([^)]*\))?\s+use\s+crate::").expect("a valid pattern");
    let hits = reexport.find_iter(source.code).filter(|_| source.file != "src/lib.rs");
    hits.map(|hit| source.fault(source.code[..hit.start()].matches('\n').count() + 1, "pub use crate::"))
        .collect()
}

/// A lint switched off without a reason in a comment on its line or the line above.
pub fn allows(source: &Source<'_>) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut faults = Vec::new();
    for (i, code) in source.code.lines().enumerate() {
        let Some(at) = ["#[allow(", "#![allow("].iter().find_map(|a| code.find(a)) else { continue };
        let same_line = lines[i][at..].contains("// ") || lines[i].contains("reason = ");
        let above = i > 0 && lines[i - 1].trim_start().starts_with("// ");
        if !same_line && !above {
            faults.push(source.fault(i + 1, "a lint switched off without a reason beside it"));
        }
    }
    faults
}

/// Crates that only some modules may name: shards never see tokio, control never sees monoio.
pub fn runtimes(source: &Source<'_>) -> Vec<String> {
    let rules: [(&str, &[&str]); 2] =
        [("monoio", &["net", "upstream", "shard", "tls"]), ("tokio", &["control"])];
    let top = source.file.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
    let mut faults = Vec::new();
    for (name, modules) in rules.iter().filter(|(_, modules)| !modules.contains(&top)) {
        let word = Regex::new(&format!(r"\b{name}\b")).expect("a valid pattern");
        for (i, _) in source.code.lines().enumerate().filter(|(_, line)| word.is_match(line)) {
            faults.push(source.fault(i + 1, &format!("{name} is only for {}", modules.join(", "))));
        }
    }
    faults
}

/// Paths of one machine. Written in halves, so that this file does not hold them.
pub fn machine_paths(file: &str, text: &str) -> Vec<String> {
    let roots = ["wo rk", "fa rm", "ro ot", "ho me", "tmp/w t"].map(|r| r.replace(' ', "")).join("|");
    let path = Regex::new(&format!(r#"(?:^|[\s"'`=:(])/(?:{roots})/"#)).expect("a valid pattern");
    let bad = text.lines().enumerate().filter(|(_, line)| path.is_match(line));
    bad.map(|(i, line)| format!("{file}:{}: a path of one machine: {}", i + 1, line.trim())).collect()
}

/// The order in which features act, outermost first, tier by tier. Names of folders in src/filter.
const FEATURE_ORDER: &[&str] = &[
    // edge
    "cors",
    "wasm_server",
    "secure_headers",
    "lua_service",
    "bot_service",
    "bot_detector",
    // endpoint
    "bot_endpoint",
    "jwt_validate",
    "jwt_sign",
    "lua_endpoint",
    "rate_endpoint",
    // pipe
    "lua_proxy",
    "cel_pipe",
    "json_schema",
    "shadow",
    "static_data",
    "wasm_pipe",
    "flatmap",
    // backend
    "query_rules",
    "concurrent",
    "header_rules",
    "graphql",
    "wasm_backend",
    "breaker",
    "rate_backend",
    "lua_backend",
    "cel_backend",
    "martian",
    "wasm_client",
    "http_cache",
    "oauth2_client",
];

/// The lines of the table in src/filter/registry.rs follow the documented order; a folder that the
/// order does not name must be added to it.
pub fn registry_order(code: &str) -> Vec<String> {
    let table = Regex::new(r"(?m)^features!\s*[{(\[]").expect("a valid pattern");
    let Some(start) = table.find(code) else { return vec!["no features! table in the registry".to_owned()] };
    let body = &code[start.end()..];
    let body = &body[..body.find(['}', ')', ']']).unwrap_or(body.len())];
    let first_word = Regex::new(r"(?m)^\s*(\w+)\b").expect("a valid pattern");
    let (mut faults, mut last) = (Vec::new(), 0);
    for name in first_word.captures_iter(body).map(|c| c[1].to_owned()) {
        match FEATURE_ORDER.iter().position(|n| *n == name) {
            None => {
                faults.push(format!("{name} has no place in the order of features (tests/it/tidy/rules.rs)"))
            }
            Some(at) if at < last => faults.push(format!("{name} stands after {}", FEATURE_ORDER[last])),
            Some(at) => last = at,
        }
    }
    faults
}

/// Modules that may switch off the bans of clippy.toml: each is the one place of its kind.
const BANS_LIFTED: &[&str] = &[
    "src/shared/",
    "src/control/",
    "src/port/",
    "src/base/clock.rs",
    "src/base/date.rs",
    "src/base/cpu.rs",
    "src/config/template.rs",
    "src/cli/",
    "src/demo/",
    "loadtest/",
    "bench/",
    "tests/",
];

/// The bans of clippy.toml switched off elsewhere.
pub fn lifted_bans(source: &Source<'_>) -> Vec<String> {
    if BANS_LIFTED.iter().any(|place| source.file.starts_with(place)) || source.is_test() {
        return Vec::new();
    }
    let ban = Regex::new(r"allow\([^)]*clippy::disallowed_").expect("a valid pattern");
    let in_tests = test_lines(source.code);
    let bad = source
        .code
        .lines()
        .enumerate()
        .filter(|(i, line)| ban.is_match(line) && !line.contains("cfg_attr(test,") && !in_tests[*i]);
    bad.map(|(i, _)| source.fault(i + 1, "a ban of clippy.toml lifted here")).collect()
}
