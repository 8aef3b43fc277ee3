//! Behaviour of the merge path: the recorded rules as tables, and the span writer against the
//! value tree on generated documents.

mod generated;
mod merging;
mod rules;
