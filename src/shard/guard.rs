//! Panic isolation: a future whose panic becomes a value; knows no request.

use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

/// How a caught future ended.
pub enum Caught<T> {
    Value(T),
    Panic,
}

/// A future that never lets a panic out. It must not be polled again after it is ready.
pub struct Catch<'a, F>(Pin<&'a mut F>);

/// See `Catch`.
pub fn catch<F: Future>(future: Pin<&mut F>) -> Catch<'_, F> {
    Catch(future)
}

impl<F: Future> Future for Catch<'_, F> {
    type Output = Caught<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.0.as_mut();
        // Unwind safe: what the request shared with others is either plain counters or begun anew
        // by the next request; the future itself is dropped.
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll.map(Caught::Value),
            Err(_) => Poll::Ready(Caught::Panic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Waker;

    #[test]
    fn a_panic_becomes_a_value() {
        let bad = pin!(async {
            if true {
                panic!("on purpose");
            }
        });
        let mut caught = pin!(catch(bad));
        let poll = caught.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Ready(Caught::Panic)));
    }
}
