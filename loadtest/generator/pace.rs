//! When requests are due: at once (closed loop) or at fixed times (open loop); knows nothing of
//! connections.
//!
//! monoio's timers tick in milliseconds, too coarse for latencies of microseconds. So a thread of
//! its own sleeps on the kernel's fine timers and wakes the generator through a socket pair.

use super::options::Options;
use monoio::io::AsyncReadRent;
use monoio::net::UnixStream;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, Write};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// Shortest distance of two wake-ups: more of them would cost more than they tell.
const TICK: Duration = Duration::from_micros(50);

/// The times of one run, the same for all threads.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub start: Instant,
    /// Requests due before this are not measured.
    pub measured: Instant,
    pub end: Instant,
    /// When an open loop gives up on what is overdue.
    pub over: Instant,
}

impl Times {
    pub fn of(options: &Options, start: Instant) -> Times {
        let measured = start + options.warmup;
        let end = measured + options.duration;
        Times { start, measured, end, over: end + options.timeout }
    }
}

/// The due times of one thread's share of an open loop.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    first: Instant,
    interval_ns: f64,
    /// Requests due before the end.
    pub count: u64,
    /// Of these, due in the measured time.
    pub measured: u64,
}

impl Schedule {
    /// Thread `index` of `threads` sends every `threads`-th request of `rate` a second.
    pub fn new(times: &Times, rate: f64, index: usize, threads: usize) -> Schedule {
        let between_ns = 1e9 / rate;
        let first = times.start + Duration::from_nanos((between_ns * index as f64) as u64);
        let interval_ns = between_ns * threads as f64;
        let before = |limit: Instant| {
            let span_ns = limit.saturating_duration_since(first).as_nanos() as f64;
            (span_ns / interval_ns).ceil() as u64
        };
        let count = before(times.end);
        Schedule { first, interval_ns, count, measured: count - before(times.measured).min(count) }
    }

    /// When the request `number`, from 0, is due.
    pub fn due(&self, number: u64) -> Instant {
        self.first + Duration::from_nanos((self.interval_ns * number as f64) as u64)
    }
}

/// Hands out the requests of one thread, each with the time it is due.
pub struct Pace {
    times: Times,
    schedule: Option<Schedule>,
    next: Cell<u64>,
    /// Measured requests that may still be sent.
    allowance: Cell<u64>,
    /// Connections that wait for their time, which comes in this order.
    waiting: RefCell<VecDeque<(Instant, Waker)>>,
}

impl Pace {
    pub fn new(times: Times, schedule: Option<Schedule>, requests: u64) -> Pace {
        Pace {
            times,
            schedule,
            next: Cell::new(0),
            allowance: Cell::new(requests),
            waiting: RefCell::new(VecDeque::new()),
        }
    }

    /// Waits for the next request; the time it is due (open loop) or begins (closed loop).
    /// `None`: no more of them.
    pub async fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        let due = match &self.schedule {
            None if now >= self.times.end => return None,
            None => now,
            Some(schedule) => {
                let number = self.next.get();
                if number >= schedule.count || now >= self.times.over {
                    return None;
                }
                self.next.set(number + 1);
                schedule.due(number)
            }
        };
        if due >= self.times.measured {
            self.allowance.set(self.allowance.get().checked_sub(1)?);
        }
        if due > now {
            self.wait(due).await;
        }
        Some(due)
    }

    async fn wait(&self, due: Instant) {
        poll_fn(|cx| {
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push_back((due, cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Wakes the connections whose time has come.
    fn wake_due(&self) {
        let now = Instant::now();
        let mut waiting = self.waiting.borrow_mut();
        while waiting.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, waker)) = waiting.pop_front() {
                waker.wake();
            }
        }
    }
}

/// Wakes `pace` each time its thread's clock strikes, until the schedule ends.
pub async fn keep_time(pace: Rc<Pace>, ticks: std::os::unix::net::UnixStream) -> io::Result<()> {
    let mut ticks = UnixStream::from_std(ticks)?;
    let mut buffer = vec![0_u8; 4096];
    loop {
        let (read, back) = ticks.read(buffer).await;
        buffer = back;
        pace.wake_due();
        if read? == 0 {
            return Ok(());
        }
    }
}

/// Starts the clock of one thread's schedule; it strikes on the socket returned.
///
/// # Errors
/// No sockets or threads to be had.
pub fn start_clock(schedule: Schedule) -> io::Result<std::os::unix::net::UnixStream> {
    let (mut strike, ticks) = std::os::unix::net::UnixStream::pair()?;
    strike.set_nonblocking(true)?;
    ticks.set_nonblocking(true)?;
    Builder::new().name("loadgen-clock".to_owned()).spawn(move || {
        let mut number = 0;
        let mut next = schedule.due(0);
        while number < schedule.count {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            match strike.write(b".") {
                Ok(_) => {}
                // The generator is behind anyway, and will look at the time itself.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
            let now = Instant::now();
            while number < schedule.count && schedule.due(number) <= now {
                number += 1;
            }
            next = schedule.due(number).max(now + TICK);
        }
    })?;
    Ok(ticks)
}
