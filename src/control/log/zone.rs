//! Local time for log lines; knows only the time zone.
//!
//! The zone is read once, as Go does: `TZ` (empty = UTC), else /etc/localtime, else UTC.

use tz::{TimeZone, UtcDateTime};

/// Turns Unix time into local time; keeps the last second, since neighbouring lines share it.
pub(super) struct Zone {
    rules: TimeZone,
    second: u64,
    date: String,
    time: String,
}

impl Zone {
    /// The zone of this process.
    #[allow(clippy::disallowed_methods)] // the environment is the interface for the zone
    pub fn of_system() -> Zone {
        match std::env::var("TZ") {
            Ok(name) => Zone::named(&name),
            Err(_) => Zone::new(TimeZone::from_posix_tz("localtime").unwrap_or_else(|_| TimeZone::utc())),
        }
    }

    /// A zone by the rules of `TZ`: a name of the zone database, a POSIX rule, or empty for UTC.
    pub fn named(name: &str) -> Zone {
        let rules = if name.is_empty() { None } else { TimeZone::from_posix_tz(name).ok() };
        Zone::new(rules.unwrap_or_else(TimeZone::utc))
    }

    fn new(rules: TimeZone) -> Zone {
        Zone { rules, second: u64::MAX, date: String::new(), time: String::new() }
    }

    /// `YYYY/MM/DD` and `hh:mm:ss` of a Unix time in milliseconds; all of them have a date.
    pub fn local(&mut self, wall_ms: u64) -> (&str, &str) {
        let second = wall_ms / 1000;
        if second != self.second {
            let t = self.convert(second).unwrap_or(UtcDateTime::MIN);
            self.date = format!("{:04}/{:02}/{:02}", t.year(), t.month(), t.month_day());
            self.time = format!("{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second());
            self.second = second;
        }
        (&self.date, &self.time)
    }

    fn convert(&self, second: u64) -> Option<UtcDateTime> {
        let utc = i64::try_from(second).ok()?;
        let offset = self.rules.find_local_time_type(utc).map_or(0, |kind| kind.ut_offset());
        UtcDateTime::from_timespec(utc.checked_add(i64::from(offset))?, 0).ok()
    }
}
