//! Opening a connection: all addresses of a host are tried, the next one early when one is slow
//! (RFC 8305 section 5); knows no pool and no HTTP.

use crate::base::clock::{self, Time};
use crate::http::fault::{Budget, Due, Fault, Kind};
use crate::net::conn::Conn;
use crate::net::wheel::TaskTimer;
use crate::plan::budget::Times;
use crate::plan::Transport;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;

type Attempt = Pin<Box<dyn Future<Output = std::io::Result<Conn>>>>;

/// Connects to the first of `addresses` that answers, within the budgets of the call.
///
/// # Errors
/// `Kind::Connect` when none answers, `Kind::Deadline` when time is up.
pub async fn connect(
    addresses: &[SocketAddr],
    settings: &Transport,
    times: &Times,
    timer: &TaskTimer,
) -> Result<Conn, Fault> {
    let limit = times.budgets.connect.map(|limit| Due::new(clock::now().after(limit.time), Budget::Connect));
    let due = limit.map_or(times.head_due, |limit| limit.min(times.head_due));
    let keep_alive = settings.tcp_keep_alive;
    let race = race(addresses, settings, timer, move |a| Box::pin(Conn::connect(a, keep_alive))); // alloc: a new connection
    match timer.timed(due.at, race).await {
        Some(Some(conn)) => Ok(conn),
        Some(None) => Err(Fault::upstream(Kind::Connect)),
        None => Err(due.fault()),
    }
}

/// Starts one attempt after the other: at once when one fails, after the fall-back delay when one
/// is slow. The first that succeeds wins; the others are dropped, which closes them.
async fn race(
    addresses: &[SocketAddr],
    settings: &Transport,
    timer: &TaskTimer,
    start: impl Fn(SocketAddr) -> Attempt,
) -> Option<Conn> {
    let mut waiting = addresses.iter();
    let mut running: Vec<Attempt> = Vec::with_capacity(addresses.len()); // alloc: a new connection
    let mut next_start = Time::default();
    std::future::poll_fn(move |cx| loop {
        let mut failed = false;
        let mut index = 0;
        while index < running.len() {
            match running[index].as_mut().poll(cx) {
                Poll::Ready(Ok(conn)) => return Poll::Ready(Some(conn)),
                Poll::Ready(Err(_)) => {
                    drop(running.swap_remove(index));
                    failed = true;
                }
                Poll::Pending => index += 1,
            }
        }
        let now = clock::now();
        if running.is_empty() || failed || now >= next_start {
            match waiting.next() {
                Some(address) => {
                    running.push(start(*address));
                    next_start = now.after(settings.fallback_delay);
                    continue;
                }
                None if running.is_empty() => return Poll::Ready(None),
                None => return Poll::Pending,
            }
        }
        timer.arm(next_start);
        return Poll::Pending;
    })
    .await
}
