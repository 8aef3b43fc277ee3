//! Listeners: one per shard on the same address (SO_REUSEPORT); knows no shard.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Binds one listener per shard. A port that something else listens on is an error, although
/// SO_REUSEPORT would share it with another process of the same user.
///
/// # Errors
/// Address in use, not ours, or not permitted.
pub fn bind(
    ip: Option<IpAddr>,
    port: u16,
    shards: usize,
    backlog: i32,
) -> io::Result<Vec<std::net::TcpListener>> {
    let address = |ip: IpAddr| SocketAddr::new(ip, port);
    match ip {
        Some(ip) => bind_all(address(ip), shards, backlog),
        // All interfaces, both families; hosts without IPv6 get IPv4 alone.
        None => match bind_all(address(Ipv6Addr::UNSPECIFIED.into()), shards, backlog) {
            Err(e) if is_no_ipv6(&e) => bind_all(address(Ipv4Addr::UNSPECIFIED.into()), shards, backlog),
            other => other,
        },
    }
}

fn is_no_ipv6(e: &io::Error) -> bool {
    matches!(e.raw_os_error(), Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL | libc::EPROTONOSUPPORT))
}

fn bind_all(address: SocketAddr, shards: usize, backlog: i32) -> io::Result<Vec<std::net::TcpListener>> {
    // Without SO_REUSEPORT this fails while anybody listens there; then it is closed again.
    let probe = socket(address, false)?;
    let address = probe.local_addr()?.as_socket().unwrap_or(address);
    drop(probe);
    (0..shards)
        .map(|_| {
            let socket = socket(address, true)?;
            socket.listen(backlog)?;
            Ok(socket.into())
        })
        .collect()
}

fn socket(address: SocketAddr, share: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    if share {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shards_share_one_port() {
        let listeners = bind(Some(Ipv4Addr::LOCALHOST.into()), 0, 3, 16).unwrap();
        let ports: Vec<u16> = listeners.iter().map(|l| l.local_addr().unwrap().port()).collect();
        assert_eq!(ports, [ports[0]; 3]);
    }

    #[test]
    fn a_taken_port_is_an_error_even_when_it_could_be_shared() {
        let first = bind(Some(Ipv4Addr::LOCALHOST.into()), 0, 1, 16).unwrap();
        let port = first[0].local_addr().unwrap().port();
        let second = bind(Some(Ipv4Addr::LOCALHOST.into()), port, 1, 16);
        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }
}
