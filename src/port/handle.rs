//! Asking the control thread: `Ask` is what a shard holds, `Inbox` what the control thread holds.
//!
//! Knows neither runtime: the question travels through a bounded queue, the answer through a
//! one-shot cell whose waker works across threads. Asking never blocks; what cannot be asked is
//! answered `Unavailable` at once. A dropped `Pending` costs nothing: its answer goes nowhere.

use super::call::{Answer, Call};
use crate::limits::CONTROL_QUEUE;
use crate::shared::flag::Flag;
use futures_channel::oneshot;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The asking side; one per shard, cloned freely.
#[derive(Clone, Debug)]
pub struct Ask {
    /// `None`: this process runs no control thread.
    queue: Option<Queue>,
}

#[derive(Clone, Debug)]
struct Queue {
    sender: flume::Sender<Request>,
    /// Set before the inbox is emptied for the last time.
    closed: Arc<Flag>,
}

/// The answering side.
#[derive(Debug)]
pub struct Inbox {
    queue: flume::Receiver<Request>,
    closed: Arc<Flag>,
}

/// Both sides of a queue of `limits::CONTROL_QUEUE` questions.
#[must_use]
pub fn pair() -> (Ask, Inbox) {
    let (sender, receiver) = flume::bounded(CONTROL_QUEUE);
    let closed = Arc::new(Flag::default());
    let queue = Queue { sender, closed: Arc::clone(&closed) };
    (Ask { queue: Some(queue) }, Inbox { queue: receiver, closed })
}

impl Ask {
    /// For a configuration that needs no control thread: every answer is `Unavailable`.
    #[must_use]
    pub fn nobody() -> Ask {
        Ask { queue: None }
    }

    /// Asks; the result resolves to the answer, also when the control thread ends.
    pub fn ask(&self, call: Call) -> Pending {
        let (sender, receiver) = oneshot::channel();
        let request = Request { call, reply: Reply(sender) };
        match &self.queue {
            Some(queue) if queue.accepts(request) => Pending(Some(receiver)),
            _ => Pending(None),
        }
    }
}

impl Queue {
    /// Whether somebody will see the request. The flag is read after the request is queued: either
    /// the inbox found it when it emptied itself, or the flag was set before.
    fn accepts(&self, request: Request) -> bool {
        self.sender.try_send(request).is_ok() && !self.closed.is_set()
    }
}

/// An answer on its way. Dropping it is fine at any time.
#[derive(Debug)]
#[must_use = "an answer that nobody awaits need not be asked for"]
pub struct Pending(Option<oneshot::Receiver<Answer>>);

impl Future for Pending {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        match &mut self.0 {
            None => Poll::Ready(Answer::Unavailable),
            // The other end was dropped unanswered: the service or the thread is gone.
            Some(receiver) => Pin::new(receiver).poll(cx).map(|answer| answer.unwrap_or(Answer::Unavailable)),
        }
    }
}

impl Inbox {
    /// The next question; `None` once every `Ask` is gone.
    pub async fn next(&self) -> Option<Request> {
        self.queue.recv_async().await.ok()
    }
}

impl Drop for Inbox {
    /// The queue outlives its receiver while there are senders, and so would the questions in it.
    fn drop(&mut self) {
        self.closed.set();
        self.queue.drain().for_each(drop);
    }
}

/// A question with the way back. Dropping it unanswered answers `Unavailable`.
#[derive(Debug)]
pub struct Request {
    pub call: Call,
    pub reply: Reply,
}

/// The way back of one question.
#[derive(Debug)]
pub struct Reply(oneshot::Sender<Answer>);

impl Reply {
    /// Answers. Whoever asked may have gone; that is no error.
    pub fn send(self, answer: Answer) {
        let _ = self.0.send(answer);
    }

    /// Whether nobody waits for the answer any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.0.is_canceled()
    }
}

#[cfg(test)]
mod tests;
