//! What the tests have in common: the gateway as a child process, raw clients, scripted backends.

pub mod client;
pub mod gateway;
pub mod json;
pub mod origin;
pub mod wire;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// Held by tests of which several may run at once.
static MACHINE: RwLock<()> = RwLock::new(());

/// For a test that others do not disturb.
pub fn shared() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

/// For a test that measures time or memory, or loads the machine: waits until it is alone.
pub fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Polls until `condition` holds; `false` when it did not within `limit`.
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until `value` stays the same for `quiet`, at most `limit`; returns it.
pub fn wait_stable(limit: Duration, quiet: Duration, mut value: impl FnMut() -> u64) -> u64 {
    let (mut last, mut since) = (value(), Instant::now());
    wait_until(limit, || {
        let now = value();
        if now != last {
            (last, since) = (now, Instant::now());
        }
        since.elapsed() >= quiet
    });
    last
}

/// A port on which nothing listens now. Below the kernel's range for outgoing connections, and
/// never given twice by this process, so that only an outsider can take it meanwhile.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let n = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id() * 97;
        let port = u16::try_from(FIRST + n % COUNT).expect("below 32000");
        if TcpListener::bind(("0.0.0.0", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
