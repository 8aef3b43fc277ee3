use super::*;

const S: u64 = 1_000_000_000;

fn table(stripes: usize, clients: usize) -> Clients {
    Clients::with_bound(Rule::new(0.001, 2), Duration::from_secs(600), stripes, clients)
}

#[test]
fn clients_have_buckets_of_their_own() {
    let clients = table(4, 100);
    let takes = |who: &[u8]| (0..4).filter(|_| clients.take(who, Time(5))).count();
    assert_eq!(takes(b"alpha"), 2);
    assert_eq!(takes(b"beta"), 2);
    assert_eq!(takes(b"alpha"), 0);
    assert_eq!(takes(b"ALPHA"), 2);
    assert_eq!(clients.len(), 3);
}

#[test]
fn an_idle_client_starts_afresh() {
    let clients = table(1, 100);
    for _ in 0..3 {
        clients.take(b"a", Time(0));
    }
    assert!(!clients.take(b"a", Time(600 * S)), "used at 0, not yet idle");
    assert!(!clients.take(b"a", Time(601 * S)), "every ask counts as use");
    assert!(clients.take(b"a", Time(1202 * S)));
}

#[test]
fn idle_entries_are_dropped_as_others_come() {
    let clients = table(1, 100);
    for n in 0..50u8 {
        clients.take(&[n], Time(0));
    }
    for n in 0..30u8 {
        clients.take(&[n, n], Time(700 * S));
    }
    assert_eq!(clients.len(), 30);
}

#[test]
fn a_full_table_gives_up_the_stalest_and_never_grows() {
    let clients = table(1, 3);
    for (n, who) in [b"a", b"b", b"c"].iter().enumerate() {
        assert!(clients.take(*who, Time(n as u64)));
    }
    assert!(clients.take(b"a", Time(10)), "a was used last now, and is empty");
    assert!(clients.take(b"d", Time(11)), "takes the place of b");
    assert_eq!(clients.len(), 3);
    assert!(!clients.take(b"a", Time(12)), "a was kept");
    for n in 0..1000u32 {
        clients.take(&n.to_be_bytes(), Time(13));
        assert!(clients.len() <= 3);
    }
}

#[test]
fn exact_across_threads() {
    let clients = Clients::with_bound(Rule::new(0.001, 500), Duration::from_secs(600), 8, 100);
    let total: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..1000).filter(|_| clients.take(b"one", Time(1))).count()))
            .collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).sum()
    });
    assert_eq!(total, 500);
}
