//! HTTP/1.1 heads: strict parsing on httparse, and writing from parsed values; knows no socket.
//!
//! A head is cut by [`scan::HeadScanner`], read by [`parse`], and what goes out is written anew by
//! [`write`] from the parsed values, never copied as it came.

pub mod parse;
pub mod scan;
pub mod write;

mod fields;
mod target;

#[cfg(test)]
mod tests;
