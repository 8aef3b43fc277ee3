//! XML: elements to JSON objects and back, by the rules of the peer; knows no feed.

mod charset;
pub(super) mod names;
mod read;
pub(super) mod scan;
mod write;

pub(super) use charset::to_utf8;
pub(super) use read::decode;
pub(super) use write::render;
