use super::*;
use std::io::Write;

/// A body in one coding, decoded.
fn decode(coding: Coding, body: &[u8], limit: usize) -> Result<Chunk, Fault> {
    Codings(SmallVec::from_slice(&[coding])).decode(Chunk::new(body.to_vec()), limit)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

const TEXT: &[u8] = b"{\"a\":1,\"text\":\"hello hello hello hello\"}";
const BR: &[u8] = &[
    0x8b, 0x13, 0x80, 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x2c, 0x22, 0x74, 0x65, 0x78, 0x74, 0x22, 0x3a,
    0x22, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x68, 0x65, 0x6c, 0x6c,
    0x6f, 0x20, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x22, 0x7d, 0x03,
];
const ZSTD: &[u8] = &[
    0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x28, 0xed, 0x00, 0x00, 0xb8, 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x2c,
    0x22, 0x74, 0x65, 0x78, 0x74, 0x22, 0x3a, 0x22, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x22, 0x7d, 0x01,
    0x00, 0x33, 0x17, 0x26, 0x4e, 0xca, 0x0a, 0xb1,
];
/// 8 MiB of zeros in 14 bytes.
const BR_BOMB: &[u8] = &[0x9b, 0xff, 0xff, 0x7f, 0xf8, 0x27, 0x00, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x0f];

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn bare(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A zstd frame without a content size: a window of 1 KiB << (`log` - 10), one run of `len` zeros.
fn zstd_run(log: u8, len: u32) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3];
    frame.extend_from_slice(&(len << 3 | 0b011).to_le_bytes()[..3]);
    frame.push(0);
    frame
}

#[test]
fn undoes_what_was_packed() {
    for (coding, packed) in [
        (Coding::Gzip, gzip(TEXT)),
        (Coding::Deflate, zlib(TEXT)),
        (Coding::Deflate, bare(TEXT)),
        (Coding::Brotli, BR.to_vec()),
        (Coding::Zstd, ZSTD.to_vec()),
    ] {
        assert_eq!(&decode(coding, &packed, 1000).unwrap()[..], TEXT, "{coding:?}");
    }
}

#[test]
fn zstd_takes_several_frames_and_skips_the_skippable() {
    let mut body = ZSTD.to_vec();
    body.extend_from_slice(&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    body.extend_from_slice(ZSTD);
    assert_eq!(&decode(Coding::Zstd, &body, 1000).unwrap()[..], [TEXT, TEXT].concat());
    assert_eq!(decode(Coding::Zstd, &body, 60).unwrap_err().kind, Kind::AnswerTooLarge);
}

#[test]
fn a_bomb_stops_at_a_bound() {
    let zeros = vec![0; 2 << 20];
    for (coding, packed) in [
        (Coding::Gzip, gzip(&zeros)),
        (Coding::Deflate, zlib(&zeros)),
        (Coding::Deflate, bare(&zeros)),
        (Coding::Brotli, BR_BOMB.to_vec()),
        (Coding::Zstd, zstd_run(17, 128 << 10)),
    ] {
        let fault = decode(coding, &packed, 1 << 16).unwrap_err();
        assert_eq!(fault.kind, Kind::AnswerTooLarge, "{coding:?} by size");
    }
    // 8 MiB out of 14 bytes: within the size, beyond every ratio.
    assert_eq!(decode(Coding::Brotli, BR_BOMB, 64 << 20).unwrap_err().kind, Kind::AnswerTooLarge);
    // Below the free size no ratio counts.
    let zeros = &zeros[..1 << 20];
    assert_eq!(decode(Coding::Deflate, &zlib(zeros), 64 << 20).unwrap().len(), zeros.len());
}

#[test]
fn windows_beyond_the_rfcs_are_refused() {
    assert_eq!(decode(Coding::Zstd, &zstd_run(23, 10), 100).unwrap().len(), 10);
    for log in [24, 27, 41] {
        assert!(matches!(decode(Coding::Zstd, &zstd_run(log, 10), 100).unwrap_err().kind, Kind::Decode(_)));
    }
    let large = [&[0x11, 0x1e][..], BR].concat();
    assert!(matches!(decode(Coding::Brotli, &large, 100).unwrap_err().kind, Kind::Decode(_)));
}

#[test]
fn broken_and_short_data_are_the_backends_fault() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let packed = match coding {
            Coding::Gzip => gzip(TEXT),
            Coding::Deflate => zlib(TEXT),
            Coding::Brotli => BR.to_vec(),
            Coding::Zstd => ZSTD.to_vec(),
        };
        let trailing = [&packed[..], b"more"].concat();
        let short = [&packed[..packed.len() / 2], &packed[..packed.len() - 1]];
        let mut long = packed.clone();
        long.resize(100_000, b' ');
        for body in [b"{\"a\":1}", short[0], short[1], &trailing, &long] {
            let fault = decode(coding, body, 1000).expect_err(&format!("{coding:?} of {body:?}"));
            assert!(matches!(fault.kind, Kind::Decode(_)), "{coding:?} of {body:?}: {fault:?}");
        }
    }
}

