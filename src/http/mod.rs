//! HTTP/1.1 wire codecs: bytes in, events out; knows no socket, no clock and no configuration.

pub mod body;
pub mod fault;
#[doc(hidden)]
pub mod fuzzing;
pub mod h1;
pub mod head;
pub mod unframe;
pub mod uri;

mod ascii;

#[cfg(test)]
mod tests;
