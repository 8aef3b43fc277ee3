//! What readers may count on: newest value, values in order, no tearing.

use super::{Seen, Snapshot};
use std::sync::Arc;
use std::thread;

#[test]
fn starts_empty_and_follows_the_writer() {
    let snapshot: Snapshot<str> = Snapshot::default();
    let mut seen = Seen::default();
    assert!(seen.get(&snapshot).is_none());
    snapshot.publish(Arc::from("one"));
    assert_eq!(seen.get(&snapshot).map(|v| &**v), Some("one"));
    snapshot.publish(Arc::from("two"));
    snapshot.publish(Arc::from("three"));
    assert_eq!(seen.get(&snapshot).map(|v| &**v), Some("three"));
    snapshot.withdraw();
    assert!(seen.get(&snapshot).is_none());
    assert!(snapshot.latest().is_none());
}

#[test]
fn an_unchanged_value_is_not_copied_again() {
    let snapshot = Snapshot::default();
    let value = Arc::new(7_u32);
    snapshot.publish(Arc::clone(&value));
    let mut seen = Seen::default();
    seen.get(&snapshot);
    let holders = Arc::strong_count(&value);
    for _ in 0..10 {
        assert_eq!(seen.get(&snapshot).map(|v| **v), Some(7));
    }
    assert_eq!(Arc::strong_count(&value), holders);
}

#[test]
fn a_replaced_value_is_freed_once_every_reader_moved_on() {
    let snapshot = Snapshot::default();
    let first = Arc::new(1_u32);
    snapshot.publish(Arc::clone(&first));
    let mut seen = Seen::default();
    seen.get(&snapshot);
    snapshot.publish(Arc::new(2));
    assert_eq!(Arc::strong_count(&first), 2, "the reader still holds it");
    seen.get(&snapshot);
    assert_eq!(Arc::strong_count(&first), 1);
}

#[test]
fn readers_on_other_threads_see_values_in_order_and_the_last_one() {
    const LAST: u64 = 2_000;
    let snapshot: Arc<Snapshot<(u64, u64)>> = Arc::default();
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let snapshot = Arc::clone(&snapshot);
            thread::spawn(move || {
                let mut seen = Seen::default();
                let mut before = 0;
                while before < LAST {
                    if let Some(pair) = seen.get(&snapshot) {
                        assert_eq!(pair.0, pair.1, "torn value");
                        assert!(pair.0 >= before, "went back in time");
                        before = pair.0;
                    }
                    thread::yield_now();
                }
            })
        })
        .collect();
    for n in 1..=LAST {
        snapshot.publish(Arc::new((n, n)));
    }
    for reader in readers {
        reader.join().expect("reader");
    }
}
