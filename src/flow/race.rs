//! Several equal calls to one backend at once, KrakenD key `concurrent_calls`: the first complete
//! answer counts, the others are dropped.

use super::ctx::Ctx;
use super::fan::{fetch, At, Failed, Fetched, Order, Send};
use super::io::{Body, Io};
use super::{compose, Shared};
use crate::http::fault::{Budget, Due};
use std::future::{poll_fn, Future};
use std::task::Poll;

/// Makes `calls` calls. None complete: the last answer that came, else the last failure.
pub async fn race<'b, I: Io, B: Body>(
    io: &I,
    shared: &Shared,
    ctx: &Ctx<'_>,
    at: At<'b>,
    body: Option<&[u8]>,
    earlier: &[Vec<u8>],
    due: Due,
) -> Result<Fetched<'b>, Failed> {
    let due = due.min(Due::new(io.now().after(at.endpoint.race_timeout), Budget::Endpoint));
    let mut running: Vec<_> = (0..at.endpoint.calls.max(1))
        .map(|_| {
            let body = body.map_or(Send::<B>::None, Send::Whole);
            Box::pin(fetch(io, ctx, at, Order { body, earlier, due }))
        })
        .collect();
    let mut answer: Option<Fetched<'b>> = None;
    let mut failure: Option<Failed> = None;
    // Every call is polled each time: deadlines wake the task and not the call.
    poll_fn(|cx| {
        let mut index = 0;
        while index < running.len() {
            let Poll::Ready(result) = running[index].as_mut().poll(cx) else {
                index += 1;
                continue;
            };
            drop(running.swap_remove(index));
            match result.and_then(|fetched| compose::check(shared, at.backend, fetched)) {
                Ok((fetched, complete)) => {
                    answer = Some(fetched);
                    if complete {
                        return Poll::Ready(());
                    }
                }
                Err(failed) => failure = Some(failed),
            }
        }
        if running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    match (answer, failure) {
        (Some(answer), _) => Ok(answer),
        (None, Some(failed)) => Err(failed),
        (None, None) => Err(compose::no_answer()),
    }
}
