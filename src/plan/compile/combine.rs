//! What `proxy` and `concurrent_calls` make of an endpoint: its lane and budgets, shadows, values
//! that pass from one backend to the next, and what is done to the merged data.

use super::backend::Place;
use super::Compiler;
use crate::config::{Backend, Endpoint, FlatmapOp};
use crate::encoding::{Decoder, Renderer};
use crate::json::static_data::Strategy;
use crate::json::{self, Flatmap, StaticData};
use crate::limits::CONCURRENT_CALLS;
use crate::plan::{BackendPlan, Earlier, ErrorMode, FinishPlan, Lane, Piece, ShadowPlan};
use std::collections::HashSet;
use std::time::Duration;

/// Share of an endpoint's time that its backends get when there are several.
const MERGE_PERCENT: u32 = 85;
/// The same for one backend that is called several times at once.
const RACE_PERCENT: u32 = 75;

/// Backends of an endpoint, compiled.
pub(super) struct Backends {
    pub(super) regular: Vec<BackendPlan>,
    pub(super) shadows: Vec<ShadowPlan>,
}

/// How an endpoint makes its calls.
pub(super) struct Calls {
    pub(super) lane: Lane,
    pub(super) calls: usize,
    pub(super) merge_timeout: Duration,
    pub(super) race_timeout: Duration,
}

impl Compiler<'_> {
    /// Compiles all backends. `None`: findings say why.
    pub(super) fn backends(
        &mut self,
        endpoint: &Endpoint,
        place: Place<'_>,
        timeout: Duration,
    ) -> Option<Backends> {
        let (shadows, regular): (Vec<&Backend>, Vec<&Backend>) =
            endpoint.backend.iter().partition(|b| b.proxy.shadow);
        if regular.is_empty() && !shadows.is_empty() {
            let text = "found shadows only, allowed is at least one backend whose answer counts";
            self.refuse(format!("{}.backend", endpoint.at), text);
        }
        let sequential = endpoint.proxy.sequential && regular.len() > 1;
        let compiled: Vec<_> = regular
            .iter()
            .enumerate()
            .map(|(n, backend)| self.backend(backend, Place { earlier: sequential.then_some(n), ..place }))
            .collect();
        let shadows: Vec<_> = shadows
            .into_iter()
            .map(|backend| {
                let timeout = backend.proxy.shadow_timeout.unwrap_or(timeout);
                Some(ShadowPlan { backend: self.backend(backend, place)?, timeout })
            })
            .collect();
        let mut plans = compiled.into_iter().collect::<Option<Vec<_>>>()?;
        let shadows = shadows.into_iter().collect::<Option<Vec<_>>>()?;
        for (n, written) in regular.iter().enumerate() {
            self.keep_bodies(&mut plans, n, written);
        }
        Some(Backends { regular: plans, shadows })
    }

    /// Marks the backends whose whole bodies the target of backend `n` wants.
    fn keep_bodies(&mut self, plans: &mut [BackendPlan], n: usize, written: &Backend) {
        let whole = |piece: &Piece| match piece {
            Piece::Earlier(Earlier { backend, path, .. }) if path.is_empty() => Some(*backend),
            _ => None,
        };
        let wanted: Vec<usize> = plans[n].target.iter().filter_map(whole).collect();
        for index in wanted {
            let Some(source) = plans.get_mut(index) else { continue };
            source.keep_body = source.encoding == Decoder::NoOp;
            if !source.keep_body {
                let text =
                    format!("{{resp{index}}} needs the encoding no-op at that backend: the call fails");
                self.no_effect(format!("{}.url_pattern", written.at), text);
            }
        }
    }

    /// Lane and budgets.
    pub(super) fn calls(
        &mut self,
        endpoint: &Endpoint,
        output: Renderer,
        backends: &Backends,
        timeout: Duration,
    ) -> Calls {
        let calls = self.concurrent_calls(endpoint, output);
        let several = backends.regular.len() > 1;
        let lane = match output {
            Renderer::NoOp => Lane::Relay,
            _ if endpoint.proxy.sequential && several => Lane::Sequence,
            _ if calls > 1 => Lane::Race,
            _ if several || !backends.shadows.is_empty() => Lane::Merge,
            _ => Lane::Single,
        };
        let percent = match (several, calls > 1) {
            (true, _) => MERGE_PERCENT,
            (false, true) => RACE_PERCENT,
            (false, false) => 100,
        };
        let share = |percent| timeout * percent / 100;
        Calls { lane, calls, merge_timeout: share(percent), race_timeout: share(RACE_PERCENT) }
    }

    fn concurrent_calls(&mut self, endpoint: &Endpoint, output: Renderer) -> usize {
        let wanted = endpoint.concurrent_calls.and_then(|n| usize::try_from(n).ok()).unwrap_or(1).max(1);
        let at = || format!("{}.concurrent_calls", endpoint.at);
        if wanted > 1 && output == Renderer::NoOp {
            self.no_effect(
                at(),
                "concurrent calls end in one answer that is data; with no-op there is one call",
            );
            return 1;
        }
        if wanted > CONCURRENT_CALLS {
            self.refuse(at(), format!("found {wanted}, allowed is at most {CONCURRENT_CALLS}"));
        }
        wanted.min(CONCURRENT_CALLS)
    }

    /// `proxy.flatmap_filter` and `proxy.static`.
    pub(super) fn finish(&mut self, endpoint: &Endpoint, output: Renderer) -> Option<Box<FinishPlan>> {
        let proxy = &endpoint.proxy;
        let static_data = proxy
            .static_data
            .as_ref()
            .map(|written| StaticData::compile(&written.data, Strategy::named(&written.strategy)));
        let plan = FinishPlan { flatmap: flatmap(&proxy.flatmap_filter), static_data };
        if plan.flatmap.is_none() && plan.static_data.is_none() {
            return None;
        }
        if output == Renderer::NoOp {
            let at = endpoint.extra.get("proxy").map_or(endpoint.at.as_str(), |raw| &raw.at);
            self.no_effect(at.to_owned(), "the output no-op passes the answer on as it is: there is no data");
            return None;
        }
        Some(Box::new(plan))
    }
}

/// Compiles operations; what is wrong with them the configuration layer has said.
pub(super) fn flatmap(ops: &[FlatmapOp]) -> Option<Flatmap> {
    Flatmap::compile(ops.iter().map(|op| (op.kind.as_str(), op.args.as_slice()))).0
}

/// Whether no top-level key of the merged data can meet another. Details of an error stand beside
/// the group, so they count, too.
pub(super) fn keys_disjoint(backends: &[BackendPlan], finish: Option<&FinishPlan>) -> bool {
    let fixed = finish.and_then(|finish| finish.static_data.as_ref());
    if let ([_], None) = (backends, fixed) {
        return true;
    }
    if !json::keys_disjoint(backends.iter().map(|backend| &backend.shape)) {
        return false;
    }
    let details = backends.iter().filter_map(|backend| match &backend.errors {
        ErrorMode::Details(key) => Some(key.as_str()),
        ErrorMode::Fault | ErrorMode::Code => None,
    });
    let mut others = details.chain(fixed.into_iter().flat_map(StaticData::keys)).peekable();
    if others.peek().is_none() {
        return true;
    }
    let mut seen = HashSet::new();
    for backend in backends {
        let Some(keys) = backend.shape.top_keys() else { return false };
        seen.extend(keys);
    }
    others.all(|key| seen.insert(key))
}
