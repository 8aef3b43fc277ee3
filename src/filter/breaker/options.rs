//! Settings of the circuit breaker, read as KrakenD reads them: what is of the wrong type is
//! absent, and a warning says so.

use crate::config::{Finding, Raw};
use crate::filter::options::{Reader, Wrong};
use crate::shared::breaker::{Rule, FAILURES};
use std::time::Duration;

/// Open time when `timeout` is absent or not positive.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Checked settings.
pub(super) struct Options {
    pub(super) rule: Rule,
    pub(super) name: String,
    /// `log_status_change`.
    pub(super) announce: bool,
}

impl Options {
    /// `None`: nothing is set, so there is no breaker.
    pub(super) fn read(raw: &Raw, findings: &mut Vec<Finding>) -> Option<Options> {
        let mut reader = Reader::new(raw, Wrong::Ignore, findings)?;
        let interval = reader.whole("interval").unwrap_or_default();
        let timeout = reader.whole("timeout").unwrap_or_default();
        let errors = reader.whole("max_errors").unwrap_or_default();
        let name = reader.text("name").unwrap_or_default();
        let announce = reader.boolean("log_status_change").unwrap_or_default();
        if (interval, timeout, errors) == (0, 0, 0) {
            if name.is_empty() && !announce {
                reader.warn_all("nothing is set: there is no circuit breaker");
                return None;
            }
            reader.warn_all("no numbers are set: the first failure opens the circuit for 60 seconds");
        }
        if errors < 0 {
            // KrakenD takes it as a huge unsigned number.
            reader.warn("max_errors", format!("found {errors}, which never opens; allowed is 0 or more"));
        }
        let max_errors = u32::try_from(errors).unwrap_or(FAILURES);
        let rule =
            Rule { interval: seconds(interval), timeout: seconds(timeout).unwrap_or(TIMEOUT), max_errors };
        Some(Options { rule, name: name.to_owned(), announce })
    }
}

/// `None` = not positive.
fn seconds(number: i64) -> Option<Duration> {
    u64::try_from(number).ok().filter(|s| *s > 0).map(Duration::from_secs)
}
