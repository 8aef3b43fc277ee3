use super::*;
use proptest::prelude::*;

const S: u64 = 1_000_000_000;

fn admitted(bucket: &Bucket, now: u64, asks: usize) -> usize {
    (0..asks).filter(|_| bucket.take(Time(now))).count()
}

#[test]
fn rules_are_clamped() {
    // (rate, capacity, capacity of the rule, interval in ns)
    let table = [
        (1.0, 3, 3, S),
        (3.0, 0, 1, 333_333_333),
        (0.0, 5, 5, 1_000_000_000_000_000_000),
        (-4.0, 5, 5, 1_000_000_000_000_000_000),
        (f64::NAN, 5, 5, 1_000_000_000_000_000_000),
        (1e10, 5, 5, 1),
        (f64::INFINITY, u64::MAX, u64::MAX, 1),
    ];
    for (rate, capacity, want_capacity, interval) in table {
        let rule = Rule::new(rate, capacity);
        assert_eq!(rule, Rule { capacity: want_capacity, interval }, "rate {rate}");
    }
}

#[test]
fn takes_the_capacity_then_one_per_interval() {
    let bucket = Bucket::new(Rule::new(1.0, 3), Time(0));
    assert_eq!(admitted(&bucket, 10, 5), 3);
    assert_eq!(admitted(&bucket, S - 1, 5), 0);
    assert_eq!(admitted(&bucket, S, 5), 1);
    assert_eq!(admitted(&bucket, 3 * S + 5, 5), 2);
    // Refills count from multiples of the interval, not from the request.
    assert_eq!(admitted(&bucket, 4 * S, 5), 1);
}

#[test]
fn a_long_idle_emptied_bucket_gives_one_more() {
    let bucket = Bucket::new(Rule::new(1.0, 3), Time(0));
    assert_eq!(admitted(&bucket, 0, 3), 3);
    assert_eq!(admitted(&bucket, 3 * S, 9), 3, "as many periods as the capacity: charged");
    assert_eq!(admitted(&bucket, 7 * S, 9), 4, "one more: full, and the request is free");
}

#[test]
fn an_old_full_bucket_refills_at_once() {
    let bucket = Bucket::new(Rule::new(1.0, 3), Time(0));
    assert_eq!(admitted(&bucket, 100 * S, 9), 7, "capacity, the free one, capacity again");
}

#[test]
fn time_that_goes_back_refills_nothing() {
    let bucket = Bucket::new(Rule::new(1.0, 1), Time(10 * S));
    assert_eq!(admitted(&bucket, 10 * S, 2), 1);
    assert_eq!(admitted(&bucket, 0, 2), 0);
}

#[test]
fn exact_across_threads() {
    let bucket = Bucket::new(Rule::new(1.0, 10_000), Time(0));
    let total: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| admitted(&bucket, 5, 20_000))).collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).sum()
    });
    assert_eq!(total, 10_000);
}

proptest! {
    /// Whatever comes when: never more than capacity + rate x time, free requests included.
    #[test]
    fn never_admits_more_than_allowed(
        capacity in 1u64..50,
        interval_ms in 1u64..500,
        gaps in prop::collection::vec((0u64..2_000, 1usize..80), 1..60),
    ) {
        let rule = Rule::new(1000.0 / interval_ms as f64, capacity);
        let bucket = Bucket::new(rule, Time(0));
        let (mut now, mut total) = (0u64, 0u64);
        for (gap_ms, asks) in gaps {
            now += gap_ms * 1_000_000;
            total += admitted(&bucket, now, asks) as u64;
            // A free request needs capacity + 1 whole periods and gives capacity + 1 tokens, so
            // it is paid for by the time that passed.
            prop_assert!(total <= capacity + now / rule.interval);
        }
    }

    /// The shared bucket is the pure machine.
    #[test]
    fn bucket_equals_machine(capacity in 0u64..9, steps in prop::collection::vec(0u64..3_000_000_000, 0..200)) {
        let rule = Rule::new(2.0, capacity);
        let bucket = Bucket::new(rule, Time(0));
        let (mut state, mut now) = (rule.full(Time(0)), 0);
        for step in steps {
            now += step / 7;
            let next = rule.take(state, Time(now));
            prop_assert_eq!(bucket.take(Time(now)), next.is_some());
            state = next.unwrap_or(state);
        }
    }
}
