//! All state of one request that several steps look at; knows no socket.

use super::built::Built;
use crate::base::clock::Time;
use crate::filter::FilterCx;
use crate::http::head::RequestHead;
use crate::plan::route::ParamSpans;
use smallvec::SmallVec;
use std::net::IpAddr;

/// Path parameters as filters and targets see them.
pub type Params<'a> = SmallVec<[&'a [u8]; 8]>;

/// One request, parsed and routed.
pub struct Ctx<'a> {
    pub built: &'a Built,
    pub head: &'a RequestHead,
    /// The bytes `head` points into.
    pub head_bytes: &'a [u8],
    /// Decoded path.
    pub path: &'a [u8],
    pub params: Params<'a>,
    /// The socket's peer.
    pub peer: IpAddr,
    /// The client by the service's rule.
    pub client_ip: IpAddr,
    pub start: Time,
    /// The connection will be closed after this answer.
    pub closing: bool,
}

impl<'a> Ctx<'a> {
    /// Sets the path parameters of the matched route.
    pub fn set_params(&mut self, spans: &ParamSpans) {
        self.params = spans.iter().map(|(start, end)| &self.path[*start as usize..*end as usize]).collect();
    }

    /// The view that a filter gets.
    #[must_use]
    pub fn filter_cx(&self, now: Time) -> FilterCx<'_> {
        FilterCx {
            now,
            client_ip: self.client_ip,
            head: self.head,
            head_bytes: self.head_bytes,
            params: &self.params,
            slot: 0,
        }
    }
}
