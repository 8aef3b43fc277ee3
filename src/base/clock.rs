//! Monotonic time as one number, passed into everything that depends on it; reads no wall clock.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Nanoseconds since the process first looked at the clock. Monotonic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// Later than every time that is ever reached.
    pub const NEVER: Time = Time(u64::MAX);

    /// The time `by` after this one; never wraps.
    #[must_use]
    pub fn after(self, by: Duration) -> Time {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        Time(self.0.saturating_add(nanos))
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    #[must_use]
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Reads the monotonic clock (no system call on Linux, some 20 ns).
#[allow(clippy::disallowed_methods)] // the one place that reads the clock
#[must_use]
pub fn now() -> Time {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    // Starts at one second so that "a while before now" can be said at start-up too.
    Time(1_000_000_000 + u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX / 2))
}
