//! `sluice/errors`: what it takes over from the service, and what is refused.

use super::*;
use crate::plan::errors::ErrorBody;

fn with(service: Value, endpoint_keys: Value, output: &str) -> Config {
    let own = extra("endpoints[0].", &[("sluice/errors", endpoint_keys)]);
    let endpoint =
        Endpoint { extra: own, output_encoding: output.into(), ..endpoint("/x", vec![backend(0, "/x")]) };
    Config { extra: extra("", &[("sluice/errors", service)]), ..config(vec![endpoint]) }
}

#[test]
fn keys_of_the_endpoint_win() {
    let plan = |service, own| plan(&with(service, own, "json")).endpoints.swap_remove(0).errors;
    assert_eq!(plan(json!({}), json!({"status": "gateway", "body": "none"})), None, "KrakenD's answers");
    let all = json!({"status": "backend", "gateway_status": true, "body": "json", "partial": "fail"});
    let taken = plan(all.clone(), json!({})).unwrap();
    assert!(taken.backend_status && taken.gateway_status && taken.fail_partial && !taken.any_2xx);
    assert!(matches!(taken.body, ErrorBody::Json(_)));
    let own = plan(all, json!({"status": "gateway", "body": "backend", "any_2xx": true})).unwrap();
    assert!(!own.backend_status && own.gateway_status && own.any_2xx);
    assert_eq!(own.body, ErrorBody::Backend);
}

#[test]
fn what_has_no_effect_or_no_sense() {
    let own = "endpoints[0].extra_config[\"sluice/errors\"]";
    let found = |service, keys, output| places(&with(service, keys, output));
    assert_eq!(found(json!({}), json!({"template": {}}), "json"), [format!("{own}.template")]);
    assert_eq!(found(json!({"body": "json"}), json!({"template": {}}), "json"), Vec::<String>::new());
    let wrong = json!({"body": "json", "template": {"a": "{mesage}"}});
    assert_eq!(found(json!({}), wrong, "json"), [format!("!{own}.template")]);
    let relayed = json!({"status": "backend", "gateway_status": true, "body": "backend"});
    assert_eq!(found(json!({}), relayed, "no-op"), [format!("{own}.status"), format!("{own}.body")]);
    assert_eq!(found(json!({"status": "backend"}), json!({}), "no-op"), Vec::<String>::new());
}
