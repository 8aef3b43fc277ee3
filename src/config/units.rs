//! Durations as KrakenD reads them (Go's `time.ParseDuration`); knows nothing of keys or files.

/// Nanoseconds of one unit.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// What durations look like, for messages.
pub const FORM: &str = "a number with a unit (ns, us, ms, s, m, h), such as \"2s\", \"1500ms\" or \"1m30s\"";

/// Reads a Go duration into nanoseconds: an optional sign, then one or more of number + unit
/// (decimals allowed), or `0` alone.
///
/// # Errors
/// A short text that says what was wrong.
pub fn parse_duration(text: &str) -> Result<i64, &'static str> {
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err("no number");
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = one(rest)?;
        total = total.checked_add(nanoseconds).filter(|t| *t <= 1 << 63).ok_or("too long")?;
        rest = after;
    }
    if negative {
        return Ok(0i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).map_err(|_| "too long")
}

/// Reads one number with its unit; gives the rest of the text too.
fn one(text: &str) -> Result<(u64, &str), &'static str> {
    let (whole, rest) = digits(text);
    let (fraction, rest, dot) = match rest.strip_prefix('.') {
        Some(after) => {
            let (fraction, rest) = digits(after);
            (fraction, rest, true)
        }
        None => ("", rest, false),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(if dot { "a dot without digits" } else { "no number" });
    }
    let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    if unit.is_empty() {
        return Err("no unit");
    }
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or("an unknown unit")?;
    let mut value: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| "too long")? };
    value = value.checked_mul(*scale).ok_or("too long")?;
    value = value.checked_add(part(fraction, *scale)).ok_or("too long")?;
    Ok((value, after))
}

/// Splits leading decimal digits off.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// `0.FRACTION` of `scale`, cut to whole nanoseconds. Digits below 10^-18 cannot matter: the
/// largest scale has 13 digits.
fn part(fraction: &str, scale: u64) -> u64 {
    let mut sum: u128 = 0;
    let mut unit: u128 = 1_000_000_000_000_000_000;
    for digit in fraction.bytes().take(18) {
        unit /= 10;
        sum += u128::from(digit - b'0') * unit;
    }
    u64::try_from(sum * u128::from(scale) / 1_000_000_000_000_000_000).unwrap_or(0)
}

/// Writes nanoseconds as Go prints a duration: `2s`, `1m30s`, `1.5s`, `250ms`.
#[must_use]
pub fn format_duration(duration: std::time::Duration) -> String {
    let all = duration.as_nanos();
    if all == 0 {
        return "0s".to_string();
    }
    for (scale, unit) in [(1_000u128, "ns"), (1_000_000, "\u{b5}s"), (1_000_000_000, "ms")] {
        if all < scale {
            return format!("{}{unit}", decimal(all, scale / 1000));
        }
    }
    let seconds = all / 1_000_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = decimal(all - (seconds / 60) * 60_000_000_000, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, m) => format!("{m}m{rest}s"),
        (h, m) => format!("{h}h{m}m{rest}s"),
    }
}

/// `value / scale` as a decimal number without trailing zeros; `scale` is a power of ten.
fn decimal(value: u128, scale: u128) -> String {
    let (whole, fraction) = (value / scale, value % scale);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = scale.ilog10() as usize;
    let digits = format!("{fraction:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}
