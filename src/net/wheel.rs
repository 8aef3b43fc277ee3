//! Deadlines of all tasks of a shard on one timer; knows no socket.
//!
//! hot: a ring timer per operation would double the operations of a request. Here a task has one
//! entry for its life; arming is a comparison unless the new deadline is the earliest one. Wake-ups
//! may come early (a deadline that no longer matters): the waiter compares and arms again.

use crate::base::clock::{self, Time};
use crate::limits::WHEEL_TICK_MS;
use pin_project_lite::pin_project;
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

const TICK_NANOS: u64 = WHEEL_TICK_MS * 1_000_000;

#[derive(Default)]
struct Entry {
    generation: u32,
    waker: Option<Waker>,
    /// Ticks of this entry that are in the heap, in no order.
    queued: SmallVec<[u64; 4]>,
}

/// All deadlines of one shard.
#[derive(Default)]
pub struct Wheel {
    /// Coarse: moved by `advance` only.
    now: Cell<Time>,
    heap: RefCell<BinaryHeap<Reverse<(u64, u32, u32)>>>,
    entries: RefCell<Vec<Entry>>,
    free: RefCell<Vec<u32>>,
    /// Wakes whoever drives the wheel when an earlier tick was put in.
    driver: RefCell<Option<Waker>>,
    sleeping_until: Cell<u64>,
}

impl Wheel {
    #[must_use]
    pub fn new() -> Rc<Wheel> {
        let wheel = Wheel::default();
        wheel.now.set(clock::now());
        wheel.sleeping_until.set(u64::MAX);
        Rc::new(wheel)
    }

