//! Classes of answers and faults, and the sum over shards.

use super::{total, Counter, Meters};
use crate::http::fault::Whose;

#[test]
fn statuses_fall_into_classes() {
    let cases = [
        (100, Counter::Answers1xx),
        (204, Counter::Answers2xx),
        (301, Counter::Answers3xx),
        (499, Counter::Answers4xx),
        (500, Counter::Answers5xx),
        (99, Counter::Answers5xx),
        (999, Counter::Answers5xx),
    ];
    for (status, class) in cases {
        let meters = Meters::default();
        meters.answer(status);
        let totals = total(&[meters.published()]);
        assert_eq!(totals.get(class), 1, "{status}");
    }
}

#[test]
fn faults_are_counted_by_whose_they_are() {
    let meters = Meters::default();
    meters.fault(Whose::Upstream);
    meters.fault(Whose::Upstream);
    meters.fault(Whose::Client);
    let totals = total(&[meters.published()]);
    assert_eq!(totals.get(Counter::FaultsUpstream), 2);
    assert_eq!(totals.get(Counter::FaultsClient), 1);
    assert_eq!(totals.get(Counter::FaultsGateway), 0);
}

#[test]
fn shards_add_up() {
    let shards = [Meters::default(), Meters::default()];
    shards[0].count(Counter::Requests);
    shards[1].add(Counter::Requests, 4);
    shards[1].count(Counter::Panics);
    let published = shards.iter().map(Meters::published).collect::<Vec<_>>();
    let totals = total(&published);
    assert_eq!(totals.get(Counter::Requests), 5);
    assert_eq!(totals.get(Counter::Panics), 1);
    assert_eq!(totals.get(Counter::Accepted), 0);
    assert_eq!(total(&[]), super::Totals::default());
}
