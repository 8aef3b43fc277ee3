//! The log thread: collects the records of all lanes and writes them to standard output; decides
//! nothing about what is logged. A slow or broken output never holds up a request: the lanes fill,
//! drop and count, and one warning a minute says how many lines are missing.

mod line;
mod quote;
mod zone;

use self::line::{Lines, Style};
use self::zone::Zone;
use crate::base::clock::{now, Time};
use crate::limits::LOG_BATCH_BYTES;
use crate::port::log::{lane, wall_ms, Event, EventTag, Level, LogFeed, LogLane, Record};
use crate::shared::flag::Flag;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::mpsc;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::Duration;

/// Pauses between two looks at the lanes: the shortest while there is work, doubling without.
const PAUSE_MIN: Duration = Duration::from_millis(2);
const PAUSE_MAX: Duration = Duration::from_millis(50);
/// At most one line about lost records in this time.
const LOST_EVERY: Duration = Duration::from_secs(60);
/// Patience with an output that takes nothing (a full pipe that was set to non-blocking).
const WRITE_PATIENCE: Duration = Duration::from_secs(1);
/// Patience of `stop` with an output that blocks.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// `telemetry/logging`, resolved, and `router.disable_access_log`.
#[derive(Clone, Debug, Default)]
pub struct LogSettings {
    /// Lowest level that is logged. `None`: INFO with telemetry/logging, all levels without.
    pub level: Option<Level>,
    /// `prefix`, put before every event; only with telemetry/logging.
    pub prefix: String,
    /// `stdout`: whether events go to standard output; without telemetry/logging they always do.
    pub stdout: bool,
    /// telemetry/logging is configured.
    pub improved: bool,
    /// Whether requests are logged. Paths that are skipped are the shard's concern.
    pub access: bool,
}

impl LogSettings {
    /// Lowest level that is written; `None`: no events at all.
    fn threshold(&self) -> Option<Level> {
        match (self.improved, self.stdout) {
            (false, _) => Some(self.level.unwrap_or(Level::Debug)),
            (true, true) => Some(self.level.unwrap_or(Level::Info)),
            (true, false) => None,
        }
    }
}

/// The running log thread. `stop` writes what is queued; dropping it stops without waiting.
#[derive(Debug)]
pub struct LogThread {
    threshold: Option<Level>,
    access: bool,
    feeds: mpsc::Sender<LogFeed>,
    stop: Arc<Flag>,
    thread: Thread,
    /// Closed when the thread ends.
    ended: mpsc::Receiver<()>,
}

impl LogThread {
    /// Starts the thread, writing to standard output.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(settings: &LogSettings) -> io::Result<LogThread> {
        let plain = env_set("NO_COLOR");
        let terminal = io::stdout().is_terminal() && !env_is("TERM", "dumb");
        let style = Style {
            improved: settings.improved.then(|| settings.prefix.clone()),
            event_colours: !plain,
            access_colours: terminal && !plain,
        };
        // A descriptor of our own: no lock and no second buffer. Without one, the log is lost.
        let output: Box<dyn Write + Send> = match io::stdout().as_fd().try_clone_to_owned() {
            Ok(descriptor) => Box::new(File::from(descriptor)),
            Err(_) => Box::new(io::sink()),
        };
        LogThread::start_with(settings, Lines::new(style, Zone::of_system()), output)
    }

    fn start_with(
        settings: &LogSettings,
        lines: Lines,
        output: Box<dyn Write + Send>,
    ) -> io::Result<LogThread> {
        let (feeds, mail) = mpsc::channel();
        let (ending, ended) = mpsc::channel::<()>();
        let stop = Arc::new(Flag::default());
        let mut writer = LogWriter {
            lanes: Vec::new(),
            mail,
            output: Output { target: output, torn: false },
            lines,
            batch: Vec::with_capacity(LOG_BATCH_BYTES),
            batch_records: 0,
            lost: Lost { unreported: 0, reported_at: None },
            warns: settings.threshold().is_some_and(|lowest| Level::Warning >= lowest),
        };
        let stopped = Arc::clone(&stop);
        let handle = thread::Builder::new().name("sluice-log".into()).spawn(move || {
            writer.run(&stopped);
            drop(ending);
        })?;
        let thread = handle.thread().clone();
        Ok(LogThread { threshold: settings.threshold(), access: settings.access, feeds, stop, thread, ended })
    }

    /// A new lane, for one thread of its own. It ends by being dropped.
    #[must_use]
    pub fn lane(&self) -> LogLane {
        let (lane, feed) = lane(self.threshold, self.access);
        let _ = self.feeds.send(feed); // fails only when the thread is gone; then the lane drops and counts
        lane.waking(self.thread.clone())
    }

    /// Writes everything that was queued before this call and ends the thread. Gives up on an
    /// output that blocks for longer than two seconds.
    pub fn stop(self) {
        self.stop.set();
        self.thread.unpark();
        let _ = self.ended.recv_timeout(STOP_PATIENCE); // an error either way: closed or too slow
    }
}

