//! Log records on their way to the log thread: one ring per producing thread, never blocking; a
//! full ring drops the newest record and counts it. Formats nothing and writes nothing.
//!
//! hot: an access record is plain bytes of fixed size; pushing it is a copy and two stores, no
//! system call and no wake-up: the log thread comes by and looks.

use crate::limits::{LOG_MESSAGE_BYTES, LOG_QUEUE};
use crate::shared::meters::{Block, Writer};
use rtrb::{Consumer, Producer, RingBuffer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::Thread;
use std::time::SystemTime;

/// Severity of a log event, in KrakenD's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Level {
    /// As it stands in a log line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
            Level::Critical => "CRITICAL",
        }
    }
}

/// What a log line is about: the bracketed tags that operators filter by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTag {
    None,
    /// `[SERVICE: Gin]`
    Service(&'static str),
    /// `[ENDPOINT: /a/:x]`, or `[ENDPOINT: /a/:x][Part]` when `part` is not empty.
    Endpoint {
        route: Arc<str>,
        part: &'static str,
    },
    /// `[BACKEND: /b/{{.X}}]`, or with `[Part]`.
    Backend {
        pattern: Arc<str>,
        part: &'static str,
    },
}

/// A record of the log.
#[derive(Debug)]
pub enum Record {
    Access(AccessRecord),
    Event(Event),
}

/// One finished request.
#[derive(Debug)]
pub struct AccessRecord {
    /// Unix time in milliseconds; a coarse clock is good enough.
    pub wall_ms: u64,
    pub latency_ns: u64,
    /// Body bytes of the answer.
    pub bytes: u64,
    pub status: u16,
    pub client: IpAddr,
    pub method: MethodText,
    /// Path and query as the client sent them; the log thread decodes and quotes.
    pub target: TargetText,
    /// The request's error for its `Error #01` line; empty = none.
    pub fault: &'static str,
}

/// A message.
#[derive(Debug)]
pub struct Event {
    /// Unix time in milliseconds.
    pub wall_ms: u64,
    pub level: Level,
    pub tag: EventTag,
    pub text: Cow<'static, str>,
}

const METHOD_INLINE: usize = 15;
const TARGET_INLINE: usize = 152;

/// A method token, cut at 15 bytes (every registered method fits but UPDATEREDIRECTREF).
#[derive(Clone, Copy, Debug)]
pub struct MethodText {
    len: u8,
    bytes: [u8; METHOD_INLINE],
}

