//! Query strings as the recording tool splits them.

/// Pairs in order; `+` is a blank, bytes that are not UTF-8 become U+FFFD, an empty pair is left out.
pub fn pairs(query: &[u8]) -> Vec<(String, String)> {
    query
        .split(|&b| b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let cut = pair.iter().position(|&b| b == b'=');
            let (name, value) = cut.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &[u8]) -> String {
    let spaced: Vec<u8> = text.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    percent_encoding::percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

#[test]
fn pairs_are_decoded_in_order() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        pairs(b"a=1&&b&c=x+y%20z&a=%ff&%zz=="),
        [pair("a", "1"), pair("b", ""), pair("c", "x y z"), pair("a", "\u{fffd}"), pair("%zz", "="),]
    );
}
