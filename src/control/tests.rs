//! Services under supervision: panics, stops, and questions nobody takes.

use super::registry::Service;
use super::{start_with, Control, Settings};
use crate::port::call::{Answer, Call};
use crate::port::handle::{Ask, Pending};
use crate::port::log::{lane, Level, LogFeed, Record};
use std::sync::Arc;

fn wait(pending: Pending) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(pending)
}

fn resolve(ask: &Ask, name: &str) -> Pending {
    ask.ask(Call::Resolve(Arc::from(name)))
}

fn begin(services: &'static [Service]) -> (Control, LogFeed) {
    let (log, feed) = lane(Some(Level::Debug), false);
    (start_with(services, Settings::default(), log).expect("control thread"), feed)
}

/// Echoes names as failures; panics when asked for "panic", keeps the question for "keep".
const ECHO: &[Service] = &[Service {
    name: "Echo",
    takes: |call| matches!(call, Call::Resolve(_)),
    run: |_, mail| {
        Box::pin(async move {
            let mut kept = Vec::new();
            while let Ok(request) = mail.recv_async().await {
                let Call::Resolve(name) = &request.call else { continue };
                match &**name {
                    "panic" => panic!("asked for"),
                    "keep" => kept.push(request),
                    other => {
                        let text = Arc::from(other);
                        request.reply.send(Answer::Failed(text));
                    }
                }
            }
        })
    },
}];

#[test]
fn a_service_that_panics_is_started_anew_and_its_questions_end() {
    let (control, mut feed) = begin(ECHO);
    let ask = control.ask();
    let kept = resolve(&ask, "keep");
    assert_eq!(wait(resolve(&ask, "panic")), Answer::Unavailable);
    assert_eq!(wait(kept), Answer::Unavailable, "it went down with the service");
    assert_eq!(wait(resolve(&ask, "again")), Answer::Failed(Arc::from("again")));
    control.stop();
    let Some(Record::Event(event)) = feed.pop() else { panic!("no event") };
    assert_eq!(event.level, Level::Error);
    assert!(event.text.contains("panicked"), "{}", event.text);
}

#[test]
fn stop_answers_what_is_open_and_what_comes_later() {
    let (control, _feed) = begin(ECHO);
    let ask = control.ask();
    let kept = resolve(&ask, "keep");
    control.stop();
    assert_eq!(wait(kept), Answer::Unavailable);
    assert_eq!(wait(resolve(&ask, "late")), Answer::Unavailable);
}

#[test]
fn a_dropped_handle_stops_too() {
    let (control, _feed) = begin(ECHO);
    let ask = control.ask();
    let kept = resolve(&ask, "keep");
    drop(control);
    assert_eq!(wait(kept), Answer::Unavailable);
}

#[test]
fn a_question_that_no_service_takes_is_unavailable() {
    let (control, _feed) = begin(&[]);
    assert_eq!(wait(resolve(&control.ask(), "a.test")), Answer::Unavailable);
    control.stop();
}
