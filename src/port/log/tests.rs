//! Lanes: order, bounds, filters, and what records keep.

use super::{lane, AccessRecord, Event, EventTag, Level, LogFeed, MethodText, Record, TargetText};
use crate::limits::{LOG_MESSAGE_BYTES, LOG_QUEUE};
use std::net::IpAddr;
use std::thread;

fn access(status: u16) -> AccessRecord {
    AccessRecord {
        wall_ms: 0,
        latency_ns: 1,
        bytes: 0,
        status,
        client: IpAddr::from([127, 0, 0, 1]),
        method: MethodText::new(b"GET"),
        target: TargetText::new(b"/a?b=c"),
        fault: "",
    }
}

fn next_event(feed: &mut LogFeed) -> Option<Event> {
    match feed.pop() {
        Some(Record::Event(event)) => Some(event),
        Some(Record::Access(record)) => panic!("access record {record:?}"),
        None => None,
    }
}

#[test]
fn levels_below_the_threshold_are_not_queued() {
    let cases = [
        (Some(Level::Debug), Level::Debug, true),
        (Some(Level::Warning), Level::Info, false),
        (Some(Level::Warning), Level::Warning, true),
        (Some(Level::Critical), Level::Error, false),
        (None, Level::Critical, false),
    ];
    for (threshold, level, expected) in cases {
        let (lane, mut feed) = lane(threshold, true);
        lane.event(level, EventTag::None, "text");
        assert_eq!(lane.wants(level), expected, "{threshold:?} {level:?}");
        assert_eq!(next_event(&mut feed).is_some(), expected, "{threshold:?} {level:?}");
    }
}

#[test]
fn access_records_are_dropped_when_the_access_log_is_off() {
    let (lane, mut feed) = lane(Some(Level::Debug), false);
    assert!(!lane.logs_access());
    lane.access(access(200));
    assert!(feed.pop().is_none());
}

#[test]
fn a_full_lane_keeps_the_oldest_and_counts_the_rest() {
    let (lane, mut feed) = lane(None, true);
    for n in 0..LOG_QUEUE + 3 {
        lane.access(access((n % 1000) as u16));
    }
    assert_eq!((lane.lost(), feed.lost()), (3, 3));
    assert_eq!(feed.waiting(), LOG_QUEUE);
    for n in 0..LOG_QUEUE {
        let Some(Record::Access(record)) = feed.pop() else { panic!("record {n}") };
        assert_eq!(usize::from(record.status), n % 1000);
    }
    assert!(feed.pop().is_none());
    lane.access(access(200));
    assert_eq!(feed.lost(), 3, "there is room again");
}

#[test]
fn everything_pushed_before_the_producer_ends_arrives() {
    let (lane, mut feed) = lane(None, true);
    let producer = thread::spawn(move || {
        for _ in 0..100 {
            lane.access(access(200));
        }
    });
    let mut seen = 0;
    while !feed.is_over() {
        seen += usize::from(feed.pop().is_some());
    }
    producer.join().expect("producer");
    assert_eq!(seen, 100);
}

#[test]
fn targets_and_methods_keep_their_bytes_up_to_the_bound() {
    for len in [0, 1, 151, 152, 153, LOG_MESSAGE_BYTES, LOG_MESSAGE_BYTES + 1] {
        let target = vec![b'x'; len];
        assert_eq!(TargetText::new(&target).bytes(), &target[..len.min(LOG_MESSAGE_BYTES)], "{len}");
    }
    for (token, kept) in [("", ""), ("GET", "GET"), ("VERSION-CONTROL", "VERSION-CONTROL")] {
        assert_eq!(MethodText::new(token.as_bytes()).bytes(), kept.as_bytes());
    }
    assert_eq!(MethodText::new(b"UPDATEREDIRECTREF").bytes(), b"UPDATEREDIRECTR");
}

#[test]
fn a_long_message_is_cut_at_a_character() {
    let (lane, mut feed) = lane(Some(Level::Debug), true);
    lane.event(Level::Error, EventTag::None, "\u{e9}".repeat(LOG_MESSAGE_BYTES));
    let event = next_event(&mut feed).expect("event");
    assert_eq!(event.text.len(), LOG_MESSAGE_BYTES);
    lane.event(Level::Error, EventTag::None, format!("x{}", "\u{e9}".repeat(LOG_MESSAGE_BYTES)));
    let event = next_event(&mut feed).expect("event");
    assert_eq!(event.text.len(), LOG_MESSAGE_BYTES - 1);
}
