//! Local time for log lines; knows only the time zone.
//!
//! The zone is read once, as Go does: `TZ` (empty = UTC), else /etc/localtime, else UTC.

use tz::{TimeZone, UtcDateTime};

/// Turns Unix time into local time; keeps the last second, since neighbouring lines share it.
pub(super) struct Zone {
    rules: TimeZone,
    second: u64,
    local: Local,
}

/// A moment in local time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Local {
    pub year: i32,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
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
        Zone { rules, second: u64::MAX, local: Local::default() }
    }

    /// Local time of a Unix time in milliseconds.
    pub fn local(&mut self, wall_ms: u64) -> Local {
        let second = wall_ms / 1000;
        if second != self.second {
            self.local = self.convert(second);
            self.second = second;
        }
        self.local
    }

    fn convert(&self, second: u64) -> Local {
        let utc = i64::try_from(second).unwrap_or(0);
        let offset = self.rules.find_local_time_type(utc).map_or(0, |kind| kind.ut_offset());
        let Ok(t) = UtcDateTime::from_timespec(utc.saturating_add(i64::from(offset)), 0) else {
            return Local::default();
        };
        Local {
            year: t.year(),
            month: t.month(),
            day: t.month_day(),
            hour: t.hour(),
            minute: t.minute(),
            second: t.second(),
        }
    }
}