impl MethodText {
    #[inline]
    #[must_use]
    pub fn new(token: &[u8]) -> MethodText {
        let len = token.len().min(METHOD_INLINE);
        let mut bytes = [0; METHOD_INLINE];
        bytes[..len].copy_from_slice(&token[..len]);
        MethodText { len: len as u8, bytes } // at most 15
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// A request target: inline up to 152 bytes, on the heap beyond, cut at `LOG_MESSAGE_BYTES`.
#[derive(Debug)]
pub struct TargetText {
    len: u8,
    inline: [u8; TARGET_INLINE],
    long: Option<Box<[u8]>>,
}

impl TargetText {
    #[inline]
    #[must_use]
    pub fn new(target: &[u8]) -> TargetText {
        let mut inline = [0; TARGET_INLINE];
        if target.len() > TARGET_INLINE {
            return TargetText { len: 0, inline, long: Some(TargetText::boxed(target)) };
        }
        inline[..target.len()].copy_from_slice(target);
        TargetText { len: target.len() as u8, inline, long: None } // at most 152
    }

    #[cold]
    fn boxed(target: &[u8]) -> Box<[u8]> {
        Box::from(&target[..target.len().min(LOG_MESSAGE_BYTES)]) // alloc: long paths
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.long {
            Some(long) => long,
            None => &self.inline[..usize::from(self.len)],
        }
    }
}

/// Producing side; one per thread, shared inside the thread by reference. May move to its thread.
#[derive(Debug)]
pub struct LogLane {
    ring: RefCell<Producer<Record>>,
    lost: Writer<1>,
    threshold: Option<Level>,
    access: bool,
    /// The log thread: woken by events, which are rare; access records wait for its next look.
    reader: Option<Thread>,
}

/// Consuming side, for the log thread.
#[derive(Debug)]
pub struct LogFeed {
    ring: Consumer<Record>,
    lost: Arc<Block<1>>,
}

/// Both sides of a lane of `limits::LOG_QUEUE` records. `threshold`: the lowest level that is
/// logged, `None` for no events at all. `access`: whether requests are logged.
#[must_use]
pub fn lane(threshold: Option<Level>, access: bool) -> (LogLane, LogFeed) {
    let (producer, consumer) = RingBuffer::new(LOG_QUEUE);
    let lost = Writer::default();
    let feed = LogFeed { ring: consumer, lost: lost.block() };
    (LogLane { ring: RefCell::new(producer), lost, threshold, access, reader: None }, feed)
}

impl LogLane {
    /// The same lane, whose events wake `reader`.
    #[must_use]
    pub fn waking(mut self, reader: Thread) -> LogLane {
        self.reader = Some(reader);
        self
    }

    /// Whether `access` does anything; otherwise the record need not be made.
    #[inline]
    #[must_use]
    pub fn logs_access(&self) -> bool {
        self.access
    }

    /// Whether events of this level are logged; otherwise their text need not be made.
    #[inline]
    #[must_use]
    pub fn wants(&self, level: Level) -> bool {
        self.threshold.is_some_and(|lowest| level >= lowest)
    }

    /// Logs a finished request.
    #[inline]
    pub fn access(&self, record: AccessRecord) {
        if self.access {
            self.push(Record::Access(record));
        }
    }

    /// Logs a message; below the threshold it does nothing. The text is cut at
    /// `LOG_MESSAGE_BYTES`; control characters in it are escaped when it is written.
    pub fn event(&self, level: Level, tag: EventTag, text: impl Into<Cow<'static, str>>) {
        if self.wants(level) {
            let text = cut(text.into());
            self.push(Record::Event(Event { wall_ms: wall_ms(), level, tag, text }));
            if let Some(reader) = &self.reader {
                reader.unpark();
            }
        }
    }

    #[inline]
    fn push(&self, record: Record) {
        if self.ring.borrow_mut().push(record).is_err() {
            self.lost.add(0, 1);
        }
    }

    /// Records that were dropped because the lane was full, since its beginning.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.block().get(0)
    }
}

impl LogFeed {
    /// The oldest record.
    pub fn pop(&mut self) -> Option<Record> {
        self.ring.pop().ok()
    }

    /// Records that wait at this moment.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.ring.slots()
    }

    /// Records that were dropped since the beginning.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.get(0)
    }

    /// Whether the producer is gone and everything was taken out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        // In this order: a record pushed before the producer went must not be overlooked.
        self.ring.is_abandoned() && self.ring.is_empty()
    }
}

/// Wall clock, Unix milliseconds; 0 before 1970.
#[allow(clippy::disallowed_methods)] // log lines carry wall time; nothing else reads it here
#[must_use]
pub fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// At most `LOG_MESSAGE_BYTES`, at a character's border.
fn cut(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.len() <= LOG_MESSAGE_BYTES {
        return text;
    }
    let end = text.floor_char_boundary(LOG_MESSAGE_BYTES);
    Cow::Owned(String::from(&text[..end])) // alloc: oversized message
}

const _: () = assert!(TARGET_INLINE <= u8::MAX as usize, "its length is a u8");
const _: () = assert!(METHOD_INLINE <= u8::MAX as usize, "its length is a u8");
const _: () = assert!(std::mem::size_of::<Record>() <= 256, "four cache lines per record");

#[cfg(test)]
mod tests;
