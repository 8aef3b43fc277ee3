//! Answers cut out of JSON bodies: simd-json's tape as an index, spans copied from the original
//! bytes; pure, knows no HTTP and no configuration text.
//!
//! `Shape` is what becomes of one backend's data, `Merger` writes one answer out of the bodies of
//! several backends. A body that simd-json refuses goes through `repair`, which has Go's grammar
//! and hands simd-json a text that it takes; so there is one writer for both. Where a feature needs
//! values, and only there, a body becomes a `tree`.

mod cut;
pub mod flatmap;
#[doc(hidden)]
pub mod fuzzing;
mod index;
mod keys;
mod merge;
mod oracle;
mod repair;
mod shape;
mod shaped;
pub mod static_data;
mod text;
mod tokens;
pub mod tree;
mod trie;
pub mod values;

#[cfg(test)]
pub(crate) mod tests;

pub use flatmap::Flatmap;
pub use merge::{Added, Finished, Merger};
pub use shape::{keys_disjoint, Shape, ShapeSpec};
pub use static_data::{StaticData, Strategy};
pub use text::write_json_string;

/// Why a body gave no data; the text is for logs and for `return_error_msg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError(pub &'static str);

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for DecodeError {}
