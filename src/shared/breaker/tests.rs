use super::*;
use proptest::prelude::*;

const S: u64 = 1_000_000_000;

fn rule(interval: u64, timeout: u64, max_errors: u32) -> Rule {
    Rule {
        interval: (interval > 0).then(|| Duration::from_secs(interval)),
        timeout: Duration::from_secs(timeout),
        max_errors,
    }
}

fn call(breaker: &Breaker, ended: Ended, at: u64) -> Result<(), Refusal> {
    let ticket = breaker.ask(Time(at)).0?;
    breaker.end(ticket, ended, Time(at));
    Ok(())
}

#[test]
fn opens_on_more_than_max_errors_in_a_row() {
    for max_errors in 0..4 {
        let breaker = Breaker::new(rule(0, 60, max_errors), Time(0));
        for _ in 0..max_errors {
            assert_eq!(call(&breaker, Ended::Failure, 1), Ok(()));
        }
        assert_eq!(call(&breaker, Ended::Success, 1), Ok(()), "a success starts the count anew");
        for _ in 0..=max_errors {
            assert_eq!(call(&breaker, Ended::Failure, 1), Ok(()));
        }
        assert_eq!(call(&breaker, Ended::Success, 1), Err(Refusal::Open));
    }
}

#[test]
fn one_probe_decides() {
    for (ended, then) in [(Ended::Success, Ok(())), (Ended::Failure, Err(Refusal::Open))] {
        let breaker = Breaker::new(rule(0, 2, 0), Time(0));
        assert_eq!(call(&breaker, Ended::Failure, 0), Ok(()));
        assert_eq!(breaker.ask(Time(2 * S)).0, Err(Refusal::Open), "not yet past the timeout");
        let (probe, change) = breaker.ask(Time(2 * S + 1));
        assert_eq!(change, Some(Change { from: Phase::Open, to: Phase::HalfOpen }));
        assert_eq!(breaker.ask(Time(2 * S + 2)).0, Err(Refusal::Busy));
        let change = breaker.end(probe.expect("let through"), ended, Time(2 * S + 3));
        assert_eq!(change.map(|c| c.from), Some(Phase::HalfOpen));
        assert_eq!(call(&breaker, Ended::Success, 2 * S + 4), then);
    }
}

#[test]
fn an_abandoned_probe_frees_its_place() {
    let breaker = Breaker::new(rule(0, 2, 0), Time(0));
    assert_eq!(call(&breaker, Ended::Failure, 0), Ok(()));
    assert_eq!(call(&breaker, Ended::Abandoned, 3 * S), Ok(()));
    assert_eq!(breaker.phase(), Phase::HalfOpen);
    assert_eq!(call(&breaker, Ended::Success, 3 * S), Ok(()));
    assert_eq!(breaker.phase(), Phase::Closed);
}

#[test]
fn late_results_of_an_earlier_state_do_not_count() {
    let breaker = Breaker::new(rule(0, 2, 0), Time(0));
    let slow = [breaker.ask(Time(0)), breaker.ask(Time(0))].map(|a| a.0.expect("closed"));
    assert_eq!(call(&breaker, Ended::Failure, 0), Ok(()));
    assert_eq!(breaker.end(slow[0], Ended::Success, Time(1)), None, "open stays open");
    let probe = breaker.ask(Time(3 * S)).0.expect("probe");
    assert_eq!(breaker.end(slow[1], Ended::Failure, Time(3 * S)), None, "the probe alone decides");
    assert_eq!(breaker.end(slow[1], Ended::Abandoned, Time(3 * S)), None);
    assert_eq!(breaker.ask(Time(3 * S)).0, Err(Refusal::Busy), "its place is still taken");
    assert!(breaker.end(probe, Ended::Success, Time(3 * S)).is_some());
}

#[test]
fn windows_forget_failures() {
    let breaker = Breaker::new(rule(10, 60, 1), Time(0));
    assert_eq!(call(&breaker, Ended::Failure, 0), Ok(()));
    assert_eq!(call(&breaker, Ended::Failure, 10 * S + 1), Ok(()), "first of the next window");
    assert_eq!(call(&breaker, Ended::Failure, 11 * S), Ok(()));
    assert_eq!(call(&breaker, Ended::Failure, 11 * S), Err(Refusal::Open));
}

