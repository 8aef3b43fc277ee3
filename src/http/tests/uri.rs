//! Percent-encoding and queries, with the results of Go's net/url.

use crate::http::h1::write::encode_segment;
use crate::http::uri::{decode_query, encode_query, percent_decode_path, BadEscape, QueryPairs};
use crate::limits::QUERY_PAIRS;
use proptest::prelude::*;

#[test]
fn paths_are_decoded_strictly() {
    type Decoded = Result<(&'static [u8], bool), BadEscape>;
    let rows: &[(&str, Decoded)] = &[
        ("", Ok((b"", false))),
        ("/a/b", Ok((b"/a/b", false))),
        ("/a+b", Ok((b"/a+b", false))),
        ("/a%20b", Ok((b"/a b", true))),
        ("/%2e%2E/", Ok((b"/../", true))),
        ("/%2F%00%ff", Ok((b"/\x2f\x00\xff", true))),
        ("/%25%2565", Ok((b"/%%65", true))),
        ("%41%42", Ok((b"AB", true))),
        ("/ü", Ok(("/ü".as_bytes(), false))),
        ("/%", Err(BadEscape)),
        ("/%4", Err(BadEscape)),
        ("/%4g", Err(BadEscape)),
        ("/%g4", Err(BadEscape)),
        ("/%%41", Err(BadEscape)),
        ("/%+1", Err(BadEscape)),
        ("/a%20%", Err(BadEscape)),
    ];
    let mut out = b"old".to_vec();
    for (input, want) in rows {
        let got = percent_decode_path(input.as_bytes(), &mut out).map(|changed| (&out[..], changed));
        assert_eq!(got, *want, "{input}");
    }
}

#[test]
fn queries_are_read_as_go_reads_them() {
    let rows: &[(&str, &[(&str, &str)])] = &[
        ("", &[]),
        ("a=1", &[("a", "1")]),
        ("a=1&a=2&b=", &[("a", "1"), ("a", "2"), ("b", "")]),
        ("a", &[("a", "")]),
        ("=a", &[("", "a")]),
        ("=", &[("", "")]),
        ("a=b=c", &[("a", "b=c")]),
        ("&&a=1&", &[("a", "1")]),
        ("a+b=c+d", &[("a b", "c d")]),
        ("a%20b=%2B%3d", &[("a b", "+=")]),
        ("a;b=1&c=2", &[("c", "2")]),
        ("a=1;b&c=2;", &[]),
        ("a=%zz&b=1", &[("b", "1")]),
        ("%=1&b=%4&c=3", &[("c", "3")]),
        ("a=%3B", &[("a", ";")]),
        ("a?b=/&c=#", &[("a?b", "/"), ("c", "#")]),
    ];
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for (query, want) in rows {
        let mut pairs = QueryPairs::new(query.as_bytes());
        let mut got = Vec::new();
        while pairs.next_into(&mut key, &mut value) {
            got.push((
                String::from_utf8_lossy(&key).into_owned(),
                String::from_utf8_lossy(&value).into_owned(),
            ));
        }
        let got: Vec<(&str, &str)> = got.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(got, *want, "{query}");
    }
}

#[test]
fn a_query_of_too_many_pairs_is_empty() {
    let count = |query: &str| {
        let mut pairs = QueryPairs::new(query.as_bytes());
        let (mut key, mut value) = (Vec::new(), Vec::new());
        let mut count = 0;
        while pairs.next_into(&mut key, &mut value) {
            count += 1;
        }
        count
    };
    assert_eq!(count(&vec!["a"; QUERY_PAIRS].join("&")), QUERY_PAIRS);
    assert_eq!(count(&vec!["a"; QUERY_PAIRS + 1].join("&")), 0);
}

#[test]
fn queries_are_encoded_as_go_encodes_them() {
    let rows = [
        ("", ""),
        ("abc-XYZ_0.9~", "abc-XYZ_0.9~"),
        ("a b", "a+b"),
        (" a  ", "+a++"),
        ("a+b&c=d;e", "a%2Bb%26c%3Dd%3Be"),
        ("/?#[]@!$'()*,:%", "%2F%3F%23%5B%5D%40%21%24%27%28%29%2A%2C%3A%25"),
        ("ü\0\r\n", "%C3%BC%00%0D%0A"),
    ];
    for (input, want) in rows {
        let mut out = b"?".to_vec();
        encode_query(&mut out, input.as_bytes());
        assert_eq!(out, [b"?", want.as_bytes()].concat(), "{input}");
    }
}

#[test]
fn a_segment_cannot_change_the_path() {
    let rows = [
        ("plain-_.~09", "plain-_.~09"),
        ("a!$&'()*+,;=:@b", "a!$&'()*+,;=:@b"),
        ("a/b\\c", "a%2Fb%5Cc"),
        ("a?b#c%41", "a%3Fb%23c%2541"),
        (" \r\n\0\x7f", "%20%0D%0A%00%7F"),
        ("ü\"<>^`{|}[]", "%C3%BC%22%3C%3E%5E%60%7B%7C%7D%5B%5D"),
    ];
    for (input, want) in rows {
        let mut out = b"/".to_vec();
        encode_segment(&mut out, input.as_bytes());
        assert_eq!(out, [b"/", want.as_bytes()].concat(), "{input}");
    }
}

proptest! {
    #[test]
    fn what_was_encoded_decodes_to_itself(data in prop::collection::vec(any::<u8>(), 0..100)) {
        let (mut encoded, mut decoded) = (Vec::new(), Vec::new());
        encode_segment(&mut encoded, &data);
        prop_assert!(percent_decode_path(&encoded, &mut decoded).is_ok());
        prop_assert_eq!(&decoded, &data);
        encoded.clear();
        encode_query(&mut encoded, &data);
        prop_assert_eq!(decode_query(&encoded, &mut decoded), Ok(()));
        prop_assert_eq!(&decoded, &data);
    }
}
