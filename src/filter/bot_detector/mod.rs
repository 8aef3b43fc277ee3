//! `security/bot-detector`: refuses requests by their User-Agent, for the whole service or for one
//! endpoint; looks at nothing but the first `User-Agent` line.
//!
//! hot: decisions kept in the cache cost one hash; without a cache nothing allocates but the
//! regular expressions' own scratch, which is reused.

mod options;

use crate::config::{Finding, Raw};
use crate::filter::{Blueprint, Feature, Filter, FilterCx, Hooks, Level, Reply, Scope, Step, Tier};
use crate::http::head::{values, Known};
use crate::shared::fingerprint::{Fingerprint, Seed};
use lru::LruCache;
use options::Options;
use std::any::Any;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;

/// The feature.
pub struct BotDetector;

impl Feature for BotDetector {
    fn namespace(&self) -> &'static str {
        "security/bot-detector"
    }

    fn places(&self) -> &'static [(Level, Tier)] {
        &[(Level::Service, Tier::Edge), (Level::Endpoint, Tier::Endpoint)]
    }

    fn about(&self) -> &'static str {
        "Refuses requests with 403 by their User-Agent: exact lists and patterns."
    }

    fn compile(&self, raw: &Raw, _: &Scope<'_>, findings: &mut Vec<Finding>) -> Option<Box<dyn Blueprint>> {
        let options = Options::read(raw, findings)?;
        if options.refuses_nothing() {
            return None;
        }
        Some(Box::new(Compiled(Arc::new(options)))) // alloc: start-up
    }
}

struct Compiled(Arc<Options>);

impl Blueprint for Compiled {
    fn hooks(&self) -> Hooks {
        Hooks { request: true, done: false }
    }

    fn build(&self, _: Option<Box<dyn Any>>) -> Rc<dyn Filter> {
        let cache = self.0.cache_entries.map(Cache::new);
        Rc::new(Detector { options: Arc::clone(&self.0), cache })
    }
}

/// The detector on one shard.
struct Detector {
    options: Arc<Options>,
    cache: Option<Cache>,
}

/// Decisions of this shard, the least recently used dropped first. Keyed by fingerprints, so that
/// long User-Agents take no more memory than short ones.
struct Cache {
    seed: Seed,
    decisions: RefCell<LruCache<Fingerprint, bool>>,
}

impl Cache {
    fn new(entries: NonZeroUsize) -> Cache {
        Cache { seed: Seed::default(), decisions: RefCell::new(LruCache::new(entries)) }
    }
}

impl Detector {
    fn is_bot(&self, agent: &[u8]) -> bool {
        if agent.is_empty() {
            return self.options.empty_is_bot || self.options.matches(agent);
        }
        let Some(cache) = &self.cache else {
            return self.options.matches(agent);
        };
        let print = cache.seed.of(agent);
        let mut decisions = cache.decisions.borrow_mut();
        if let Some(decision) = decisions.get(&print) {
            return *decision;
        }
        let decision = self.options.matches(agent);
        decisions.put(print, decision); // alloc: a new entry of the cache
        decision
    }
}

impl Filter for Detector {
    fn request(&self, cx: &mut FilterCx<'_>) -> Step {
        let agent = values(&cx.head.fields, Known::UserAgent, cx.head_bytes).next().unwrap_or_default();
        if self.is_bot(agent) {
            return Step::Reply(Reply { status: 403, reason: "bot rejected" });
        }
        Step::Next
    }
}

#[cfg(test)]
mod tests;
