//! The `Date` field's text, made once a second per thread; knows no message.
//!
//! hot: a comparison and a copy of 29 bytes.

use super::clock::Time;
use std::cell::Cell;
use std::fmt::Write as _;
use std::time::SystemTime;

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
pub type HttpDate = [u8; 29];

thread_local! {
    static LAST: Cell<(u64, HttpDate)> = const { Cell::new((0, [b' '; 29])) };
}

/// The time of day, for what people and other programs read; never for measuring.
#[allow(clippy::disallowed_methods)] // the one place that reads it for answers
#[must_use]
pub fn wall_time() -> SystemTime {
    SystemTime::now()
}

/// The current date; `now` only says whether the text of the last call is still good.
#[must_use]
pub fn http_date(now: Time) -> HttpDate {
    let slot = now.0 / 250_000_000 + 1;
    let (made, text) = LAST.get();
    if made == slot {
        return text;
    }
    let mut writer = Fixed { text: [b' '; 29], len: 0 };
    let _ = write!(writer, "{}", httpdate::HttpDate::from(wall_time()));
    LAST.set((slot, writer.text));
    writer.text
}

struct Fixed {
    text: HttpDate,
    len: usize,
}

impl std::fmt::Write for Fixed {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let room = &mut self.text[self.len..];
        let n = s.len().min(room.len());
        room[..n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_valid_date_of_now() {
        let text = http_date(crate::base::clock::now());
        let parsed = httpdate::parse_http_date(std::str::from_utf8(&text).unwrap()).unwrap();
        assert!(SystemTime::now().duration_since(parsed).unwrap().as_secs() < 3);
    }
}
