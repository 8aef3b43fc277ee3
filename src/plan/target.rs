//! stub
pub fn write_target(_p:&[super::Piece], _q:&[&[u8]], _o:&mut Vec<u8>){}
