//! Behaviour of shapes, merges and values: the recorded rules as tables, and the span writer against the
//! value tree on generated documents.

mod flatmap;
mod generated;
pub(crate) mod generator;
mod merging;
mod rules;
mod values;
