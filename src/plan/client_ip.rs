//! Which address counts as the client's: the peer's, or one that trusted proxies passed on; knows
//! no limits and no logs, which use it.
//!
//! hot: nothing allocates.
//!
//! The rule is gin's (traffic-security.md 1.4), with one difference: several lines of a header are
//! read as the one list that they are (RFC 9110 section 5.3), so that a proxy that adds a line of
//! its own is believed and not what the client wrote before it.

use super::{Cidr, ClientIp};
use crate::http::head::Field;
use std::net::IpAddr;

/// The client's address; IPv4 in IPv6 is unwrapped.
#[must_use]
pub fn resolve(rule: &ClientIp, peer: IpAddr, fields: &[Field], head: &[u8]) -> IpAddr {
    let peer = peer.to_canonical();
    if !honours_chain(rule, peer) {
        return peer;
    }
    let from = |name: &String| from_header(rule, name.as_bytes(), fields, head);
    rule.headers.iter().find_map(from).unwrap_or(peer)
}

/// Whether what this peer says of the addresses before it counts: for limits and logs, and as the
/// beginning of the `X-Forwarded-For` that backends get.
#[must_use]
pub fn honours_chain(rule: &ClientIp, peer: IpAddr) -> bool {
    rule.from_headers && is_trusted(rule, peer)
}

/// Walks a header's list from right to left over the trusted proxies. The first other address is
/// the client, else the leftmost. `None`: no such header, or something on the way is no address.
fn from_header(rule: &ClientIp, name: &[u8], fields: &[Field], head: &[u8]) -> Option<IpAddr> {
    let lines = fields.iter().rev().filter(|f| f.name.of(head).eq_ignore_ascii_case(name));
    let mut leftmost = None;
    for line in lines.map(|f| f.value.of(head)) {
        for item in line.rsplit(|b| *b == b',') {
            let ip = parse(item)?;
            if !is_trusted(rule, ip) {
                return Some(ip);
            }
            leftmost = Some(ip);
        }
    }
    leftmost
}

fn parse(item: &[u8]) -> Option<IpAddr> {
    let ip: IpAddr = std::str::from_utf8(item).ok()?.trim().parse().ok()?;
    Some(ip.to_canonical())
}

fn is_trusted(rule: &ClientIp, ip: IpAddr) -> bool {
    rule.trusted.as_ref().is_none_or(|blocks| blocks.iter().any(|block| block.contains(ip)))
}

impl Cidr {
    /// Reads `10.0.0.0/8`, or an address, which stands for itself.
    #[must_use]
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().ok()?;
        let address = written.to_canonical();
        let most = if written.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        // Blocks of IPv4 in IPv6 become IPv4; a wider one holds more than IPv4 and stays.
        match (written, address) {
            _ if bits > most => None,
            (IpAddr::V6(_), IpAddr::V4(_)) if bits >= 96 => Some(Cidr { address, bits: bits - 96 }),
            _ => Some(Cidr { address: written, bits }),
        }
    }

    /// Whether an address (IPv4 unwrapped) lies in the block.
    #[inline]
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        // A shift by the whole width is no shift: 0 bits compare nothing.
        match (self.address, ip) {
            (IpAddr::V4(block), IpAddr::V4(ip)) => {
                let drop = 32u32.saturating_sub(self.bits.into());
                (block.to_bits() ^ ip.to_bits()).checked_shr(drop).unwrap_or(0) == 0
            }
            (IpAddr::V6(block), IpAddr::V6(ip)) => {
                let drop = 128u32.saturating_sub(self.bits.into());
                (block.to_bits() ^ ip.to_bits()).checked_shr(drop).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
