//! HTTP/1.1 wire codecs: bytes in, events out; knows no socket, no clock and no configuration.

pub mod body;
pub mod fault;
pub mod h1;
pub mod head;
