//! A look at a waiting socket without taking bytes from it.

use std::os::fd::RawFd;

/// Whether a read would return at once: bytes, the end of the stream, or an error.
#[allow(unsafe_code)] // see the invariant below
pub(super) fn has_input(fd: RawFd) -> bool {
    let mut byte = 0u8;
    // SAFETY: `fd` belongs to the `Conn` that asks, so it is open during the call; the buffer is
    // one writable byte that outlives the call; MSG_PEEK and MSG_DONTWAIT neither take nor wait.
    let n = unsafe {
        libc::recv(fd, std::ptr::from_mut(&mut byte).cast(), 1, libc::MSG_PEEK | libc::MSG_DONTWAIT)
    };
    !(n == -1 && std::io::Error::last_os_error().kind() == std::io::ErrorKind::WouldBlock)
}

/// Makes the coming close of a socket a reset.
#[allow(unsafe_code)] // see the invariant below
pub(super) fn reset_on_close(fd: RawFd) {
    // SAFETY: `fd` belongs to the `Writer` that asks and is open during the call; it is borrowed,
    // not taken over.
    let socket = unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) };
    let _ = socket2::SockRef::from(&socket).set_linger(Some(std::time::Duration::ZERO));
}
