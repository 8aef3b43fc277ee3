//! Log records on their way from a shard to the log thread: bounded, dropped and counted when full.

/// Severity of a log event, in KrakenD's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}