#[test]
fn a_body_of_no_bytes_is_empty_and_packed_nothing_is_not() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        assert_eq!(&decode(coding, b"", 10).unwrap()[..], b"", "{coding:?}");
        let stacked = Codings(SmallVec::from_slice(&[coding, Coding::Deflate]));
        let nothing = bare(b"");
        assert_eq!(stacked.decode(Chunk::new(nothing), 10).is_ok(), coding == Coding::Gzip, "{coding:?}");
    }
}

fn codings(values: &[&str]) -> Result<Option<Vec<Coding>>, Kind> {
    let found = Codings::of(values.iter().map(|value| value.as_bytes()));
    found.map(|codings| codings.map(|codings| codings.0.to_vec())).map_err(|fault| fault.kind)
}

#[test]
fn the_field_names_codings_in_any_case_and_in_order() {
    use Coding::{Brotli, Deflate, Gzip, Zstd};
    for (values, found) in [
        (&[][..], None),
        (&["", "identity , Identity"], None),
        (&["GZip"], Some(&[Gzip][..])),
        (&["x-gzip"], Some(&[Gzip])),
        (&["deflate, BR", "zstd,identity"], Some(&[Deflate, Brotli, Zstd])),
        (&["gzip, rot13"], None),
        (&["compress"], None),
    ] {
        assert_eq!(codings(values).unwrap().as_deref(), found, "{values:?}");
    }
    assert!(codings(&["gzip,gzip,gzip,gzip"]).is_ok());
    assert!(matches!(codings(&["gzip,gzip,gzip", "br, br"]), Err(Kind::Decode(_))));
}

#[test]
fn stacked_codings_are_undone_last_first_within_one_bound() {
    let stacked = Codings::of([&b"deflate, gzip"[..]].into_iter()).unwrap().unwrap();
    let body = || Chunk::new(gzip(&zlib(TEXT)));
    assert_eq!(&stacked.decode(body(), 1000).unwrap()[..], TEXT);
    assert_eq!(stacked.decode(body(), 10).unwrap_err().kind, Kind::AnswerTooLarge);
    let other = Codings::of([&b"gzip, deflate"[..]].into_iter()).unwrap().unwrap();
    assert!(matches!(other.decode(body(), 1000).unwrap_err().kind, Kind::Decode(_)));
    // A bomb in a bomb: the ratio counts for both together.
    let bomb = gzip(&gzip(&vec![0; 32 << 20]));
    let twice = Codings::of([&b"gzip, gzip"[..]].into_iter()).unwrap().unwrap();
    assert_eq!(twice.decode(Chunk::new(bomb), 64 << 20).unwrap_err().kind, Kind::AnswerTooLarge);
}

/// Undoes `body` in pieces of `piece` bytes with a buffer of `room`.
fn gunzip(body: &[u8], piece: usize, room: usize) -> Result<Vec<u8>, Fault> {
    let (mut gunzip, mut whole) = (Gunzip::new(), Vec::new());
    for mut piece in body.chunks(piece) {
        loop {
            let mut out = Vec::with_capacity(room);
            gunzip.take(&mut piece, &mut out)?;
            whole.extend_from_slice(&out);
            if out.len() < out.capacity() {
                assert!(piece.is_empty());
                break;
            }
        }
    }
    gunzip.finish().map(|()| whole)
}

#[test]
fn gzip_comes_in_any_pieces_of_any_number_of_members() {
    let named = flate2::GzBuilder::new()
        .filename("a name")
        .comment("a comment")
        .extra(vec![7; 300])
        .write(Vec::new(), flate2::Compression::fast());
    let named = { named }.finish().unwrap();
    let with_sum = {
        let mut bytes = gzip(TEXT);
        bytes[3] |= 2;
        let mut crc = flate2::Crc::new();
        crc.update(&bytes[..10]);
        bytes.splice(10..10, (crc.sum() as u16).to_le_bytes());
        bytes
    };
    let body = [gzip(TEXT), named, with_sum, gzip(b""), gzip(&vec![b'x'; 100_000])].concat();
    let text = [TEXT, TEXT, &vec![b'x'; 100_000]].concat();
    for (piece, room) in [(1, 16), (7, 1000), (1 << 20, 1), (1 << 20, 1 << 20)] {
        assert_eq!(gunzip(&body, piece, room).unwrap(), text, "pieces of {piece}, room for {room}");
    }
    assert_eq!(gunzip(b"", 1, 1).unwrap(), b"");
}

#[test]
fn another_checksum_or_an_endless_header_is_broken() {
    let good = gzip(TEXT);
    for at in [0, 2, 3, good.len() - 1, good.len() - 6] {
        let mut bad = good.clone();
        bad[at] ^= 0xE1;
        assert!(gunzip(&bad, 5, 100).is_err(), "byte {at}");
    }
    let mut zstd = ZSTD.to_vec();
    *zstd.last_mut().unwrap() ^= 1;
    assert!(matches!(decode(Coding::Zstd, &zstd, 100).unwrap_err().kind, Kind::Decode(_)));
    let mut endless = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0];
    endless.resize(100_000, b'n');
    assert!(matches!(gunzip(&endless, 500, 100).unwrap_err().kind, Kind::Decode("gzip: invalid data")));
    assert!(matches!(gunzip(&endless[..500], 500, 100).unwrap_err().kind, Kind::Decode(_)));
}
