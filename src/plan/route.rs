//! stub
use smallvec::SmallVec;
use crate::http::head::Method;
/// s
#[derive(Debug, Default)]
pub struct Routes {}
/// s
pub type ParamSpans = SmallVec<[crate::http::head::Span; 8]>;
/// s
#[derive(Debug,Clone,Copy)]
pub enum Match<'a> { Endpoint(usize), NotFound, MethodNotAllowed(&'a str), Options(&'a str), Health, Debug, Echo }
impl Routes { pub fn find(&self, _m: Method, _p:&[u8], _s:&mut ParamSpans)->Match<'_>{ Match::NotFound } }
pub fn check_param(_p:&[u8], _e: bool)->Result<(), &'static str>{Ok(())}
pub fn redirect(_r:&Routes,_s:&super::Service,_m:Method,_p:&[u8])->Option<Vec<u8>>{None}
