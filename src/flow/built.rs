//! This core's filters, made from the plan's blueprints, and what a shard keeps per backend;
//! knows no socket.

use crate::filter::{Filter, Hooks};
use crate::plan::{BackendPlan, FilterPlan, Plan};
use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// A filter of one place, on this shard.
pub struct BuiltFilter {
    pub namespace: &'static str,
    pub hooks: Hooks,
    pub filter: Rc<dyn Filter>,
}

/// One backend of an endpoint, on this shard.
pub struct BuiltBackend {
    pub filters: Vec<BuiltFilter>,
    next_host: Cell<usize>,
}

/// One endpoint, on this shard.
pub struct BuiltEndpoint {
    pub filters: Vec<BuiltFilter>,
    pub pipe: Vec<BuiltFilter>,
    pub backends: Vec<BuiltBackend>,
    pub shadows: Vec<BuiltBackend>,
}

/// A plan as one shard runs it.
pub struct Built {
    pub plan: Arc<Plan>,
    pub edge: Vec<BuiltFilter>,
    pub endpoints: Vec<BuiltEndpoint>,
}

impl Built {
    /// Builds every filter of the plan. `seed` makes shards start their round of hosts apart.
    #[must_use]
    pub fn new(plan: Arc<Plan>, seed: usize) -> Built {
        let edge = build(&plan.edge);
        let endpoints = plan
            .endpoints
            .iter()
            .map(|endpoint| BuiltEndpoint {
                filters: build(&endpoint.filters),
                pipe: build(&endpoint.pipe),
                backends: endpoint.backends.iter().map(|backend| BuiltBackend::new(backend, seed)).collect(),
                shadows: endpoint.shadows.iter().map(|s| BuiltBackend::new(&s.backend, seed)).collect(),
            })
            .collect();
        Built { plan, edge, endpoints }
    }
}

fn build(plans: &[FilterPlan]) -> Vec<BuiltFilter> {
    let old = || None::<Box<dyn Any>>;
    plans
        .iter()
        .map(|p| BuiltFilter {
            namespace: p.namespace,
            hooks: p.blueprint.hooks(),
            filter: p.blueprint.build(old()),
        })
        .collect()
}

impl BuiltBackend {
    fn new(plan: &BackendPlan, seed: usize) -> BuiltBackend {
        BuiltBackend { filters: build(&plan.filters), next_host: Cell::new(seed) }
    }

    /// The next host of `hosts`, in turn (KrakenD: round robin per core is a legal choice).
    pub fn pick(&self, hosts: &[u32]) -> Option<u32> {
        let turn = self.next_host.get();
        self.next_host.set(turn.wrapping_add(1));
        match hosts {
            [] => None,
            [only] => Some(*only),
            many => many.get(turn % many.len()).copied(),
        }
    }
}
