//! Invariants of the codecs as plain functions over arbitrary bytes, for fuzzers and tests.
//!
//! Each function panics when an invariant is broken and returns otherwise, whatever the bytes are.

use super::body::{BodyDecoder, Framing, Step};
use super::fault::{Fault, Whose};
use super::h1::parse::{parse_request, parse_response};
use super::h1::scan::HeadScanner;
use super::h1::write;
use super::head::{Field, Method, RequestHead, ResponseHead, Version};

const LIMIT: usize = 64 << 10;

/// A request head: where it ends does not depend on the pieces, and what is accepted says the same
/// after it was written anew.
pub fn request_head(data: &[u8]) {
    let Some(end) = scanned(HeadScanner::request(LIMIT), data) else { return };
    let head = &data[..end];
    let mut first = RequestHead::default();
    if parse_request(head, &mut first).is_err() || first.version == Version::Http10 {
        return;
    }
    let mut again = Vec::new();
    let target = if first.method == Method::Connect { first.host } else { first.path };
    let query = first.query.map(|q| q.of(head));
    write::request_line(&mut again, first.method_token.of(head), target.of(head), query);
    // The authority of an absolute form stands above Host: it is what a new Host carries.
    for field in &first.fields {
        let is_host = field.name.of(head).eq_ignore_ascii_case(b"host");
        let value = if is_host { first.host } else { field.value };
        write::field(&mut again, field.name.of(head), value.of(head));
    }
    again.extend_from_slice(write::HEAD_END);
    assert_eq!(scanned(HeadScanner::request(usize::MAX), &again), Some(again.len()));
    let mut second = RequestHead::default();
    let verdict = parse_request(&again, &mut second);
    assert_eq!(verdict, Ok(()), "rewritten: {}", again.escape_ascii());
    assert_eq!(first.method, second.method);
    assert_eq!(first.path.of(head), second.path.of(&again));
    assert_eq!(query, second.query.map(|q| q.of(&again)));
    assert_eq!(first.host.of(head), second.host.of(&again));
    assert_eq!(first.framing, second.framing);
    assert_eq!(first.keep_alive, second.keep_alive);
    assert_eq!(first.expect_continue, second.expect_continue);
    same_fields((&first.fields, head), (&second.fields, &again));
}

/// A response head; the first byte chooses the method of its request.
pub fn response_head(data: &[u8]) {
    let Some((choice, data)) = data.split_first() else { return };
    let method = match choice % 4 {
        0 => Method::Head,
        1 => Method::Connect,
        _ => Method::Get,
    };
    let Some(end) = scanned(HeadScanner::response(LIMIT), data) else { return };
    let head = &data[..end];
    let mut first = ResponseHead::default();
    if parse_response(head, method, &mut first).is_err() {
        return;
    }
    let mut again = Vec::new();
    write::status_line(&mut again, first.status);
    for field in &first.fields {
        write::field(&mut again, field.name.of(head), field.value.of(head));
    }
    again.extend_from_slice(write::HEAD_END);
    assert_eq!(scanned(HeadScanner::response(usize::MAX), &again), Some(again.len()));
    let mut second = ResponseHead::default();
    assert_eq!(parse_response(&again, method, &mut second), Ok(()));
    assert_eq!(first.status, second.status);
    assert_eq!(first.framing, second.framing);
    if first.version == Version::Http11 {
        assert_eq!(first.keep_alive, second.keep_alive);
    }
    same_fields((&first.fields, head), (&second.fields, &again));
}

/// A chunked body: the data and the end do not depend on the pieces, and the data comes back when
/// it is encoded anew.
pub fn chunked_body(data: &[u8]) {
    for whose in [Whose::Client, Whose::Upstream] {
        let whole = decoded(data, data.len().max(1), whose);
        for piece in [1, 2, 3, 7] {
            assert_eq!(whole, decoded(data, piece, whose), "pieces of {piece}");
        }
        let mut again = Vec::new();
        write::chunk(&mut again, &whole.data);
        again.extend_from_slice(write::LAST_CHUNK);
        let second = decoded(&again, again.len(), whose);
        assert_eq!(second.data, whole.data);
        assert_eq!(second.end, Ok(Some(again.len())));
    }
}

/// The end of the head; asserts that it, or the refusal, is the same for other pieces.
fn scanned(scanner: HeadScanner, data: &[u8]) -> Option<usize> {
    let whole = scanner_in_pieces(scanner, data, data.len().max(1));
    for piece in [1, 2, 5] {
        assert_eq!(whole, scanner_in_pieces(scanner, data, piece), "pieces of {piece}");
    }
    whole.ok().flatten()
}

fn scanner_in_pieces(mut scanner: HeadScanner, data: &[u8], piece: usize) -> Result<Option<usize>, Fault> {
    let mut seen = 0;
    while seen < data.len() {
        seen = (seen + piece).min(data.len());
        if let Some(end) = scanner.find_end(&data[..seen])? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

#[derive(Debug, PartialEq)]
struct Decoded {
    data: Vec<u8>,
    /// The length of the encoded body, or `None` when it is not complete.
    end: Result<Option<usize>, Fault>,
}

fn decoded(input: &[u8], piece: usize, whose: Whose) -> Decoded {
    let mut decoder = BodyDecoder::new(Framing::Chunked, whose);
    let mut data = Vec::new();
    let mut start = 0;
    for part in input.chunks(piece) {
        let mut at = 0;
        loop {
            match decoder.next(&part[at..]) {
                Ok(Step::More) => break,
                Ok(Step::Data { skip, len }) => {
                    assert!(len > 0, "a step without progress");
                    data.extend_from_slice(&part[at + skip..at + skip + len]);
                    at += skip + len;
                }
                Ok(Step::End { skip }) => {
                    assert!(decoder.is_done());
                    return Decoded { data, end: Ok(Some(start + at + skip)) };
                }
                Err(fault) => return Decoded { data, end: Err(fault) },
            }
        }
        start += part.len();
    }
    Decoded { data, end: Ok(None) }
}

fn same_fields((first, head): (&[Field], &[u8]), (second, again): (&[Field], &[u8])) {
    assert_eq!(first.len(), second.len());
    for (one, two) in first.iter().zip(second) {
        assert_eq!(one.name.of(head), two.name.of(again));
        assert_eq!((one.known, one.hop), (two.known, two.hop));
        if !one.name.of(head).eq_ignore_ascii_case(b"host") {
            assert_eq!(one.value.of(head), two.value.of(again));
        }
    }
}
