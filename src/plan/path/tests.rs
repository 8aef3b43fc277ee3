use super::*;

fn read(raw: &str, rules: PathRules) -> Result<String, PathFault> {
    let mut out = b"left over".to_vec();
    prepare(raw.as_bytes(), rules, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn prepared(raw: &str, clean: bool) -> Result<String, PathFault> {
    read(raw, PathRules { remove_extra_slash: clean, ..PathRules::default() })
}

#[test]
fn decodes_once() {
    let table = [
        ("/a/b", "/a/b"),
        ("/a%20b", "/a b"),
        ("/%41%2f%2F", "/A//"),
        ("/100%25", "/100%"),
        ("/%2541", "/%41"),
        ("/a+b", "/a+b"),
        ("/%C3%BC", "/\u{fc}"),
    ];
    for (raw, want) in table {
        assert_eq!(prepared(raw, false).as_deref(), Ok(want), "{raw}");
    }
    for (raw, bad) in [("/%", "%"), ("/a%4", "%4"), ("/%zz/", "%zz"), ("/%4%41", "%4%")] {
        for encoded_slash in [EncodedSlash::Decode, EncodedSlash::Keep, EncodedSlash::Reject] {
            match read(raw, PathRules { encoded_slash, ..PathRules::default() }) {
                Err(PathFault::BadEscape(fault)) => assert_eq!(fault.bytes(), bad.as_bytes(), "{raw}"),
                other => panic!("{raw}: {other:?}"),
            }
        }
    }
}

#[test]
fn encoded_slashes_are_what_the_rules_say() {
    let with = |encoded_slash, raw| {
        read(raw, PathRules { encoded_slash, remove_extra_slash: true }).map_err(PathFault::text)
    };
    let table = [
        ("/a%2Fb%2fc/d", Ok("/a\0b\0c/d"), Err("encoded slash in the path")),
        ("/a%2F..%2Fb", Ok("/a\0..\0b"), Err("encoded slash in the path")),
        ("//a/%2E%2E/%41", Ok("/A"), Ok("/A")),
        ("/%252F", Ok("/%2F"), Ok("/%2F")),
        ("/a%00", Err("NUL in the path"), Err("NUL in the path")),
    ];
    for (raw, kept, strict) in table {
        assert_eq!(with(EncodedSlash::Keep, raw).as_deref().map_err(|e| *e), kept, "{raw}");
        assert_eq!(with(EncodedSlash::Reject, raw).as_deref().map_err(|e| *e), strict, "{raw}");
    }
    let mut path = b"/a\0b/c".to_vec();
    restore_slashes(&mut path);
    assert_eq!(path, b"/a/b/c");
}

#[test]
fn cleans() {
    let table = [
        ("/", "/"),
        ("//", "/"),
        ("/a/b/", "/a/b/"),
        ("//users", "/users"),
        ("/x//z", "/x/z"),
        ("/a///b//", "/a/b/"),
        ("/./a", "/a"),
        ("/a/./b", "/a/b"),
        ("/a/.", "/a/"),
        ("/.", "/"),
        ("/..", "/"),
        ("/../../a", "/a"),
        ("/a/b/..", "/a"),
        ("/a/b/../", "/a/"),
        ("/a/b/../../..", "/"),
        ("/a/b/../../../c", "/c"),
        ("/abc/../def", "/def"),
        ("/a/..b/.c/d.", "/a/..b/.c/d."),
        ("/...", "/..."),
    ];
    for (path, want) in table {
        assert_eq!(prepared(path, true).as_deref(), Ok(want), "{path}");
        let mut again = want.as_bytes().to_vec();
        clean(&mut again);
        assert_eq!(again, want.as_bytes(), "cleaning is done after once");
    }
}

#[test]
fn values_that_could_do_harm_are_refused() {
    let text = |value: &[u8], rules| {
        let mut out = String::new();
        check_param(value, rules).err().map(|fault| {
            fault.write_body(&mut out);
            out
        })
    };
    let encoded = "error: encoded url params";
    let invalid = "error: invalid url params";
    // (value, with the check for encodings, without)
    let table: [(&[u8], Option<&str>, Option<&str>); 21] = [
        (b"abc", None, None),
        ("\u{fc} b".as_bytes(), None, None),
        (b"a.b", None, None),
        (b"...", None, None),
        (b"a;b", None, None),
        (b"+", None, None),
        (b"5?x", Some(encoded), None),
        (b"5#x", Some(encoded), None),
        (b"%41", Some(encoded), None),
        (b"100%", Some("error: invalid URL escape \"%\""), None),
        (b"%41%zzz", Some("error: invalid URL escape \"%zz\""), None),
        (b"%\"x", Some("error: invalid URL escape \"%\\\"x\""), None),
        (b"?%\x80", Some("error: invalid URL escape \"%\\x80\""), None),
        (b".", Some(invalid), Some(invalid)),
        (b"..", Some(invalid), Some(invalid)),
        (b"..;x=1", Some(invalid), Some(invalid)),
        (b"a/b", Some(invalid), Some(invalid)),
        (b"a\\b", Some(invalid), Some(invalid)),
        (b"a\0", Some(invalid), Some(invalid)),
        (b"a\rb", Some(invalid), Some(invalid)),
        (b"\n", Some(invalid), Some(invalid)),
    ];
    for (value, with, without) in table {
        let rules = |plain| ParamRules { plain, slashes: false };
        assert_eq!(text(value, rules(true)).as_deref(), with, "{value:?}");
        assert_eq!(text(value, rules(false)).as_deref(), without, "{value:?}");
    }
    let slashes = ParamRules { plain: false, slashes: true };
    for value in
        ["a/b", "a\\b", "/", "a//b", "a/...", "100%/#?", "../x", "a/..", "a/./b", "a\\..", "x/..;v=1/y"]
    {
        let dots = [".", "..", "..;v=1"].iter().any(|d| value.split(['/', '\\']).any(|s| s == *d));
        assert_eq!(text(value.as_bytes(), slashes).as_deref(), dots.then_some(invalid), "{value}");
    }
    assert_eq!(text(b"a\0", slashes).as_deref(), Some(invalid));
}
