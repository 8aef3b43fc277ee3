//! What paths, parameters and queries may be, from `sluice/router`.

use super::*;
use crate::plan::path::{EncodedSlash, ParamRules};

#[test]
fn what_paths_and_parameters_may_hold() {
    use EncodedSlash::{Decode, Keep, Reject};
    let table = [
        (json!({}), Decode, true),
        (json!({"encoded_params": true}), Keep, false),
        (json!({"encoded_slash": "keep"}), Keep, true),
        (json!({"encoded_slash": "reject", "encoded_params": true}), Reject, false),
        (json!({"encoded_slash": "decode", "encoded_params": true}), Decode, false),
    ];
    for (keys, want, plain) in table {
        let service = plan(&with_extra(&[("sluice/router", keys.clone())])).service;
        assert_eq!(service.paths.encoded_slash, want, "{keys}");
        assert_eq!(service.params, ParamRules { plain, slashes: want == Keep }, "{keys}");
    }
}
