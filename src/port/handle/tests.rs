//! Every way in which a question can end.

use super::{pair, Ask, Pending};
use crate::limits::CONTROL_QUEUE;
use crate::port::call::{Answer, Call};
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::mpsc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

fn resolve(name: &str) -> Call {
    Call::Resolve(Arc::from(name))
}

fn poll(pending: &mut Pending) -> Poll<Answer> {
    Pin::new(pending).poll(&mut Context::from_waker(Waker::noop()))
}

/// Reports each wake-up through a channel.
struct Bell(mpsc::Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(());
    }
}

#[test]
fn without_a_control_thread_the_answer_is_unavailable_at_once() {
    assert_eq!(poll(&mut Ask::nobody().ask(resolve("a.test"))), Poll::Ready(Answer::Unavailable));
    let (ask, inbox) = pair();
    drop(inbox);
    assert_eq!(poll(&mut ask.ask(resolve("a.test"))), Poll::Ready(Answer::Unavailable));
}

#[test]
fn a_full_queue_answers_unavailable_and_keeps_the_earlier_questions() {
    let (ask, inbox) = pair();
    let mut waiting: Vec<Pending> = (0..CONTROL_QUEUE).map(|_| ask.ask(resolve("a.test"))).collect();
    assert_eq!(poll(&mut ask.ask(resolve("b.test"))), Poll::Ready(Answer::Unavailable));
    assert!(waiting.iter_mut().all(|p| poll(p).is_pending()));
    drop(inbox);
    assert!(waiting.iter_mut().all(|p| poll(p) == Poll::Ready(Answer::Unavailable)));
}

#[test]
fn an_answer_from_another_thread_wakes_the_asker() {
    let (ask, inbox) = pair();
    let mut pending = ask.ask(resolve("a.test"));
    let (bell, rung) = mpsc::channel();
    let waker = Waker::from(Arc::new(Bell(bell)));
    assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());

    let addresses: Arc<[IpAddr]> = Arc::from([IpAddr::from([192, 0, 2, 1])]);
    let expected = Answer::Addresses(Arc::clone(&addresses));
    let control = thread::spawn(move || {
        let request = inbox.queue.recv().expect("question");
        assert_eq!(request.call, resolve("a.test"));
        assert!(!request.reply.is_gone());
        request.reply.send(Answer::Addresses(addresses));
    });
    rung.recv_timeout(Duration::from_secs(10)).expect("woken");
    control.join().expect("control");
    assert_eq!(poll(&mut pending), Poll::Ready(expected));
}

#[test]
fn a_question_that_is_dropped_unanswered_ends_unavailable() {
    let (ask, inbox) = pair();
    let mut pending = ask.ask(resolve("a.test"));
    drop(inbox.queue.recv().expect("question"));
    assert_eq!(poll(&mut pending), Poll::Ready(Answer::Unavailable));
}

#[test]
fn an_asker_that_went_away_is_noticed_and_does_no_harm() {
    let (ask, inbox) = pair();
    drop(ask.ask(resolve("a.test")));
    let request = inbox.queue.recv().expect("question");
    assert!(request.reply.is_gone());
    request.reply.send(Answer::Unavailable);
}
