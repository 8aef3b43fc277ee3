use super::*;

fn compile(pattern: &str, params: &[&str]) -> Result<Target, Vec<String>> {
    let params: Vec<String> = params.iter().map(|p| (*p).to_owned()).collect();
    Target::compile(pattern, "", &params, 0)
}

fn written(pattern: &str, params: &[(&str, &[u8])]) -> String {
    let names: Vec<&str> = params.iter().map(|(name, _)| *name).collect();
    let values: Vec<&[u8]> = params.iter().map(|(_, value)| *value).collect();
    let target = compile(pattern, &names).expect(pattern);
    let mut out = b"X ".to_vec();
    write_target(&target.pieces, Values { params: &values, earlier: &[] }, &mut out)
        .expect("no other values");
    String::from_utf8(out).expect("ASCII").split_off(2)
}

#[test]
fn values_are_encoded_where_they_would_change_the_structure() {
    let table: [(&str, &[u8], &str); 14] = [
        ("/u/{id}", b"5", "/u/5"),
        ("u/{id}/x", b"a-b._~", "/u/a-b._~/x"),
        ("/u/{id}", b"a b", "/u/a%20b"),
        ("/u/{id}", "\u{fc}".as_bytes(), "/u/%C3%BC"),
        ("/u/{id}", b"a/b?c#d%e\\", "/u/a%2Fb%3Fc%23d%25e%5C"),
        ("/u/{id}", b"!$&'()*+,;=:@", "/u/!$&'()*+,;=:@"),
        ("/u/{id}", b"\r\n\0\xff", "/u/%0D%0A%00%FF"),
        ("/u?x={id}&y", b"a&b=c+d;e#f%g h", "/u?x=a%26b%3Dc%2Bd%3Be%23f%25g%20h&y"),
        ("/u?x={id}", b"a/b?c:d@e", "/u?x=a/b?c:d@e"),
        ("/{id}?x={id}", b"a/b", "/a%2Fb?x=a/b"),
        ("{id}", b"x", "/x"),
        ("", b"x", "/"),
        ("/a-{id}.json", b"7", "/a-7.json"),
        ("/#{id}", b"7", "/"),
    ];
    for (pattern, value, want) in table {
        assert_eq!(written(pattern, &[("id", value)]), want, "{pattern}");
    }
    assert_eq!(written("/p/{post}/of/{id}", &[("id", b"1"), ("post", b"2")]), "/p/2/of/1");
    assert_eq!(written("/{a}", &[("a", b"1"), ("a", b"2")]), "/2", "the last of equal names");
}

#[test]
fn the_configuration_s_own_text_goes_out_as_written() {
    let table = [
        ("/x%20y", "/x%20y"),
        ("/x y", "/x%20y"),
        ("/\u{fc}?q=\u{fc}", "/%C3%BC?q=%C3%BC"),
        ("/100%", "/100%25"),
        ("/%zz", "/%25zz"),
        ("/a\"<>\\^`{|}", "/a%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/[1]/;a=b,c", "/[1]/;a=b,c"),
        ("/a\r\nb", "/a%0D%0Ab"),
        ("/a#frag", "/a"),
        ("/a?b=c?d", "/a?b=c?d"),
    ];
    for (pattern, want) in table {
        assert_eq!(written(pattern, &[]), want, "{pattern}");
    }
}

#[test]
fn compiled_form() {
    let target = compile("b/{id}/{Name}?x={id}", &["id", "Name"]).expect("valid");
    assert_eq!(target.log, "/b/{{.Id}}/{{.Name}}?x={{.Id}}");
    assert!(target.has_query && !target.fragment);
    let want = [
        Piece::Literal(b"/b/".to_vec()),
        Piece::Param(0),
        Piece::Literal(b"/".to_vec()),
        Piece::Param(1),
        Piece::Literal(b"?x=".to_vec()),
        Piece::QueryParam(0),
    ];
    assert_eq!(target.pieces, want);
    assert!(!compile("/b", &[]).expect("valid").has_query);
    assert!(compile("/b#x?y", &[]).expect("valid").fragment);
    let based = Target::compile("/b", "/base", &[], 0).expect("valid");
    assert_eq!((based.pieces, based.log.as_str()), (vec![Piece::Literal(b"/base/b".to_vec())], "/b"));
}

#[test]
fn names_must_be_parameters_of_the_endpoint() {
    assert_eq!(compile("/{id}/{x}/{y}", &["id"]), Err(vec!["x".into(), "y".into()]));
    assert_eq!(compile("/{ID}", &["id"]), Err(vec!["ID".into()]));
    for name in ["JWT.", "resp", "resp_x", "resp0x", "resp0_"] {
        assert_eq!(compile(&format!("/{{{name}}}"), &[]), Err(vec![name.to_owned()]));
    }
    for (pattern, want, name) in [
        ("/u/{JWT.sub}", "/u/%7B%7B.JWT.sub%7D%7D", "JWT.sub"),
        ("/u/{resp0_a.b}", "/u/%7B%7B.Resp0_a.b%7D%7D", "resp0_a.b"),
        ("/u/{resp12}", "/u/%7B%7B.Resp12%7D%7D", "resp12"),
    ] {
        assert_eq!(written(pattern, &[]), want);
        assert_eq!(compile(pattern, &[]).expect("valid").unresolved, [name]);
    }
}

#[test]
fn values_of_earlier_answers() {
    let answers = [
        br#"{"id":10,"f":1500.0,"t":"a b/c&d","arr":[1,"b",2.5],"yes":true,"nul":null,"obj":{"k":{"v":"deep"}},"no":[]}"#.to_vec(),
        b"whole body".to_vec(),
    ];
    let table = [
        ("/o/{resp0_id}", Some("/o/10")),
        ("/o/{resp0_f}", Some("/o/1500.0")),
        ("/o/{resp0_t}", Some("/o/a%20b%2Fc&d")),
        ("/o?t={resp0_t}", Some("/o?t=a%20b/c%26d")),
        ("/o/{resp0_arr}", Some("/o/1,b,2.5")),
        ("/o/{resp0_no}", Some("/o/")),
        ("/o/{resp0_yes}/{id}", Some("/o/true/7")),
        ("/o/{resp0_obj.k.v}", Some("/o/deep")),
        ("/o/{resp1}", Some("/o/whole%20body")),
        ("/o/{resp0_nul}", None),
        ("/o/{resp0_obj}", None),
        ("/o/{resp0_obj.k.w}", None),
        ("/o/{resp1_id}", None),
        ("/o#{resp0_nul}", Some("/o")),
    ];
    for (pattern, want) in table {
        let target = Target::compile(pattern, "", &["id".to_owned()], 2).expect(pattern);
        assert!(target.unresolved.is_empty(), "{pattern}");
        let mut out = Vec::new();
        let values = Values { params: &[b"7"], earlier: &answers };
        let written = write_target(&target.pieces, values, &mut out).is_ok();
        assert_eq!(written.then(|| String::from_utf8_lossy(&out).into_owned()).as_deref(), want, "{pattern}");
    }
    let target = Target::compile("/{resp2_id}/{resp0_a.b}", "", &[], 2).expect("valid");
    assert_eq!(target.unresolved, ["resp2_id"], "backend 2 is not asked before");
    assert_eq!(target.log, "/{{.Resp2_id}}/{{.Resp0_a.b}}");
    let mut out = Vec::new();
    let missing = write_target(&target.pieces, Values::default(), &mut out).expect_err("no answers");
    assert_eq!(missing.to_string(), "backend 0 gave no value for {resp0_a.b}");
}
