use super::*;
use std::io::Write;

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
        (Coding::Deflate, zlib(TEXT)),
        (Coding::Deflate, bare(TEXT)),
        (Coding::Brotli, BR.to_vec()),
        (Coding::Zstd, ZSTD.to_vec()),
    ] {
        assert_eq!(&coding.decode(&packed, 1000).unwrap()[..], TEXT, "{coding:?}");
    }
}

#[test]
fn zstd_takes_several_frames_and_skips_the_skippable() {
    let mut body = ZSTD.to_vec();
    body.extend_from_slice(&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    body.extend_from_slice(ZSTD);
    assert_eq!(&Coding::Zstd.decode(&body, 1000).unwrap()[..], [TEXT, TEXT].concat());
    assert_eq!(Coding::Zstd.decode(&body, 60).unwrap_err().kind, Kind::AnswerTooLarge);
}

#[test]
fn a_bomb_stops_at_a_bound() {
    let zeros = vec![0; 2 << 20];
    for (coding, packed) in [
        (Coding::Deflate, zlib(&zeros)),
        (Coding::Deflate, bare(&zeros)),
        (Coding::Brotli, BR_BOMB.to_vec()),
        (Coding::Zstd, zstd_run(17, 128 << 10)),
    ] {
        let fault = coding.decode(&packed, 1 << 16).unwrap_err();
        assert_eq!(fault.kind, Kind::AnswerTooLarge, "{coding:?} by size");
    }
    // 8 MiB out of 14 bytes: within the size, beyond every ratio.
    assert_eq!(Coding::Brotli.decode(BR_BOMB, 64 << 20).unwrap_err().kind, Kind::AnswerTooLarge);
    // Below the free size no ratio counts.
    let zeros = &zeros[..1 << 20];
    assert_eq!(Coding::Deflate.decode(&zlib(zeros), 64 << 20).unwrap().len(), zeros.len());
}

#[test]
fn windows_beyond_the_rfcs_are_refused() {
    assert_eq!(Coding::Zstd.decode(&zstd_run(23, 10), 100).unwrap().len(), 10);
    for log in [24, 27, 41] {
        assert!(matches!(Coding::Zstd.decode(&zstd_run(log, 10), 100).unwrap_err().kind, Kind::Decode(_)));
    }
    let large = [&[0x11, 0x1e][..], BR].concat();
    assert!(matches!(Coding::Brotli.decode(&large, 100).unwrap_err().kind, Kind::Decode(_)));
}

#[test]
fn broken_and_short_data_are_the_backends_fault() {
    for coding in [Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let packed = match coding {
            Coding::Deflate => zlib(TEXT),
            Coding::Brotli => BR.to_vec(),
            Coding::Zstd => ZSTD.to_vec(),
        };
        for body in [&b""[..], b"{\"a\":1}", &packed[..packed.len() / 2]] {
            let fault = coding.decode(body, 1000).unwrap_err();
            assert!(matches!(fault.kind, Kind::Decode(_)), "{coding:?} of {body:?}: {fault:?}");
        }
    }
}

#[test]
fn codings_go_by_name_in_any_case() {
    assert_eq!(Coding::by_name(b"BR"), Some(Coding::Brotli));
    assert_eq!(Coding::by_name(b"deflate"), Some(Coding::Deflate));
    assert_eq!(Coding::by_name(b"zstd"), Some(Coding::Zstd));
    assert_eq!(Coding::by_name(b"gzip"), None);
}