    /// The time of the last `advance`.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now.get()
    }

    /// Makes an entry for the current task.
    #[must_use]
    pub fn timer(self: &Rc<Wheel>) -> TaskTimer {
        let mut entries = self.entries.borrow_mut();
        let id = self.free.borrow_mut().pop().unwrap_or_else(|| {
            entries.push(Entry::default());
            u32::try_from(entries.len() - 1).unwrap_or(u32::MAX)
        });
        TaskTimer { wheel: self.clone(), id, earliest: Cell::new(u64::MAX) } // alloc: reference count only
    }

    /// When the driver must call `advance` next.
    #[must_use]
    pub fn next_tick(&self) -> Option<Time> {
        self.heap.borrow().peek().map(|Reverse((tick, _, _))| Time(tick.saturating_mul(TICK_NANOS)))
    }

    /// Says how long the driver will sleep, so that an earlier deadline wakes it.
    pub fn driver_sleeps(&self, until: Option<Time>, waker: &Waker) {
        self.sleeping_until.set(until.map_or(u64::MAX, |t| t.0 / TICK_NANOS));
        let mut driver = self.driver.borrow_mut();
        match &mut *driver {
            Some(w) if w.will_wake(waker) => {}
            slot => *slot = Some(waker.clone()), // alloc: reference count only
        }
    }

    /// Moves the clock and wakes every task that has a deadline before `now`.
    pub fn advance(&self, now: Time) {
        self.now.set(now);
        let current = now.0 / TICK_NANOS;
        loop {
            let Some(Reverse((tick, id, generation))) = self.heap.borrow().peek().copied() else { return };
            if tick > current {
                return;
            }
            self.heap.borrow_mut().pop();
            let waker = {
                let mut entries = self.entries.borrow_mut();
                let entry = &mut entries[id as usize];
                if entry.generation != generation {
                    continue;
                }
                entry.queued.retain(|t| *t != tick);
                entry.waker.clone() // alloc: reference count only
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Wakes every task, whatever it waits for (a drain begins).
    pub fn wake_all(&self) {
        let wakers: Vec<Waker> = self.entries.borrow().iter().filter_map(|e| e.waker.clone()).collect(); // alloc: once per drain
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// One task's place in the wheel.
pub struct TaskTimer {
    wheel: Rc<Wheel>,
    id: u32,
    /// Tick up to which arming can be skipped; an upper bound of the earliest queued one.
    earliest: Cell<u64>,
}

impl TaskTimer {
    /// Says which task to wake; to be called from that task before the first wait.
    pub fn register(&self, waker: &Waker) {
        self.wheel.entries.borrow_mut()[self.id as usize].waker = Some(waker.clone());
        // alloc: reference count only
    }

    #[must_use]
    pub fn wheel(&self) -> &Rc<Wheel> {
        &self.wheel
    }

    /// Makes sure that the task is woken at `deadline` or earlier.
    pub fn arm(&self, deadline: Time) {
        if deadline == Time::NEVER {
            return;
        }
        let tick = deadline.0 / TICK_NANOS + 1;
        if self.earliest.get() <= tick && self.earliest.get() > self.wheel.now.get().0 / TICK_NANOS {
            return;
        }
        let mut entries = self.wheel.entries.borrow_mut();
        let entry = &mut entries[self.id as usize];
        let queued = entry.queued.iter().copied().min().unwrap_or(u64::MAX);
        if queued > tick {
            entry.queued.push(tick);
            self.wheel.heap.borrow_mut().push(Reverse((tick, self.id, entry.generation)));
            self.earliest.set(tick);
            if tick < self.wheel.sleeping_until.get() {
                if let Some(driver) = &*self.wheel.driver.borrow() {
                    driver.wake_by_ref();
                }
            }
        } else {
            self.earliest.set(queued);
        }
    }

    /// Bounds `future` by `deadline`; `None` when the deadline came first.
    pub fn timed<F: Future>(&self, deadline: Time, future: F) -> Timed<'_, F> {
        Timed { future, timer: self, deadline }
    }
}

impl Drop for TaskTimer {
    fn drop(&mut self) {
        let mut entries = self.wheel.entries.borrow_mut();
        let entry = &mut entries[self.id as usize];
        entry.generation = entry.generation.wrapping_add(1);
        entry.waker = None;
        entry.queued.clear();
        self.wheel.free.borrow_mut().push(self.id);
    }
}

pin_project! {
    /// A future with a deadline.
    pub struct Timed<'a, F> {
        #[pin]
        future: F,
        timer: &'a TaskTimer,
        deadline: Time,
    }
}

impl<F: Future> Future for Timed<'_, F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(value) = this.future.poll(cx) {
            return Poll::Ready(Some(value));
        }
        if this.timer.wheel.now() >= *this.deadline {
            return Poll::Ready(None);
        }
        this.timer.arm(*this.deadline);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::Arc;
    use std::task::Wake;
    use std::time::Duration;

    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn setup() -> (Rc<Wheel>, TaskTimer, Arc<Count>) {
        let wheel = Wheel::new();
        let timer = wheel.timer();
        let count = Arc::new(Count(AtomicUsize::new(0)));
        timer.register(&Waker::from(count.clone()));
        (wheel, timer, count)
    }

    fn poll<F: Future>(
        timer: &TaskTimer,
        count: &Arc<Count>,
        deadline: Time,
        future: F,
    ) -> Poll<Option<F::Output>> {
        let waker = Waker::from(count.clone());
        let mut timed = std::pin::pin!(timer.timed(deadline, future));
        timed.as_mut().poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn wakes_at_the_deadline_and_not_before() {
        let (wheel, timer, count) = setup();
        let start = wheel.now();
        let deadline = start.after(Duration::from_millis(100));
        assert!(poll(&timer, &count, deadline, std::future::pending::<()>()).is_pending());
        wheel.advance(start.after(Duration::from_millis(50)));
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        wheel.advance(start.after(Duration::from_millis(110)));
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(poll(&timer, &count, deadline, std::future::pending::<()>()), Poll::Ready(None));
    }

    #[test]
    fn an_early_wake_arms_again() {
        let (wheel, timer, count) = setup();
        let start = wheel.now();
        let late = start.after(Duration::from_secs(10));
        assert!(poll(&timer, &count, start.after(Duration::from_secs(1)), std::future::pending::<()>())
            .is_pending());
        wheel.advance(start.after(Duration::from_secs(2)));
        assert!(poll(&timer, &count, late, std::future::pending::<()>()).is_pending());
        wheel.advance(start.after(Duration::from_secs(11)));
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn the_heap_stays_small_when_short_and_long_deadlines_alternate() {
        let (wheel, timer, count) = setup();
        let start = wheel.now();
        for i in 0..10_000u64 {
            let now = start.after(Duration::from_millis(i));
            wheel.advance(now);
            for by in [2_000, 120_000] {
                let _ =
                    poll(&timer, &count, now.after(Duration::from_millis(by)), std::future::pending::<()>());
            }
        }
        assert!(wheel.heap.borrow().len() <= 4, "{} entries", wheel.heap.borrow().len());
    }

    #[test]
    fn a_dropped_task_is_not_woken_and_its_place_is_reused() {
        let (wheel, timer, count) = setup();
        let deadline = wheel.now().after(Duration::from_millis(10));
        timer.arm(deadline);
        drop(timer);
        let other = wheel.timer();
        wheel.advance(deadline.after(Duration::from_secs(1)));
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        assert_eq!(other.id, 0);
    }
}
