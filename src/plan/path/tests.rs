use super::*;

fn prepared(raw: &str, clean: bool) -> Result<String, BadEscape> {
    let mut out = b"left over".to_vec();
    prepare(raw.as_bytes(), clean, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
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
        let error = prepared(raw, false).expect_err(raw);
        assert_eq!(error.bytes(), bad.as_bytes(), "{raw}");
    }
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
    let text = |value: &[u8], encodings| {
        let mut out = String::new();
        check_param(value, encodings).err().map(|fault| {
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
        assert_eq!(text(value, true).as_deref(), with, "{value:?}");
        assert_eq!(text(value, false).as_deref(), without, "{value:?}");
    }
}
