//! The runtime of a shard: io_uring with the flags that halve its cost, with fall-backs.

use monoio::{IoUringDriver, LegacyDriver, RuntimeBuilder};
use std::future::Future;
use std::io;

/// Which kernel interface a shard runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// io_uring with COOP_TASKRUN and SINGLE_ISSUER (kernel 6.0 and later).
    RingFlags,
    /// io_uring as older kernels offer it.
    RingPlain,
    Epoll,
}

impl Kind {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::RingFlags => "io_uring (coop_taskrun, single_issuer)",
            Kind::RingPlain => "io_uring (plain)",
            Kind::Epoll => "epoll",
        }
    }
}

/// Finds the best driver that this kernel (and container) lets us use. `ring` and `epoll` say what
/// the configuration allows. Opens and closes a small ring to see.
///
/// # Errors
/// When io_uring alone is allowed and the kernel refuses it.
pub fn detect(ring: bool, epoll: bool) -> io::Result<Kind> {
    if !ring {
        return Ok(Kind::Epoll);
    }
    // Flags alone do not say that the ring works: old kernels lack operations that monoio needs.
    if !monoio::utils::detect_uring() {
        let refused = "io_uring is not available here (kernel too old, or forbidden in this container)";
        return if epoll {
            Ok(Kind::Epoll)
        } else {
            Err(io::Error::new(io::ErrorKind::Unsupported, refused))
        };
    }
    match builder(true).build(8) {
        Ok(_) => Ok(Kind::RingFlags),
        Err(_) => Ok(Kind::RingPlain),
    }
}

fn builder(flags: bool) -> io_uring::Builder {
    let mut builder = io_uring::IoUring::builder();
    if flags {
        builder.setup_coop_taskrun().setup_single_issuer();
    }
    builder
}

/// Runs `main` on a fresh runtime of this thread until it ends.
///
/// # Errors
/// When the kernel refuses the ring or the epoll descriptor (limits of memory or descriptors).
pub fn block_on<F: Future>(kind: Kind, ring_entries: u32, main: F) -> io::Result<F::Output> {
    if kind == Kind::Epoll {
        let mut runtime =
            RuntimeBuilder::<LegacyDriver>::new().with_entries(ring_entries).enable_timer().build()?;
        return Ok(runtime.block_on(main));
    }
    let mut runtime = RuntimeBuilder::<IoUringDriver>::new()
        .uring_builder(builder(kind == Kind::RingFlags))
        .with_entries(ring_entries)
        .enable_timer()
        .build()?;
    Ok(runtime.block_on(main))
}
