//! Threads on one token bucket, on one breaker and on one table of clients: nanoseconds a take,
//! and the proof that no take was lost or made up.

#![allow(clippy::disallowed_methods)] // a benchmark reads the clock

use sluice::base::clock::{self, Time};
use sluice::shared::breaker::{self, Breaker, Ended};
use sluice::shared::bucket::{Bucket, Rule};
use sluice::shared::clients::Clients;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const TAKES: usize = 1_000_000;

fn main() {
    for threads in [1, 2, 4, 16] {
        let tokens = (threads * TAKES / 2) as u64;
        let bucket = Bucket::new(Rule::new(1e-9, tokens), Time(0));
        let taken = hammer("bucket, half refused", threads, |_, _| bucket.take(Time(1)));
        assert_eq!(taken as u64, tokens, "exactly the capacity");

        let empty = Bucket::new(Rule::new(1e-9, 1), Time(0));
        hammer("bucket, all refused", threads, |_, _| empty.take(Time(1)));

        let rule = breaker::Rule { interval: None, timeout: Duration::from_secs(60), max_errors: 5 };
        let breaker = Breaker::new(rule, Time(0));
        let passed = hammer("breaker, healthy", threads, |_, _| {
            let ticket = breaker.ask(Time(1)).0;
            ticket.is_ok_and(|ticket| breaker.end(ticket, Ended::Success, Time(2)).is_none())
        });
        assert_eq!(passed, threads * TAKES);

        let clients = Clients::new(Rule::new(1e-9, u64::MAX), Duration::from_secs(600));
        hammer("clients, 1000 known", threads, |thread, n| {
            let client = ((thread * 7 + n) % 1000) as u32;
            clients.take(&client.to_be_bytes(), Time(1))
        });
        assert_eq!(clients.len(), 1000);
    }
    let start = Instant::now();
    (0..TAKES).for_each(|_| _ = black_box(clock::now()));
    println!("{:<22} {:7.1} ns", "clock", start.elapsed().as_nanos() as f64 / TAKES as f64);
}

/// Runs `take` on all threads at once; how many said yes.
fn hammer(name: &str, threads: usize, take: impl Fn(usize, usize) -> bool + Sync) -> usize {
    let barrier = Barrier::new(threads);
    let run = |thread: usize| {
        barrier.wait();
        let start = Instant::now();
        let taken = (0..TAKES).filter(|n| black_box(take(thread, *n))).count();
        (taken, start, Instant::now())
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let run = &run;
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        running.into_iter().map(|h| h.join().expect("no panic")).collect()
    });
    // From the first start to the last end: with more threads than cores they take turns.
    let first = results.iter().map(|(_, start, _)| *start).min();
    let last = results.iter().map(|(_, _, end)| *end).max();
    let wall = last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first);
    let each = wall.as_nanos() as f64 / (threads * TAKES) as f64;
    println!("{name:<22} {threads:2} threads {each:7.1} ns a take");
    results.iter().map(|(taken, _, _)| taken).sum()
}
