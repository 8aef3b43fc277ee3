//! `sluice/errors` of an endpoint, with what it takes over from the service.

use super::Compiler;
use crate::config::path;
use crate::config::{near, ErrorBodyKey, ErrorsKeys, Extra};
use crate::plan::errors::{names, ErrorBody, ErrorsPlan, Template};
use serde_json::{json, Value};

const NAMESPACE: &str = "sluice/errors";

impl Compiler<'_> {
    /// The plan for errors that no endpoint answers for.
    pub(super) fn service_errors(&mut self) -> Option<Box<ErrorsPlan>> {
        let config = self.config;
        self.check_template(&config.extra, &config.errors, &config.errors);
        plan(&config.errors)
    }

    /// `relays`: the output is no-op, so that a backend's answer passes as it is anyway.
    pub(super) fn errors(
        &mut self,
        extra: &Extra,
        own: &ErrorsKeys,
        relays: bool,
    ) -> Option<Box<ErrorsPlan>> {
        let config = self.config;
        let keys = own.or(&config.errors);
        self.check_template(extra, own, &keys);
        if relays {
            let without = [
                ("status", own.backend_status.is_some()),
                ("any_2xx", own.any_2xx.is_some()),
                ("partial", own.fail_partial.is_some()),
                ("body", own.body == Some(ErrorBodyKey::Backend)),
            ];
            for (key, _) in without.into_iter().filter(|(_, set)| *set) {
                let text = format!("'{key}' has no effect with the output no-op: answers pass as they are");
                self.no_effect(at(extra, key), text);
            }
        }
        plan(&keys)
    }

    fn check_template(&mut self, extra: &Extra, own: &ErrorsKeys, all: &ErrorsKeys) {
        let Some(written) = &own.template else { return };
        if let Err(unknown) = Template::compile(written) {
            for word in unknown {
                let allowed: Vec<_> = names().map(|name| format!("{{{name}}}")).collect();
                let hint = near::hint(&word, names());
                let text = format!("found {{{word}}}, allowed are {}{hint}", allowed.join(", "));
                self.refuse(at(extra, "template"), text);
            }
        }
        if all.body != Some(ErrorBodyKey::Json) {
            self.no_effect(at(extra, "template"), "'template' has no effect without \"body\": \"json\"");
        }
    }
}

fn at(extra: &Extra, key: &str) -> String {
    path::member(extra.get(NAMESPACE).map_or("", |raw| &raw.at), key)
}

/// `None`: nothing is other than in KrakenD.
fn plan(keys: &ErrorsKeys) -> Option<Box<ErrorsPlan>> {
    let body = match keys.body {
        None | Some(ErrorBodyKey::None) => ErrorBody::None,
        Some(ErrorBodyKey::Backend) => ErrorBody::Backend,
        Some(ErrorBodyKey::Json) => {
            let standard = standard();
            let template = Template::compile(keys.template.as_ref().unwrap_or(&standard));
            template.map_or(ErrorBody::None, ErrorBody::Json)
        }
    };
    let is = |key: Option<bool>| key == Some(true);
    let plan = ErrorsPlan {
        backend_status: is(keys.backend_status),
        gateway_status: is(keys.gateway_status),
        any_2xx: is(keys.any_2xx),
        fail_partial: is(keys.fail_partial),
        body,
    };
    let changes = plan.backend_status || plan.gateway_status || plan.any_2xx || plan.fail_partial;
    (changes || plan.body != ErrorBody::None).then(|| Box::new(plan))
}

fn standard() -> Value {
    json!({"error": {"status": "{status}", "message": "{message}"}})
}
