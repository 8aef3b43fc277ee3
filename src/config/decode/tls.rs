//! The `tls` and `client_tls` objects of the root.

use crate::config::finding::Finding;
use crate::config::weak::{Child, Keys};

/// Checks the types of `tls`; tells whether it is switched on.
pub fn server(child: &Child<'_>, findings: &mut Vec<Finding>) -> bool {
    let mut keys = Keys::new(&child.at, child.members);
    let on = !keys.bool("disabled");
    let mut inner = Vec::new();
    for key in ["public_key", "private_key", "min_version", "max_version"] {
        keys.text(key);
    }
    for key in ["ca_certs", "curve_preferences", "cipher_suites"] {
        keys.texts(key);
    }
    for key in ["prefer_server_cipher_suites", "enable_mtls", "disable_system_ca_pool"] {
        keys.bool(key);
    }
    for pair in keys.objects("keys") {
        let mut pair = Keys::new(&pair.at, pair.members);
        pair.text("public_key");
        pair.text("private_key");
        pair.finish("a pair of keys", &mut inner);
    }
    keys.finish("tls", findings);
    findings.append(&mut inner);
    on
}

/// Checks the types of `client_tls`.
pub fn client(child: &Child<'_>, findings: &mut Vec<Finding>) {
    let mut keys = Keys::new(&child.at, child.members);
    let mut inner = Vec::new();
    for key in ["min_version", "max_version"] {
        keys.text(key);
    }
    for key in ["ca_certs", "curve_preferences", "cipher_suites"] {
        keys.texts(key);
    }
    for key in ["allow_insecure_connections", "disable_system_ca_pool"] {
        keys.bool(key);
    }
    for pair in keys.objects("client_certs") {
        let mut pair = Keys::new(&pair.at, pair.members);
        pair.text("certificate");
        pair.text("private_key");
        pair.finish("a client certificate", &mut inner);
    }
    keys.finish("client_tls", findings);
    findings.append(&mut inner);
}
