//! Dates as feeds write them (RFC 822, 850, 2822, 3339, ANSI C and what is close to them) and
//! their RFC 3339 form; knows no feed.

/// A moment and the offset from UTC that it was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Days since 1970-01-01, in local time.
    days: i64,
    /// Seconds of that day.
    seconds: i64,
    nanos: u32,
    /// Local time minus UTC, seconds.
    offset: i64,
}

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Hours from UTC of the zones that RFC 822 names; any other name counts as UTC.
const ZONES: [(&str, i64); 8] =
    [("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7)];

/// Reads a date; without a time it is midnight, without a zone UTC.
pub(super) fn parse(text: &str) -> Option<Stamp> {
    let mut input = Input(text.trim());
    let stamp = if input.iso_ahead() { iso(&mut input) } else { worded(&mut input) }?;
    input.skip(" ");
    input.comment();
    input.0.is_empty().then_some(stamp)
}

impl Stamp {
    fn new(year: i64, month: i64, day: i64, time: Time) -> Option<Stamp> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let valid = (1..=length).contains(&day);
        valid.then(|| Stamp {
            days: days(year, month, day),
            seconds: time.seconds,
            nanos: time.nanos,
            offset: time.offset,
        })
    }

    /// The same moment in UTC.
    pub(super) fn utc(self) -> Stamp {
        let seconds = self.days * DAY + self.seconds - self.offset;
        Stamp { days: seconds.div_euclid(DAY), seconds: seconds.rem_euclid(DAY), offset: 0, ..self }
    }

    /// RFC 3339, the fraction without trailing zeros. None: a year that it cannot write.
    pub(super) fn text(self) -> Option<String> {
        let (year, month, day) = date_of(self.days);
        if !(0..=9999).contains(&year) {
            return None;
        }
        let (hour, minute, second) = (self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if self.nanos > 0 {
            text.push_str(format!(".{:09}", self.nanos).trim_end_matches('0'));
        }
        if self.offset == 0 {
            text.push('Z');
        } else {
            let (sign, minutes) = (if self.offset < 0 { '-' } else { '+' }, self.offset.abs() / 60);
            text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
        Some(text)
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The inverse of `days`.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[derive(Clone, Copy, Default)]
struct Time {
    seconds: i64,
    nanos: u32,
    offset: i64,
}

/// `2006-01-02`, then perhaps a time.
fn iso(input: &mut Input<'_>) -> Option<Stamp> {
    let year = input.number(4)?;
    input.skip("-/");
    let month = input.number(2)?;
    input.one("-/")?;
    let day = input.number(2)?;
    if input.0.is_empty() {
        return Stamp::new(year, month, day, Time::default());
    }
    if input.one("Tt").is_none() {
        input.skip(" ");
        if let Some(rest) = input.0.strip_prefix("at ") {
            input.0 = rest;
        }
    }
    Stamp::new(year, month, day, input.time()?)
}

/// Dates with the month in letters, in the order of either side of the Atlantic.
fn worded(input: &mut Input<'_>) -> Option<Stamp> {
    if input.name(&WEEKDAYS).is_some() {
        input.skip(" ,");
    }
    if let Some(day) = input.number(2) {
        input.skip(" -,");
        let month = input.name(&MONTHS)?;
        input.skip(" -,.");
        let year = input.year()?;
        input.skip(" ,");
        return Stamp::new(year, month, day, input.time_if_any()?);
    }
    let month = input.name(&MONTHS)?;
    input.skip(" .");
    let day = input.number(2)?;
    input.skip(" ,");
    if input.time_ahead() {
        let time = input.time()?;
        input.skip(" ");
        return Stamp::new(input.year()?, month, day, time);
    }
    let year = input.year()?;
    input.skip(" ,");
    Stamp::new(year, month, day, input.time_if_any()?)
}

/// What is still to be read.
struct Input<'a>(&'a str);

impl Input<'_> {
    fn digits(&self) -> usize {
        self.0.bytes().take_while(u8::is_ascii_digit).count()
    }

    fn iso_ahead(&self) -> bool {
        self.digits() == 4 && self.0[4..].starts_with(['-', '/'])
    }

    fn time_ahead(&self) -> bool {
        let digits = self.digits();
        matches!(digits, 1 | 2) && self.0[digits..].starts_with(':')
    }

    fn skip(&mut self, any: &str) {
        self.0 = self.0.trim_start_matches(|c| any.contains(c));
    }

    fn one(&mut self, any: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(|c| any.contains(c))?;
        Some(())
    }

    /// A number of one to `most` digits.
    fn number(&mut self, most: usize) -> Option<i64> {
        let digits = self.digits();
        let number = (1..=most).contains(&digits).then(|| self.0[..digits].parse().ok())??;
        self.0 = &self.0[digits..];
        Some(number)
    }

    /// Four digits, or two of the years 1969 to 2068.
    fn year(&mut self) -> Option<i64> {
        match self.digits() {
            4 => self.number(4),
            2 => self.number(2).map(|year| if year < 69 { 2000 + year } else { 1900 + year }),
            _ => None,
        }
    }

    /// One of `names`, whole or its first three letters: its place in the list, from 1.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        let len = self.0.bytes().take_while(u8::is_ascii_alphabetic).count();
        let word = &self.0[..len];
        let fits = |name: &&str| name.eq_ignore_ascii_case(word) || name[..3].eq_ignore_ascii_case(word);
        let found = names.iter().position(fits)?;
        self.0 = &self.0[len..];
        i64::try_from(found + 1).ok()
    }

    fn time_if_any(&mut self) -> Option<Time> {
        if self.0.is_empty() {
            return Some(Time::default());
        }
        self.time()
    }

    /// `15:04`, `15:04:05.9`, `3:04 PM`, each with a zone or without.
    fn time(&mut self) -> Option<Time> {
        let mut hour = self.number(2)?;
        self.one(":")?;
        let minute = self.number(2)?;
        let second = if self.one(":").is_some() { self.number(2)? } else { 0 };
        let nanos = self.fraction()?;
        self.skip(" ");
        for (mark, base) in [("AM", 0), ("PM", 12)] {
            if self.0.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(mark)) {
                if !(1..=12).contains(&hour) {
                    return None;
                }
                hour = hour % 12 + base;
                self.0 = &self.0[2..];
            }
        }
        let offset = self.zone()?;
        let valid = hour < 24 && minute < 60 && second < 60;
        valid.then_some(Time { seconds: hour * 3600 + minute * 60 + second, nanos, offset })
    }

    /// Nanoseconds of a fraction, if there is one.
    fn fraction(&mut self) -> Option<u32> {
        if self.one(".").is_none() {
            return Some(0);
        }
        let digits = self.digits();
        let nanos = format!("{:0<9}", &self.0[..digits]);
        self.0 = &self.0[digits..];
        (digits > 0).then(|| nanos[..9].parse().ok())?
    }

    /// A zone: `Z`, a name, an offset, or a name and an offset in either order.
    fn zone(&mut self) -> Option<i64> {
        self.skip(" ");
        if let Some(offset) = self.offset()? {
            self.skip(" ");
            self.zone_name();
            return Some(offset);
        }
        let Some(named) = self.zone_name() else { return Some(0) };
        self.skip(" ");
        Some(self.offset()?.unwrap_or(named))
    }

    /// Upper-case letters up to five, as seconds from UTC.
    fn zone_name(&mut self) -> Option<i64> {
        let len = self.0.bytes().take_while(u8::is_ascii_uppercase).count();
        let word = self.0.get(..len).filter(|_| (1..=5).contains(&len))?;
        let hours = ZONES.iter().find(|(name, _)| *name == word).map_or(0, |(_, hours)| *hours);
        self.0 = &self.0[len..];
        Some(hours * 3600)
    }

    /// `+01`, `+0100`, `+01:00`, if a sign is next.
    fn offset(&mut self) -> Option<Option<i64>> {
        let sign = match self.0.bytes().next() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Some(None),
        };
        self.0 = &self.0[1..];
        let digits = self.number(4).filter(|_| !self.0.starts_with(|c: char| c.is_ascii_digit()))?;
        let (hours, minutes) = match self.one(":") {
            Some(()) => (digits, self.number(2)?),
            None if digits < 24 => (digits, 0),
            None => (digits / 100, digits % 100),
        };
        let valid = hours <= 24 && minutes < 60;
        valid.then_some(Some(sign * (hours * 3600 + minutes * 60)))
    }

    /// A comment in parentheses at the end.
    fn comment(&mut self) {
        if self.0.starts_with('(') && self.0.ends_with(')') {
            self.0 = "";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_feeds_write_them() {
        for (text, expected) in [
            ("Mon, 02 Jan 2006 15:04:05 GMT", "2006-01-02T15:04:05Z"),
            ("Mon, 2 Jan 2006 15:04:05 +0200", "2006-01-02T15:04:05+02:00"),
            ("Mon, 2 Jan 2006 15:04:05 -0700 (PDT)", "2006-01-02T15:04:05-07:00"),
            ("Mon, 02 Jan 2006 15:04 EST", "2006-01-02T15:04:00-05:00"),
            ("Mon, 02 Jan 2006 15:04:05 CET", "2006-01-02T15:04:05Z"),
            ("02 Jan 06 15:04 UT", "2006-01-02T15:04:00Z"),
            ("Monday, 02-Jan-06 15:04:05 UTC", "2006-01-02T15:04:05Z"),
            ("Mon Jan  2 15:04:05 2006", "2006-01-02T15:04:05Z"),
            ("Mon Jan 2 15:04:05 MST 2006", "2006-01-02T15:04:05-07:00"),
            ("Monday, January 2, 2006 03:04 PM", "2006-01-02T15:04:00Z"),
            ("January 2, 2006", "2006-01-02T00:00:00Z"),
            ("2 January 2006", "2006-01-02T00:00:00Z"),
            ("29 Feb 2000", "2000-02-29T00:00:00Z"),
            ("31 Dec 69", "1969-12-31T00:00:00Z"),
            ("2006-01-02T15:04:05Z", "2006-01-02T15:04:05Z"),
            ("2006-01-02T15:04:05.120-07:30", "2006-01-02T15:04:05.12-07:30"),
            ("2006-1-2 15:04:05 +0000", "2006-01-02T15:04:05Z"),
            ("2006-01-02 at 15:04:05", "2006-01-02T15:04:05Z"),
            ("2006/01/02", "2006-01-02T00:00:00Z"),
            (" 2006-01-02 ", "2006-01-02T00:00:00Z"),
        ] {
            assert_eq!(parse(text).and_then(Stamp::text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "soon",
            "Mon",
            "2006",
            "2006-13-01",
            "2006-02-29",
            "2006-01-02T25:00:00Z",
            "2006-01-02T15:60:00Z",
            "2006-01-02x",
            "2006-01-02T15:04:05+99:00",
            "32 Jan 2006",
            "2 Foo 2006",
            "13:04 PM",
            "1 Jan 2006 13:04 PM",
            "Mon, 02 Jan 2006 15:04:05 GMT junk",
            "é",
            "2006-é",
            "1 Jan 99999",
            "2 Jan 2006 15:04:05 +12345",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn utc_moves_the_day() {
        let utc = |text: &str| parse(text).and_then(|stamp| stamp.utc().text());
        assert_eq!(utc("2006-01-01T00:30:00+01:00").as_deref(), Some("2005-12-31T23:30:00Z"));
        assert_eq!(utc("2000-02-28T23:30:00-01:00").as_deref(), Some("2000-02-29T00:30:00Z"));
        assert_eq!(utc("0000-01-01T00:00:00+01:00"), None);
        assert_eq!(utc("9999-12-31T23:59:59-01:00"), None);
    }

    #[test]
    fn days_and_dates_agree() {
        for day in (-720_000..3_000_000).step_by(997) {
            let (year, month, of_month) = date_of(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!((days(1970, 1, 1), days(2000, 3, 1)), (0, 11_017));
    }
}
