use super::*;
use proptest::prelude::*;

fn record(priority: u16, weight: u16, target: &str) -> Record {
    Record { priority, weight, port: 80, target: target.to_owned() }
}

/// Priority, weight, target.
type Short = (u16, u16, &'static str);

/// Targets with their turns, `a2 b1`.
fn list(records: &[Short]) -> String {
    let choice = choose(records.iter().map(|(p, w, t)| record(*p, *w, t)).collect());
    let count = |index: usize| choice.turns.iter().filter(|turn| usize::from(**turn) == index).count();
    let named = choice.targets.iter().enumerate().map(|(n, (target, _))| format!("{target}{}", count(n)));
    named.collect::<Vec<_>>().join(" ")
}

#[test]
fn weights_and_priorities_give_turns() {
    let table: &[(&str, &[Short], &str)] = &[
        ("nothing", &[], ""),
        ("one", &[(1, 10, "a")], "a1"),
        ("equal weights are divided", &[(0, 10, "a"), (0, 10, "b")], "a1 b1"),
        ("by the greatest common divisor", &[(0, 10, "a"), (0, 25, "b")], "a2 b5"),
        ("no divisor", &[(0, 3, "a"), (0, 1, "b")], "a3 b1"),
        ("the lowest priority alone", &[(20, 1, "a"), (10, 1, "b"), (10, 2, "c")], "b1 c2"),
        ("a sum of 100 is not scaled", &[(0, 99, "a"), (0, 1, "b")], "a99 b1"),
        ("a larger one is, before it is divided", &[(0, 200, "a"), (0, 100, "b")], "a2 b1"),
        ("whoever has a weight stays", &[(0, 65_535, "a"), (0, 1, "b")], "a99 b1"),
        ("no weight beside others: no turn", &[(0, 0, "a"), (0, 5, "b")], "b1"),
        ("all without weight: equal", &[(0, 0, "a"), (0, 0, "b")], "a1 b1"),
        ("without weight in the lowest priority", &[(1, 0, "a"), (2, 9, "b")], "a1"),
        ("the same target twice has both weights", &[(0, 1, "a"), (0, 1, "b"), (0, 2, "a")], "a3 b1"),
    ];
    for (name, records, expected) in table {
        assert_eq!(list(records), *expected, "{name}");
    }
}

#[test]
fn ports_tell_targets_apart_and_the_order_of_the_answer_does_not_matter() {
    let mut records = vec![record(0, 1, "b"), record(0, 1, "a"), Record { port: 81, ..record(0, 1, "a") }];
    let choice = choose(records.clone());
    let expected = [("a", 80), ("a", 81), ("b", 80)].map(|(name, port)| (name.to_owned(), port));
    assert_eq!(choice.targets, expected);
    records.reverse();
    assert_eq!(choose(records), choice);
}

#[test]
fn turns_are_spread() {
    assert_eq!(spread(&[1, 1, 1]), [0, 1, 2]);
    assert_eq!(spread(&[5, 1, 1]), [0, 0, 1, 0, 2, 0, 0]);
}

#[test]
fn a_long_list_is_cut() {
    let many = (0..SERVICE_TARGETS + 3).map(|n| record(0, 7, &format!("t{n:05}"))).collect();
    let choice = choose(many);
    assert_eq!(
        (choice.targets.len(), choice.turns.len(), choice.left_out),
        (SERVICE_TARGETS, SERVICE_TARGETS, 3)
    );
}

proptest! {
    #[test]
    fn every_target_with_a_weight_has_a_turn_and_the_list_stays_short(
        weights in proptest::collection::vec(0..=u16::MAX, 1..200),
    ) {
        let records = weights.iter().enumerate().map(|(n, weight)| record(0, *weight, &format!("t{n:04}")));
        let choice = choose(records.collect());
        let used = weights.iter().filter(|weight| **weight > 0).count();
        let expected = if used == 0 { weights.len() } else { used };
        prop_assert_eq!(choice.targets.len(), expected);
        for index in 0..choice.targets.len() {
            prop_assert!(choice.turns.contains(&(index as u16)));
        }
        prop_assert!(choice.turns.len() <= TURNS.max(weights.len() as u64) as usize + expected);
    }
}
