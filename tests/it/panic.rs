//! A panic in one request: 500, the end of that connection, and of nothing else.

use crate::alloc::Running;
use crate::kit::client::Client;
use crate::kit::origin::Origin;
use serde_json::json;
use sluice::filter::{Blueprint, Filter, FilterCx, Hooks, Step};
use sluice::plan::FilterPlan;
use std::any::Any;
use std::rc::Rc;
use std::time::Duration;

/// Panics on requests that ask for it.
struct Panicking;

impl Blueprint for Panicking {
    fn hooks(&self) -> Hooks {
        Hooks { request: true, done: false }
    }
    fn build(&self, _: Option<Box<dyn Any>>) -> Rc<dyn Filter> {
        Rc::new(Panicking)
    }
}

impl Filter for Panicking {
    fn request(&self, cx: &mut FilterCx<'_>) -> Step {
        assert!(cx.params[0] != b"bang", "on purpose");
        Step::Next
    }
}

#[test]
fn a_panic_ends_one_connection_only() {
    let origin = Origin::json(r#"{"ok":true}"#);
    let config = json!({
        "version": 3,
        "endpoints": [{"endpoint": "/p/{what}", "backend": [{"host": [origin.host()], "url_pattern": "/x"}]}]
    });
    let running = Running::start_with(&config, |plan| {
        plan.endpoints[0]
            .filters
            .push(FilterPlan { namespace: "test/panic", blueprint: Box::new(Panicking) });
    });
    let mut bystander = Client::new(running.port);
    assert_eq!(bystander.get("/p/fine").status, 200);
    for _ in 0..3 {
        let mut victim = Client::new(running.port);
        let response = victim.get("/p/bang");
        assert_eq!(response.status, 500);
        assert!(response.closes(), "the answer says that the connection ends");
        assert!(victim.ends_within(Duration::from_secs(5)), "the connection ends");
    }
    assert_eq!(bystander.get("/p/fine").status, 200, "the other connection goes on");
    assert_eq!(Client::new(running.port).get("/p/fine").status, 200);
}
