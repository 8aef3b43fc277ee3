//! The body decoder by itself: any data, any pieces, any end.

use crate::http::body::{BodyDecoder, Framing, Step};
use crate::http::fault::{Fault, Kind, Whose};
use crate::http::h1::write;
use proptest::prelude::*;

/// Data of `input` cut at `cuts`, and the bytes after the body once it is complete.
fn decode(framing: Framing, input: &[u8], cuts: &[usize]) -> Result<(Vec<u8>, Option<usize>), Fault> {
    let mut bounds: Vec<usize> = cuts.iter().map(|c| c % (input.len() + 1)).collect();
    bounds.push(input.len());
    bounds.sort_unstable();
    let mut decoder = BodyDecoder::new(framing, Whose::Upstream);
    let mut data = Vec::new();
    let mut start = 0;
    for bound in bounds {
        let piece = &input[start..bound];
        let mut at = 0;
        loop {
            match decoder.next(&piece[at..])? {
                Step::More => break,
                Step::Data { skip, len } => {
                    data.extend_from_slice(&piece[at + skip..at + skip + len]);
                    at += skip + len;
                }
                Step::End { skip } => return Ok((data, Some(input.len() - start - at - skip))),
            }
        }
        start = bound;
    }
    Ok((data, None))
}

fn chunk_list() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..8)
}

proptest! {
    #[test]
    fn chunks_come_back(chunks in chunk_list(), cuts in prop::collection::vec(any::<usize>(), 0..12), rest in 0usize..9) {
        let mut encoded = Vec::new();
        for piece in &chunks {
            write::chunk(&mut encoded, piece);
        }
        encoded.extend_from_slice(write::LAST_CHUNK);
        encoded.resize(encoded.len() + rest, b'G');
        prop_assert_eq!(decode(Framing::Chunked, &encoded, &cuts), Ok((chunks.concat(), Some(rest))));
    }

    #[test]
    fn lengths_come_back(data in prop::collection::vec(any::<u8>(), 0..500), cuts in prop::collection::vec(any::<usize>(), 0..6), rest in 0usize..9) {
        let mut sent = data.clone();
        sent.resize(data.len() + rest, b'G');
        let length = Framing::Length(data.len() as u64);
        prop_assert_eq!(decode(length, &sent, &cuts), Ok((data, Some(rest))));
    }

    #[test]
    fn arbitrary_bytes_keep_the_invariants(data in prop::collection::vec(any::<u8>(), 0..200)) {
        crate::http::fuzzing::chunked_body(&data);
        crate::http::fuzzing::request_head(&data);
        crate::http::fuzzing::response_head(&data);
    }

    #[test]
    fn near_chunks_keep_the_invariants(data in "[0-9a-f]{0,2}[;a: ]{0,2}(\r\n|\n|\r)?[a-z:\r\n0]{0,12}(\r\n)?0?(\r\n\r\n)?") {
        crate::http::fuzzing::chunked_body(data.as_bytes());
    }
}

#[test]
fn a_body_without_bytes_is_done_at_once() {
    for framing in [Framing::None, Framing::Length(0)] {
        let mut decoder = BodyDecoder::new(framing, Whose::Client);
        assert!(decoder.is_done());
        assert_eq!(decoder.next(b"next"), Ok(Step::End { skip: 0 }));
        assert_eq!(decoder.at_eof(), Ok(()));
    }
}

#[test]
fn a_length_is_done_with_its_last_byte() {
    let mut decoder = BodyDecoder::new(Framing::Length(5), Whose::Client);
    assert_eq!(decoder.remaining(), Some(5));
    assert_eq!(decoder.next(b""), Ok(Step::More));
    assert_eq!(decoder.next(b"hel"), Ok(Step::Data { skip: 0, len: 3 }));
    assert!(!decoder.is_done());
    assert_eq!(decoder.next(b"loGET"), Ok(Step::Data { skip: 0, len: 2 }));
    assert!(decoder.is_done());
    assert_eq!(decoder.next(b"GET"), Ok(Step::End { skip: 0 }));
    assert_eq!(decoder.remaining(), Some(0));
}

#[test]
fn an_early_end_is_the_fault_of_the_sender() {
    for (whose, kind) in [(Whose::Client, Kind::ClientGone), (Whose::Upstream, Kind::Truncated)] {
        for framing in [Framing::Length(5), Framing::Chunked] {
            let mut decoder = BodyDecoder::new(framing, whose);
            let fault = decoder.at_eof().map_err(|f| (f.whose, f.kind));
            assert_eq!(fault, Err((whose, kind)), "{framing:?}");
            assert!(decoder.next(b"hello").is_err(), "{framing:?}: goes on after its end");
        }
        for partial in [&b"5\r\nhello\r\n"[..], b"0\r\n", b"0\r\nA: b\r\n\r"] {
            let mut decoder = BodyDecoder::new(Framing::Chunked, whose);
            let mut rest = partial;
            while let Ok(Step::Data { skip, len }) = decoder.next(rest) {
                rest = &rest[skip + len..];
            }
            assert_eq!(decoder.at_eof().map_err(|f| f.kind), Err(kind), "{}", partial.escape_ascii());
        }
    }
}

#[test]
fn a_fault_is_final() {
    let mut decoder = BodyDecoder::new(Framing::Chunked, Whose::Client);
    let fault = decoder.next(b"x");
    assert_eq!(fault, Err(Fault::client(Kind::BadRequest("invalid chunk size"))));
    assert_eq!(decoder.next(b"0\r\n\r\n"), fault);
    assert_eq!(decoder.at_eof(), Err(Fault::client(Kind::BadRequest("invalid chunk size"))));
    assert!(!decoder.is_done());
}
