//! From the tree of values to `Config`, key by key; types are checked here, meaning in `check`.

mod agent;
mod backend;
mod endpoint;
mod extra;
mod root;
mod tls;

pub(super) use root::root;