impl Drop for LogThread {
    fn drop(&mut self) {
        self.stop.set();
        self.thread.unpark();
    }
}

/// What the thread works with.
struct LogWriter {
    lanes: Vec<Lane>,
    mail: mpsc::Receiver<LogFeed>,
    output: Output,
    lines: Lines,
    batch: Vec<u8>,
    batch_records: u64,
    lost: Lost,
    /// Whether warnings are logged at all.
    warns: bool,
}

struct Lane {
    feed: LogFeed,
    /// Lost records of this lane that are in `LogWriter::lost` already.
    lost_seen: u64,
}

struct Lost {
    unreported: u64,
    reported_at: Option<Time>,
}

impl LogWriter {
    fn run(&mut self, stop: &Flag) {
        let mut pause = PAUSE_MIN;
        loop {
            // Read before the pass, so that the last pass sees all that was queued before `stop`.
            let last = stop.is_set();
            let worked = self.pass();
            self.report_lost(last);
            self.flush();
            if last {
                return;
            }
            pause = if worked { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
            thread::park_timeout(pause);
        }
    }

    /// Takes what waits in every lane now; later records are for the next pass, so that it ends.
    fn pass(&mut self) -> bool {
        self.lanes.extend(self.mail.try_iter().map(|feed| Lane { feed, lost_seen: 0 }));
        let mut worked = false;
        let mut lanes = std::mem::take(&mut self.lanes);
        for lane in &mut lanes {
            for _ in 0..lane.feed.waiting() {
                let Some(record) = lane.feed.pop() else { break };
                self.write(&record);
                worked = true;
            }
            let lost = lane.feed.lost();
            self.lost.unreported += lost - lane.lost_seen;
            lane.lost_seen = lost;
        }
        // `is_over` is asked after the count was read: a lane that ended in between stays a round.
        lanes.retain(|lane| !lane.feed.is_over() || lane.feed.lost() != lane.lost_seen);
        self.lanes = lanes;
        worked
    }

    fn write(&mut self, record: &Record) {
        self.lines.record(record, &mut self.batch);
        self.batch_records += 1;
        if self.batch.len() >= LOG_BATCH_BYTES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() && self.output.write(&self.batch).is_err() {
            self.lost.unreported += self.batch_records;
        }
        self.batch.clear();
        self.batch_records = 0;
    }

    fn report_lost(&mut self, last: bool) {
        let due = match self.lost.reported_at {
            None => true,
            Some(at) => last || now().since(at) >= LOST_EVERY,
        };
        if self.lost.unreported == 0 || !due {
            return;
        }
        let text = format!("{} log lines were lost", self.lost.unreported);
        self.lost = Lost { unreported: 0, reported_at: Some(now()) };
        if self.warns {
            let tag = EventTag::Service("Logging");
            self.write(&Record::Event(Event {
                wall_ms: wall_ms(),
                level: Level::Warning,
                tag,
                text: text.into(),
            }));
        }
    }
}

/// Where the lines go.
struct Output {
    target: Box<dyn Write + Send>,
    /// The last write broke off, perhaps within a line.
    torn: bool,
}

impl Output {
    /// Writes all of it or gives up: a log that cannot be written must not stop anything.
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let result = match self.torn {
            true => self.all(b"\n").and_then(|()| self.all(lines)),
            false => self.all(lines),
        };
        self.torn = result.is_err();
        result
    }

    fn all(&mut self, mut rest: &[u8]) -> io::Result<()> {
        let give_up = now().after(WRITE_PATIENCE);
        while !rest.is_empty() {
            match self.target.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock && now() < give_up => thread::sleep(PAUSE_MIN),
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Whether an environment variable is there and not empty.
#[allow(clippy::disallowed_methods)] // conventions of terminals, not configuration
fn env_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

#[allow(clippy::disallowed_methods)] // conventions of terminals, not configuration
fn env_is(name: &str, value: &str) -> bool {
    std::env::var_os(name).is_some_and(|v| v == value)
}

#[cfg(test)]
mod tests;
