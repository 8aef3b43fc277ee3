//! The origin: a backend that answers what it is told to.

pub mod answer;
pub mod options;
pub mod serve;

#[cfg(test)]
pub mod tests;
