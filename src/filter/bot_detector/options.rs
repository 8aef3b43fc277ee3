//! Settings of the bot detector: what they may be, and the decision they make.
//!
//! A detector that cannot be built as written refuses the start (KrakenD runs without it): a guard
//! must not vanish because of a slip.

use crate::config::{Finding, Raw, Severity};
use crate::engine::re2;
use crate::filter::options::{Reader, Wrong};
use crate::limits::{BOT_CACHE_ENTRIES, REGEX_BYTES};
use regex::{RegexSet, RegexSetBuilder};
use std::collections::HashSet;
use std::num::NonZeroUsize;

/// Checked settings.
pub(super) struct Options {
    allow: HashSet<Box<[u8]>>,
    deny: HashSet<Box<[u8]>>,
    patterns: RegexSet,
    pub(super) empty_is_bot: bool,
    /// Decisions kept per shard; `None` = no cache.
    pub(super) cache_entries: Option<NonZeroUsize>,
}

impl Options {
    /// `None`: the settings are wrong, and findings say where.
    pub(super) fn read(raw: &Raw, findings: &mut Vec<Finding>) -> Option<Options> {
        let before = findings.len();
        let mut reader = Reader::new(raw, Wrong::Refuse, findings)?;
        let set = |texts: Vec<&str>| texts.into_iter().map(|t| t.as_bytes().into()).collect();
        let allow = set(reader.texts("allow"));
        let deny = set(reader.texts("deny"));
        let patterns = patterns(&mut reader);
        let empty_is_bot = reader.boolean("empty_user_agent_is_bot").unwrap_or_default();
        let cache_entries = cache_entries(&mut reader);
        let refused = findings[before..].iter().any(|f| f.severity == Severity::Error);
        let patterns = patterns.filter(|_| !refused)?;
        Some(Options { allow, deny, patterns, empty_is_bot, cache_entries })
    }

    /// Configured so that it does nothing.
    pub(super) fn refuses_nothing(&self) -> bool {
        self.deny.is_empty() && self.patterns.is_empty() && !self.empty_is_bot
    }

    /// Allowed names first, then denied ones, then patterns.
    pub(super) fn matches(&self, agent: &[u8]) -> bool {
        if self.allow.contains(agent) {
            return false;
        }
        if self.deny.contains(agent) {
            return true;
        }
        match std::str::from_utf8(agent) {
            Ok(text) => self.patterns.is_match(text),
            // Go's expressions see U+FFFD for what is not UTF-8.
            Err(_) => self.patterns.is_match(&String::from_utf8_lossy(agent)), // alloc: odd bytes
        }
    }
}

fn patterns(reader: &mut Reader<'_, '_>) -> Option<RegexSet> {
    let written = reader.texts("patterns");
    let build = |texts: &[&str]| {
        let translated: Vec<_> = texts.iter().map(|text| re2::to_rust(text)).collect();
        RegexSetBuilder::new(translated).size_limit(REGEX_BYTES).dfa_size_limit(REGEX_BYTES).build()
    };
    let set = build(&written);
    match set {
        Ok(set) => Some(set),
        Err(whole) => {
            let mut named = false;
            for (n, text) in written.iter().enumerate() {
                if let Err(error) = build(&[text]) {
                    named = true;
                    reader.refuse(&format!("patterns[{n}]"), refusal(text, &error));
                }
            }
            if !named {
                reader.refuse("patterns", refusal("all together", &whole));
            }
            None
        }
    }
}

fn refusal(text: &str, error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("found {text:?}, which compiles to more than the {limit} bytes allowed")
        }
        // The last line names the fault, the lines before draw it.
        other => {
            let drawn = other.to_string();
            let fault = drawn.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("found {text:?}, allowed is a regular expression (RE2): {fault}")
        }
    }
}

fn cache_entries(reader: &mut Reader<'_, '_>) -> Option<NonZeroUsize> {
    let wanted = reader.whole("cache_size")?;
    if wanted < 0 {
        reader.refuse("cache_size", format!("found {wanted}, allowed is 0 or more"));
        return None;
    }
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    if wanted > BOT_CACHE_ENTRIES {
        let text = format!("found {wanted}, at most {BOT_CACHE_ENTRIES} decisions are kept");
        reader.warn("cache_size", text);
    }
    NonZeroUsize::new(wanted.min(BOT_CACHE_ENTRIES))
}
