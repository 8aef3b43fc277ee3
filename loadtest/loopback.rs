//! The rule that keeps the load tools on this machine: only loopback addresses; knows nothing else.

use std::net::{Ipv4Addr, SocketAddr};

/// Reads `HOST:PORT` or `HOST` (then `port`), where HOST is a loopback address or `localhost`,
/// which is 127.0.0.1 here and never looked up.
///
/// # Errors
/// A text for the user: not an address, or not of this machine.
pub fn address(text: &str, port: Option<u16>) -> Result<SocketAddr, String> {
    let named = text.strip_prefix("localhost").map(|rest| format!("{}{rest}", Ipv4Addr::LOCALHOST));
    let text = named.as_deref().unwrap_or(text);
    let parsed: Option<SocketAddr> = text.parse().ok().or_else(|| {
        let ip = text.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
        Some(SocketAddr::new(ip, port?))
    });
    let addr = parsed.ok_or_else(|| format!("'{text}' is not an address such as 127.0.0.1:8080"))?;
    if addr.ip().is_loopback() {
        Ok(addr)
    } else {
        Err(format!("{addr} is not a loopback address: this tool never sends load to another machine"))
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_loopback_passes() {
        for (text, port, expected) in [
            ("127.0.0.1:80", None, "127.0.0.1:80"),
            ("127.3.2.1:80", Some(9), "127.3.2.1:80"),
            ("localhost:81", None, "127.0.0.1:81"),
            ("localhost", Some(80), "127.0.0.1:80"),
            ("[::1]:82", None, "[::1]:82"),
            ("[::1]", Some(80), "[::1]:80"),
        ] {
            assert_eq!(address(text, port).unwrap().to_string(), expected, "{text}");
        }
        for text in [
            "10.0.0.1:80",
            "192.168.1.1:80",
            "0.0.0.0:80",
            "[::]:80",
            "8.8.8.8:53",
            "example.com:80",
            "localhost.example.com:80",
            "localhost",
            "127.0.0.1",
            "",
            "[::ffff:10.0.0.1]:80",
        ] {
            assert!(address(text, None).is_err(), "{text}");
        }
    }
}
