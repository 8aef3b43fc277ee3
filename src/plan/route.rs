//! Routing: method and path to an endpoint, with KrakenD's precedence; knows no endpoint's inside.

/// Compiled routes.
#[derive(Debug, Default)]
pub struct Routes {}
