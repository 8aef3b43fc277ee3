//! `extra_config`: namespace to raw value, old long names already rewritten to the short ones.

use serde_json::Value;

/// One component's settings as written. Number text is kept (`serde_json::Number` holds it).
#[derive(Clone, Debug)]
pub struct Raw {
    /// JSON path of the value: `endpoints[0].extra_config["qos/ratelimit/router"]`.
    pub at: String,
    pub value: Value,
}

/// The components of one level in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Extra(pub Vec<(String, Raw)>);

impl Extra {
    /// The component of a short namespace.
    #[must_use]
    pub fn get(&self, namespace: &str) -> Option<&Raw> {
        self.0.iter().find(|(n, _)| n == namespace).map(|(_, raw)| raw)
    }
}