#[test]
fn a_healthy_backend_is_never_written() {
    let breaker = Breaker::new(rule(0, 60, 1), Time(0));
    let before = breaker.state.load(Ordering::Relaxed);
    for at in 0..100 {
        assert_eq!(call(&breaker, Ended::Success, at), Ok(()));
    }
    assert_eq!(breaker.state.load(Ordering::Relaxed), before);
}

#[test]
fn words_keep_every_state() {
    for phase in [Phase::Closed, Phase::Open, Phase::HalfOpen] {
        for probe in [false, true] {
            let state = State { phase, probe, failures: FAILURES, generation: u32::MAX, until: Time::NEVER };
            assert_eq!(State::unpack(state.pack()), state);
        }
    }
}

/// The reference: plain fields, written from the description and not from the code above.
struct Model {
    rule: Rule,
    phase: Phase,
    generation: u64,
    consecutive: u32,
    in_flight: u32,
    expires: Option<u64>,
}

impl Model {
    fn turn(&mut self, phase: Phase, now: u64) {
        self.phase = phase;
        self.generation += 1;
        self.consecutive = 0;
        self.in_flight = 0;
        self.expires = match phase {
            Phase::Closed => self.rule.interval.map(|d| now + d.as_nanos() as u64),
            Phase::Open => Some(now + self.rule.timeout.as_nanos() as u64),
            Phase::HalfOpen => None,
        };
    }

    fn tick(&mut self, now: u64) {
        if self.expires.is_some_and(|at| at < now) {
            let next = if self.phase == Phase::Open { Phase::HalfOpen } else { Phase::Closed };
            self.turn(next, now);
        }
    }

    fn ask(&mut self, now: u64) -> Result<u64, Refusal> {
        self.tick(now);
        if self.phase == Phase::Open {
            return Err(Refusal::Open);
        }
        if self.phase == Phase::HalfOpen && self.in_flight >= 1 {
            return Err(Refusal::Busy);
        }
        self.in_flight += 1;
        Ok(self.generation)
    }

    fn end(&mut self, generation: u64, ended: Ended, now: u64) {
        self.tick(now);
        if generation != self.generation {
            return;
        }
        self.in_flight -= 1;
        match ended {
            Ended::Abandoned => {}
            Ended::Success if self.phase == Phase::HalfOpen => self.turn(Phase::Closed, now),
            Ended::Success => self.consecutive = 0,
            Ended::Failure => {
                self.consecutive += 1;
                if self.phase == Phase::HalfOpen || self.consecutive > self.rule.max_errors {
                    self.turn(Phase::Open, now);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn equals_the_reference(
        interval in 0u64..4,
        timeout in 1u64..4,
        max_errors in 0u32..4,
        steps in prop::collection::vec((0u64..1_500_000_000, 0usize..5, 0usize..8), 0..300),
    ) {
        let rule = rule(interval, timeout, max_errors);
        let breaker = Breaker::new(rule, Time(0));
        let mut model = Model {
            rule, phase: Phase::Closed, generation: 0, consecutive: 0, in_flight: 0, expires: None,
        };
        model.turn(Phase::Closed, 0);
        let (mut now, mut running) = (0, Vec::new());
        for (gap, what, which) in steps {
            now += gap / 4;
            if what < 2 || running.is_empty() {
                let (ours, theirs) = (breaker.ask(Time(now)).0, model.ask(now));
                prop_assert_eq!(ours.is_ok(), theirs.is_ok());
                match (ours, theirs) {
                    (Ok(ours), Ok(theirs)) => running.push((ours, theirs)),
                    (ours, theirs) => prop_assert_eq!(ours.err(), theirs.err()),
                }
            } else {
                let (ours, theirs) = running.swap_remove(which % running.len());
                let ended = [Ended::Success, Ended::Failure, Ended::Abandoned][what - 2];
                breaker.end(ours, ended, Time(now));
                model.end(theirs, ended, now);
            }
            prop_assert_eq!(breaker.phase(), model.phase);
        }
    }
}
