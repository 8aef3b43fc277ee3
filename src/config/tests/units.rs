//! Durations as Go reads and writes them.

use crate::config::units::{format_duration, parse_duration};
use std::time::Duration;

#[test]
fn durations_that_go_takes() {
    let table: [(&str, i64); 24] = [
        ("0", 0),
        ("-0", 0),
        ("+0", 0),
        ("0s", 0),
        ("5s", 5_000_000_000),
        ("+5s", 5_000_000_000),
        ("-1s", -1_000_000_000),
        ("30s", 30_000_000_000),
        ("1478s", 1_478_000_000_000),
        ("5.0s", 5_000_000_000),
        ("5.6s", 5_600_000_000),
        ("5.s", 5_000_000_000),
        (".5s", 500_000_000),
        ("1.004s", 1_004_000_000),
        ("100.00100s", 100_001_000_000),
        ("10ns", 10),
        ("11us", 11_000),
        ("12\u{b5}s", 12_000),
        ("12\u{3bc}s", 12_000),
        ("13ms", 13_000_000),
        ("1m30s", 90_000_000_000),
        ("1h2m3.5s", 3_723_500_000_000),
        ("-2.5h", -9_000_000_000_000),
        ("0.9223372036854775807h", 3_320_413_933_267),
    ];
    for (text, nanoseconds) in table {
        let read = parse_duration(text);
        // Go multiplies fractions as floats: the last digits of very long ones may differ by some.
        let near = read.is_ok_and(|n| (n - nanoseconds).abs() <= 1000 * i64::from(text.len() > 12));
        assert!(near || read == Ok(nanoseconds), "{text:?}: {read:?}");
    }
}

#[test]
fn durations_at_the_bounds() {
    assert_eq!(parse_duration("9223372036854775807ns"), Ok(i64::MAX));
    assert_eq!(parse_duration("-9223372036854775808ns"), Ok(i64::MIN));
    assert_eq!(parse_duration("9223372036854775808ns"), Err("too long"));
    assert_eq!(parse_duration("2562047h47m16.854775807s"), Ok(i64::MAX));
    assert_eq!(parse_duration("3000000h"), Err("too long"));
    assert_eq!(parse_duration("99999999999999999999s"), Err("too long"));
    assert_eq!(parse_duration("0.000000000000000000000000001h"), Ok(0));
}

#[test]
fn durations_that_go_refuses() {
    let table = [
        ("", "no number"),
        ("3", "no unit"),
        ("10", "no unit"),
        ("-", "no number"),
        ("s", "no number"),
        (".", "a dot without digits"),
        ("-.", "a dot without digits"),
        (".s", "a dot without digits"),
        ("+.s", "a dot without digits"),
        ("1d", "an unknown unit"),
        ("2S", "an unknown unit"),
        ("2 s", "an unknown unit"),
        ("2s ", "an unknown unit"),
        (" 2s", "no number"),
        ("1m-5s", "an unknown unit"),
        ("--1s", "no number"),
        ("\u{664}s", "no number"),
    ];
    for (text, why) in table {
        assert_eq!(parse_duration(text), Err(why), "{text:?}");
    }
}

#[test]
fn durations_are_written_as_go_writes_them() {
    let table = [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1\u{b5}s"),
        (2_200_000, "2.2ms"),
        (250_000_000, "250ms"),
        (3_300_000_000, "3.3s"),
        (2_000_000_000, "2s"),
        (90_000_000_000, "1m30s"),
        (60_000_000_000, "1m0s"),
        (3_600_000_000_000, "1h0m0s"),
        (18_366_000_000_001, "5h6m6.000000001s"),
    ];
    for (nanoseconds, text) in table {
        assert_eq!(format_duration(Duration::from_nanos(nanoseconds)), text);
    }
}
